"""Keeps what a search tells of itself, and makes a tree and steps of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inkling.models.explanation.explanation import BeamNode, NextToken, PathFate, SearchStep
from inkling.models.search.beam import suggested_text
from inkling.models.search.beam_path import BeamPath
from inkling.models.search.tail_spelling import Ids, Spelling
from inkling.models.search.tree import Node, TokenSequence, Tree
from inkling.models.step import Floats
from inkling.models.text.typography import plain

MOST_CANDIDATES = 5
"""Tokens that are told of one step."""

MOST_STEPS = 32

NameToken = Callable[[int], str]
"""How a token reads."""


@dataclass(frozen=True, slots=True)
class _Ranking:
    """One filling of the beam. Dropped paths are the most probable ones of those that were not kept."""

    kept: Sequence[BeamPath]
    dropped: Sequence[BeamPath]
    withheld: frozenset[TokenSequence]
    log_tail: float


class _Start(NamedTuple):
    """What a search begins with."""

    tree: Tree
    spelling: Spelling
    tail: bytes
    line_start: bool

    def spelled(self, tokens: TokenSequence) -> str:
        data = b"".join(self.spelling.piece_bytes[token] for token in tokens)
        return data.decode("utf-8", "replace")


class BeamRecord:
    """A `SearchWatch` that remembers the beam."""

    def __init__(self, beam_width: int) -> None:
        """As many dropped paths as the beam is wide are remembered of each step."""
        self._width = beam_width
        self._rankings: list[_Ranking] = []
        self._start: _Start | None = None
        self._is_refused: Callable[[BeamPath], bool] = lambda _: False

    def began(self, tree: Tree, spelling: Spelling, tail: bytes, *, line_start: bool) -> None:
        """See `SearchWatch.began`."""
        self._start = _Start(tree, spelling, tail, line_start)

    def ranked(
        self,
        paths: Sequence[BeamPath],
        kept: Sequence[BeamPath],
        log_tail: float,
        is_refused: Callable[[BeamPath], bool],
    ) -> None:
        """See `SearchWatch.ranked`."""
        self._is_refused = is_refused
        in_beam = {path.tokens for path in kept}
        dropped = [path for path in paths if path.tokens not in in_beam][: self._width]
        withheld = frozenset(path.tokens for path in (*kept, *dropped) if is_refused(path))
        self._rankings.append(_Ranking(kept, dropped, withheld, log_tail))

    def run_of(self, text: str | None) -> TokenSequence:
        """The most probable run that spells a text, or where there is none, the most probable longest one."""
        kept = [path for ranking in self._rankings for path in ranking.kept]
        if text is not None and self._start is not None:
            wanted = plain(text)
            for path in sorted(kept, key=lambda one: -one.log_prob):
                if suggested_text(path.spelled, line_start=self._start.line_start) == wanted:
                    return path.tokens
        # What may not be suggested is told by no step either.
        told = (
            path.tokens
            for ranking in reversed(self._rankings)
            for path in ranking.kept
            if path.tokens not in ranking.withheld
        )
        return next(told, ())

    def spells(self, text: str) -> bool:
        """Whether a path of the beam spells a text. A sentence of the writer's own needs none."""
        start, wanted = self._start, plain(text)
        return start is not None and any(
            suggested_text(path.spelled, line_start=start.line_start) == wanted
            for ranking in self._rankings
            for path in ranking.kept
        )

    def nodes(self, shown: TokenSequence | None) -> list[BeamNode]:
        """The paths as a tree, parents first. `shown` is the run of the first suggestion, if there is one."""
        numbers: dict[TokenSequence, int] = {}
        nodes: list[BeamNode] = []
        if self._start is None:
            return nodes
        for ranking in self._rankings:
            for path in (*ranking.kept, *ranking.dropped):
                # The first runs have as many tokens as the tail needs, and no parent.
                parent = numbers.get(path.tokens[:-1])
                added = path.tokens if parent is None else path.tokens[-1:]
                text = None if path.tokens in ranking.withheld else self._start.spelled(added)
                probability = math.exp(min(path.log_prob - ranking.log_tail, 0.0))
                numbers[path.tokens] = len(nodes)
                nodes.append(BeamNode(parent, text, probability, self._fate(path, ranking, shown)))
        return nodes

    def _fate(self, path: BeamPath, ranking: _Ranking, shown: TokenSequence | None) -> PathFate:
        if shown is not None and shown[: len(path.tokens)] == path.tokens:
            return PathFate.SHOWN
        if path in ranking.kept:
            return PathFate.KEPT
        return PathFate.CROWDED if ranking.kept else PathFate.SETTLED

    def steps(self, run: TokenSequence, name: NameToken) -> list[SearchStep]:
        """What might have come next at each token of a run, and after it. None where nothing was searched."""
        steps: list[SearchStep] = []
        if self._start is None:
            return steps
        rest = self._start.tail
        for place in range(min(len(run) + 1, MOST_STEPS)):
            node = self._start.tree.node(run[:place])
            if node is None:  # the search ended before it asked
                break
            taken = run[place] if place < len(run) else None
            candidates = self._candidates(self._start, node, run[:place], rest, taken, name)
            ends = math.exp(min(node.word_ends, 0.0)) if place and not rest else None
            steps.append(SearchStep(self._start.spelled(run[:place]), candidates, ends))
            if taken is not None:
                rest = rest[len(self._start.spelling.piece_bytes[taken]) :]
        return steps

    def _candidates(
        self, start: _Start, node: Node, run: TokenSequence, rest: bytes, taken: int | None, name: NameToken
    ) -> list[NextToken]:
        ids, log_probs = _fitting(start.spelling, node, rest, taken)
        total = float(np.exp(log_probs, dtype=np.float64).sum()) if rest else 1.0
        order = np.argsort(-log_probs, kind="stable").tolist()
        places = [
            one for number, one in enumerate(order) if number < MOST_CANDIDATES or int(ids[one]) == taken
        ]
        told = []
        for place in places:
            token = int(ids[place])
            share = min(math.exp(log_probs[place]) / total, 1.0) if total else 0.0
            text = name(token) if self._may_be_told(start, (*run, token)) else None
            told.append(NextToken(text, share, token == taken))
        return told

    def _may_be_told(self, start: _Start, run: TokenSequence) -> bool:
        """Whether the text that a run makes may be suggested, as far as it goes beyond the tail."""
        spelled = b"".join(start.spelling.piece_bytes[token] for token in run)[len(start.tail) :]
        return not spelled or not self._is_refused(BeamPath(run, spelled, 0.0))


def _fitting(spelling: Spelling, node: Node, rest: bytes, taken: int | None) -> tuple[Ids, Floats]:
    """The tokens (N,) that spell all of the unfinished word, or were taken; and ln P (N,) of each.

    Where there is no such word, they are all that are probable enough to be kept.
    """
    if not rest or node.all_log_probs is None:
        return node.tokens, node.log_probs
    fitting = spelling.covering(rest)
    if taken is not None and taken not in fitting:  # the word takes several tokens
        fitting = np.append(fitting, taken)
    return fitting, node.all_log_probs[fitting]
