"""The engine: one owner of the model, and the line of jobs before it."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from models.runtime.batch import StepRequest, StepResult, Steps
from service.engine.errors import Cancelled, DeadlineExceeded, EngineError, Overloaded, Stopping, Superseded
from service.engine.job import Answer, Job
from service.engine.observer import Observer, SilentObserver, observed
from service.engine.worker.drafting import Drafter
from service.engine.worker.ticket import Errand, Ticket
from service.engine.worker.waiting import WaitingLine
from service.sessions.session import SessionSizes
from service.sessions.session_store import SessionKey

T = TypeVar("T")

_log = logging.getLogger(__name__)

_FIRST_GUESS = 0.1
"""Seconds that an answer is taken to need before the first one has been measured."""

TOGETHER = 16
"""Jobs whose model steps are shared; the rest wait in line."""

_WEIGHT = 0.2
"""Weight of the newest answer in the running mean of service times."""

_LAST_STEP_SECONDS = 5.0
"""How long `stop` waits for an abandoned job to reach its next check."""


@dataclass(slots=True)
class _Answering:
    """A job in progress: its computation, and the work that it waits for."""

    ticket: Ticket
    steps: Steps[Answer]
    began: float
    work: StepRequest | None = None


class Engine:
    """Answers jobs, in a thread of its own, or in an event loop that has nothing else to do.

    One thread owns the model: the engine's own, and any event loop may call; or, started `here`,
    that of the running loop, which steps the model between looks at its callers. There are no
    handovers between threads then, and no turns at Python's lock: it is for a process that only
    serves a model.

    Batching is continuous: up to `together` jobs share each model step and join and leave between
    steps. At most `max_queue` more wait. Idle sessions are dropped at least every
    `housekeeping_seconds`. `clock` gives the monotonic seconds in which deadlines are.
    """

    def __init__(
        self,
        drafter: Drafter,
        *,
        max_queue: int,
        together: int = TOGETHER,
        housekeeping_seconds: float = 5.0,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if together < 1 or housekeeping_seconds <= 0:
            raise ValueError("together and housekeeping_seconds must be positive.")
        self._drafter = drafter
        self._together = together
        self._housekeeping_seconds = housekeeping_seconds
        self._observer = observer or SilentObserver()
        self._clock = clock
        self._changed = threading.Condition()  # guards all below
        self._waiting = WaitingLine(max_queue)
        self._errands: deque[Errand[Any]] = deque()
        self._answering: list[_Answering] = []
        self._accepting = False
        self._service_seconds = _FIRST_GUESS
        self._thread: threading.Thread | None = None
        self._driving: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._sweep_at = time.monotonic() + housekeeping_seconds  # the model's owner's own

    @property
    def queue_depth(self) -> int:
        """Jobs that wait now, the one in progress not among them."""
        with self._changed:
            return len(self._waiting)

    @property
    def in_progress(self) -> int:
        """Jobs that the model works on now."""
        with self._changed:
            return len(self._answering)

    @property
    def ready(self) -> bool:
        """Whether work is taken and what owns the model lives."""
        if self._driving is not None:
            return self._accepting and not self._driving.done()
        return self._accepting and self._thread is not None and self._thread.is_alive()

    def start(self, *, here: bool = False) -> None:
        """Start the model's thread, or let the running event loop own the model; an engine starts once."""
        if self._thread is not None or self._driving is not None:
            raise RuntimeError("An engine starts once; make a new one.")
        self._accepting = True
        if here:
            self._driving = asyncio.create_task(self._drive())
        else:
            self._thread = threading.Thread(target=self._run, name="model", daemon=True)
            self._thread.start()

    async def suggest(self, job: Job) -> Answer:
        """Return the answer to a job.

        Cancelling this drops the job, or aborts it at its next model step.

        Raises:
            Overloaded: at once, when the queue is full.
            Superseded: a newer job of the same session came, or the session was deleted.
            DeadlineExceeded: the job's deadline passed first.
            Stopping: the engine is not running.
            Exception: whatever the model raised for this job.
        """
        return await observed(self._observer, self._answer_to(job))

    async def _answer_to(self, job: Job) -> Answer:
        ticket = Ticket(job, self._clock)
        self._admit(ticket)
        try:
            return await asyncio.wait_for(ticket.delivery.future, self._seconds_left(job))
        except TimeoutError:
            self._drop(ticket, DeadlineExceeded())
            raise DeadlineExceeded from None
        except asyncio.CancelledError:
            self._drop(ticket, Cancelled())
            raise

    async def describe_session(self, key: SessionKey) -> SessionSizes | None:
        """Return a session's sizes; None when none is kept. Raises Stopping."""
        return await self._send(Errand(lambda: self._drafter.store.describe(key)))

    async def delete_session(self, key: SessionKey) -> bool:
        """Forget a session; tell whether one was kept. Raises Stopping.

        Its jobs that wait or are in progress end as superseded, so none brings it back.
        """
        return await self._send(Errand(lambda: self._drafter.forget(key)), superseding=key)

    async def do(self, work: Callable[[], T]) -> T:
        """Do a short piece of work between two model steps, in the thread of the model. Raises Stopping."""
        return await self._send(Errand(work))

    async def stop(self, drain_seconds: float) -> None:
        """Take no more work, finish what was taken within the limit, then let go of the model.

        What is not done by then is abandoned with Stopping. May be called again, and before `start`.
        """
        with self._changed:
            self._accepting = False
            self._wake()
        if self._driving is not None:
            if not (await asyncio.wait([self._driving], timeout=max(0.0, drain_seconds)))[0]:
                self._abandon_all()
                await asyncio.wait([self._driving])
            return
        thread = self._thread
        if thread is None:
            return
        await asyncio.to_thread(thread.join, max(0.0, drain_seconds))
        if not thread.is_alive():
            return
        self._abandon_all()
        await asyncio.to_thread(thread.join, _LAST_STEP_SECONDS)
        if thread.is_alive():
            _log.warning("The model thread did not reach its next step within %.0f s.", _LAST_STEP_SECONDS)

    # In the callers' threads

    def _seconds_left(self, job: Job) -> float | None:
        return None if job.deadline is None else job.deadline - self._clock()

    def _admit(self, ticket: Ticket) -> None:
        with self._changed:
            if not self._accepting:
                raise Stopping
            session = ticket.job.session
            older = self._waiting.find(session)
            if older is not None:
                self._waiting.replace(older, ticket)
                older.delivery.reject(Superseded())
            elif self._waiting.full:
                raise Overloaded(self._service_seconds * (len(self._waiting) + 1))
            else:
                self._waiting.append(ticket)
            self._supersede_current(session)
            self._wake()

    async def _send(self, errand: Errand[T], superseding: SessionKey | None = None) -> T:
        with self._changed:
            if not self._accepting:
                raise Stopping
            older = self._waiting.find(superseding)
            if older is not None:
                self._waiting.remove(older)
                older.delivery.reject(Superseded())
            self._supersede_current(superseding)
            self._errands.append(errand)
            self._wake()
        return await errand.delivery.future

    def _wake(self) -> None:
        """Tell the model's owner that there is something to do."""
        self._changed.notify_all()
        if self._driving is not None:
            self._woken.set()

    def _supersede_current(self, session: SessionKey | None) -> None:
        if session is None:
            return
        for one in self._answering:
            if one.ticket.job.session == session:
                one.ticket.abandon(Superseded())

    def _drop(self, ticket: Ticket, reason: EngineError) -> None:
        with self._changed:
            self._waiting.remove(ticket)
            ticket.abandon(reason)

    def _abandon_all(self) -> None:
        with self._changed:
            while (ticket := self._waiting.take()) is not None:
                ticket.delivery.reject(Stopping())
            while self._errands:
                self._errands.popleft().delivery.reject(Stopping())
            for one in self._answering:
                one.ticket.abandon(Stopping())

    # With the model

    async def _drive(self) -> None:
        while self._accepting or self._busy:
            self._turn()
            # One look at the callers after each step of the model.
            await asyncio.sleep(0)
            if not self._busy and self._accepting:
                self._woken.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._sweep_at - time.monotonic())

    def _run(self) -> None:
        while self._wait():
            self._turn()

    def _turn(self) -> None:
        """Let jobs leave and join, and take all in progress one model step further."""
        # A job is abandoned before the errand that deletes its session is seen here, and keeps what
        # it committed when it leaves; only then may the errand run.
        errands = self._take_errands()
        self._leave()
        for errand in errands:
            errand.run()
        if time.monotonic() >= self._sweep_at:
            self._sweep()
        self._join()
        self._step()

    @property
    def _busy(self) -> bool:
        return bool(self._errands or self._answering or len(self._waiting))

    def _wait(self) -> bool:
        """Wait for something to do; False when the thread shall end."""
        with self._changed:
            while not self._busy:
                left = self._sweep_at - time.monotonic()
                if left <= 0:
                    return True
                if not self._accepting:
                    return False
                self._changed.wait(left)
            return True

    def _leave(self) -> None:
        """End the jobs in progress whose answers are no longer wanted."""
        for one in list(self._answering):
            try:
                one.ticket.check()
            except EngineError as reason:
                self._end(one, reason)

    def _take_errands(self) -> list[Errand[Any]]:
        with self._changed:
            errands = list(self._errands)
            self._errands.clear()
        return errands

    def _join(self) -> None:
        """Begin the jobs that wait, as far as there is room, in the order of their arrival."""
        while True:
            with self._changed:
                if len(self._answering) >= self._together:
                    return
                ticket = self._waiting.take()
                if ticket is None:
                    return
                one = _Answering(ticket, self._drafter.answer(ticket.job), self._clock())
                self._answering.append(one)
            self._proceed(one, None)

    def _step(self) -> None:
        """One model step for all jobs in progress."""
        batch = [(one, one.work) for one in self._answering if one.work is not None]
        if not batch:
            return
        try:
            results = self._drafter.run([work for _, work in batch])
        except BaseException:
            # One's error is not the others': each alone, so that it goes to its own caller.
            for one, work in batch:
                self._step_alone(one, work)
            return
        for (one, _), done in zip(batch, results, strict=True):
            self._proceed(one, done)

    def _step_alone(self, one: _Answering, work: StepRequest) -> None:
        try:
            (done,) = self._drafter.run([work])
        except BaseException as error:  # whatever it is, it is its caller's, and the thread lives on
            self._end(one, error)
        else:
            self._proceed(one, done)

    def _proceed(self, one: _Answering, done: StepResult | None) -> None:
        """Take a job on to its next model step, or to its answer."""
        try:
            one.ticket.check()
            one.work = next(one.steps) if done is None else one.steps.send(done)
        except StopIteration as end:
            self._finish(one, end.value)
        except BaseException as error:
            self._end(one, error)

    def _finish(self, one: _Answering, answer: Answer) -> None:
        with self._changed:
            # Shared time counts by its share: what matters is how fast the line moves.
            seconds = (self._clock() - one.began) / len(self._answering)
            self._service_seconds += _WEIGHT * (seconds - self._service_seconds)
            self._answering.remove(one)
        times = replace(answer.times, queue=one.began - one.ticket.since)
        one.ticket.delivery.resolve(replace(answer, times=times))

    def _end(self, one: _Answering, reason: BaseException) -> None:
        with self._changed:
            self._answering.remove(one)
        try:
            one.steps.close()
        except Exception as error:
            reason = error
        one.ticket.delivery.reject(reason)

    def _sweep(self) -> None:
        self._sweep_at = time.monotonic() + self._housekeeping_seconds
        try:
            self._drafter.expire()
        except Exception:
            _log.exception("Idle sessions could not be dropped.")
