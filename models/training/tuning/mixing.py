"""How much a mailbox counts beside the bundle that its training began with.

The weights are averaged (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022), and the mailbox's
phrases stand before the bundle's as a profile. Mail that was not trained on decides the weights.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkling.models.bundle.bundle import Bundle
from inkling.models.networks.language_model import restore_language_model
from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.profile import FACTORS, estimate_profile
from inkling.models.step import Floats
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.dev_perplexity import body_log_probs
from inkling.models.training.preparation.documents import Document

_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_FACTORS = (0.5, 1.0, 2.0, 4.0, 8.0)
_WEIGHTS = tuple(round(0.05 * step, 2) for step in range(11))
_MOST_TOKENS = 20_000
"""Enough tokens to choose well within seconds."""

_LEAST_LEFT = 1e-6  # as in the mixture that is served

Column = NDArray[np.float64]
"""One number for each token that chooses."""


@dataclass(frozen=True, slots=True)
class Mixing:
    """The weights of the learned parts.

    `share`, in [0, 1], is the weight of the trained weights in the average with the bundle's. `factor` is
    how much less than usual the mailbox's phrases count (`estimate_profile`), or None if they do not count.
    `weight` is the weight of the bundle's own phrases.
    """

    share: float
    factor: float | None
    weight: float


def averaged(before: Mapping[str, Floats], after: Mapping[str, Floats], share: float) -> dict[str, Floats]:
    """Weights on the line from `before` (share 0) to `after` (share 1)."""
    return {name: (1 - share) * weight + share * after[name] for name, weight in before.items()}


def mailbox_phrases(
    documents: Sequence[Document], tokenizer: Tokenizer, factor: float, *, least_authors: int
) -> PhraseModel:
    """The phrases of the documents that enough of their authors wrote, as a profile."""
    return estimate_profile(
        [_tokens(document, tokenizer) for document in documents],
        vocabulary_size=tokenizer.vocabulary_size,
        factors=[factor * one for one in FACTORS],
        resets=(tokenizer.body_id,),
        authors=[document.author for document in documents],
        least_authors=least_authors,
    )


def choose_mixing(
    start: Bundle,
    trained: Mapping[str, Floats],
    documents: Sequence[Document],
    dev: Sequence[Document],
    *,
    least_authors: int,
    tell: Callable[[str, int, int], None] = lambda _phase, _done, _total: None,
) -> Mixing:
    """The mixing under which `dev` is most likely; `documents` are those that were trained on.

    Ties go to the least share, then the least factor, then the least weight.
    """
    tokenizer, some = start.tokenizer, _first(dev)
    total = len(_SHARES) + len(_FACTORS) + 1
    tell("mix", 0, total)
    recurrent: list[Column] = []
    order: list[Document] = []
    for share in _SHARES:
        model = restore_language_model(start.manifest.model, averaged(start.weights, trained, share))
        found = list(body_log_probs(model, tokenizer, some))
        order = [document for document, _ in found]
        recurrent.append(np.exp(np.concatenate([one for _, one in found]).astype(np.float64)))
        tell("mix", len(recurrent), total)
    shared, left = _expected(start.phrases, order, tokenizer)
    own: list[tuple[float | None, Column, Column]] = [(None, np.zeros_like(shared), np.ones_like(shared))]
    for factor in _FACTORS:
        phrases = mailbox_phrases(documents, tokenizer, factor, least_authors=least_authors)
        own.append((factor, *_expected(phrases, order, tokenizer)))
        tell("mix", len(_SHARES) + len(own), total)
    usual = 0.0 if start.manifest.phrases is None else start.manifest.phrases.weight
    weights = _WEIGHTS if start.manifest.phrases is not None else (usual,)
    best, mixing = -np.inf, Mixing(0.0, None, usual)
    for share, probability in zip(_SHARES, recurrent, strict=True):
        for counted, known, unknown in own:
            # If no part of the mailbox is used, the bundle stays as it was.
            for weight in weights if share or counted else (usual,):
                behind = weight * shared + (1 - weight * (1 - left)) * probability
                likelihood = float(np.log(known + np.maximum(unknown, _LEAST_LEFT) * behind).sum())
                if likelihood > best:
                    best, mixing = likelihood, Mixing(share, counted, weight)
    return mixing


def _first(dev: Sequence[Document]) -> list[Document]:
    """The first documents that have tokens enough, or all."""
    ends = np.cumsum([len(document.body) + 1 for document in dev])
    return list(dev[: int(np.searchsorted(ends, _MOST_TOKENS)) + 1])


def _tokens(document: Document, tokenizer: Tokenizer) -> list[int]:
    return [tokenizer.body_id, *document.body.tolist(), tokenizer.end_id]


def _expected(
    phrases: PhraseModel | None, documents: Sequence[Document], tokenizer: Tokenizer
) -> tuple[Column, Column]:
    """The phrases' probability of each token of the bodies and their ends, and the rest that they leave."""
    shares: list[float] = []
    left: list[float] = []
    for document in documents:
        tokens = _tokens(document, tokenizer)
        for position in range(1, len(tokens)):
            if phrases is None:
                shares.append(0.0)
                left.append(1.0)
                continue
            found = phrases.expect(tuple(tokens[max(0, position - phrases.order + 1) : position]))
            index = int(found.ids.searchsorted(tokens[position]))
            known = index < len(found.ids) and found.ids[index] == tokens[position]
            shares.append(float(found.probs[index]) if known else 0.0)
            left.append(found.left)
    return np.array(shares), np.array(left)
