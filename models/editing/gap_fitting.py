"""Texts for a caret with text behind it in the same line: what fits there, and how probably it is meant.

A text is as probable here as it is that it comes first and the word behind the caret right after it:

    P(text | prefix, next word) = P(text, next word | prefix) / sum of the same over all that may come between

The sum is over the texts that were found, and over nothing, which the word follows at once. What was not
found is taken to be a part of what was.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from inkling.models.editing.mending import CALIBRATION
from inkling.models.runtime.batch import Steps, together
from inkling.models.search.beam_path import DECIMALS, TERMINATORS
from inkling.models.search.confidence import Confidence
from inkling.models.search.expansion import Expansion
from inkling.models.search.log_sum import LOG_ZERO, log_sum
from inkling.models.search.suggestion import Suggestion
from inkling.models.search.tail_search import TailOptions, TailSearch
from inkling.models.search.tail_spelling import Spelling
from inkling.models.search.tree import Tree
from inkling.models.text.chunks import chunks, continues_word
from inkling.models.text.tokenizer import spell
from inkling.models.text.typography import plain

MOST_WORDS = 3
"""Words of a text that goes in the middle of a line."""

MOST_SCORED = 8
"""Texts that are scored with the next word; the others are less probable."""

UNFOUND = math.log(0.2)
"""ln of the probability of all texts that were not found, as a part of that of those that were."""

_MOST_CHARACTERS = 24  # of the next word
_TAIL = TailOptions(paths=16, follow_share=1e-2, beginnings=1, path_floor=1e-3)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_WORDS_READ = 8


@dataclass(frozen=True, slots=True)
class Gap:
    """The place between the unfinished word and the text behind the caret.

    `behind` is that text, up to the end of its line. `space` goes between a suggestion and it. `next` is what
    has to come next: white space, and a word or a punctuation mark.
    """

    behind: str
    space: str
    next: str

    @classmethod
    def of(cls, suffix: str, word: str) -> "Gap | None":
        """The gap before a suffix; None where no text can go, because the caret is inside a word."""
        behind = plain(suffix)
        begins_word = continues_word(behind[0]) and behind[0].isalnum()
        if begins_word and word:
            return None
        first = next(chunks(behind), "")
        bare = _WORD.search(first)
        ended = first if bare is None or first[: bare.start()].strip() else first[: bare.end()]
        space = " " if begins_word else ""
        return cls(behind, space, (space + ended)[:_MOST_CHARACTERS])

    def takes(self, word: str, text: str) -> bool:
        """Whether a text after the unfinished word `word` fits before what follows, and repeats nothing."""
        ahead = self.behind.lstrip()
        if text.endswith(tuple(TERMINATORS)) and not ahead[:1].isupper():
            return False
        if not text[-1:].isalnum() and not (ahead[:1].isalnum() or ahead[:1] in "\"'("):
            return False
        row, behind = _words(word + text), _words(self.behind)[:_WORDS_READ]
        if any(row[-size:] == behind[:size] for size in range(1, min(len(row), len(behind)) + 1)):
            return False
        return len(behind) < 2 or not any(row[at : at + 2] == behind[:2] for at in range(len(row)))


class Fitting:
    """Scores texts for one gap. `steps` counts the model steps."""

    def __init__(self, tree: Tree, spelling: Spelling, confidence: Confidence) -> None:
        """The tree's root is the state after context and committed text."""
        self._tree, self._spelling, self._confidence = tree, spelling, confidence
        self.steps = 0

    def fit(
        self, found: Sequence[Suggestion], gap: Gap, tail: str, *, line_start: bool
    ) -> Steps[list[Suggestion]]:
        """The texts that fit, most probable first, with the space that the text behind them needs."""
        base = len(tail)
        fitting = [one for one in found if gap.takes(_last_word(tail[: base - one.replace]), one.text)]
        scored = fitting[:MOST_SCORED]
        if not scored:
            return []
        between = [tail[: base - one.replace] + one.text for one in scored]
        # Nothing may come between, too: then the space that is typed already is enough.
        nothing = tail + (gap.next.removeprefix(" ") if tail.endswith(" ") else gap.next)
        texts = [*(text + gap.next for text in between), nothing]
        expansions = [Expansion(self._tree, self._spelling.groups) for _ in texts]
        spelled = yield from together(
            [
                TailSearch(expansion, self._spelling, _TAIL).spell(
                    spell(text, line_start=line_start).encode()
                )
                for text, expansion in zip(texts, expansions, strict=True)
            ]
        )
        self.steps += sum(expansion.steps for expansion in expansions)
        *logs, log_nothing = [one.log_prob for one in spelled]
        together_found = log_sum(*logs)
        if together_found == LOG_ZERO:
            return []
        total = log_sum(together_found, together_found + UNFOUND, log_nothing)
        fitted = [
            self._fitted(one, min(log - total, 0.0), gap.space)
            for one, log in zip(scored, logs, strict=True)
            if log > LOG_ZERO
        ]
        return sorted(fitted, key=lambda one: (-round(one.log_prob, DECIMALS), one.replace, one.text))

    def _fitted(self, one: Suggestion, log_prob: float, space: str) -> Suggestion:
        confidence = self._confidence.of(log_prob, one.text)
        if one.replace:
            confidence = CALIBRATION.at(confidence)
        return replace(one, text=one.text + space, log_prob=log_prob, confidence=confidence)


def first_line(suffix: str) -> str:
    """The part of a suffix that counts: its first line, empty where nothing but white space is there."""
    return (suffix.splitlines() or [""])[0].rstrip()


def _last_word(tail: str) -> str:
    return "" if not tail or tail[-1].isspace() else tail.split()[-1]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(plain(text))]
