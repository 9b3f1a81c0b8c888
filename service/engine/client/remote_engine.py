"""The engine's other end: asks a model that lives in a process of its own."""

import asyncio
import itertools
import json
import logging
import math
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from service.engine.client.lag import LoopLag
from service.engine.client.pace import Pace
from service.engine.client.vital_signs import is_frozen, vital_signs
from service.engine.errors import DeadlineExceeded, EngineError, Lost, Overloaded, Stopping
from service.engine.job import Answer, Job
from service.engine.observer import Observer, Outcome, SilentObserver, observed
from service.engine.wire import (
    Frame,
    Wire,
    answer_from_json,
    failure_from_json,
    job_to_json,
    key_to_json,
)
from service.engine.worker.engine import TOGETHER
from service.sessions.session import SessionSizes
from service.sessions.session_store import SessionKey

_log = logging.getLogger(__name__)

_LAST_SECONDS = 5.0
"""How long a process may take to end after its drain time."""

_GRACE = 0.25
"""Seconds after its deadline at which a suggestion is not waited for even if the process says nothing."""

_LOOK_SECONDS = 0.25
"""How often the process is looked after; a longer pause of this process counts as one of these."""

_SILENCE = 1.5
"""Seconds without a heartbeat after which a frozen process is ended; one that works sends four a second."""

_BUSY_SILENCE = 20.0
"""Seconds without a heartbeat after which a process is ended though it seems busy."""

_FIRST_GUESS = 0.005
"""Seconds that an answer is taken to need before any has been measured."""

_BEHIND = 0.006
"""Mean seconds of the event loop's lag from which requests are refused unread; at ease it is a tenth."""

_ALWAYS = 4
"""So many suggestions are worked on at once however long each takes."""


class LaunchError(Exception):
    """The model cannot be served; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class ModelProcess:
    """A process that has said it is ready: what it serves, and the connection to it."""

    name: str
    threshold: float
    description: Mapping[str, Any]
    connection: socket.socket
    process: subprocess.Popen[bytes]

    @classmethod
    def launch(cls, arguments: Sequence[str]) -> "ModelProcess":
        """Start a process with the arguments of `service.engine.worker.process` and wait until it is ready.

        Raises `LaunchError` when it refuses to serve or ends.
        """
        ours, theirs = socket.socketpair()
        # -P: nothing that lies in the folder this process was started in takes the place of a module.
        command = [sys.executable, "-P", "-m", "service.engine.worker.process", "--fd", str(theirs.fileno())]
        try:
            with theirs:
                process = subprocess.Popen(
                    [*command, *arguments],
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # a terminal's signals are for this process
                )
            frame = _first_frame(ours)
        except OSError as error:
            ours.close()
            raise LaunchError(f"the model's process cannot be started: {error.strerror}") from None
        if frame is None or frame[0] != "ready":
            ours.close()
            code = _end(process, _LAST_SECONDS)
            raise LaunchError(frame[1] if frame else f"the model's process ended with exit code {code}")
        served = frame[1]
        ours.setblocking(False)
        return cls(served["name"], served["threshold"], served["description"], ours, process)

    def end(self, seconds: float) -> None:
        """Wait for the process to end by itself, and end it after so many seconds."""
        _end(self.process, seconds)


def _end(process: subprocess.Popen[bytes], seconds: float) -> int:
    """The exit code of a process that is given so many seconds to end by itself."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _first_frame(connection: socket.socket) -> Frame | None:
    with connection.makefile("rb", buffering=0) as stream:
        head = stream.read(4)
        if not head:
            return None
        left, body = int.from_bytes(head, "big"), b""
        while left > len(body):
            part = stream.read(left - len(body))
            if not part:
                return None
            body += part
    frame: Frame = json.loads(body)
    return frame


