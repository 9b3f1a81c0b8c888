"""A client and a worker in one event loop of simulated time, and people who ask them."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from inkling.service.engine.client.vital_signs import VitalSigns
from inkling.service.engine.client.worker_client import WorkerClient
from inkling.service.engine.errors import EngineError, Overloaded
from inkling.service.engine.job import Job
from inkling.service.engine.served import ServedModel
from inkling.service.engine.worker.engine import MAX_BATCH, Engine
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.worker_server import WorkerServer
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.rigs.fakes import FakeModel
from tests.rigs.simulated_time import SimulatedTime

STEP_SECONDS = 0.0004
"""Of each request's part of a model step."""

_KEY_SECONDS = 0.2
_ROUND_TRIP = 0.001
_TEXT = "Can we meet today or on Friday to talk about the plan that we made at the end of the month "


class LoopWorker:
    """A `WorkerProcess` without the process, in the loop of its client."""

    def __init__(self, model: FakeModel) -> None:
        self.model = ServedModel(model.name, 0.25, {}, MAX_BATCH)
        self.connection, theirs = socket.socketpair()
        self.connection.setblocking(False)
        theirs.setblocking(False)
        store = MemorySessionStore(10**6, 600.0)
        server = WorkerServer(Engine(ModelRunner(model, store)), store)
        self.serving = asyncio.get_running_loop().create_task(server.serve(theirs))

    def end(self, seconds: float) -> int:  # noqa: ARG002
        """It ends when its client says so."""
        return 0

    def kill(self) -> None:
        """A task is not killed."""

    def vital_signs(self) -> VitalSigns | None:
        """There are none of a task."""
        return None


class Crowd:
    """People who ask one service for `seconds`; what became of their requests is counted by name."""

    def __init__(self, client: WorkerClient, seconds: float) -> None:
        self.client, self._seconds = client, seconds
        self.most_at_once = 0
        self.answered: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    async def typist(self, name: str, flow: tuple[str, str], late: float = 0.0) -> None:
        """Types five keys a second, and asks after each."""
        await asyncio.sleep(late)
        text = _TEXT * 10
        keys = [
            asyncio.create_task(self._type(name, flow, text[:end], late + end * _KEY_SECONDS))
            for end in range(1, int(self._seconds / _KEY_SECONDS))
        ]
        await asyncio.gather(*keys)

    async def _type(self, name: str, flow: tuple[str, str], prefix: str, moment: float) -> None:
        await asyncio.sleep(moment - asyncio.get_running_loop().time())
        await self._ask(name, Job(prefix, session=SessionKey(flow[0], name), flow=(*flow, name)))

    async def greedy(self, name: str, flow: tuple[str, str], at_once: int) -> None:
        """Has so many short requests without a session in flight, again and again."""
        await asyncio.gather(*(self._hammer(name, flow) for _ in range(at_once)))

    async def _hammer(self, name: str, flow: tuple[str, str]) -> None:
        while asyncio.get_running_loop().time() < self._seconds:
            await self._ask(name, Job("Can we meet for", flow=(*flow, "")))
            await asyncio.sleep(_ROUND_TRIP)

    async def _ask(self, name: str, job: Job) -> None:
        load = self.client.load
        self.most_at_once = max(self.most_at_once, load.in_progress + load.queue_depth)
        try:
            await self.client.suggest(job)
            self.answered[name] += 1
        except Overloaded:
            self.refused[name] += 1
        except EngineError:  # a newer key took its place
            self.answered[name] += 1


@asynccontextmanager
async def crowd(seconds: float, *, max_queue: int = 64, max_wait: float = 0.04) -> AsyncIterator[Crowd]:
    """A crowd before a service with a fake model."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimulatedTime)

    def step() -> None:
        loop.now += STEP_SECONDS

    worker = LoopWorker(FakeModel(step))
    client = WorkerClient(worker, max_queue=max_queue, max_wait=max_wait, clock=loop.time)
    await client.start()
    try:
        yield Crowd(client, seconds)
    finally:
        await client.stop(1.0)
        await worker.serving
