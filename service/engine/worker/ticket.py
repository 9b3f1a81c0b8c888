"""The two ends of work handed to the model: who waits for it, and whether it is still wanted."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from service.engine.errors import DeadlineExceeded, EngineError
from service.engine.job import Answer, Job

T = TypeVar("T")


class Delivery(Generic[T]):
    """Carries one result from the thread that has the model to the event loop in which this was made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self.future: asyncio.Future[T] = self._loop.create_future()

    def resolve(self, value: T) -> None:
        """Deliver a result; the first delivery counts. From any thread."""
        self._post(self._resolve, value)

    def reject(self, error: BaseException) -> None:
        """Deliver an error; the first delivery counts. From any thread."""
        if isinstance(error, StopIteration) or not isinstance(error, Exception):
            # These mean something else to an event loop, which would stop or hang on them.
            error = RuntimeError(f"The model met {type(error).__name__}.")
        self._post(self._reject, error)

    def _post(self, method: Callable[..., None], argument: object) -> None:
        if threading.get_ident() == self._thread:
            method(argument)
            return
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(method, argument)

    def _resolve(self, value: T) -> None:
        if not self.future.done():
            self.future.set_result(value)

    def _reject(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Ticket:
    """A job, when it came, who waits for its answer, and whether the answer is still wanted."""

    def __init__(self, job: Job, clock: Callable[[], float]) -> None:
        self.job = job
        self.delivery: Delivery[Answer] = Delivery()
        self.since = clock()
        self._clock = clock
        self._reason: EngineError | None = None

    def abandon(self, reason: EngineError) -> None:
        """Make `check` raise `reason` from now on, unless it already has one. From any thread."""
        if self._reason is None:
            self._reason = reason

    def check(self) -> None:
        """Raise why the answer is no longer wanted, if it is not."""
        if self._reason is not None:
            raise self._reason
        if self.job.deadline is not None and self._clock() >= self.job.deadline:
            raise DeadlineExceeded


class Errand(Generic[T]):
    """A short piece of work on the sessions, done by the model thread between two jobs."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.delivery: Delivery[T] = Delivery()

    def run(self) -> None:
        """Do it and deliver what comes of it."""
        try:
            result = self._work()
        except BaseException as error:
            self.delivery.reject(error)
        else:
            self.delivery.resolve(result)
