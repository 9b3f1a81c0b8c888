"""A client and a worker with a fake model, which a gate stops before each step, in a thread.

The model stands still at the gate while callers are lined up, so no test depends on speed.
"""

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from inkling.service.engine.client.worker_client import WorkerClient
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.worker.engine import MAX_BATCH
from inkling.service.sessions.memory_sessions import MemorySessionStore
from tests.rigs.engine_rig import EVE, PATIENCE, Tally, job
from tests.rigs.fakes import FakeModel
from tests.rigs.workers import ThreadWorker


class Gate:
    """Stops the model before each step while shut."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._reached = threading.Event()
        self.on_step: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.on_step()
        self._reached.set()
        assert self._open.wait(PATIENCE)

    def open(self) -> None:
        self._open.set()

    def shut(self) -> None:
        self._reached.clear()
        self._open.clear()

    @property
    def is_reached(self) -> bool:
        """Whether the model has come to the gate since it was shut."""
        return self._reached.is_set()

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, PATIENCE)


class ClientRig:
    """A client with everything around it."""

    def __init__(
        self,
        *,
        max_queue: int = 8,
        max_batch: int = MAX_BATCH,
        max_wait: float = math.inf,
        store: MemorySessionStore | None = None,
        housekeeping_seconds: float = 60.0,
    ) -> None:
        self.gate, self.tally = Gate(), Tally()
        self.model = FakeModel(self.gate)
        self.store = store or MemorySessionStore(10**6, 60.0)
        self.worker = ThreadWorker(
            self.model, self.store, max_batch=max_batch, housekeeping_seconds=housekeeping_seconds
        )
        self.client = WorkerClient(self.worker, max_queue=max_queue, max_wait=max_wait, observer=self.tally)

    async def submit(self, *jobs: Job) -> list[asyncio.Task[Answer]]:
        """Hand jobs in, in this order, and return once they all are on their way."""
        tasks = []
        for one in jobs:
            tasks.append(asyncio.create_task(self.client.suggest(one)))
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
async def connected(rig: ClientRig) -> AsyncIterator[ClientRig]:
    await rig.client.start()
    try:
        yield rig
    finally:
        rig.gate.open()
        await rig.client.stop(PATIENCE)
        load = rig.client.load
        assert (load.queue_depth, load.in_progress) == (0, 0)
        assert not rig.client.ready
        assert not rig.worker.alive
