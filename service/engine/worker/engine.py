"""The engine: steps the model for all requests at once."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from inkling.models.runtime.batch import StepRequest, StepResult, Steps
from inkling.models.sampling.text_draws import Tell
from inkling.models.search.writer import NOBODY, Writer
from inkling.service.engine.errors import Stopping, Superseded
from inkling.service.engine.job import Answer, AnyAnswer, AnyJob, ExplanationJob, Job, WritingJob
from inkling.service.engine.work import PREDICTING
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.scheduler import Scheduler
from inkling.service.engine.worker.sharing import Sharing
from inkling.service.engine.worker.writers import Writers
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session import SessionSizes
from inkling.service.sessions.session_store import SessionKey
from inkling.service.sessions.shared_sessions import SharedSessions

MAX_BATCH = 16
"""Requests that share a model step; the rest wait."""

Deliver = Callable[[AnyAnswer | BaseException], None]
"""Takes what became of a request, once: its answer, or why there is none."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Request:
    """A job in the engine: when it came, who takes its answer, and how far it is."""

    job: AnyJob
    deliver: Deliver
    arrived: float
    tell: Tell | None = None
    writer: Writer | None = None
    began: float = 0.0
    steps: Steps[AnyAnswer] | None = None
    pending: StepRequest | None = None
    done: int = 0
    asked: bool = False
    """Whether its session needs no more asking elsewhere, or is being asked for."""

    @property
    def session(self) -> SessionKey | None:
        """The draft that it is about."""
        return self.job.session

    @property
    def flow(self) -> Sequence[str]:
        """Whose share of the model it uses."""
        return self.job.flow

    @property
    def work(self) -> int:
        """Work of its next step: rows that are fed, and thrice that where a distribution is asked for."""
        pending = self.pending
        if pending is None:
            return 0
        return len(pending.state) * (PREDICTING if pending.predicts else 1)


