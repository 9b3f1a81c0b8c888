"""The slips of a writer: what a word as typed may have been meant to be, and how probable the slip is.

This is the error model of a noisy channel (Kernighan, Church and Gale, "A Spelling Correction Program Based
on a Noisy Channel Model", COLING 1990). A slip doubles, drops, swaps or replaces one letter. The costs are
stated, not learned: about three characters in a hundred are slips while people type, and a listed
misspelling is one that many people make.
"""

from collections.abc import Iterator

from inkling.models.languages.formation import Formation
from inkling.models.languages.lexicon import Lexicon
from inkling.models.languages.misspellings import Misspellings

LISTED = -2.5
"""ln P(a listed misspelling is written, given the right word)."""

SWAPPED = -5.0
DOUBLED = -5.0
DROPPED = -5.5
NEIGHBOUR = -6.5
VOWEL = -6.0
"""ln P(a letter is written so, given the right word)."""

LEAST = 5
"""Letters of a word as typed before a slip is looked for. A listed misspelling may be shorter."""

_LEAST_LISTED = 3
_LEAST_AGREEING = 2  # letters after the wrong one, unless a whole word comes out
_VOWELS = "aeiou"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHIFTS = (0.0, 0.25, 0.75)  # of the rows of keys, in widths of a key
_REACH = 1.3  # between the middles of neighbouring keys, in widths of a key
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Slips:
    """Finds what was meant. Only words that a lexicon knows are ever meant."""

    def __init__(self, lexicon: Lexicon, misspellings: Misspellings) -> None:
        self._lexicon, self._misspellings = lexicon, misspellings
        self._formation = Formation(lexicon)
        self._near = _neighbours()

    def meant(self, typed: str) -> dict[str, float]:
        """What may have been meant by the beginning of a word, in lower case: ln P(the slip) of each.

        Empty where the beginning may be right. What was meant begins a common word, as far as it is typed.
        """
        if self._may_be_right(typed):
            return {}
        found = self._listed(typed)
        if found or len(typed) < LEAST or self._lexicon.begins(typed):
            return found
        for meant, cost, agreeing in self._edited(typed):
            is_sure = agreeing >= _LEAST_AGREEING or self._lexicon.knows_common(meant)
            if is_sure and meant[0] == typed[0] and self._lexicon.begins_common(meant):
                found[meant] = max(found.get(meant, cost), cost)
        if found and self._formation.may_make(typed):
            # A word that is made like others is right, unless two letters of a common word are swapped.
            return {
                meant: cost
                for meant, cost in found.items()
                if cost == SWAPPED and self._lexicon.knows_common(meant)
            }
        return found

    def is_wrong_beginning(self, typed: str) -> bool:
        """Whether a beginning in lower case is one of listed misspellings only."""
        return not self._may_be_right(typed) and bool(self._listed(typed))

    def is_slip(self, word: str) -> bool:
        """Whether an unknown word in lower case is a known one with two letters swapped, or one doubled or
        single that should not be.
        """
        return any(self._lexicon.knows(other) for other in _swapped_or_doubled(word))

    def _may_be_right(self, typed: str) -> bool:
        """Whether a known word begins so. A listed misspelling may begin a rare word, and is wrong still."""
        is_listed = self._misspellings.correction(typed) is not None
        return self._lexicon.begins_common(typed) if is_listed else self._lexicon.begins_plain(typed)

    def _listed(self, typed: str) -> dict[str, float]:
        """What was meant by the beginning of a listed misspelling."""
        if len(typed) < _LEAST_LISTED:
            return {}
        begun = self._misspellings.begun(typed)
        whole = {right: LISTED for wrong, right in begun if wrong == typed}
        # A few letters begin too much: only a whole misspelling is known to be one.
        if whole or len(typed) < LEAST:
            return whole
        return {_aligned(typed, right): LISTED for _, right in begun}

    def _edited(self, typed: str) -> Iterator[tuple[str, float, int]]:
        """What was meant, were one letter wrong, and the letters typed after it; known or not.

        Letters after the wrong one must agree with what was meant. Otherwise the beginning of any unknown
        word would be one of a known word, with its last letter wrong.
        """
        size = len(typed)
        for place in range(1, size - 1):
            before, letter, after = typed[:place], typed[place], typed[place + 1 :]
            left = size - place - 1
            if letter != typed[place + 1]:
                yield before + typed[place + 1] + letter + typed[place + 2 :], SWAPPED, left
            if letter == typed[place - 1]:
                yield before + after, DOUBLED, left
            yield before + letter + letter + after, DOUBLED, left
            if size > LEAST:
                yield from ((before + other + letter + after, DROPPED, left + 1) for other in _LETTERS)
                yield from ((before + other + after, NEIGHBOUR, left) for other in self._near[letter])
                if letter != typed[place - 1]:
                    yield before + after, NEIGHBOUR, left
            if size > LEAST + 1 and letter in _VOWELS:
                yield from ((before + other + after, VOWEL, left) for other in _VOWELS if other != letter)


def _swapped_or_doubled(word: str) -> Iterator[str]:
    for place in range(1, len(word)):
        before, letter, after = word[:place], word[place], word[place + 1 :]
        if letter == word[place - 1]:
            yield before + after
        else:
            yield word[: place - 1] + letter + word[place - 1] + after
        yield before + letter + letter + after


def _aligned(typed: str, right: str) -> str:
    """The beginning of `right` that differs least from `typed`, of the same length where one does."""
    lengths = range(max(len(typed) - 2, 1), min(len(typed) + 2, len(right)) + 1)

    def unlike(start: str) -> tuple[int, int, int]:
        return distance(typed, start), abs(len(start) - len(typed)), len(start)

    return min((right[:length] for length in lengths), key=unlike)


def distance(one: str, other: str) -> int:
    """Letters that are added, dropped, replaced, or swapped with the next one (Damerau, 1964)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]


def _neighbours() -> dict[str, str]:
    places = {
        letter: (column + shift, float(row))
        for row, (letters, shift) in enumerate(zip(_ROWS, _SHIFTS, strict=True))
        for column, letter in enumerate(letters)
    }
    return {
        letter: "".join(
            other
            for other, (left, top) in places.items()
            if other != letter and (left - across) ** 2 + (top - down) ** 2 < _REACH**2
        )
        for letter, (across, down) in places.items()
    }
