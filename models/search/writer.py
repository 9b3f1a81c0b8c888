"""The writer of a draft: the facts that decide what may be suggested to them."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from inkling.models.personal.eagerness import USUAL, Eagerness
from inkling.models.personal.own_sentences import OwnSentences
from inkling.models.text.folding import LETTER_WORD, LONGEST, Hashes, phrase_hashes


def _nothing() -> Hashes:
    return np.zeros(0, np.uint64)


_NO_SENTENCES = OwnSentences()


@dataclass(frozen=True, slots=True, eq=False)
class Writer:
    """A writer, by the `number` of their profile; 0 means none.

    `forbidden` phrases are never suggested to them. `own` are the sorted hashes of words and phrases that
    they have written (`inkling.models.text.folding`). `words` are the words of their mail, folded and sorted.
    `sentences` are those that they have sent. `eagerness` counts where a request does not say what an
    interruption costs.
    """

    number: int = 0
    forbidden: Sequence[str] = field(default=(), repr=False)
    own: Hashes = field(default_factory=_nothing, repr=False)
    words: Sequence[str] = field(default=(), repr=False)
    sentences: OwnSentences = field(default=_NO_SENTENCES, repr=False)
    eagerness: Eagerness = USUAL

    def words_from(self, start: str) -> Sequence[str]:
        """The words of their mail that begin with `start`, which is folded."""
        begin = bisect_left(self.words, start)
        return self.words[begin : bisect_left(self.words, start + "\U0010ffff", begin)]

    def eagerness_at(self, interruption_ms: float | None) -> Eagerness:
        """How eager to be; the usual, where a request says itself what an interruption costs."""
        return self.eagerness if interruption_ms is None else USUAL

    def has_written(self, phrase: int) -> bool:
        """Whether a phrase of this hash is their own."""
        place = int(self.own.searchsorted(np.uint64(phrase)))
        return place < len(self.own) and int(self.own[place]) == phrase


NOBODY = Writer()


def own_phrases(texts: Sequence[Hashes]) -> Hashes:
    """The hashes, sorted, of the words and phrases of texts."""
    found = [phrase_hashes(text, length) for text in texts for length in range(1, LONGEST + 1)]
    return np.unique(np.concatenate(found)) if found else NOBODY.own


def own_words(texts: Iterable[str]) -> list[str]:
    """The words of texts, folded and sorted."""
    return sorted({word.casefold() for text in texts for word in LETTER_WORD.findall(text)})
