"""The client's end of the connection to a worker."""

import asyncio
import itertools
import math
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import Any, Protocol

from inkling.models.personal.outcomes import Outcomes
from inkling.models.sampling.writing import WrittenPart
from inkling.service.engine.client.admission import MAX_LAG, Admission
from inkling.service.engine.client.watchdog import Watchdog, Watched
from inkling.service.engine.errors import DeadlineExceeded, EngineError, Lost, Overloaded, Stopping
from inkling.service.engine.job import (
    Answer,
    AnyJob,
    ExplanationAnswer,
    ExplanationJob,
    Job,
    ProfileExport,
    ProfileSizes,
    WritingAnswer,
    WritingJob,
)
from inkling.service.engine.observer import Observer, Outcome, SilentObserver, observed
from inkling.service.engine.served import Load, ServedModel
from inkling.service.engine.wire import Wire
from inkling.service.engine.work import WorkEstimate
from inkling.service.engine.worker_messages import (
    Amend,
    Answered,
    Cancel,
    Count,
    DeleteSession,
    DescribeSession,
    Erase,
    Explain,
    Export,
    Failed,
    Forbid,
    Growing,
    Heartbeat,
    Learn,
    Request,
    Stop,
    Suggest,
    Write,
    error_of,
)
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session import SessionSizes
from inkling.service.sessions.session_store import SessionKey, StoreStats
from inkling.service.sessions.shared_sessions import SharedStats

_LAST_SECONDS = 5.0
"""How long a process may take to end after its drain time."""

_NO_SESSIONS = StoreStats(0, 0, 0, 0, 0, 0, 0, 0)


class Worker(Watched, Protocol):
    """A process that serves a model at the other end of a connection."""

    @property
    def model(self) -> ServedModel:
        """What it serves."""

    @property
    def connection(self) -> socket.socket:
        """Its first message has been read from it."""


