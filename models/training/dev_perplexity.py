"""Perplexity of documents read as whole sequences, which is fast enough to be used during training."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from inkling.models.networks.context_encoder import Contexts
from inkling.models.networks.language_model import LanguageModel, encodes_contexts, read_sequence
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.preparation.documents import Document

_WINDOW = 128


TrainableModel = LanguageModel
"""What can be trained: the recurrent models, and the Transformer."""


def word_perplexity(
    model: TrainableModel, tokenizer: Tokenizer, documents: Sequence[Document], rows: int = 32
) -> float:
    """exp(total negative log-likelihood of bodies and their ends / number of words)."""
    total = -sum(
        float(found.sum(dtype=np.float64)) for _, found in body_log_probs(model, tokenizer, documents, rows)
    )
    words = sum(document.words for document in documents)
    return math.exp(min(total / max(words, 1), 700.0))


def body_log_probs(
    model: TrainableModel, tokenizer: Tokenizer, documents: Sequence[Document], rows: int = 32
) -> Iterator[tuple[Document, NDArray[np.float32]]]:
    """Yield each document with ln P of its body's tokens and of its end, given what comes before.

    Each document starts like a served draft: from zeros, through the end mark and its context. They come in
    order of length.
    """
    was_training = model.training
    model.eval()
    ordered = sorted(documents, key=lambda document: len(document.body))
    for start in range(0, len(ordered), rows):
        group = ordered[start : start + rows]
        yield from zip(group, _group_log_probs(model, tokenizer, group), strict=True)
    model.train(was_training)


@torch.inference_mode()
def _group_log_probs(
    model: TrainableModel, tokenizer: Tokenizer, group: Sequence[Document]
) -> list[NDArray[np.float32]]:
    device = model.output_bias.device
    end = tokenizer.end_id
    known = [np.concatenate((one.subject, one.previous, one.moment)) for one in group]
    apart = encodes_contexts(model)
    sequences = [
        np.concatenate(([end], context[: 0 if apart else None], [tokenizer.body_id], one.body, [end]))
        for one, context in zip(group, known, strict=True)
    ]
    longest = max(map(len, sequences))
    tokens = np.zeros((longest, len(group)), np.int64)
    counted = np.zeros((longest, len(group)), np.bool_)
    for row, (sequence, document) in enumerate(zip(sequences, group, strict=True)):
        tokens[: len(sequence), row] = sequence
        counted[len(sequence) - len(document.body) - 1 : len(sequence), row] = True
    batch = torch.from_numpy(tokens).to(device)
    state = model.initial_state(len(group))
    found = np.zeros(tokens.shape, np.float32)
    for begin in range(0, longest - 1, _WINDOW):
        end = min(begin + _WINDOW, longest - 1)
        contexts = None
        if apart:
            places = torch.arange(len(group)).expand(end - begin, -1)
            contexts = Contexts.batch(known, places, device)
        features, state = read_sequence(model, batch[begin:end], state, contexts)
        wanted = counted[begin + 1 : end + 1]
        chosen = torch.from_numpy(wanted).to(device)
        losses = torch.nn.functional.cross_entropy(
            model.logits(features[chosen]).float(), batch[begin + 1 : end + 1][chosen], reduction="none"
        )
        found[begin + 1 : end + 1][wanted] = -losses.cpu().numpy()
    return [found[counted[:, row], row] for row in range(len(group))]