class Engine:
    """Answers jobs with a model, which belongs to the event loop that `run` runs in.

    Batching is continuous: up to `max_batch` requests share each model step, and they join, pause and leave
    between steps. All methods are called in that event loop, and so between two steps.
    """

    def __init__(
        self,
        runner: ModelRunner,
        writers: Writers | None = None,
        *,
        max_batch: int = MAX_BATCH,
        clock: Callable[[], float] = time.monotonic,
        shared: SharedSessions | None = None,
    ) -> None:
        """Without `writers`, users are not told apart. `clock` gives seconds that never go back.

        With `shared`, drafts that other replicas know start warm.
        """
        self._runner, self._writers, self._clock = runner, writers, clock
        self._scheduler: Scheduler[Request] = Scheduler(max_batch)
        self._loading: dict[UserKey, asyncio.Task[None]] = {}
        self._accepting = True
        self._woken = asyncio.Event()
        self._sharing = None if shared is None else Sharing(runner, shared, self._woken.set)

    @property
    def accepting(self) -> bool:
        """Whether requests are taken."""
        return self._accepting

    @property
    def busy(self) -> bool:
        """Whether a request runs or waits."""
        return any(True for _ in self._scheduler)

    def submit(self, job: AnyJob, deliver: Deliver, tell: Tell | None = None) -> Request:
        """Take a job; what becomes of it is delivered later: its answer, Superseded, Stopping or an error.

        `tell` gets the texts of a `WritingJob` as they grow, between steps. Raises Stopping.
        """
        if not self._accepting:
            raise Stopping
        request = Request(job, deliver, self._clock(), tell)
        older = self._scheduler.admit(request)
        if older is not None:
            self._close(older, Superseded())
        self._woken.set()
        return request

    def cancel(self, request: Request) -> None:
        """Drop a request that nobody waits for any more; nothing is delivered."""
        if self._scheduler.leave(request):
            _abandon(request)

    def describe_session(self, key: SessionKey) -> SessionSizes | None:
        """A session's sizes; None when none is kept."""
        return self._runner.store.describe(key)

    def delete_session(self, key: SessionKey) -> bool:
        """Forget a session; tells whether one was kept. A request of it ends as superseded."""
        request = self._scheduler.supersede(key)
        if request is not None:  # it keeps what it committed when it ends, so it ends first
            self._close(request, Superseded())
        if self._sharing is not None:
            self._sharing.stop_fetching(key)
        return self._runner.forget(key)

    def expire(self) -> None:
        """Drop what has been idle too long, and profiles that nobody reads any more."""
        try:
            self._runner.expire()
        except Exception:
            _log.exception("Idle sessions could not be dropped.")
        if self._writers is not None:
            self._writers.expire({one.writer.number for one in self._scheduler if one.writer is not None})

    def stop(self) -> None:
        """Take no more jobs; `run` returns when those that were taken are done."""
        self._accepting = False
        self._woken.set()

    def abandon(self) -> None:
        """End all requests with Stopping."""
        for request in list(self._scheduler):
            self._scheduler.leave(request)
            self._close(request, Stopping())
        self._woken.set()

    async def run(self) -> None:
        """Step the model whenever there is something to do, until `stop`."""
        while True:
            self._start()
            batch = [(one, one.pending) for one in self._scheduler.pick() if one.pending is not None]
            if batch:
                results = self._step([pending for _, pending in batch])
                await _hear()
                for (request, _), result in zip(batch, results, strict=True):
                    if request.steps is not None:  # else it has left meanwhile
                        self._proceed(request, result)
            elif self._accepting or self.busy:
                await self._woken.wait()
                self._woken.clear()
            else:
                return

    def _start(self) -> None:
        while (request := self._scheduler.join(self._is_ready)) is not None:
            assert request.writer is not None
            request.began = self._clock()
            if isinstance(request.job, WritingJob):
                request.steps = self._runner.write(request.job, request.writer, request.tell)
            elif isinstance(request.job, ExplanationJob):
                request.steps = self._runner.explain(request.job, request.writer)
            else:
                request.steps = self._runner.answer(request.job, request.writer)
            self._proceed(request, None)

    def _step(self, pending: Sequence[StepRequest]) -> Sequence[StepResult | BaseException]:
        """One model step for a batch."""
        try:
            return self._runner.run(pending)
        except BaseException:
            # One's error is not the others': each alone, so that it goes to its own caller.
            return [self._step_alone(one) for one in pending]

    def _step_alone(self, pending: StepRequest) -> StepResult | BaseException:
        try:
            return self._runner.run([pending])[0]
        except BaseException as error:  # whatever it is, it is its caller's, and the model goes on
            return error

    def _proceed(self, request: Request, result: StepResult | BaseException | None) -> None:
        """Take a request on to its next model step, or to its answer."""
        assert request.steps is not None
        if isinstance(result, BaseException):
            self._fail(request, result)
            return
        try:
            request.pending = next(request.steps) if result is None else request.steps.send(result)
        except StopIteration as end:
            self._scheduler.leave(request)
            answer: AnyAnswer = end.value
            times = replace(answer.times, queue=request.began - request.arrived)
            request.steps = None
            name = self._runner.model.name
            request.deliver(replace(answer, times=times, work=request.done, model=name))
            if self._sharing is not None and isinstance(answer, Answer) and request.writer is not None:
                self._sharing.offer(answer, request.writer)
        except BaseException as error:
            self._fail(request, error)

    def _fail(self, request: Request, error: BaseException) -> None:
        self._scheduler.leave(request)
        self._close(request, error)

    def _close(self, request: Request, reason: BaseException) -> None:
        """End a request that is out of the schedule, with the reason or what happens at its end."""
        request.deliver(_abandon(request) or reason)

    def _is_ready(self, request: Request) -> bool:
        """Whether a request may begin; what it lacks is loaded from now on."""
        return self._has_writer(request) and self._has_session(request)

    # Sessions of other replicas

    def _has_session(self, request: Request) -> bool:
        """Whether a request's session is as far as it can be had."""
        if self._sharing is None or not isinstance(request.job, Job):
            return True
        if not request.asked:
            assert request.writer is not None
            request.asked = True
            return not self._sharing.begin(request.job, request.writer)
        return not self._sharing.is_fetching(request.session)

    # Profiles

    def _has_writer(self, request: Request) -> bool:
        """Whether the profile of a request's user is in memory; where it is not, it is loaded from now on."""
        user = request.job.user
        if request.writer is None and (user is None or self._writers is None):
            request.writer = NOBODY
        elif request.writer is None and user not in self._loading:
            assert user is not None
            assert self._writers is not None
            request.writer = self._writers.find(user)
            if request.writer is None:
                loading = self._load(self._writers, user)
                self._loading[user] = asyncio.get_running_loop().create_task(loading)
        return request.writer is not None

    async def _load(self, writers: Writers, user: UserKey) -> None:
        # Those who came before the profile is read. Looking once more could go on for ever with a slow store.
        before = [request for request in self._scheduler.waiting if request.job.user == user]
        try:
            loaded = await writers.load(user)
        finally:
            del self._loading[user]
            self._woken.set()
        if loaded:
            for request in before:
                request.writer = request.writer or writers.installed(user)
            return
        for request in self._scheduler.waiting:  # they are answered as anybody is
            if request.job.user == user:
                request.writer = NOBODY


def _abandon(request: Request) -> BaseException | None:
    """End a request's computation; returns what that raised."""
    steps, request.steps = request.steps, None
    if steps is not None:
        try:
            steps.close()
        except Exception as error:
            return error
    return None


async def _hear() -> None:
    """Let the event loop read what callers said during a step, and act on it.

    In its first turn it finds out that something has come, in its second it reads that.
    """
    await asyncio.sleep(0)
    await asyncio.sleep(0)