class WorkerClient:
    """See `EngineClient`; the model is in a worker's process. Belongs to the event loop it starts in."""

    def __init__(
        self,
        worker: Worker,
        *,
        max_queue: int,
        max_wait: float = math.inf,
        max_lag: float = MAX_LAG,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """At most `max_queue` suggestions of a client wait, and none for over `max_wait` seconds.

        They are refused unread while this event loop is late by more than `max_lag` seconds. `clock` tells
        how fast answers come.
        """
        self._worker = worker
        self._admission = Admission(
            max_batch=worker.model.max_batch,
            max_queue=max_queue,
            max_wait=max_wait,
            max_lag=max_lag,
            clock=clock,
        )
        self._work = WorkEstimate()
        self._observer = observer or SilentObserver()
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._hearing: dict[int, Callable[[WrittenPart], None]] = {}
        self._wire = Wire(self._hear, self._lose)
        self._accepting = self._able = self._profiles_away = False
        self._lost = asyncio.Event()
        self._watchdog = Watchdog(worker, self._lost)
        self._watching: asyncio.Task[None] | None = None
        self._sessions, self._shared = _NO_SESSIONS, SharedStats()

    @property
    def model(self) -> ServedModel:
        """See `EngineClient.model`."""
        return self._worker.model

    @property
    def worker(self) -> Worker:
        """The process at the other end."""
        return self._worker

    @property
    def ready(self) -> bool:
        """See `EngineClient.ready`."""
        return self._accepting and self._able and not self._lost.is_set()

    @property
    def load(self) -> Load:
        """See `EngineClient.load`."""
        waiting, running = self._admission.waiting, self._admission.running
        return Load(waiting, running, self._sessions, self._shared, int(self._profiles_away))

    async def start(self) -> None:
        """See `EngineClient.start`."""
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: self._wire, self._worker.connection)
        self._accepting = self._able = True
        self._watching = loop.create_task(self._watchdog.watch(self._lose))

    async def stop(self, drain_seconds: float) -> None:
        """See `EngineClient.stop`; the process has ended afterwards."""
        started, self._accepting = self._watching is not None, False
        if self._watching is not None:
            self._watching.cancel()
        if started:
            self._wire.say(Stop(drain_seconds))
        else:
            self._worker.connection.close()
        await asyncio.to_thread(self._worker.end, drain_seconds + _LAST_SECONDS)
        if started:  # the last answers may still have to be read
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_SECONDS):
                    await self._lost.wait()
        self._wire.close()
        self._reject_all(Stopping())

    async def wait_lost(self) -> None:
        """See `EngineClient.wait_lost`."""
        await self._lost.wait()

    def check_load(self) -> None:
        """See `EngineClient.check_load`."""
        try:
            self._admission.check_unread()
        except Overloaded:
            self._observer.finished(Outcome.OVERLOADED, None)
            raise

    def predict(self, job: AnyJob) -> int:
        """See `EngineClient.predict`."""
        return self._work.of(job)

    async def suggest(self, job: Job, deadline: float | None = None) -> Answer:
        """See `EngineClient.suggest`."""
        return await observed(self._observer, self._answer_to(job, deadline))

    def _admitted(self, job: AnyJob) -> AbstractContextManager[None]:
        return self._admission.admitted(job.session, work=self._work.of(job), flow=job.flow)

    async def _answer_to(self, job: Job, deadline: float | None) -> Answer:
        with self._admitted(job):
            answer: Answer = await self._ask_until(deadline, lambda number: Suggest(number, job))
            self._work.answered(job)
            return answer

    async def write(
        self,
        job: WritingJob,
        deadline: float | None = None,
        hear: Callable[[WrittenPart], None] | None = None,
    ) -> WritingAnswer:
        """See `EngineClient.write`."""
        return await observed(self._observer, self._texts_of(job, deadline, hear))

    async def _texts_of(
        self, job: WritingJob, deadline: float | None, hear: Callable[[WrittenPart], None] | None
    ) -> WritingAnswer:
        with self._admitted(job):
            answer: WritingAnswer = await self._ask_until(
                deadline, lambda number: Write(number, job, hear is not None), hear
            )
            return answer

    async def explain(self, job: ExplanationJob, deadline: float | None = None) -> ExplanationAnswer:
        """See `EngineClient.explain`."""
        return await observed(self._observer, self._why(job, deadline))

    async def _why(self, job: ExplanationJob, deadline: float | None) -> ExplanationAnswer:
        with self._admission.explaining(), self._admitted(job):
            answer: ExplanationAnswer = await self._ask_until(deadline, lambda number: Explain(number, job))
            return answer

    async def _ask_until(
        self,
        deadline: float | None,
        request: Callable[[int], Request],
        hear: Callable[[WrittenPart], None] | None = None,
    ) -> Any:
        """See `_ask`; raises DeadlineExceeded too."""
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise DeadlineExceeded
        try:
            async with asyncio.timeout(left):
                return await self._ask(request, hear)
        except TimeoutError:
            raise DeadlineExceeded from None

    async def describe_session(self, key: SessionKey) -> SessionSizes | None:
        """See `EngineClient.describe_session`."""
        sizes: SessionSizes | None = await self._ask(lambda number: DescribeSession(number, key))
        return sizes

    async def delete_session(self, key: SessionKey) -> bool:
        """See `EngineClient.delete_session`."""
        return bool(await self._ask(lambda number: DeleteSession(number, key)))

    async def learn(self, user: UserKey, text: str, recipient: str | None) -> ProfileSizes:
        """See `EngineClient.learn`."""
        sizes: ProfileSizes = await self._ask(lambda number: Learn(number, user, text, recipient))
        return sizes

    async def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """See `EngineClient.forbid`."""
        await self._ask(lambda number: Forbid(number, user, list(phrases)))

    async def amend(self, user: UserKey, add: Sequence[str], remove: Sequence[str]) -> Sequence[str]:
        """See `EngineClient.amend`."""
        phrases: Sequence[str] = await self._ask(lambda number: Amend(number, user, list(add), list(remove)))
        return phrases

    async def count(self, user: UserKey, outcomes: Outcomes) -> None:
        """See `EngineClient.count`."""
        await self._ask(lambda number: Count(number, user, outcomes.to_json()))

    async def export(self, user: UserKey) -> ProfileExport | None:
        """See `EngineClient.export`."""
        profile: ProfileExport | None = await self._ask(lambda number: Export(number, user))
        return profile

    async def erase(self, user: UserKey) -> bool:
        """See `EngineClient.erase`."""
        return bool(await self._ask(lambda number: Erase(number, user)))

    async def _ask(
        self, request: Callable[[int], Request], hear: Callable[[WrittenPart], None] | None = None
    ) -> Any:
        """The result of a request, made with a number. Raises what the worker says, Lost or Stopping.

        `hear` gets what comes before the result.
        """
        if not self._accepting:
            raise Stopping
        if self._lost.is_set():
            raise Lost
        number = next(self._numbers)
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        if hear is not None:
            self._hearing[number] = hear
        self._wire.say(request(number))
        try:
            return await future
        except asyncio.CancelledError:
            self._wire.say(Cancel(number))
            raise
        finally:
            del self._asked[number]
            self._hearing.pop(number, None)

    def _hear(self, message: Any) -> None:
        self._watchdog.hear()
        if isinstance(message, Heartbeat):
            self._able, self._sessions, self._shared = message.ready, message.sessions, message.shared
            self._profiles_away = message.profiles_away
            return
        if isinstance(message, Growing):
            if (hear := self._hearing.get(message.number)) is not None:
                hear(message.part)
            return
        if isinstance(message, Answered):
            self._sessions = replace(self._sessions, sessions=message.sessions, bytes=message.session_bytes)
        future = self._asked.get(message.number)
        if future is None or future.done():  # cancelled meanwhile
            return
        if isinstance(message, Failed):
            future.set_exception(error_of(message))
        else:
            future.set_result(message.result)

    def _lose(self) -> None:
        self._lost.set()
        self._reject_all(Lost() if self._accepting else Stopping())

    def _reject_all(self, error: EngineError) -> None:
        for future in self._asked.values():
            if not future.done():
                future.set_exception(error)
