"""Which pieces can spell a given stretch of bytes, alone or as its beginning."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor

from models.text import continues_word

_CACHED_MASKS = 1024
_REDUNDANT_BYTES = (b" ", b"\n")  # have pieces of their own; the tokenizer never uses the raw bytes


class PieceInventory(Protocol):
    """What is known of pieces; a `Tokenizer` is one."""

    vocabulary_size: int
    piece_bytes: Sequence[bytes]
    end_id: int
    newline_id: int
    space_id: int

    def is_byte(self, piece: int) -> bool:
        """Whether a piece is one raw byte of fallback."""


class Spelling:
    """Indexes pieces by the bytes they add to the spelled text.

    Tensors are boolean masks (V,) over pieces, on `device`.
    """

    def __init__(self, inventory: PieceInventory, device: torch.device) -> None:
        self._device = device
        self._size = inventory.vocabulary_size
        self.piece_bytes: Sequence[bytes] = inventory.piece_bytes
        spelled = [
            (data, piece)
            for piece, data in enumerate(inventory.piece_bytes)
            if data and not (inventory.is_byte(piece) and data in _REDUNDANT_BYTES)
        ]
        self._sorted = sorted(spelled)
        self._keys = [data for data, _ in self._sorted]
        self._exact: dict[bytes, list[int]] = {}
        for data, piece in spelled:
            self._exact.setdefault(data, []).append(piece)
        self._longest = max(map(len, self._keys))
        line_break, space = inventory.newline_id, inventory.space_id
        starts_word = [piece for data, piece in spelled if data.startswith(b" ")]
        # After a word's last piece comes white space, punctuation, a line break or the end.
        ends = [inventory.end_id, *(piece for data, piece in spelled if _follows_word(data))]
        within_line = [piece for data, piece in spelled if not _is_white_space(data)]
        self.ends_word = self._mask(ends)
        self.ends_line = self._mask([inventory.end_id, line_break])
        self.starts_word = self._mask(starts_word)
        self.within_line = self._mask(within_line)
        self._space = space
        self._covering = lru_cache(_CACHED_MASKS)(self._covering_uncached)
        self._beginning = lru_cache(_CACHED_MASKS)(self._beginning_uncached)

    def _mask(self, pieces: Sequence[int]) -> Tensor:
        mask = torch.zeros(self._size, dtype=torch.bool)
        mask[torch.tensor(pieces, dtype=torch.int64)] = True
        return mask.to(self._device)

    def covering(self, required: bytes) -> Tensor:
        """Pieces whose bytes start with all of `required`: one of them ends the spelling of a tail."""
        return self._covering(required)

    def _covering_uncached(self, required: bytes) -> Tensor:
        start = bisect_left(self._keys, required)
        end = start
        while end < len(self._keys) and self._keys[end].startswith(required):
            end += 1
        return self._mask([piece for _, piece in self._sorted[start:end]])

    def beginning(self, required: bytes) -> Tensor:
        """Those of `covering` that may begin a suggestion.

        White space beyond the tail may not, nor a lone space: behind it come placeholders, numbers
        (whose digits are pieces of their own) and words that no longer piece begins.
        """
        return self._beginning(required)

    def _beginning_uncached(self, required: bytes) -> Tensor:
        allowed = self.within_line.clone()
        exact = [piece for piece in self._exact.get(required, ()) if piece != self._space]
        allowed[torch.tensor(exact, dtype=torch.int64)] = True
        return self.covering(required) & allowed

    def inside(self, required: bytes) -> list[int]:
        """Pieces whose bytes are a proper prefix of `required`, shortest first."""
        longest = min(len(required) - 1, self._longest)
        return [piece for length in range(1, longest + 1) for piece in self._exact.get(required[:length], ())]


def _is_white_space(data: bytes) -> bool:
    return data.decode("utf-8", errors="replace").isspace()


def _follows_word(data: bytes) -> bool:
    first = data.decode("utf-8", errors="ignore")[:1]
    # A raw byte that is no character by itself is part of one: letters, nearly always.
    return bool(first) and not continues_word(first)
