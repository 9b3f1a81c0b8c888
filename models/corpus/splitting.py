"""Splitting messages into what is trained on and what is held out.

In an office, threads connect nearly everybody, so a split into connected groups would give one group. So the
split draws persons. A thread with people of several parts goes to the first of these parts, and messages in
it by the others are dropped. If there are few people, the newest threads are held out instead, because
drawing persons would take all of the mail or none.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import blake2b

from inkling.models.corpus.mail.message import Message

_RANGE = float(1 << 64)
_FEW_PEOPLE = 20
_LEAST_HELD_OUT, _MOST_HELD_OUT = 0.1, 4.0
"""Between so many times the share asked for is what drawn persons, or whole threads, may hold."""


class HeldOutBy(StrEnum):
    """What separates the two sides of a split: people, or time."""

    PEOPLE = "people"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Split:
    """Messages to train on and messages held out, each in the order given."""

    train: list[Message]
    held_out: list[Message]
    by: HeldOutBy


def hold_out(messages: Sequence[Message], share: float, *, seed: int = 0) -> Split:
    """Hold out about `share`, in (0, 1), of the messages: those of some people, or else the newest.

    With at least twenty people, people are drawn as `split` does, if their share of the mail is neither next
    to nothing nor far more than `share`. Otherwise the threads that began last are held out. With two
    messages or more neither side is empty. A single message is for training.

    Raises ValueError for another share.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, not {share}")
    people = {message.person or message.id for message in messages}
    if len(people) >= _FEW_PEOPLE:
        train, held_out = split(messages, (1 - share, share), seed=seed)
        drawn = len(held_out) / max(len(train) + len(held_out), 1)
        if train and _LEAST_HELD_OUT * share <= drawn <= _MOST_HELD_OUT * share:
            return Split(train, held_out, HeldOutBy.PEOPLE)
    return hold_out_newest(messages, share)


def hold_out_newest(messages: Sequence[Message], share: float) -> Split:
    """Hold out the threads that began last, whole: about `share` of the messages, in (0, 1).

    Messages without a date count as older than any with one.
    """
    if len(messages) < 2:
        return Split(list(messages), [], HeldOutBy.DATE)
    ages = [(_moment(message.date), number) for number, message in enumerate(messages)]
    began: dict[str, tuple[datetime, int]] = {}
    for message, age in zip(messages, ages, strict=True):
        began[message.thread] = min(age, began.get(message.thread, age))
    wanted = min(max(round(share * len(messages)), 1), len(messages) - 1)
    order = sorted(range(len(messages)), key=lambda number: (began[messages[number].thread], ages[number]))
    first = len(messages) - wanted
    # A thread is kept whole, unless that would leave nothing to train on.
    while first and messages[order[first]].thread == messages[order[first - 1]].thread:
        first -= 1
    if first < len(messages) - _MOST_HELD_OUT * wanted or not first:
        first = len(messages) - wanted
    chosen = set(order[first:])
    return Split(
        [message for number, message in enumerate(messages) if number not in chosen],
        [message for number, message in enumerate(messages) if number in chosen],
        HeldOutBy.DATE,
    )


def hold_out_newest_of_each(messages: Sequence[Message], share: float) -> Split:
    """Hold out each person's newest messages: about `share`, in (0, 1), of them, in whole threads.

    So people who wrote at different times are on both sides. Messages of others in a held-out thread are
    dropped. If nobody has enough messages, the newest of all are held out.
    """
    by_person: defaultdict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_person[message.person or message.id].append(message)
    enough = [own for own in by_person.values() if len(own) > 1 and round(share * len(own)) > 0]
    parts = [hold_out_newest(own, share) for own in enough]
    chosen = {message.id for part in parts for message in part.held_out}
    threads = {message.thread for part in parts for message in part.held_out}
    train = [one for one in messages if one.id not in chosen and one.thread not in threads]
    if not chosen or not train:
        return hold_out_newest(messages, share)
    return Split(train, [one for one in messages if one.id in chosen], HeldOutBy.DATE)


def _moment(date: datetime | None) -> datetime:
    if date is None:
        return datetime.min.replace(tzinfo=UTC)
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


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
