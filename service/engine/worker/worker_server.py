"""The worker's end of the connection: answers a client's messages with an engine."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from inkling.models.personal.outcomes import Outcomes
from inkling.models.sampling.text_draws import Tell
from inkling.service.engine.errors import Stopping
from inkling.service.engine.failure import describe_failure
from inkling.service.engine.garbage import collect_at_quiet_moments
from inkling.service.engine.job import Answer, AnyAnswer, AnyJob, ExplanationAnswer, WritingAnswer
from inkling.service.engine.wire import Wire
from inkling.service.engine.worker.engine import Engine, Request
from inkling.service.engine.worker.learning import Learning
from inkling.service.engine.worker_messages import (
    Amend,
    Amended,
    Answered,
    Cancel,
    Count,
    Counted,
    Deleted,
    DeleteSession,
    Described,
    DescribeSession,
    Erase,
    Explain,
    Explained,
    Export,
    Exported,
    Forbid,
    Forbidden,
    Growing,
    Heartbeat,
    Learn,
    Learned,
    Reply,
    Stop,
    Suggest,
    UserRequest,
    Write,
    Wrote,
    failed,
)
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from inkling.service.sessions.shared_sessions import SharedSessions, SharedStats

_log = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 0.25
"""How often the client is told that all is well; it takes longer silence for a frozen process."""

_HOUSEKEEPING_SECONDS = 5.0
"""How often idle sessions are dropped."""

_STALE_SECONDS = 3600.0
"""How often what was learned too long ago is dropped."""

_LOOKING_SECONDS = 3.0
"""How often it is found out whether profiles can be used."""

_ERASING_SECONDS = 2.0
"""How often an erasure that could not be finished is tried again."""


class WorkerServer:
    """Serves one client.

    `learning` is None where no profiles are kept. `shared` is the engine's; None where it shares no sessions.
    """

    def __init__(
        self,
        engine: Engine,
        store: MemorySessionStore,
        learning: Learning | None = None,
        shared: SharedSessions | None = None,
        *,
        housekeeping_seconds: float = _HOUSEKEEPING_SECONDS,
    ) -> None:
        if housekeeping_seconds <= 0:
            raise ValueError("housekeeping_seconds must be positive.")
        self._engine, self._store, self._learning, self._shared = engine, store, learning, shared
        self._housekeeping_seconds = housekeeping_seconds
        self._requests: dict[int, Request] = {}
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._wire = Wire(self._hear, self._lose)
        self._over = asyncio.Event()
        self._drain_seconds = 0.0

    async def serve(self, connection: socket.socket) -> None:
        """Answer until the client is gone or says stop; what is in flight then has its drain time."""
        loop = asyncio.get_running_loop()
        running = loop.create_task(self._engine.run())
        await loop.connect_accepted_socket(lambda: self._wire, connection)
        aside = [loop.create_task(one) for one in self._duties()]
        await self._over.wait()
        for task in aside:
            task.cancel()
        self._engine.stop()
        if not (await asyncio.wait([running], timeout=max(0.0, self._drain_seconds)))[0]:
            self._engine.abandon()
            await running
        await asyncio.gather(*self._calls.values(), return_exceptions=True)
        self._wire.close()

    def _duties(self) -> list[Coroutine[Any, Any, None]]:
        """What is done besides answering, as long as this serves."""
        duties = [
            self._beat(),
            self._keep_house(),
            collect_at_quiet_moments(lambda: self._engine.busy),
        ]
        if self._learning is not None:
            stale, erasing = self._learning.forget_stale, self._learning.finish_erasing
            duties += [
                _repeat(stale, _STALE_SECONDS, "What was learned long ago could not be dropped: %s"),
                _repeat(self._learning.look, _LOOKING_SECONDS, "Profiles could not be looked at: %s"),
                _repeat(erasing, _ERASING_SECONDS, "An erasure could not be finished: %s"),
            ]
        return duties

    async def _beat(self) -> None:
        while True:
            shared = SharedStats() if self._shared is None else self._shared.stats()
            away = self._learning is not None and self._learning.is_away
            self._wire.say(Heartbeat(self._engine.accepting, self._store.stats(), shared, away))
            await asyncio.sleep(_HEARTBEAT_SECONDS)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(self._housekeeping_seconds)
            self._engine.expire()

    def _lose(self) -> None:
        self._over.set()

    # What the client says

    def _hear(self, message: Any) -> None:
        match message:
            case Suggest(number, job):
                self._submit(number, job)
            case Write(number, job, stream):
                self._submit(number, job, self._teller(number) if stream else None)
            case Explain(number, job):
                self._submit(number, job)
            case Cancel(number):
                self._cancel(number)
            case Stop(drain_seconds):
                self._drain_seconds = drain_seconds
                self._over.set()
            case _ if self._over.is_set():
                self._fail(message.number, Stopping())
            case DescribeSession(number, session):
                self._wire.say(Described(number, self._engine.describe_session(session)))
            case DeleteSession(number, session):
                kept = self._engine.delete_session(session)
                if self._shared is None:
                    self._wire.say(Deleted(number, kept))
                else:
                    self._start(number, self._delete_shared(number, session, self._shared, kept))
            case _:
                self._start(message.number, self._call(message))

    def _start(self, number: int, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._calls[number] = task
        task.add_done_callback(lambda _: self._calls.pop(number, None))

    async def _delete_shared(
        self, number: int, session: SessionKey, shared: SharedSessions, kept: bool
    ) -> None:
        """Forget what other replicas may read of a session; `kept` tells whether this one had it."""
        self._wire.say(Deleted(number, await shared.delete(session) or kept))

    def _submit(self, number: int, job: AnyJob, tell: Tell | None = None) -> None:
        def deliver(outcome: AnyAnswer | BaseException) -> None:
            del self._requests[number]
            if isinstance(outcome, Answer):
                stats = self._store.stats()
                self._wire.say(Answered(number, outcome, stats.sessions, stats.bytes))
            elif isinstance(outcome, WritingAnswer):
                self._wire.say(Wrote(number, outcome))
            elif isinstance(outcome, ExplanationAnswer):
                self._wire.say(Explained(number, outcome))
            else:
                self._fail(number, outcome)

        try:
            self._requests[number] = self._engine.submit(job, deliver, tell)
        except Stopping as error:
            self._fail(number, error)

    def _teller(self, number: int) -> Tell:
        return lambda part: self._wire.say(Growing(number, part))

    def _cancel(self, number: int) -> None:
        request = self._requests.pop(number, None)
        if request is not None:
            self._engine.cancel(request)
        elif (call := self._calls.get(number)) is not None:
            call.cancel()

    async def _call(self, message: UserRequest) -> None:
        try:
            reply = await _done_for_user(message, self._learning)
        except Exception as error:
            self._fail(message.number, error)
        else:
            self._wire.say(reply)

    def _fail(self, number: int, error: BaseException) -> None:
        self._wire.say(failed(number, error, describe_failure))


async def _done_for_user(message: UserRequest, learning: Learning | None) -> Reply:
    if learning is None:
        raise RuntimeError("No profiles are kept.")
    match message:
        case Learn(number, user, text, recipient):
            return Learned(number, await learning.learn(user, text, recipient))
        case Forbid(number, user, phrases):
            await learning.forbid(user, phrases)
            return Forbidden(number)
        case Amend(number, user, add, remove):
            return Amended(number, await learning.amend(user, add, remove))
        case Count(number, user, outcomes):
            await learning.count(user, Outcomes.from_json(outcomes))
            return Counted(number)
        case Export(number, user):
            return Exported(number, await learning.export(user))
        case Erase(number, user):
            return Deleted(number, await learning.erase(user))


async def _repeat(work: Callable[[], Awaitable[None]], seconds: float, complaint: str) -> None:
    while True:
        try:
            await work()
        except Exception as error:  # the next try may do better
            _log.error(complaint, describe_failure(error))
        await asyncio.sleep(seconds)
