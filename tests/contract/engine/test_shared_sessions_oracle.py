"""Law 1 over replicas that share Redis: whoever answers a keystroke, the answer is the oracle's."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from random import Random

import pytest
import redis

from inkling.service.engine.job import Job
from inkling.service.engine.worker.engine import Engine
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.redis_sessions import RedisSessions
from inkling.service.sessions.session_store import SessionKey
from tests.contract.engine.desk import KEYS, OPTIONS
from tests.contract.engine.edit_scripts import Writer
from tests.programs.redis_server import RedisServer, redis_server
from tests.rigs.engine_rig import Asked
from tests.rigs.fakes import FakeModel
from tests.rigs.naive_engine import NaiveEngine

pytestmark = pytest.mark.lengthy

SCRIPTS = int(os.environ.get("INKLING_TEST_SCRIPTS", "40"))
"""Edit scripts for each block."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


class Replica:
    """An engine over a model of its own, which may lose its memory."""

    def __init__(self, url: str) -> None:
        self.shared = RedisSessions(url, FakeModel.name, 60.0, fetch_seconds=5.0)
        self.model = FakeModel()
        self.store = MemorySessionStore(10**6, 60.0)
        self.engine = Engine(ModelRunner(self.model, self.store), shared=self.shared)


class SharedDesk:
    """Two writers; each keystroke goes to one of the replicas by chance."""

    def __init__(self, random: Random, replicas: list[Replica], spoil: Callable[[], None]) -> None:
        """`spoil` does something to what is shared."""
        self.random, self.replicas, self.spoil = random, replicas, spoil
        self.naive = NaiveEngine(FakeModel())
        self.writers = {key: Writer(random) for key in KEYS}
        self.asked = 0

    async def run(self, edits: int) -> None:
        for replica in self.replicas:
            for key in KEYS:
                replica.engine.delete_session(key)
        for _ in range(edits):
            key = self.random.choice(KEYS)
            for _ in self.writers[key].edit():
                if self.random.random() < 0.4:
                    await self.ask(key)

    async def ask(self, key: SessionKey) -> None:
        writer, replica = self.writers[key], self.random.choice(self.replicas)
        if self.random.random() < 0.05:
            self.spoil()
        if self.random.random() < 0.05:
            replica.engine.delete_session(key)  # its memory only
        job = Job(writer.text, writer.context, OPTIONS, key)
        replica.model.fed.clear()
        answer = await Asked(replica.engine, job).outcome
        suggestions, prefix_tokens = self.naive.answer(job)
        assert answer.suggestions == suggestions
        assert answer.prefix_tokens == prefix_tokens
        assert len(replica.model.fed) == answer.computed_tokens
        self.asked += 1


class Saboteur:
    """Damages values in Redis, swaps them, and loses them."""

    def __init__(self, random: Random, client: "redis.Redis") -> None:
        self._random, self._client = random, client

    def __call__(self) -> None:
        names = sorted(map(_text, self._client.keys()))
        if not names:
            return
        name, other = self._random.choice(names), self._random.choice(names)
        value = self._client.get(name)
        assert isinstance(value, bytes)
        at = self._random.randrange(len(value)) if value else 0  # one that was cut before may be empty
        match self._random.randrange(4):
            case 0 if value:
                self._client.set(name, value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :])
            case 1:
                self._client.set(name, value[:at])
            case 2 if other != name:
                self._client.copy(other, name, replace=True)
            case _:
                self._client.delete(name)


def _text(name: bytes | str) -> str:
    return name if isinstance(name, str) else name.decode()


@pytest.mark.parametrize("block", range(4))
def test_any_replica_answers_any_keystroke_as_the_oracle(server: RedisServer, block: int) -> None:
    async def scene() -> int:
        replicas = [Replica(server.url) for _ in range(2)]
        with ExitStack() as stack:
            client = stack.enter_context(server.client())
            for replica in replicas:
                stack.callback(replica.shared.close)
            driving = [asyncio.create_task(replica.engine.run()) for replica in replicas]
            while any(replica.shared.stats().away for replica in replicas):
                await asyncio.sleep(0.01)
            asked = 0
            for seed in range(block * SCRIPTS, (block + 1) * SCRIPTS):
                random = Random(seed)
                desk = SharedDesk(random, replicas, Saboteur(random, client))
                await desk.run(edits=6)
                asked += desk.asked
            for replica in replicas:
                replica.engine.stop()
            await asyncio.gather(*driving)
            stats = [replica.shared.stats() for replica in replicas]
        assert all(one.hits > SCRIPTS for one in stats)  # or nothing was shared
        assert not any(one.failures for one in stats)
        return asked

    assert asyncio.run(scene()) > 5 * SCRIPTS
