"""Valid inputs, changed at random."""

import struct
from collections.abc import Sequence
from random import Random

_MOST_CHANGES = 6
_NUMBERS = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 63,
    (1 << 64) - 1,
)
_SCRAPS = (
    *(
        b"\x00",
        b"\xff",
        b"\r\n",
        b"\n\n",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\u0000",
        b"\\ud800",
        b"1e999",
        b"-0",
    ),
    *(
        b"null",
        b"true",
        b"NaN",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"=",
        b"=?utf-8?B?",
        b"--",
        b"From ",
    ),
    *(b": ", b"Content-Type: ", b"charset=", b"<", b"&#x10ffff;", b"\xf4\x90\x80\x80", b"9" * 40),
)


def mutate(seed: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """A valid input with one to six changes; pieces of `others` may get in."""
    data = bytearray(seed)
    for _ in range(random.randint(1, _MOST_CHANGES)):
        random.choice(_CHANGES)(data, others, random)
    return bytes(data)


def _flip(data: bytearray, _others: Sequence[bytes], random: Random) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _replace(data: bytearray, _others: Sequence[bytes], random: Random) -> None:
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def _number(data: bytearray, _others: Sequence[bytes], random: Random) -> None:
    """A number that is on an edge, where a length may be."""
    width, kind = random.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
    if len(data) >= width:
        at = random.randrange(len(data) - width + 1)
        value = random.choice(_NUMBERS) & ((1 << 8 * width) - 1)
        data[at : at + width] = struct.pack(random.choice("<>") + kind, value)


def _insert(data: bytearray, _others: Sequence[bytes], random: Random) -> None:
    at = random.randint(0, len(data))
    data[at:at] = random.choice(_SCRAPS)


def _delete(data: bytearray, _others: Sequence[bytes], random: Random) -> None:
    start, end = _range(data, random)
    del data[start:end]


def _repeat(data: bytearray, _others: Sequence[bytes], random: Random) -> None:
    start, end = _range(data, random)
    data[end:end] = data[start:end] * random.choice((1, 1, 2, 20))


def _move(data: bytearray, _others: Sequence[bytes], random: Random) -> None:
    start, end = _range(data, random)
    part = data[start:end]
    del data[start:end]
    at = random.randint(0, len(data))
    data[at:at] = part


def _cut(data: bytearray, _others: Sequence[bytes], random: Random) -> None:
    del data[random.randint(0, len(data)) :]


def _splice(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    other = random.choice(others)
    start, end = _range(bytearray(other), random)
    at = random.randint(0, len(data))
    data[at : at + random.randint(0, end - start)] = other[start:end]


def _range(data: bytearray, random: Random) -> tuple[int, int]:
    """A part of the data, mostly a short one."""
    start = random.randint(0, len(data))
    longest = len(data) - start
    return start, start + min(longest, int(longest ** random.random()) if longest else 0)


_CHANGES = (_flip, _replace, _number, _insert, _delete, _repeat, _move, _cut, _splice)
