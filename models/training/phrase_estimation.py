"""The phrases of a trained model, and their weight."""

from collections.abc import Sequence

import numpy as np

from inkling.models.bundle.bundle import PhraseRecord
from inkling.models.networks.config import ConfigError, TrainingConfig
from inkling.models.networks.language_model import LanguageModel
from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.pruning import estimate_phrases
from inkling.models.ngram.shrinking import shrink
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.dev_perplexity import body_log_probs
from inkling.models.training.preparation.author_counts import settled_least_authors
from inkling.models.training.preparation.documents import Document

_WEIGHTS = tuple(round(0.05 * step, 2) for step in range(1, 15))
_DEFAULT_WEIGHT = 0.3


def remember_phrases(
    model: LanguageModel,
    tokenizer: Tokenizer,
    documents: Sequence[Document],
    dev: Sequence[Document],
    config: TrainingConfig,
) -> tuple[PhraseModel, PhraseRecord] | None:
    """The phrases that several of the documents' authors wrote, with the weight that is best on `dev`.

    None if no phrases are wanted, or too few people wrote the same phrases. Raises ConfigError for a bound
    that is too small.
    """
    if config.phrase_order < 2:
        return None
    least_authors = settled_least_authors(config, documents)
    phrases = estimate_phrases(
        [np.concatenate(([tokenizer.body_id], one.body, [tokenizer.end_id])) for one in documents],
        [one.author for one in documents],
        vocabulary_size=tokenizer.vocabulary_size,
        order=config.phrase_order,
        least_authors=least_authors,
        resets=(tokenizer.body_id,),
    )
    if not phrases.grams:
        return None
    if config.max_phrase_bytes is not None:
        try:
            phrases = shrink(phrases, config.max_phrase_bytes)
        except ValueError as error:
            raise ConfigError(f"max_phrase_bytes: {error}") from None
    weight = best_weight(model, tokenizer, phrases, dev) if dev else _DEFAULT_WEIGHT
    return phrases, PhraseRecord(weight=weight, least_authors=least_authors)


def best_weight(
    model: LanguageModel, tokenizer: Tokenizer, phrases: PhraseModel, dev: Sequence[Document]
) -> float:
    """The weight of the mixture under which `dev` is most likely."""
    weights = np.array(_WEIGHTS)
    total = np.zeros(len(weights))
    for document, log_probs in body_log_probs(model, tokenizer, dev):
        tokens = [tokenizer.body_id, *document.body.tolist(), tokenizer.end_id]
        for position, log_prob in enumerate(log_probs.tolist(), 1):
            found = phrases.expect(tuple(tokens[max(0, position - phrases.order + 1) : position]))
            index = int(found.ids.searchsorted(tokens[position]))
            known = index < len(found.ids) and found.ids[index] == tokens[position]
            share = float(found.probs[index]) if known else 0.0
            recurrent = np.exp(log_prob)
            total += np.log((1 - weights) * recurrent + weights * (share + found.left * recurrent))
    return float(weights[total.argmax()])
