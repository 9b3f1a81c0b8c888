"""One draft: its committed text and the model states kept along it.

It holds only text and arrays: no model, no clock, no thread. A recurrent state cannot be rolled back, so a
session keeps checkpoints: all of the last word ends, and geometrically fewer further back.
"""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from inkling.models.step import State
from inkling.models.text.chunks import ends_chunk

DENSE = 24
"""Word ends behind the caret that all keep their state, so that backspace computes nothing there."""

_PER_OCTAVE = 4
"""Checkpoints kept in each doubling of the distance beyond the dense ones."""

_CHECKPOINT_BYTES = 320
"""Measured resident cost of a checkpoint and its array besides the array's data."""

_SESSION_BYTES = 512
"""The session object and its lists."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state at one word end.

    `offset` counts the characters, `words` the chunks and `tokens` the tokens committed before it.
    `state` has shape (1, state_size), owns its memory and is never written again.
    """

    offset: int
    words: int
    tokens: int
    state: State = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SessionSizes:
    """The size of a session, without its text."""

    characters: int
    words: int
    tokens: int
    checkpoints: int
    bytes: int


class Session:
    """The committed text of one draft under one context, with checkpoints.

    `context_key` is a hash of the model and the context, never their text. `start` is the state after the
    context, shape (1, state_size). The first checkpoint is the start and is never dropped. A session in a
    store is never advanced; `rewind` returns a copy to advance.
    """

    __slots__ = ("_checkpoints", "_dense", "_text", "_tokens", "context_key")

    def __init__(self, context_key: str, start: State, *, dense: int = DENSE) -> None:
        if dense < 1:
            raise ValueError(f"dense is {dense}; it must be at least 1.")
        self.context_key = context_key
        self._dense = dense
        self._text = ""
        self._tokens = array("I")
        self._checkpoints = [Checkpoint(0, 0, 0, _own(start))]

    @classmethod
    def restored(
        cls, context_key: str, start: State, text: str, tokens: Sequence[int], words: int, state: State
    ) -> "Session":
        """A session of `text` and its tokens, with the states at both its ends only, each (1, state_size)."""
        session = cls(context_key, start)
        if text:
            session._text, session._tokens = text, array("I", tokens)
            session._checkpoints.append(Checkpoint(len(text), words, len(tokens), _own(state)))
        return session

    def __repr__(self) -> str:
        return f"Session({self.sizes()})"

    @property
    def text(self) -> str:
        """The committed text; it ends at the last checkpoint."""
        return self._text

    @property
    def tokens(self) -> Sequence[int]:
        """The committed tokens."""
        return self._tokens

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """All checkpoints, the start first, by rising offset."""
        return tuple(self._checkpoints)

    @property
    def last(self) -> Checkpoint:
        """The furthest checkpoint."""
        return self._checkpoints[-1]

    @property
    def size(self) -> int:
        """Bytes held: text, states and overhead. States shared with other sessions count in each."""
        states = self.last.state.nbytes * len(self._checkpoints)
        overhead = _SESSION_BYTES + _CHECKPOINT_BYTES * len(self._checkpoints)
        overhead += sys.getsizeof(self._tokens)
        return overhead + sys.getsizeof(self._text) + sys.getsizeof(self.context_key) + states

    def sizes(self) -> SessionSizes:
        """Count what is held."""
        last = self.last
        return SessionSizes(len(self._text), last.words, last.tokens, len(self._checkpoints), self.size)

    def resume(self, committed: str) -> Checkpoint:
        """Return the furthest checkpoint that a commit of `committed` would also reach.

        Both texts are equal up to it, and it is a chunk boundary in `committed`.
        """
        shared = common_prefix(self._text, committed)
        index = bisect_right(self._checkpoints, shared, key=lambda checkpoint: checkpoint.offset) - 1
        found = self._checkpoints[index]
        if found.offset > 0 and not ends_chunk(committed, found.offset):
            found = self._checkpoints[index - 1]
        return found

    def rewind(self, checkpoint: Checkpoint) -> "Session":
        """Return a new session that ends at one of this one's checkpoints; states are shared."""
        copy = Session.__new__(Session)
        copy.context_key = self.context_key
        copy._dense = self._dense
        copy._text = self._text[: checkpoint.offset]
        copy._tokens = self._tokens[: checkpoint.tokens]
        copy._checkpoints = [kept for kept in self._checkpoints if kept.offset <= checkpoint.offset]
        return copy

    def joined(self, other: "Session") -> "Session":
        """Return this session with the checkpoints of another one of its context, as far as the two agree."""
        shared = common_prefix(self._text, other._text)
        found = [
            kept
            for kept in other._checkpoints
            if kept.offset <= shared and (kept.offset == 0 or ends_chunk(self._text, kept.offset))
        ]
        known = found[-1].tokens
        if other._tokens[:known] != self._tokens[:known]:
            return self
        copy = self.rewind(self.last)
        own = [kept for kept in self._checkpoints if kept.offset > found[-1].offset]
        copy._checkpoints = [kept for kept in found if self._keeps(kept, self.last.words)] + own
        return copy

    def advance(self, chunk: str, tokens: Sequence[int], state: State) -> None:
        """Append a chunk of these tokens. `state` is the model's state after it. Drops checkpoints further
        back.
        """
        last = self.last
        self._text += chunk
        self._tokens.extend(tokens)
        ahead = Checkpoint(len(self._text), last.words + 1, len(self._tokens), _own(state))
        self._checkpoints = [kept for kept in self._checkpoints if self._keeps(kept, ahead.words)]
        self._checkpoints.append(ahead)

    def shrink(self, max_bytes: int) -> "Session | None":
        """Return this session within `max_bytes`, oldest checkpoints dropped first.

        The start and the last one must stay. None if even these are too large.
        """
        excess = self.size - max_bytes
        if excess <= 0:
            return self
        cost = self.last.state.nbytes + _CHECKPOINT_BYTES
        dropped = -(-excess // cost)
        if dropped > len(self._checkpoints) - 2:
            return None
        copy = self.rewind(self.last)
        del copy._checkpoints[1 : 1 + dropped]
        return copy

    def _keeps(self, checkpoint: Checkpoint, words: int) -> bool:
        """Whether a checkpoint stays once `words` words are committed.

        Beyond the dense ones only multiples of a stride stay. The stride doubles with the distance. So a
        checkpoint that is dropped at one length would also be dropped at every greater one.
        """
        octave = ((words - checkpoint.words) // self._dense).bit_length()
        if octave == 0 or checkpoint.words == 0:
            return True
        stride = max(1, self._dense // _PER_OCTAVE) << (octave - 1)
        return checkpoint.words % stride == 0


def common_prefix(left: str, right: str) -> int:
    """Return the length of the longest common prefix, by bisection over slices."""
    low, high = 0, min(len(left), len(right))
    if left[:high] == right[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _own(state: State) -> State:
    # A row of a larger batch would keep the whole batch in memory, and `size` would be wrong.
    return np.array(state, order="C")
