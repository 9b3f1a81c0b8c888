"""Words and phrases that too few authors of the training documents wrote."""

from collections.abc import Sequence

import numpy as np

from inkling.models.networks.config import TrainingConfig
from inkling.models.search.rare_phrases import Authorship, estimate_authorship
from inkling.models.text.folding import Hashes, words_of
from inkling.models.text.masked_text import MaskedTextMasker, decode_masked
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.preparation.documents import Document
from inkling.models.training.preparation.locality import local_phrases

_MANY = 3
_NEARLY_ALL = 0.95


def authorship_of(
    documents: Sequence[Document], tokenizer: Tokenizer, *, least_authors: int, withhold_local: bool = False
) -> Authorship:
    """Words and phrases that fewer than `least_authors` of the documents' authors wrote. With
    `withhold_local`, also those that belong to one source: see `models.training.preparation.locality`.
    """
    texts, authors = hashed_texts(documents, tokenizer), [one.author for one in documents]
    if not withhold_local:
        return estimate_authorship(texts, authors, least_authors=least_authors)
    withheld = local_phrases(documents, tokenizer)
    return estimate_authorship(texts, authors, least_authors=least_authors, withheld=withheld)


def hashed_texts(documents: Sequence[Document], tokenizer: Tokenizer) -> list[Hashes]:
    """The words of the documents' bodies as hashes (`inkling.models.text.folding`)."""
    masker = MaskedTextMasker()
    return [
        np.array(words_of(decode_masked(one.body.tolist(), tokenizer), masker), np.uint64)
        for one in documents
    ]


def main_authors(documents: Sequence[Document]) -> int:
    """The fewest people who wrote 95% of the words."""
    words = np.bincount([one.author for one in documents], weights=[one.words for one in documents])
    reached = np.cumsum(np.sort(words)[::-1])
    return int(np.searchsorted(reached, _NEARLY_ALL * reached[-1])) + 1 if len(documents) else 0


def settled_least_authors(config: TrainingConfig, documents: Sequence[Document]) -> int:
    """How many people must have written a phrase: as configured, or chosen by the number of authors.

    With two authors, fewer than half of the words that either writes next occur in the mail of both, so
    hardly anything would be suggested. With one author it is none of them, with three it is two thirds.
    """
    if config.least_authors is not None:
        return config.least_authors
    return 2 if main_authors(documents) >= _MANY else 1
