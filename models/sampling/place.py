"""Where a text that is being drawn stands, and the ways on from there."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkling.models.search.tail_spelling import Ids, Spelling
from inkling.models.search.tree import TokenSequence
from inkling.models.step import Floats, State


class Move(NamedTuple):
    """A token to feed to a state (1, S): the run and the text it makes, and ln P of the run."""

    state: State
    token: int
    run: TokenSequence
    spelled: bytes
    log_prob: float


@dataclass(frozen=True, slots=True, eq=False)
class Beginnings:
    """All runs that spell a tail with their last token.

    `stems` are runs inside the tail, with what of it is left and the state (1, S) after each. Run n is the
    stem of number `owners[n]` and the token `ids[n]`. `log_tail` is ln of the tail's probability.
    """

    stems: list[tuple[TokenSequence, bytes, State]]
    owners: NDArray[np.int64]
    ids: Ids
    log_tail: float


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A text so far: the run of its tokens, and the bytes they spell beyond the tail.

    `scores` (N,) are ln P of the ways on, -inf for one that may not be taken. They are tokens, by their ids,
    after the state (1, S). Before the tail is spelled they are the runs of `beginnings`. `word_ends` and
    `line_ends` are ln P that the word ends here, and the line.
    """

    run: TokenSequence
    spelled: bytes
    log_prob: float
    state: State
    scores: Floats
    word_ends: float
    line_ends: float
    beginnings: Beginnings | None = None

    def move(self, way: int, spelling: Spelling) -> Move:
        """The way of a number."""
        score = float(self.scores[way])
        if self.beginnings is None:
            spelled = self.spelled + spelling.piece_bytes[way]
            return Move(self.state, way, (*self.run, way), spelled, self.log_prob + score)
        run, rest, state = self.beginnings.stems[self.beginnings.owners[way]]
        token = int(self.beginnings.ids[way])
        beyond = spelling.piece_bytes[token][len(rest) :]
        return Move(state, token, (*run, token), beyond, score)
