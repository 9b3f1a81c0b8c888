"""Cases in which the file of profiles is full, locked, gone or shared."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

from benchmarks.people.sent import message
from benchmarks.trials.trial import Kept, Trial, learning
from benchmarks.trials.verdict import Verdict
from benchmarks.trials.victim import Victim, seconds_until

_MOST_TRIES = 200
_AT_ONCE = 12
_LOG_BYTES = 400 << 10
_ERASED = "The purple otter sleeps under the seventh willow."


def full(trial: Trial) -> Iterator[Verdict]:
    """No room for the file: learning is refused, everything else goes on."""
    kept = Kept()
    with trial.service() as service:
        service.learn("erased", _ERASED)
        assert service.worker is not None
        with trial.disk.full(service.worker):
            for number in range(_MOST_TRIES):
                answer = kept.learn(service, "writer", message(number))
                if answer.status != 200:
                    break
            yield trial.answered(answer, 507, "learning is answered 507 within 2 s")
            yield trial.alive(service)
            yield from _erases(trial, service)
        yield trial.learns_again(service, kept)
        yield trial.nothing_lost(kept, service)
        yield trial.in_time(
            seconds_until(lambda: not trial.disk.holds("otter")), "erased text is in no file any more"
        )


def small(trial: Trial) -> Iterator[Verdict]:
    """Many small changes on a small disk: the database's log must not take all of it."""
    with trial.service() as service:
        with learning([service], 4 * trial.messages) as kept:
            seconds_until(partial(kept.has_all, 8 * trial.messages))
        size = trial.profiles.with_name("profiles.db-wal").stat().st_size
        yield Verdict(f"{size // 1024} KiB", size < _LOG_BYTES, "the database's log stays below 400 KiB")
        yield Verdict(
            f"{len(kept.refusals)} of {kept.count + len(kept.refusals)} refused",
            len(kept.refusals) == 0,
            "nothing is refused",
        )
        yield trial.nothing_lost(kept, service)


def locked(trial: Trial) -> Iterator[Verdict]:
    """Another program holds the file, a backup for instance."""
    kept = Kept()
    with trial.service() as service:
        service.learn("erased", _ERASED)
        with closing(sqlite3.connect(trial.profiles, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = kept.learn(service, "writer", message(1))
            yield trial.answered(answer, 503, "learning is answered 503 within 2 s")
            yield Verdict(
                f"Retry-After {answer.headers.get('Retry-After')}",
                answer.kind == "storage_busy" and "Retry-After" in answer.headers,
                "the answer says why, and when to try again",
            )
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                every = list(
                    pool.map(lambda number: service.learn(f"writer-{number}", message(2)), range(_AT_ONCE))
                )
            slowest = max(every, key=lambda one: one.seconds)
            yield trial.answered(
                slowest, 503, f"the slowest of {_AT_ONCE} users at once gets the same answer"
            )
            yield trial.alive(service)
            yield from _erases(trial, service)
            other.execute("ROLLBACK")
        yield trial.learns_again(service, kept)
        yield trial.nothing_lost(kept, service)


def _erases(trial: Trial, service: Victim) -> Iterator[Verdict]:
    yield trial.answered(service.erase("erased"), 204, "erasing is answered 204 within 2 s")
    left = len(service.kept("erased"))
    yield Verdict(f"{left} messages kept", left == 0, "erased messages are gone from then on")


def moved(trial: Trial) -> Iterator[Verdict]:
    """The file and SQLite's files beside it are moved away."""
    return _gone(trial, "old")


def deleted(trial: Trial) -> Iterator[Verdict]:
    """The file and SQLite's files beside it are deleted."""
    return _gone(trial, None)


def _gone(trial: Trial, place: str | None) -> Iterator[Verdict]:
    before, after = Kept(), Kept()
    with trial.service() as service:
        before.learn(service, "writer", message(1))
        for path in list(trial.disk.folder.glob("profiles.db*")):
            if place is None:
                path.unlink()
            else:
                folder = trial.disk.folder / place
                folder.mkdir(exist_ok=True)
                path.rename(folder / path.name)
        yield trial.answered(
            after.learn(service, "writer", message(2)), 200, "learning goes on, in a new file"
        )
        yield Verdict(
            f"{len(service.kept('writer'))} messages kept",
            service.kept("writer") == [message(2)],
            "the earlier messages are not served any more",
        )
    if place is not None:
        with closing(sqlite3.connect(trial.disk.folder / place / "profiles.db")) as old:
            (count,) = old.execute("SELECT COUNT(*) FROM message").fetchone()
        yield Verdict(f"{count} of {before.count} messages", count == before.count, "the moved file is whole")
    with trial.service() as service:
        yield trial.nothing_lost(after, service)


def shared(trial: Trial) -> Iterator[Verdict]:
    """Two services on one file: each sees the other's changes at once, and neither loses anything."""
    with trial.service() as one, trial.service() as other:
        one.learn("erased", _ERASED)
        seen = other.kept("erased")
        yield Verdict(
            f"{len(seen)} of 1 messages", len(seen) == 1, "messages that one learns are in the other at once"
        )
        other.erase("erased")
        left = len(one.kept("erased"))
        yield Verdict(f"{left} messages kept", left == 0, "messages that one erases are gone from the other")
        with learning([one, other], trial.messages) as kept:
            seconds_until(partial(kept.has_all, 4 * trial.messages))
        slowest = max((refusal.seconds for refusal in kept.refusals), default=0.0)
        yield Verdict(
            f"{len(kept.refusals)} of {kept.count + len(kept.refusals)} refused"
            + (f", the slowest {slowest:.2f} s" if slowest else ""),
            all(refusal.status == 503 for refusal in kept.refusals) and kept.count > 0,
            "both learn at the same time, and refuse with 503 if at all",
        )
        yield trial.nothing_lost(kept, one)
        yield trial.nothing_lost(kept, other)
