"""Finds the tokens that can spell given bytes, whole or in part."""

from bisect import bisect_left
from collections.abc import Sequence
from copy import copy
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inkling.models.step import Groups
from inkling.models.text.chunks import continues_word

Ids = NDArray[np.int64]

_CACHED_SETS = 1024
# These characters have tokens of their own; the tokenizer never uses their raw bytes.
_REDUNDANT_BYTES = (b" ", b"\n")


class TokenInventory(Protocol):
    """The tokens of a tokenizer; a `Tokenizer` is one."""

    vocabulary_size: int
    piece_bytes: Sequence[bytes]
    end_id: int
    newline_id: int
    space_id: int
    recipient_id: int | None

    def is_byte(self, token: int) -> bool:
        """Whether a token is one raw byte of fallback."""


class Spelling:
    """Indexes tokens by the bytes they add to the spelled text.

    `within_line` and `starts_word` are boolean masks (V,) over tokens. The recipient's token spells nothing
    and is never suggested. In a spelling that is `addressed_to` somebody, it spells their name.
    """

    def __init__(self, inventory: TokenInventory) -> None:
        self._size = inventory.vocabulary_size
        self.piece_bytes: Sequence[bytes] = inventory.piece_bytes
        spelled = [
            (data, token)
            for token, data in enumerate(inventory.piece_bytes)
            if data and not (inventory.is_byte(token) and data in _REDUNDANT_BYTES)
        ]
        self._sorted = sorted(spelled)
        self._keys = [data for data, _ in self._sorted]
        self._ids = np.array([token for _, token in self._sorted], np.int64)
        self._exact: dict[bytes, list[int]] = {}
        for data, token in spelled:
            self._exact.setdefault(data, []).append(token)
        self._longest = max(map(len, self._keys))
        line_break, self._space = inventory.newline_id, inventory.space_id
        self._recipient = inventory.recipient_id
        addressed = [] if self._recipient is None else [self._recipient]
        # After a word's last token comes white space, punctuation, a line break or the end.
        ends = [inventory.end_id, *addressed, *(token for data, token in spelled if _follows_word(data))]
        self._ends_word = self._mask(ends)
        self._ends_line = self._mask([inventory.end_id, line_break])
        self.starts_word = self._mask(
            [*(token for data, token in spelled if data.startswith(b" ")), *addressed]
        )
        self.within_line = self._mask([token for data, token in spelled if not _is_white_space(data)])
        self._beginning = lru_cache(_CACHED_SETS)(self._beginning_uncached)

    def addressed_to(self, name: str) -> "Spelling":
        """A spelling in which the recipient's token spells a space and `name`. `name` is not empty."""
        if self._recipient is None:
            return self
        spelling, data = copy(self), f" {name}".encode()
        item = (data, self._recipient)
        index = bisect_left(self._sorted, item)
        spelling._sorted = [*self._sorted[:index], item, *self._sorted[index:]]
        spelling._keys = [*self._keys[:index], data, *self._keys[index:]]
        spelling._ids = np.insert(self._ids, index, self._recipient)
        spelling._exact = self._exact | {data: [*self._exact.get(data, ()), self._recipient]}
        spelling._longest = max(self._longest, len(data))
        spelling.piece_bytes = (
            *self.piece_bytes[: self._recipient],
            data,
            *self.piece_bytes[self._recipient + 1 :],
        )
        spelling.within_line = self.within_line.copy()
        spelling.within_line[self._recipient] = True
        spelling._beginning = lru_cache(_CACHED_SETS)(spelling._beginning_uncached)
        return spelling

    def _mask(self, tokens: Sequence[int]) -> NDArray[np.bool_]:
        mask = np.zeros(self._size, np.bool_)
        mask[tokens] = True
        return mask

    @cached_property
    def groups(self) -> Groups:
        """The groups (V, 3): tokens before which a word ends, before which a line ends, and that begin with
        a space.
        """
        return np.stack((self._ends_word, self._ends_line, self.starts_word), 1)

    def covering(self, required: bytes) -> Ids:
        """Tokens whose bytes begin with all of `required`. One of them completes the spelling of a tail."""
        start = bisect_left(self._keys, required)
        after = _successor(required)
        return self._ids[start : bisect_left(self._keys, after) if after is not None else None]

    def beginning(self, required: bytes) -> Ids:
        """The tokens of `covering` that may begin a suggestion.

        White space beyond the tail may not. A lone space may not either, because placeholders, numbers and
        words without a longer first token follow it. If nothing is required, a line begins, so the token must
        begin a word.
        """
        return self._beginning(required)

    def _beginning_uncached(self, required: bytes) -> Ids:
        return self.ways(required, self.within_line if required else self.within_line & self.starts_word)

    def ways(self, required: bytes, allowed: NDArray[np.bool_]) -> Ids:
        """The tokens of `covering` that are `allowed` (V,), and those, but a lone space, that add nothing."""
        covering = self.covering(required)
        may = allowed.copy()
        may[[token for token in self._exact.get(required, ()) if token != self._space]] = True
        return covering[may[covering]]

    def inside(self, required: bytes) -> list[int]:
        """Tokens whose bytes are a proper prefix of `required`, shortest first."""
        longest = min(len(required) - 1, self._longest)
        return [token for length in range(1, longest + 1) for token in self._exact.get(required[:length], ())]


def _successor(data: bytes) -> bytes | None:
    """The least bytes that come after everything that starts with `data`; None when nothing does."""
    stem = data.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else None


def _is_white_space(data: bytes) -> bool:
    return data.decode("utf-8", errors="replace").isspace()


def _follows_word(data: bytes) -> bool:
    first = data.decode("utf-8", errors="ignore")[:1]
    # A raw byte that is no character by itself is part of one, which is nearly always a letter.
    return bool(first) and not continues_word(first)
