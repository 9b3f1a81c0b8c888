"""Redis is killed, paused, filled and started again under replicas that go on answering."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from inkling.models.text.context import Context
from inkling.service.engine.job import Job
from inkling.service.engine.worker.engine import Engine
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.redis_sessions import RedisSessions
from inkling.service.sessions.session_store import SessionKey
from inkling.service.sessions.shared_sessions import SharedStats
from tests.programs.redis_server import RedisServer, redis_server
from tests.rigs.engine_rig import Asked
from tests.rigs.fakes import FakeModel
from tests.rigs.naive_engine import NaiveEngine

PATIENCE = 30.0
TEXT = "this is a draft of some words "


class Replica:
    """An engine that shares its sessions; it looks again for a lost Redis at once."""

    def __init__(self, url: str, *, seconds: float = 5.0) -> None:
        self.shared = RedisSessions(
            url, FakeModel.name, 60.0, fetch_seconds=seconds, rest_seconds=0.05, most_pending=8
        )
        self.model = FakeModel()
        self.offered = 0
        self.engine = Engine(ModelRunner(self.model, MemorySessionStore(10**6, 60.0)), shared=self.shared)

    @property
    def stats(self) -> SharedStats:
        return self.shared.stats()

    async def settle(self) -> None:
        """Wait until all that was offered is written or left out."""
        stats = self.stats
        while stats.written + stats.unwritten + stats.dropped < self.offered:
            await asyncio.sleep(0.005)
            stats = self.stats

    async def ask(self, *names: str) -> int:
        """Ask about drafts, one after the other; all answers must be right. Returns their cached tokens."""
        cached = 0
        for name in names:
            job = Job(TEXT, Context(), session=SessionKey("owner", name))
            answer = await Asked(self.engine, job).outcome
            assert answer.suggestions == NaiveEngine(FakeModel()).answer(job)[0]
            cached += answer.cached_tokens
            self.offered += answer.computed_tokens > 0
        return cached


@asynccontextmanager
async def replica(url: str, *, seconds: float = 5.0, there: bool = True) -> AsyncIterator[Replica]:
    one = Replica(url, seconds=seconds)
    driving = asyncio.create_task(one.engine.run())
    try:
        if there:
            await until(lambda: not one.stats.away)
        yield one
    finally:
        one.engine.stop()
        await asyncio.wait_for(driving, PATIENCE)
        one.shared.close()


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def names(prefix: str, number: int) -> list[str]:
    return [f"{prefix}{one}" for one in range(number)]


@pytest.fixture
def server(tmp_path: Path) -> RedisServer:
    return RedisServer(tmp_path)


def test_a_replica_starts_without_redis_and_finds_it_later(server: RedisServer) -> None:
    async def scene() -> None:
        async with replica(server.url, there=False) as one:
            await one.ask(*names("before", 20))
            assert one.stats.away
            assert one.stats.failures == 0  # nobody waited for it
            server.start()
            await until(lambda: not one.stats.away)
            await one.ask("after")
            await one.settle()
            assert one.stats.written

    try:
        asyncio.run(scene())
    finally:
        server.kill()


def test_a_killed_redis_costs_a_few_failures_and_is_used_again_when_it_is_back(tmp_path: Path) -> None:
    async def scene(server: RedisServer) -> None:
        async with replica(server.url) as one, replica(server.url) as other:
            await one.ask("shared")
            await one.settle()
            assert await other.ask("shared") > 0
            server.kill()
            await one.ask(*names("lost", 40))
            assert one.stats.away
            assert one.stats.failures <= 3
            server.start()
            await until(lambda: not one.stats.away)
            await until(lambda: not other.stats.away)
            await one.ask("anew")
            await one.settle()
            assert await other.ask("anew") > 0

    with redis_server(tmp_path) as server:
        asyncio.run(scene(server))


def test_a_paused_redis_delays_a_few_keystrokes_and_no_more(tmp_path: Path) -> None:
    async def scene(server: RedisServer) -> None:
        async with replica(server.url, seconds=0.1) as one, replica(server.url) as other:
            await other.ask("kept")
            await other.settle()
            server.pause()
            await one.ask(*names("paused", 40))
            assert one.stats.away
            assert 1 <= one.stats.failures <= 3
            server.resume()
            await until(lambda: not one.stats.away)
            assert one.stats.failures <= 3
        async with replica(server.url) as third:
            assert await third.ask("kept") > 0

    with redis_server(tmp_path) as server:
        asyncio.run(scene(server))


def test_what_waits_for_a_paused_redis_is_bounded_and_a_deletion_is_made_up_for(tmp_path: Path) -> None:
    async def scene(server: RedisServer) -> None:
        async with replica(server.url, seconds=0.1) as one:
            await one.ask("secret")
            await one.settle()
            server.pause()
            await one.ask(*names("waits", 40))
            await until(lambda: one.stats.away)
            one.engine.delete_session(SessionKey("owner", "secret"))
            assert not await one.shared.delete(SessionKey("owner", "secret"))
            await one.ask(*names("more", 40))
            await until(lambda: one.stats.dropped >= 40)
            server.resume()
            await one.settle()
        async with replica(server.url) as other:
            assert await other.ask("secret") == 0

    with redis_server(tmp_path) as server:
        asyncio.run(scene(server))


def test_a_full_redis_is_read_but_not_written(tmp_path: Path) -> None:
    async def scene(server: RedisServer) -> None:
        async with replica(server.url) as one, replica(server.url) as other:
            await one.ask("early")
            await one.settle()
            server.ask("CONFIG", "SET", "maxmemory", 1)
            await one.ask(*names("full", 20))
            await until(lambda: one.stats.unwritten)
            assert not one.stats.away
            assert one.stats.failures == 0
            assert await other.ask("early") > 0
            assert await other.ask("full0") == 0
            server.ask("CONFIG", "SET", "maxmemory", 0)
            written = one.stats.written
            while one.stats.written == written:  # it is tried again after a rest
                await one.ask(f"room{one.offered}")

    with redis_server(tmp_path, "--maxmemory-policy", "noeviction") as server:
        asyncio.run(scene(server))
