"""Whether a trained bundle is worth serving."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inkling.models.bundle.bundle import Bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.text.chunks import chunks, split_chunk
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.preparation.documents import Document

_PLACES = 200
_FEW_WORDS = 1000
_REMEDY = "train longer (--epochs), or on more mail"
# Whether anything is likely enough, not whether it is worth an interruption.
_SHORT = SearchOptions(max_suggestions=1, max_words=3, interruption_ms=0.0)


def unigram_perplexity(
    documents: Sequence[Document], dev: Sequence[Document], tokenizer: Tokenizer
) -> float | None:
    """Perplexity per word of `dev` under the frequencies of tokens in `documents` alone.

    None where `dev` holds no words.
    """
    words = sum(one.words for one in dev)
    if not words:
        return None
    counts = np.ones(tokenizer.vocabulary_size)
    for one in documents:
        np.add.at(counts, one.body, 1)
        counts[tokenizer.end_id] += 1
    log_probs = np.log(counts / counts.sum())
    total = sum(float(log_probs[one.body].sum() + log_probs[tokenizer.end_id]) for one in dev)
    return math.exp(min(-total / words, 700.0))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The faults of a bundle, a sentence each. `suggests` is the share of places with a suggestion."""

    warnings: Sequence[str]
    suggests: float | None


def judge(bundle: Bundle, dev: Sequence[Document]) -> Verdict:
    """Try a bundle on held-out documents, at up to 200 places behind the first letter of a word."""
    metrics = bundle.manifest.metrics
    perplexity, unigram = (metrics.get(f"{name}_perplexity_per_word") for name in ("dev", "unigram"))
    if perplexity is None or unigram is None:
        return Verdict(["nothing was held out, so that nobody knows whether it is usable"], None)
    warnings = []
    if perplexity >= unigram:
        warnings.append(
            f"not ready for use: after {bundle.manifest.training.get('steps')} steps its perplexity on "
            f"held-out mail ({perplexity:,.0f}) is no better than that of counted tokens ({unigram:,.0f}), "
            f"so that what it suggests is remembered phrases alone; {_REMEDY}"
        )
    places = _places(dev, bundle.tokenizer)
    share = _share(bundle, places)
    if share == 0.0:
        warnings.append(
            f"it suggests nothing at {len(places)} places of the held-out mail; {_remedy(bundle, places)}"
        )
    words = sum(one.words for one in dev)
    if words < _FEW_WORDS:
        warnings.append(f"its figures say little: the held-out mail has only {words:,} words")
    return Verdict(warnings, share)


def _remedy(bundle: Bundle, places: Sequence[str]) -> str:
    record = bundle.manifest.authors
    guarded = record is not None and record.least_authors > 1
    if guarded and _share(replace(bundle, authorship=None), places):
        return "too few people wrote the same phrases: give a smaller --least-authors"
    return _REMEDY


def _places(documents: Sequence[Document], tokenizer: Tokenizer) -> list[str]:
    """Beginnings of documents, each up to the first letter of a word, spread over all documents."""
    each = max(1, _PLACES // max(len(documents), 1))
    found = []
    for one in documents[:_PLACES]:
        parts = list(chunks(tokenizer.decode(one.body.tolist())))
        if not parts:
            continue
        for number in np.unique(np.linspace(0, len(parts) - 1, each + 2).astype(int)[1:-1]).tolist():
            space, word = split_chunk(parts[number])
            found.append("".join(parts[:number]) + space + word[:1])
    return found


def _share(bundle: Bundle, places: Sequence[str]) -> float | None:
    """The share of places where the bundle suggests something at its threshold; None for no places."""
    completer = load_completer(bundle, "cpu")
    return sum(_suggests(completer, place) for place in places) / len(places) if places else None


def _suggests(completer: Completer, prefix: str) -> bool:
    return bool(finish(completer.run, completer.complete(Draft(prefix), _SHORT)).suggestions)
