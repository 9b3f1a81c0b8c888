"""Spells a tail: finds the likely token sequences whose bytes begin with it, and the tail's probability."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkling.models.runtime.batch import Steps
from inkling.models.search.beam_path import BeamPath, best, rank
from inkling.models.search.expansion import Expansion
from inkling.models.search.log_sum import LOG_ZERO, log, log_sum, log_sum_of
from inkling.models.search.tail_spelling import Ids, Spelling
from inkling.models.search.tree import Node

_NO_TOKENS: tuple[Ids, NDArray[np.float32]] = np.zeros(0, np.int64), np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class TailOptions:
    """Limits of the spelling of a tail. Probabilities are shares of the tail's probability.

    At most `paths` runs inside the tail are followed, and none whose share is below `follow_share`. At
    most `beginnings` runs that cover the tail are kept from each length, and none whose share is below
    `path_floor`.
    """

    paths: int
    follow_share: float
    beginnings: int
    path_floor: float


class SpelledTail(NamedTuple):
    """ln of the tail's probability, and the likely runs that cover it, ranked."""

    log_prob: float
    beginnings: list[BeamPath]


class _Partial(NamedTuple):
    """A run that ends inside the tail, and the bytes of the tail that are left to spell."""

    path: BeamPath
    rest: bytes


class TailSearch:
    """Follows token sequences through one tail, a token at a time."""

    def __init__(self, expansion: Expansion, spelling: Spelling, options: TailOptions) -> None:
        self._expansion, self._spelling, self._options = expansion, spelling, options
        self._log_tail = LOG_ZERO  # of the runs found so far

    def spell(self, required: bytes) -> Steps[SpelledTail]:
        """Spell the bytes of a tail, which may be none."""
        if not required:
            self._log_tail = 0.0
        beginnings: list[BeamPath] = []
        inside = [_Partial(BeamPath((), b"", 0.0), required)]
        while inside:
            nodes = yield from self._expansion.nodes([one.path.tokens for one in inside], whole=True)
            beginnings += self._ends(inside, nodes)
            followed = sorted(self._follow(inside, nodes), key=lambda one: rank(one.path))
            inside = followed[: self._options.paths]
        likely = [path for path in beginnings if path.log_prob > self._floor]
        return SpelledTail(self._log_tail, sorted(likely, key=rank))

    @property
    def _floor(self) -> float:
        """The least log-probability of a run that is followed. It only rises as more of the tail is found."""
        return self._log_tail + log(self._options.path_floor)

    def _ends(self, inside: Sequence[_Partial], nodes: Sequence[Node]) -> list[BeamPath]:
        """The best of the runs that cover the tail with one token more."""
        found = [self._covering(one, node) for one, node in zip(inside, nodes, strict=True)]
        owners = np.repeat(np.arange(len(inside)), [len(ids) for ids, _ in found])
        ids = np.concatenate([ids for ids, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        paths = [one.path for one in inside]
        ends = []
        for row, token, score in best(owners, ids, scores, paths, self._options.beginnings):
            beyond = self._spelling.piece_bytes[token][len(inside[row].rest) :]
            ends.append(BeamPath((*paths[row].tokens, token), beyond, score))
        return ends

    def _covering(self, one: _Partial, node: Node) -> tuple[Ids, NDArray[np.float32]]:
        """The likely tokens (N,) that cover the rest of the tail, and ln P (N,) of the runs that they end.

        Adds the probability of all tokens that cover the tail to the tail's probability.
        """
        known, log_prob = node.all_log_probs, one.path.log_prob
        assert known is not None
        if one.rest:
            # Where a word is about to begin, nearly half of all tokens cover the tail.
            spaced = one.rest == b" "
            covering = node.new_word if spaced else log_sum_of(known[self._spelling.covering(one.rest)])
            self._log_tail = log_sum(self._log_tail, log_prob + covering)
            if log_prob + covering < self._floor:
                return _NO_TOKENS  # all of them together are below it
        usable = self._spelling.beginning(one.rest)
        scores = known[usable] + np.float32(log_prob)
        kept = (scores > self._floor).nonzero()[0]
        return usable[kept], scores[kept]

    def _follow(self, inside: Sequence[_Partial], nodes: Sequence[Node]) -> Iterator[_Partial]:
        """The likely runs that are one token longer and still end inside the tail."""
        least = self._log_tail + log(self._options.follow_share)
        for (path, rest), node in zip(inside, nodes, strict=True):
            tokens = self._spelling.inside(rest)
            if not tokens or node.all_log_probs is None:
                continue
            scores = node.all_log_probs[tokens] + np.float32(path.log_prob)
            for token, score in zip(tokens, scores.tolist(), strict=True):
                if score > least:
                    left = rest[len(self._spelling.piece_bytes[token]) :]
                    yield _Partial(BeamPath((*path.tokens, token), b"", score), left)
