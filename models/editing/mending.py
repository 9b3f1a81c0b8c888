"""Mends the word at the caret: searches after what the writer may have meant in place of what is typed.

This is a noisy channel. What was meant is the beginning of a word; the model gives its probability, an error
model (`inkling.models.languages.slips`) that of the slip which made of it what is typed:

    P(meant | typed) = P(meant) P(typed | meant) / sum of the same over all that may be meant

The word as typed is one of these, unless it is known to be wrong. Each beginning that is probable enough
constrains a search of its own. A mended text is as probable as its beginning was meant, times what the
search says of the rest.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from inkling.models.runtime.batch import Steps, together
from inkling.models.search.beam import BeamOptions, BeamSearch
from inkling.models.search.confidence import Curve
from inkling.models.search.expansion import Expansion
from inkling.models.search.log_sum import LOG_ZERO, log_sum
from inkling.models.search.suggestion import Suggestion
from inkling.models.search.tail_search import TailOptions, TailSearch
from inkling.models.search.tree import Tree
from inkling.models.text.tokenizer import spell

MOST_MEANT = 3
"""Beginnings that are searched after."""

LEAST_SHARE = 0.1
"""Of the probability of all that may be meant, below which a beginning is not searched after."""

CALIBRATION = Curve(slope=0.92, intercept=-1.4)
"""What the confidence of a text is worth where it mends: measured while mail was typed with slips.

The word is mended less often as it was meant than the channel says, for not all slips are known.
"""

_TAIL = TailOptions(paths=16, follow_share=1e-2, beginnings=1, path_floor=1e-3)


@dataclass(frozen=True, slots=True)
class Meant:
    """What the unfinished word `typed` may be meant to begin: ln P(the slip) for each beginning.

    `is_wrong` says that the word as typed begins no right word.
    """

    typed: str
    slips: Mapping[str, float]
    is_wrong: bool


Accepts = Callable[[str], bool]


class Mending:
    """One search for mended texts. `steps` counts the model steps of its parts."""

    def __init__(self, search: BeamSearch, tree: Tree, options: BeamOptions) -> None:
        """The tree's root is the state after context and committed text."""
        self._search, self._tree = search, tree
        # What the plain search needs to end early does not hold for texts of other worth.
        self._options = replace(options, suggestions=None, tail_alone=True)
        self.steps = 0

    def find(
        self, space: str, meant: Meant, *, line_start: bool, accepts_after: Callable[[int], Accepts]
    ) -> Steps[list[Suggestion]]:
        """Mended texts, most probable first. `space` is the white space before the unfinished word.

        `accepts_after` gives what decides about texts that stand for all but the first characters of the
        word, of which it gets the number.
        """
        likely = yield from self._likely(space, meant, line_start=line_start)
        if not likely:
            return []
        searches = [
            self._search.search(
                self._tree,
                space + start,
                self._options,
                line_start=line_start,
                accepts=_prefixed(start[same:], accepts_after(same)),
            )
            for start, _, same in likely
        ]
        found = yield from together(searches)
        self.steps += sum(steps for _, steps in found)
        mended = [
            self._mended(one, start[same:], share, len(meant.typed) - same)
            for (start, share, same), (texts, _) in zip(likely, found, strict=True)
            for one in texts
        ]
        return sorted(mended, key=lambda one: (-round(one.log_prob, 4), one.replace, one.text))

    def _likely(self, space: str, meant: Meant, *, line_start: bool) -> Steps[list[tuple[str, float, int]]]:
        """The beginnings that are probably meant: each, ln of its share, and the letters that stay."""
        starts = [*meant.slips, *(() if meant.is_wrong else (meant.typed,))]
        logs = yield from self._spelled([space + start for start in starts], line_start=line_start)
        joint = {start: log + meant.slips.get(start, 0.0) for start, log in zip(starts, logs, strict=True)}
        total = log_sum(*joint.values())
        if total == LOG_ZERO:
            return []
        ranked = sorted(meant.slips, key=lambda start: (-round(joint[start], 4), start))[:MOST_MEANT]
        return [
            (start, joint[start] - total, _same(meant.typed, start))
            for start in ranked
            if joint[start] - total >= math.log(LEAST_SHARE)
        ]

    def _spelled(self, texts: Sequence[str], *, line_start: bool) -> Steps[list[float]]:
        """ln P of each text after the tree's root."""
        expansions = [Expansion(self._tree, self._search.spelling.groups) for _ in texts]
        spelled = yield from together(
            [
                TailSearch(expansion, self._search.spelling, _TAIL).spell(
                    spell(text, line_start=line_start).encode()
                )
                for text, expansion in zip(texts, expansions, strict=True)
            ]
        )
        self.steps += sum(expansion.steps for expansion in expansions)
        return [one.log_prob for one in spelled]

    def _mended(self, one: Suggestion, begun: str, share: float, replaced: int) -> Suggestion:
        """What a search found after a beginning whose letters from the first wrong one on are `begun`."""
        text = begun + one.text
        log_prob = min(one.log_prob + share, 0.0)
        confidence = CALIBRATION.at(self._options.confidence.of(log_prob, text))
        return replace(one, text=text, log_prob=log_prob, confidence=confidence, replace=replaced)


def _prefixed(begun: str, accepts: Accepts) -> Accepts:
    return lambda text: accepts(begun + text)


def _same(typed: str, start: str) -> int:
    """The number of letters that stay: those before the first wrong one, so that one at least is new."""
    same = 0
    while same < min(len(typed), len(start) - 1) and typed[same] == start[same]:
        same += 1
    return same