class RemoteEngine:
    """What `Engine` is, with the work done by a `ModelProcess`; belongs to the event loop it starts in."""

    def __init__(
        self, model: ModelProcess, *, max_wait: float = math.inf, observer: Observer | None = None
    ) -> None:
        """A suggestion that would probably take longer than `max_wait` seconds is refused at once."""
        self._model = model
        self._max_wait = max_wait
        self._pace = Pace(time.monotonic, _FIRST_GUESS)
        self._lag = LoopLag()
        self._drafts: Counter[SessionKey] = Counter()
        self._observer = observer or SilentObserver()
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._suggesting = 0
        self._wire = Wire(self._hear, self._lose)
        self._accepting = self._able = False
        self._heard_at = time.monotonic()
        self._watching: asyncio.Task[None] | None = None
        self.lost = asyncio.Event()
        self.sessions = self.session_bytes = 0

    @property
    def queue_depth(self) -> int:
        """Suggestions that wait for the model."""
        return self._suggesting - self.in_progress

    @property
    def in_progress(self) -> int:
        """Suggestions that the model works on, as far as can be known here."""
        return min(self._suggesting, TOGETHER)

    @property
    def ready(self) -> bool:
        """Whether work is taken and the process lives."""
        return self._accepting and self._able and not self.lost.is_set()

    async def start(self) -> None:
        """Take work from now on."""
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: self._wire, self._model.connection)
        self._accepting = self._able = True
        self._watching = loop.create_task(self._watch())

    async def suggest(self, job: Job) -> Answer:
        """See `Engine.suggest`; raises Lost too, when the process ends first."""
        return await observed(self._observer, self._answer_to(job))

    def check_load(self) -> None:
        """Raise Overloaded, and count it, while this loop is behind: to read one more makes all later."""
        if self._lag.mean > _BEHIND:
            self._observer.finished(Outcome.OVERLOADED, None)
            raise Overloaded(self._pace.wait(self._suggesting) + self._lag.mean)

    def _would_wait(self) -> float | None:
        """Seconds that a new request would wait, where that is too long."""
        wait = self._pace.wait(self._suggesting) + self._lag.seconds
        return wait if wait > self._max_wait and self._suggesting >= _ALWAYS else None

    async def _answer_to(self, job: Job) -> Answer:
        # A writer's newer request replaces the older one, and adds nothing to the line.
        if job.session not in self._drafts and (wait := self._would_wait()):
            raise Overloaded(wait)
        self._enter(job)
        try:
            return await self._answer_in_time(job)
        finally:
            self._leave(job)

    def _enter(self, job: Job) -> None:
        if not self._suggesting:
            self._pace.begin()
            self._lag.watch()
        self._suggesting += 1
        if job.session is not None:
            self._drafts[job.session] += 1

    def _leave(self, job: Job) -> None:
        self._suggesting -= 1
        self._pace.answered()
        if not self._suggesting:
            self._lag.rest()
        if job.session is not None:
            self._drafts[job.session] -= 1
            if not self._drafts[job.session]:
                del self._drafts[job.session]

    async def _answer_in_time(self, job: Job) -> Answer:
        left = None if job.deadline is None else job.deadline - time.monotonic() + _GRACE
        try:
            values = await asyncio.wait_for(self.ask("suggest", job_to_json(job)), left)
        except TimeoutError:
            raise DeadlineExceeded from None
        return answer_from_json(values, job.session)

    async def describe_session(self, key: SessionKey) -> SessionSizes | None:
        """See `Engine.describe_session`."""
        sizes = await self.ask("describe", key_to_json(key))
        return None if sizes is None else SessionSizes(*sizes)

    async def delete_session(self, key: SessionKey) -> bool:
        """See `Engine.delete_session`."""
        return bool(await self.ask("delete", key_to_json(key)))

    async def stop(self, drain_seconds: float) -> None:
        """See `Engine.stop`; the process has ended afterwards."""
        started, self._accepting = self._watching is not None, False
        if self._watching is not None:
            self._watching.cancel()
        if started:
            self._wire.say("stop", drain_seconds)
        else:
            self._model.connection.close()
        await asyncio.to_thread(self._model.end, drain_seconds + _LAST_SECONDS)
        self._wire.close()
        self._reject_all(Stopping())

    async def ask(self, kind: str, values: Any) -> Any:
        """What the process answers to a frame. Raises Stopping, Lost, and what the process says."""
        if not self._accepting:
            raise Stopping
        if self.lost.is_set():
            raise Lost
        number = next(self._numbers)
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        self._wire.say(kind, number, values)
        try:
            return await future
        except asyncio.CancelledError:
            self._wire.say("drop", number)
            raise
        finally:
            del self._asked[number]

    def _hear(self, frame: Frame) -> None:
        self._heard_at = time.monotonic()
        if frame[0] in ("load", "result"):
            self.sessions, self.session_bytes = frame[-1]
        if frame[0] == "load":
            self._able = frame[1]
            return
        kind, number, *rest = frame
        future = self._asked.get(number)
        if future is None or future.done():  # dropped meanwhile
            return
        if kind == "result":
            future.set_result(rest[0])
        else:
            future.set_exception(failure_from_json(rest[0]))

    def _lose(self) -> None:
        self.lost.set()
        self._reject_all(Lost() if self._accepting else Stopping())

    async def _watch(self) -> None:
        """End a process that says nothing any more, and see the end of one that is gone."""
        process, silence, signs, heard_at, looked_at = self._model.process, 0.0, None, 0.0, time.monotonic()
        while not self.lost.is_set():
            now = time.monotonic()
            # A machine that was suspended, or a process that was stopped, must not count as silence.
            passed, looked_at = min(now - looked_at, 2 * _LOOK_SECONDS), now
            if self._heard_at != heard_at:
                heard_at, silence, signs = self._heard_at, 0.0, vital_signs(process.pid)
            else:
                silence += passed
            if silence > _BUSY_SILENCE or (silence > _SILENCE and is_frozen(signs, vital_signs(process.pid))):
                _log.error("The model's process has said nothing for %.1f s and is ended.", silence)
                process.kill()
                self._lose()
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self.lost.wait(), _LOOK_SECONDS)
        code = await asyncio.to_thread(_end, self._model.process, _LAST_SECONDS)
        _log.error("The model's process ended unasked, with exit code %s.", code)

    def _reject_all(self, error: EngineError) -> None:
        for future in self._asked.values():
            if not future.done():
                future.set_exception(error)
