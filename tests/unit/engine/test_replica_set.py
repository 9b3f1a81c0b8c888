"""Several engines behind one client: where drafts go, and what happens when one is lost."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from inkling.service.engine.client import replica_set
from inkling.service.engine.client.engine_client import EngineClient
from inkling.service.engine.client.replica_set import ReplicaSet
from inkling.service.engine.errors import Lost
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.served import Load
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session_store import SessionKey
from tests.rigs.fake_client import FakeClient

KEYS = [SessionKey("owner", f"draft {number}") for number in range(200)]


class Replica(FakeClient):
    """Notes the jobs that it is given; one that `dies` is lost with its next job."""

    def __init__(self, name: str = "fake-1") -> None:
        super().__init__(name, profiles=True)
        self.jobs: list[Job] = []
        self.dies = False

    async def suggest(self, job: Job, deadline: float | None = None) -> Answer:
        self.jobs.append(job)
        if self.dies:
            self.lose()
            await asyncio.sleep(0)
        return await super().suggest(job, deadline)


class Launcher:
    """Starts replicas, the first of them when they are asked for, later ones when the test lets it."""

    def __init__(self) -> None:
        self.started: list[Replica] = []
        self.failures: list[Exception] = []

    def __call__(self) -> EngineClient:
        if self.failures:
            raise self.failures.pop(0)
        self.started.append(Replica(f"fake-{len(self.started)}"))
        return self.started[-1]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.001)


async def serving(launcher: Launcher, count: int, *, spare: bool = False) -> ReplicaSet:
    replicas = ReplicaSet(launcher, count, spare=spare)
    replicas.launch()
    await replicas.start()
    if spare:
        await until(lambda: replicas.spare is not None)
    return replicas


def places(launcher: Launcher) -> dict[SessionKey, int]:
    """Which replica had each draft last."""
    found = {}
    for number, replica in enumerate(launcher.started):
        for job in replica.jobs:
            assert job.session is not None
            found[job.session] = number
        replica.jobs.clear()
    return found


async def ask_all(replicas: ReplicaSet) -> None:
    for key in KEYS:
        await replicas.suggest(Job("Can we", session=key))


def test_a_draft_stays_with_its_replica_and_drafts_are_spread() -> None:
    async def scene() -> None:
        launcher = Launcher()
        replicas = await serving(launcher, 3)
        await ask_all(replicas)
        first = places(launcher)
        await ask_all(replicas)
        assert places(launcher) == first
        assert min(Counter(first.values())[number] for number in range(3)) > len(KEYS) / 6
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_only_the_drafts_of_a_lost_replica_move(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_set, "_FIRST_PAUSE", 1000.0)

    async def scene() -> None:
        launcher = Launcher()
        replicas = await serving(launcher, 3)
        await ask_all(replicas)
        before = places(launcher)
        launcher.started[1].lose()
        await asyncio.sleep(0)
        assert replicas.ready
        await ask_all(replicas)
        after = places(launcher)
        assert all(after[key] == place for key, place in before.items() if place != 1)
        assert {after[key] for key, place in before.items() if place == 1} == {0, 2}
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_the_spare_takes_the_place_of_a_lost_replica_at_once_and_is_replaced() -> None:
    async def scene() -> None:
        launcher = Launcher()
        replicas = await serving(launcher, 2, spare=True)
        await ask_all(replicas)
        before = places(launcher)
        launcher.started[0].lose()
        await asyncio.sleep(0)
        await ask_all(replicas)
        after = places(launcher)
        assert all(after[key] == (2 if place == 0 else place) for key, place in before.items())
        await until(lambda: replicas.spare is not None)
        assert len(launcher.started) == 4
        await replicas.stop(0.0)
        assert all(one.drained is not None for one in launcher.started[1:])

    asyncio.run(scene())


@pytest.mark.parametrize("count", [1, 2])
def test_a_job_whose_worker_is_lost_is_answered_by_another(count: int) -> None:
    async def scene() -> None:
        launcher = Launcher()
        replicas = await serving(launcher, count, spare=count == 1)
        for replica in launcher.started[:count]:
            replica.dies = replica is launcher.started[0]
        for key in KEYS[:20]:
            await replicas.suggest(Job("Can we", session=key))
        assert launcher.started[0] not in replicas.replicas or not launcher.started[0].ready
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_a_job_that_ends_every_worker_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_set, "_FIRST_PAUSE", 0.001)

    async def scene() -> None:
        launcher = Launcher()
        replicas = await serving(launcher, 4)
        for replica in launcher.started:
            replica.dies = True
        with pytest.raises(Lost):
            await replicas.suggest(Job("Can we", session=KEYS[0]))
        assert sum(len(one.jobs) for one in launcher.started) == 2
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_a_spare_that_is_lost_is_replaced_however_often_a_start_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replica_set, "_FIRST_PAUSE", 0.001)

    async def scene() -> None:
        launcher = Launcher()
        replicas = await serving(launcher, 1, spare=True)
        launcher.failures = [ValueError("no"), MemoryError("no")]
        launcher.started[1].lose()
        await until(lambda: len(launcher.started) == 3 and replicas.spare is launcher.started[2])
        assert replicas.replicas == [launcher.started[0]]
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_jobs_without_a_session_go_where_least_is_to_do() -> None:
    async def scene() -> None:
        launcher = Launcher()
        replicas = await serving(launcher, 3)
        quiet = launcher.started[1]
        quiet.load = Load(0, 0, quiet.load.sessions)
        for _ in range(5):
            await replicas.suggest(Job("Can we"))
        assert [len(one.jobs) for one in launcher.started] == [0, 5, 0]
        assert replicas.load.queue_depth == 4
        assert replicas.load.sessions.sessions == 9
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_a_user_is_learned_exported_and_erased_in_one_place() -> None:
    async def scene() -> None:
        launcher = Launcher()
        replicas = await serving(launcher, 3)
        for number in range(20):
            user = UserKey("owner", str(number))
            await replicas.learn(user, "Two words", None)
            assert (await replicas.learn(user, "Two more", None)).messages == 2
            assert await replicas.export(user) is not None
            assert await replicas.erase(user)
            assert await replicas.export(user) is None
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_renewal_replaces_all_and_a_launch_that_fails_changes_nothing() -> None:
    async def scene() -> None:
        launcher, newer = Launcher(), Launcher()
        replicas = await serving(launcher, 2, spare=True)
        newer.failures = [ValueError("bad bundle")]
        with pytest.raises(ValueError, match="bad bundle"):
            await replicas.renew(newer, 1.0)
        assert list(replicas.replicas) == launcher.started[:2]
        await replicas.renew(newer, 1.0)
        assert list(replicas.replicas) == newer.started[:2]
        await until(lambda: replicas.spare in newer.started)
        await until(lambda: all(one.drained is not None for one in launcher.started))
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_a_renewal_that_fails_at_its_last_worker_changes_nothing_and_leaves_none_behind() -> None:
    async def scene() -> None:
        launcher, newer = Launcher(), Launcher()
        replicas = await serving(launcher, 2)

        def once() -> EngineClient:
            if newer.started:
                raise MemoryError
            return newer()

        with pytest.raises(MemoryError):
            await replicas.renew(once, 1.0)
        assert list(replicas.replicas) == launcher.started
        assert all(one.ready for one in launcher.started)
        await until(lambda: newer.started[0].drained is not None)
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_a_spare_that_was_started_before_a_renewal_never_serves() -> None:
    async def scene() -> None:
        launcher, newer = Launcher(), Launcher()
        held, begun = threading.Event(), threading.Event()

        def slowly() -> EngineClient:
            if launcher.started:
                begun.set()
                assert held.wait(60)
            return launcher()

        replicas = ReplicaSet(slowly, 1, spare=True)
        replicas.launch()
        await replicas.start()
        await until(begun.is_set)
        await replicas.renew(newer, 1.0)
        held.set()
        await until(lambda: replicas.spare is not None)
        assert replicas.spare in newer.started
        assert launcher.started[1].drained is not None
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_no_replicas_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ReplicaSet(Launcher(), 0)
