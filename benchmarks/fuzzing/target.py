"""A parser that strangers can reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Parse(Protocol):
    """Reads an input; raises one of the target's `refusals` where it refuses it."""

    def __call__(self, data: bytes) -> bool:
        """Whether the input was accepted."""


@dataclass(frozen=True, slots=True)
class Target:
    """A parser, valid inputs of it, and the errors by which it may refuse others.

    `reseal` mends the checksum of a changed input, so that the code behind it is reached too.
    """

    seeds: Sequence[bytes]
    parse: Parse
    refusals: tuple[type[Exception], ...] = ()
    reseal: Callable[[bytes], bytes] | None = None
