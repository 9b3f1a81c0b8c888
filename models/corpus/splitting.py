"""Splitting messages so that no person and no thread stands on two sides.

In an office nearly everybody is joined to everybody by some thread, so whole connected groups would
be one group. Persons are drawn instead, and a thread with people of several parts goes to the first
of these parts: what the others wrote in it is dropped.
"""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b

from models.corpus.message import Message

_RANGE = float(1 << 64)


def split(
    messages: Sequence[Message], fractions: Sequence[float], *, seed: int = 0
) -> tuple[list[Message], ...]:
    """Split into as many parts as `fractions`, which add up to 1; order is kept.

    A person's part is drawn by a hash of the name and the seed, whatever else is in the corpus; a
    message without a person is drawn by its id. Messages of a thread that belongs to an earlier part
    are dropped, so that no person and no thread occurs in two parts.

    Raises ValueError for fractions that are negative or do not add up to 1.
    """
    if not fractions or min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6:
        raise ValueError(f"fractions {tuple(fractions)} must be at least 0 and add up to 1")
    drawn = [_draw(message.person or message.id, fractions, seed) for message in messages]
    threads: defaultdict[str, set[int]] = defaultdict(set)
    for message, part in zip(messages, drawn, strict=True):
        threads[message.thread].add(part)
    parts: tuple[list[Message], ...] = tuple([] for _ in fractions)
    for message, part in zip(messages, drawn, strict=True):
        if part == min(threads[message.thread]):
            parts[part].append(message)
    return parts


def _draw(person: str, fractions: Sequence[float], seed: int) -> int:
    digest = blake2b(person.encode("utf-8", "surrogatepass"), digest_size=8, key=str(seed).encode()).digest()
    point = int.from_bytes(digest, "little") / _RANGE
    reached = 0.0
    for part, fraction in enumerate(fractions):
        reached += fraction
        if point < reached:
            return part
    return max(part for part, fraction in enumerate(fractions) if fraction > 0)
