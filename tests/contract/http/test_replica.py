"""A replica of Ray Serve, called without Ray: it knows its clients apart."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from inkling.service.distribution.asked import Asked
from inkling.service.distribution.replica import Replica
from tests.materials.bundles import make_bundle

pytestmark = pytest.mark.lengthy

LONG = json.dumps({"prefix": "thank you for the message about the meeting " * 30}).encode()
Ask = Callable[..., Awaitable[int]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


def with_replica(bundle: Path, scene: Callable[[Ask], Awaitable[None]], **given: Any) -> None:
    """Run a scene beside a replica with these settings. It gets the status of each request that it makes."""

    async def run() -> None:
        more = {"spare": False, "learning": False, "allow_anonymous": True, "client_work_per_minute": 400}
        replica = await _started({"bundle": str(bundle), "max_wait_ms": 60_000, **more, **given})

        async def ask(client: str, forwarded: str | None = None) -> int:
            headers = [(b"host", b"here"), (b"content-type", b"application/json")]
            if forwarded is not None:
                headers.append((b"x-forwarded-for", forwarded.encode()))
            path = "/v1/suggestions"
            asked = Asked("POST", path, path.encode(), b"", tuple(headers), LONG, (client, 40_000))
            status, _, _ = await replica.answer(asked)
            return status

        try:
            await scene(ask)
        finally:
            await replica.end()

    asyncio.run(run())


class Called(Replica):
    """Ray awaits the two methods that Python would call and forget."""

    def __del__(self) -> None:  # type: ignore[override]
        pass

    async def end(self) -> None:
        await super().__del__()


async def _started(given: dict[str, Any]) -> Called:
    replica = Called.__new__(Called)
    await replica.__init__(given)  # type: ignore[misc]  # Ray awaits it
    return replica


async def exhaust(ask: Ask, client: str, forwarded: str | None = None) -> None:
    for _ in range(40):
        if await ask(client, forwarded) == 429:
            return
    raise AssertionError("nothing limits this client")


def test_a_limit_by_client_counts_each_client_alone(bundle: Path) -> None:
    async def scene(ask: Ask) -> None:
        await exhaust(ask, "10.0.0.1")
        assert await ask("10.0.0.2") == 200
        assert await ask("10.0.0.1", forwarded="10.0.0.9") == 429, "nobody trusts it"

    with_replica(bundle, scene)


def test_a_trusted_proxy_tells_whom_it_asks_for(bundle: Path) -> None:
    async def scene(ask: Ask) -> None:
        await exhaust(ask, "10.0.0.1", "192.0.2.1")
        assert await ask("10.0.0.1", "192.0.2.2") == 200
        assert await ask("10.0.0.1", "192.0.2.1") == 429

    with_replica(bundle, scene, trusted_proxies="10.0.0.1")
