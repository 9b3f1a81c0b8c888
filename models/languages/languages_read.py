"""The languages that a model has read, told from texts that it was trained on."""

import re
from collections import Counter
from collections.abc import Iterable

from inkling.models.languages.detector import UNDETERMINED, Detector, function_words
from inkling.models.languages.english import ENGLISH, load_english

LEAST_SHARE = 0.05
"""Of the texts that must be in a language."""

_CHARACTERS = 150  # of a text that are judged
_LEAST_WORDS = 5
_WORD = re.compile(r"[^\W\d_]+")


def languages_read(texts: Iterable[str]) -> tuple[str, ...]:
    """Codes of the languages, sorted, in which several of these texts are; very short texts tell nothing."""
    detector = Detector(load_english().lexicon, function_words(), frozenset({ENGLISH}))
    found: Counter[str] = Counter()
    for text in texts:
        begun = text[:_CHARACTERS].rpartition(" ")[0]
        if len(_WORD.findall(begun)) >= _LEAST_WORDS:
            found[detector.language(begun) or ENGLISH] += 1
    del found[UNDETERMINED]
    return tuple(sorted(one for one, count in found.items() if count >= LEAST_SHARE * found.total()))
