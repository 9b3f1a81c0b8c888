"""An engine with a fake model, which runs in the event loop of the test and counts what it does.

The engine and the test take turns. So a test acts after a number of model steps, however fast the machine is.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from inkling.service.engine.job import Answer, AnyAnswer, Job
from inkling.service.engine.observer import Outcome
from inkling.service.engine.worker.engine import MAX_BATCH, Engine, Request
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.writers import Writers
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.rigs.fakes import FakeModel
from tests.rigs.naive_engine import NaiveEngine

ADA, BOB, EVE = (SessionKey("owner", name) for name in ("ada", "bob", "eve"))
PATIENCE = 30.0


class Tally:
    """An observer that counts."""

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.answers: list[Answer] = []

    def finished(self, outcome: Outcome, answer: AnyAnswer | None) -> None:
        self.outcomes[outcome] += 1
        assert (answer is not None) == (outcome is Outcome.ANSWERED)
        if isinstance(answer, Answer):
            self.answers.append(answer)


class Asked:
    """A submitted job and its result."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self.outcome: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.answered_after = -1
        self.on_delivery: Callable[[], None] = lambda: None
        self._engine = engine
        self._request: Request = engine.submit(job, self._deliver)

    def _deliver(self, outcome: AnyAnswer | BaseException) -> None:
        assert not self.outcome.done()
        assert isinstance(outcome, Answer | BaseException)
        if isinstance(outcome, Answer):
            self.outcome.set_result(outcome)
        else:
            self.outcome.set_exception(_awaitable(outcome))
        self.on_delivery()

    def cancel(self) -> None:
        """Cancel the request, as for a client that left."""
        self._engine.cancel(self._request)
        self.outcome.cancel()


def _awaitable(error: BaseException) -> BaseException:
    # These mean something else to a future.
    return error if isinstance(error, Exception) and not isinstance(error, StopIteration) else OddError(error)


class OddError(Exception):
    """An exception of a model that no future can hold."""


class Rig:
    """An engine with everything around it; `now` is the engine's clock, `answers` come in their order."""

    def __init__(self, max_batch: int = MAX_BATCH, writers: Writers | None = None) -> None:
        self.now = 0.0
        self.steps_taken = 0
        self.on_step: Callable[[], None] = lambda: None
        self.answers: list[Answer] = []
        self.model = FakeModel(self._step)
        self.store = MemorySessionStore(10**6, 60.0)
        self.runner = ModelRunner(self.model, self.store)
        self.engine = Engine(self.runner, writers, max_batch=max_batch, clock=lambda: self.now)

    def _step(self) -> None:
        self.steps_taken += 1
        self.on_step()

    def submit(self, *jobs: Job) -> list[asyncio.Future[Answer]]:
        """Hand jobs in, in this order."""
        return [self.ask(job).outcome for job in jobs]

    def ask(self, job: Job) -> Asked:
        """Hand a job in, which can be left again."""
        asked = Asked(self.engine, job)

        def note() -> None:
            if asked.outcome.exception() is None:
                self.answers.append(asked.outcome.result())

        asked.on_delivery = note
        return asked

    async def steps(self, number: int) -> None:
        """Wait until the model has done so many steps more, each job's part of one counted."""
        wanted = self.steps_taken + number
        for _ in range(10_000):
            if self.steps_taken >= wanted:
                return
            await asyncio.sleep(0)
        raise AssertionError(f"The model did {self.steps_taken} steps of {wanted}.")

    def fed(self, text: str) -> bool:
        """Whether the model was fed any chunk of a text."""
        return any(chunk in self.model.encoded for chunk in text.split())


@asynccontextmanager
async def running(max_batch: int = MAX_BATCH) -> AsyncIterator[Rig]:
    rig = Rig(max_batch)
    driving = asyncio.create_task(rig.engine.run())
    yield rig
    rig.engine.stop()
    await asyncio.wait_for(driving, PATIENCE)
    assert not rig.engine.busy


def job(session: SessionKey | None, prefix: str) -> Job:
    return Job(prefix, session=session)


def right(answer: Answer, asked: Job) -> bool:
    return (answer.suggestions, answer.prefix_tokens) == NaiveEngine(FakeModel()).answer(asked)
