"""Scanner noise: page stamps, and text too damaged to learn from."""

import re
from collections import Counter
from collections.abc import Iterable

from inkling.models.corpus.cleaning.fixed_phrases import Phrases

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_STRAY = re.compile(r"(?:^|(?<=\s))(?:'m|[•■□▪◦|\\~^_{}<>«»¦]+)(?=\s|$)")
_GAP = re.compile(r"(?<=[^\W\d_]) ([.,;?!])(?=\s|$)")
# A non-breaking space that became a question mark: "Yes.? I will."
_LOST_SPACE = re.compile(r"(?<=[.!,])\?(?= )")
_MIN_LETTER_SHARE = 0.6
_MAX_RARE_SHARE = 0.2
_MAX_LONE_SHARE = 0.2
_RARE = 3
_SHORT = 6


def cut_scan_marks(lines: list[str], phrases: Phrases) -> list[str]:
    """Drop stamps of scanned pages and lone marks, and close the gaps before punctuation."""
    return [_mended(line, phrases) for line in lines if not line or not phrases.scan_line.fullmatch(line)]


def _mended(line: str, phrases: Phrases) -> str:
    line = _LOST_SPACE.sub("", phrases.scan_insert.sub("", line))
    return _GAP.sub(r"\1", _STRAY.sub("", line)).strip()


def common_words(texts: Iterable[str]) -> frozenset[str]:
    """Lower-case words that occur more than `_RARE` times over all texts."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text.lower()))
    return frozenset(word for word, occurrences in counts.items() if occurrences > _RARE)


def is_garbled(text: str, common: frozenset[str], one_letter_words: frozenset[str]) -> bool:
    """Whether a text has few letters, many lone letters, or many words that are rare elsewhere.

    `common` may be empty, when there is too little text to tell a rare word from noise.
    """
    words = _WORD.findall(text.lower())
    visible = sum(map(len, text.split()))
    if sum(map(len, words)) <= _MIN_LETTER_SHARE * visible:
        return True
    if len(words) < _SHORT:
        return False
    # A scanner breaks words into Latin letters; other scripts have many words of one letter.
    lone = len([word for word in words if len(word) == 1 and word.isascii() and word not in one_letter_words])
    rare = len([word for word in words if word not in common]) if common else 0
    return lone > _MAX_LONE_SHARE * len(words) or rare > _MAX_RARE_SHARE * len(words)
