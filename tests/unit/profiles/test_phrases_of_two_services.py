"""Two services change the forbidden phrases of one user at once. Each change that was answered stays."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.service.engine.errors import StorageBusy
from inkling.service.engine.worker.learning import Learning
from inkling.service.engine.worker.reading import MessageReader
from inkling.service.engine.worker.writers import Writers
from inkling.service.profiles.profile_store import ProfileStore, UserKey
from inkling.service.profiles.redis_profiles import RedisProfileStore
from inkling.service.profiles.sqlite import SqliteProfileStore
from tests.materials.bundles import make_bundle
from tests.programs.redis_server import DURABLE, redis_server

ADA = UserKey("north", "ada")
LETTERS = "abcdefghij"


@pytest.fixture(scope="module")
def completer(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")
    return load_completer(load_bundle(folder), "cpu", runtime="onnx", threads=1)


@pytest.fixture(params=["sqlite", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], ProfileStore]]:
    """Opens a store; all are over one place."""
    with ExitStack() as stack:
        server = None
        if request.param == "redis":
            server = stack.enter_context(redis_server(tmp_path, *DURABLE))

        def opened() -> ProfileStore:
            made: ProfileStore = (
                SqliteProfileStore(tmp_path / "p.db", max_words=100)
                if server is None
                else RedisProfileStore(server.url, max_words=100)
            )
            stack.callback(made.close)
            return made

        yield opened


async def amend(learning: Learning, add: str, remove: str) -> None:
    """Change the phrases; a client tries again where the service is busy."""
    while True:
        try:
            await learning.amend(ADA, [add], [remove])
            return
        except StorageBusy:
            await asyncio.sleep(0.1)


def test_what_two_services_add_and_remove_at_once_is_all_done(
    completer: Completer, opened: Callable[[], ProfileStore]
) -> None:
    stores = [opened() for _ in range(2)]
    reader = MessageReader(completer)
    stores[0].forbid(ADA, [f"{bird} {letter}" for bird in ("lapwing", "plover") for letter in LETTERS])

    async def scene() -> None:
        services = [
            Learning(store, Writers(store, completer), reader, max_age_seconds=100.0) for store in stores
        ]
        changes = zip(services, ("heron", "curlew"), ("lapwing", "plover"), strict=True)
        await asyncio.gather(
            *(
                amend(service, f"{new} {letter}", f"{old} {letter}")
                for service, new, old in changes
                for letter in LETTERS
            )
        )

    asyncio.run(scene())
    kept = stores[1].read(ADA)
    assert kept is not None
    wanted = {f"{bird} {letter}" for bird in ("heron", "curlew") for letter in LETTERS}
    assert sorted(kept.forbidden) == sorted(wanted)
