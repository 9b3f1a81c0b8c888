"""Perplexity per word of a recurrent model on documents, read as sequences: quick enough while training."""

import math
from collections.abc import Sequence

import numpy as np
import torch

from models.recurrent import RecurrentLanguageModel
from models.tokenizer import Tokenizer
from models.training.documents import Document


@torch.inference_mode()
def word_perplexity(
    model: RecurrentLanguageModel, tokenizer: Tokenizer, documents: Sequence[Document], rows: int = 32
) -> float:
    """exp(total negative log-likelihood of bodies and their ends / number of words).

    Each document starts where a served draft starts: from zeros through the end mark and its context.
    """
    was_training = model.training
    model.eval()
    device = model.output_bias.device
    ordered = sorted(documents, key=lambda document: len(document.body))
    total, words = 0.0, 0
    for start in range(0, len(ordered), rows):
        group = ordered[start : start + rows]
        sequences = [
            np.concatenate(
                ([tokenizer.end_id], d.subject, d.previous, [tokenizer.body_id], d.body, [tokenizer.end_id])
            )
            for d in group
        ]
        longest = max(map(len, sequences))
        pieces = np.zeros((longest, len(group)), np.int64)
        counted = np.zeros((longest, len(group)), np.bool_)
        for row, (sequence, document) in enumerate(zip(sequences, group, strict=True)):
            pieces[: len(sequence), row] = sequence
            counted[len(sequence) - len(document.body) - 1 : len(sequence), row] = True
        tokens = torch.from_numpy(pieces).to(device)
        state = model.initial_state(len(group))
        for begin in range(0, longest - 1, 128):
            end = min(begin + 128, longest - 1)
            features, state = model.features(tokens[begin:end], state)
            chosen = torch.from_numpy(counted[begin + 1 : end + 1]).to(device)
            losses = torch.nn.functional.cross_entropy(
                model.logits(features[chosen]).float(), tokens[begin + 1 : end + 1][chosen], reduction="sum"
            )
            total += losses.item()
        words += sum(document.words for document in group)
    model.train(was_training)
    return math.exp(min(total / max(words, 1), 700.0))
