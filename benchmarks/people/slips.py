"""Slips of the fingers, put into text that is typed."""

import re
from collections.abc import Mapping
from random import Random

_LETTERS = re.compile(r"[A-Za-z]{3,}")
_NEIGHBOURS: Mapping[str, str] = {
    "a": "qsz", "b": "vn", "c": "xv", "d": "sef", "e": "wrd", "f": "drg", "g": "fth", "h": "gyj",
    "i": "uok", "j": "huk", "k": "jil", "l": "ko", "m": "n", "n": "bm", "o": "ipl", "p": "o",
    "q": "wa", "r": "etf", "s": "adw", "t": "ryg", "u": "yij", "v": "cb", "w": "qes", "x": "zc",
    "y": "tuh", "z": "xa",
}  # fmt: skip
_KINDS = ("drop", "drop", "drop", "swap", "swap", "swap", "replace", "replace", "add", "double")


def slipped(text: str, rate: float, random: Random) -> dict[int, str]:
    """The words of a text that are typed wrong: what is typed for each, by the place where it begins.

    `rate` is the share of letters at which a slip happens, in [0, 1]. A word has one slip at most, never in
    its first letter.
    """
    found: dict[int, str] = {}
    for match in _LETTERS.finditer(text):
        word = match.group()
        at = next((place for place in range(1, len(word)) if random.random() < rate), None)
        if at is None:
            continue
        typed = _slip(word, at, random)
        if typed != word:
            found[match.start()] = typed
    return found


def _slip(word: str, at: int, random: Random) -> str:
    before, letter, after = word[:at], word[at], word[at + 1 :]
    kind = random.choice(_KINDS)
    near = random.choice(_NEIGHBOURS[letter.lower()])
    if kind == "drop":
        return before + after
    if kind == "swap":
        return before + after[:1] + letter + after[1:]
    if kind == "replace":
        return before + near + after
    return before + letter + (letter if kind == "double" else near) + after
