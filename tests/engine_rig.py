"""An engine with a fake model, a gate before each model step, and everything counted.

The model stands still at the gate while callers are lined up, so no test depends on speed.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from service.engine.job import Answer, Job
from service.engine.observer import Outcome
from service.engine.worker.drafting import Drafter
from service.engine.worker.engine import Engine
from service.sessions.memory_sessions import MemorySessionStore
from service.sessions.session_store import SessionKey
from tests.contract.naive_engine import NaiveEngine
from tests.fakes import FakeModel

ADA, BOB, EVE = (SessionKey("owner", name) for name in ("ada", "bob", "eve"))
PATIENCE = 30.0


class Gate:
    """Stops the model before each step while shut."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._reached = threading.Event()
        self.threads: set[int] = set()
        self.on_step: Callable[[], None] = lambda: None
        self._free = 0

    def __call__(self) -> None:
        self.threads.add(threading.get_ident())
        self.on_step()
        if self._free:
            self._free -= 1
            return
        self._reached.set()
        assert self._open.wait(PATIENCE)

    def let(self, steps: int) -> None:
        """Let so many steps pass the shut gate."""
        self._free = steps

    def open(self) -> None:
        self._open.set()

    def shut(self) -> None:
        self._reached.clear()
        self._open.clear()

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, PATIENCE)


class Tally:
    """An observer that counts."""

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.answers: list[Answer] = []

    def finished(self, outcome: Outcome, answer: Answer | None) -> None:
        self.outcomes[outcome] += 1
        assert (answer is not None) == (outcome is Outcome.ANSWERED)
        if answer is not None:
            self.answers.append(answer)


@dataclass
class Rig:
    """An engine with everything around it; `now` is the engine's clock."""

    now: float = 0.0
    gate: Gate = field(default_factory=Gate)
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.model = FakeModel(self.gate)
        self.store = MemorySessionStore(10**6, 60.0)
        self.engine = self.make_engine()

    def make_engine(self, **options: float) -> Engine:
        return Engine(
            Drafter(self.model, self.store),
            max_queue=int(options.get("max_queue", 8)),
            together=int(options.get("together", 16)),
            housekeeping_seconds=options.get("housekeeping_seconds", 60.0),
            observer=self.tally,
            clock=lambda: self.now,
        )

    async def submit(self, *jobs: Job) -> list[asyncio.Task[Answer]]:
        """Hand jobs in, in this order, and return once they all stand in line."""
        tasks = []
        for job in jobs:
            tasks.append(asyncio.create_task(self.engine.suggest(job)))
            await asyncio.sleep(0)
        return tasks

    async def block(self) -> asyncio.Task[Answer]:
        """Bring a job of Eve's to the gate, so that all others wait."""
        (task,) = await self.submit(job(EVE, "blocking the way "))
        await self.gate.reached()
        return task

    def fed(self, text: str) -> bool:
        """Whether the model was fed any chunk of a text."""
        return any(chunk in self.model.encoded for chunk in text.split())


@asynccontextmanager
async def running(**options: float) -> AsyncIterator[Rig]:
    rig = Rig()
    rig.engine = rig.make_engine(**options)
    rig.engine.start()
    try:
        yield rig
    finally:
        rig.gate.open()
        await rig.engine.stop(PATIENCE)
        assert (rig.engine.queue_depth, rig.engine.in_progress) == (0, 0)
        assert not rig.engine.ready


def job(session: SessionKey | None, prefix: str, deadline: float | None = None) -> Job:
    return Job(prefix, session=session, deadline=deadline)


def right(answer: Answer, asked: Job) -> bool:
    return (answer.suggestions, answer.prefix_tokens) == NaiveEngine(FakeModel()).answer(asked)
