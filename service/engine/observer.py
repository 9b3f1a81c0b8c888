"""What the engine tells whoever counts."""

import asyncio
from collections.abc import Awaitable
from enum import StrEnum
from typing import Protocol, TypeVar

from inkling.service.engine.errors import (
    Cancelled,
    DeadlineExceeded,
    Overloaded,
    Stopping,
    Superseded,
)
from inkling.service.engine.job import AnyAnswer

A = TypeVar("A", bound=AnyAnswer)


class Outcome(StrEnum):
    """How a request ended."""

    ANSWERED = "answered"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    DEADLINE = "deadline"
    OVERLOADED = "overloaded"
    STOPPING = "stopping"
    FAILED = "failed"


_OUTCOMES: tuple[tuple[type[Exception], Outcome], ...] = (
    (Superseded, Outcome.SUPERSEDED),
    (Cancelled, Outcome.CANCELLED),
    (DeadlineExceeded, Outcome.DEADLINE),
    (Overloaded, Outcome.OVERLOADED),
    (Stopping, Outcome.STOPPING),
)


def outcome_of(error: Exception) -> Outcome:
    """Return how a request ended that raised `error`; anything not the engine's own is a failure."""
    return next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), Outcome.FAILED)


class Observer(Protocol):
    """Attached to an engine to count what it does; must be quick and must not raise.

    Levels are not pushed, because a level that is pushed can drift: read `EngineClient.load` when they
    are wanted.
    """

    def finished(self, outcome: Outcome, answer: AnyAnswer | None) -> None:
        """Called in the event loop, exactly once for each `suggest`, `write` and `explain`.

        There is an `answer` only when answered.
        """


async def observed(observer: Observer, work: Awaitable[A]) -> A:
    """Await one answer and tell the observer, once, how it ended."""
    outcome = Outcome.FAILED
    answer: A | None = None
    try:
        answer = await work
        outcome = Outcome.ANSWERED
        return answer
    except asyncio.CancelledError:
        outcome = Outcome.CANCELLED
        raise
    except Exception as error:
        outcome = outcome_of(error)
        raise
    finally:
        observer.finished(outcome, answer)


class SilentObserver:
    """Counts nothing."""

    def finished(self, outcome: Outcome, answer: AnyAnswer | None) -> None:
        """Ignore it."""
