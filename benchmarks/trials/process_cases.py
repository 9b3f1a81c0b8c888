"""Cases in which a process of the service is frozen or killed."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial

from benchmarks.people.sent import message
from benchmarks.reporting.extras import missing
from benchmarks.trials.trial import Kept, Trial, learning
from benchmarks.trials.verdict import Verdict
from benchmarks.trials.victim import Victim, seconds_until

try:
    import psutil
except ModuleNotFoundError:
    missing("psutil", "benchmarks")

_NOTICED = 2.5
"""Seconds in which a frozen process is found out: its silence of 1.5 s, and the time between looks."""

_ENDED = 5.0
"""Seconds in which the model's process ends after the main one."""

_BLINK = 0.5
"""Seconds for which a process may be frozen without losing its place."""


def frozen(trial: Trial) -> Iterator[Verdict]:
    """The model's process stops, and stays so."""
    kept = Kept()
    with trial.service() as service:
        kept.learn(service, "writer", message(1))
        worker = _worker(service)
        with _frozen(worker):
            answer = service.suggest()
            yield trial.answered(answer, 503, f"a suggestion is answered 503 within {_NOTICED} s", _NOTICED)
            yield Verdict(
                f"{answer.kind}, Retry-After {answer.headers.get('Retry-After')}",
                answer.kind == "not_ready" and "Retry-After" in answer.headers,
                "the answer says why, and when to try again",
            )
            ready, slowest = service.is_ready(), service.slowest_livez()
            yield Verdict(
                f"readyz {'200' if ready else '503'}, livez {slowest:.2f} s",
                not ready and slowest < 1.0 * trial.slack,
                "readyz says 503, livez 200",
            )
            yield trial.replaced(service)
        yield from _well(trial, service, kept)
        yield Verdict("replaced", _worker(service) != worker, "the frozen process serves no more")


def thawed(trial: Trial) -> Iterator[Verdict]:
    """The model's process stops for a moment, as on a machine that is busy."""
    kept = Kept()
    with trial.service() as service, ThreadPoolExecutor(2) as pool:
        kept.learn(service, "writer", message(1))
        worker = _worker(service)
        with _frozen(worker):
            suggestion = pool.submit(service.suggest)
            message_sent = pool.submit(kept.learn, service, "writer", message(2))
            time.sleep(_BLINK)
        yield trial.answered(suggestion.result(), 200, "a suggestion asked for meanwhile is answered 200")
        yield trial.answered(message_sent.result(), 200, "a message sent meanwhile is answered 200")
        yield from _well(trial, service, kept)
        yield Verdict(
            "the same process" if _worker(service) == worker else "another process",
            _worker(service) == worker,
            "the process goes on",
        )


def worker_killed(trial: Trial) -> Iterator[Verdict]:
    """The model's process killed while two users let it learn."""
    with trial.service() as service:
        with learning([service], trial.messages) as kept:
            seconds_until(partial(kept.reaches, trial.messages // 2))
            _worker(service).kill()
            answer = service.suggest()
            yield Verdict(str(answer), answer.status in (200, 503), "a suggestion is answered 200 or 503")
            yield trial.replaced(service)
        statuses = sorted({refusal.status for refusal in kept.refusals})
        yield Verdict(
            f"{len(kept.refusals)} answered {', '.join(map(str, statuses)) or 'otherwise'}",
            set(statuses) <= {503},
            "learning is answered 200 or 503",
        )
        yield from _well(trial, service, kept)


def killed_without_room(trial: Trial) -> Iterator[Verdict]:
    """The model's process killed while there is no room for the file of profiles."""
    kept = Kept()
    with trial.service() as service:
        kept.learn(service, "writer", message(1))
        worker = _worker(service)
        with trial.disk.full(worker):
            worker.kill()
            seconds_until(lambda: not service.is_ready())
            yield trial.replaced(service)
            yield trial.alive(service)
            yield trial.nothing_lost(kept, service)
        yield trial.learns_again(service, kept)


def main_killed(trial: Trial) -> Iterator[Verdict]:
    """The main process killed while two users let it learn, and started again on the same file."""
    kept, slowest = Kept(), 0.0
    for number in range(trial.rounds):
        with trial.service() as service:
            worker = _worker(service)
            try:
                with learning([service], trial.messages, f"round-{number}") as learned:
                    seconds_until(partial(learned.reaches, (number + 1) * trial.messages // trial.rounds))
                    service.process.kill()
                slowest = max(slowest, seconds_until(partial(_has_ended, worker)))
            finally:
                with suppress(psutil.NoSuchProcess):
                    worker.kill()
        kept.messages.update(learned.messages)
    times = "once" if trial.rounds == 1 else f"{trial.rounds} times"
    yield trial.in_time(slowest, f"the model's process ends too ({times})", _ENDED)
    with closing(sqlite3.connect(trial.profiles)) as file:
        (state,) = file.execute("PRAGMA integrity_check").fetchone()
    yield Verdict(f"integrity_check: {state}", state == "ok", "the file is sound")
    with trial.service() as service:
        yield from _well(trial, service, kept)


def _well(trial: Trial, service: Victim, kept: Kept) -> Iterator[Verdict]:
    yield trial.alive(service)
    yield trial.learns_again(service, kept)
    yield trial.nothing_lost(kept, service)


def _worker(service: Victim) -> psutil.Process:
    worker = service.worker
    assert worker is not None
    return worker


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def _frozen(worker: psutil.Process) -> Iterator[None]:
    """A process that is stopped for the time of the block."""
    worker.suspend()
    try:
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            worker.resume()
