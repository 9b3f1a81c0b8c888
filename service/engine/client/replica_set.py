"""Several workers behind one engine client, and one more in reserve."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from hashlib import blake2b
from typing import Any, TypeVar

from inkling.models.personal.outcomes import Outcomes
from inkling.models.sampling.writing import WrittenPart
from inkling.service.engine.client.engine_client import EngineClient
from inkling.service.engine.client.worker_process import LaunchError
from inkling.service.engine.errors import Lost
from inkling.service.engine.failure import describe_failure
from inkling.service.engine.job import (
    Answer,
    AnyJob,
    ExplanationAnswer,
    ExplanationJob,
    Job,
    ProfileExport,
    ProfileSizes,
    WritingAnswer,
    WritingJob,
)
from inkling.service.engine.served import Load, ServedModel, Workers
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session import SessionSizes
from inkling.service.sessions.session_store import SessionKey, StoreStats
from inkling.service.sessions.shared_sessions import SharedStats

_log = logging.getLogger("inkling.server")

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a worker that could not be started is tried again, the first time and at most."""

_Stats = TypeVar("_Stats", StoreStats, SharedStats)

Launch = Callable[[], EngineClient]
"""Starts a worker and returns its client, which is not started. Takes seconds, and is called in a thread."""


class ReplicaSet:
    """See `EngineClient`; a draft belongs to one of the replicas as long as this one lives.

    A replica that is lost is replaced by the spare at once, and a new spare is started. Its drafts are read
    anew; those of the others do not notice. Belongs to one event loop but for `launch`.
    """

    def __init__(self, launch_one: Launch, count: int = 1, *, spare: bool = False) -> None:
        """So many workers that are started by `launch_one`. `spare` keeps one more that is ready."""
        if count < 1:
            raise ValueError(f"{count} replicas are none; there must be at least 1.")
        self._launch_one, self._count, self._wants_spare = launch_one, count, spare
        self._replicas: list[EngineClient] = []
        self._spare: EngineClient | None = None
        self._generation = 0
        self._lost: set[EngineClient] = set()
        self._replaced = 0
        self._sessions_before, self._shared_before = StoreStats(), SharedStats()
        self._missing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def launch(self) -> None:
        """Start the workers, all at once. Raises what `launch_one` does."""
        if not self._replicas:
            with ThreadPoolExecutor(self._count) as pool:
                self._replicas = list(pool.map(lambda _: self._launch_one(), range(self._count)))

    async def start(self) -> None:
        """See `EngineClient.start`; the spare is started afterwards."""
        await asyncio.gather(*(replica.start() for replica in self._replicas))
        for replica in self._replicas:
            self._watch(replica)
        self._go(self._replace())

    async def stop(self, drain_seconds: float) -> None:
        """See `EngineClient.stop`."""
        for task in self._tasks:
            task.cancel()
        spare = [] if self._spare is None else [self._spare.stop(0.0)]
        await asyncio.gather(*(replica.stop(drain_seconds) for replica in self._replicas), *spare)

    async def wait_lost(self) -> None:
        """Never: a worker that is lost is replaced."""
        await asyncio.get_running_loop().create_future()

    @property
    def replicas(self) -> Sequence[EngineClient]:
        """The clients of the workers that answer, in their places."""
        return self._replicas

    @property
    def spare(self) -> EngineClient | None:
        """The client of the worker that waits; None while there is none."""
        return self._spare

    @property
    def model(self) -> ServedModel:
        """See `EngineClient.model`."""
        return self._replicas[0].model

    @property
    def ready(self) -> bool:
        """See `EngineClient.ready`; one replica is enough."""
        return any(replica.ready for replica in self._replicas)

    @property
    def load(self) -> Load:
        """See `EngineClient.load`; of all replicas."""
        loads = [replica.load for replica in self._replicas]
        return Load(
            sum(load.queue_depth for load in loads),
            sum(load.in_progress for load in loads),
            _sum([self._sessions_before, *(load.sessions for load in loads)]),
            _sum([self._shared_before, *(load.shared for load in loads)]),
            sum(load.profiles_away for load in loads),
        )

    @property
    def workers(self) -> Workers:
        """How the replicas and the spare are."""
        ready = sum(replica.ready for replica in self._replicas)
        spare = self._spare is not None and self._spare.ready
        return Workers(ready, self._count - ready, spare, self._replaced)

    def check_load(self) -> None:
        """See `EngineClient.check_load`."""
        self._replicas[0].check_load()  # all of them have this event loop

    def predict(self, job: AnyJob) -> int:
        """See `EngineClient.predict`."""
        return self._for_job(job).predict(job)

    async def suggest(self, job: Job, deadline: float | None = None) -> Answer:
        """See `EngineClient.suggest`. A job whose worker is lost is given to another one, once."""
        try:
            return await self._for_job(job).suggest(job, deadline)
        except Lost:
            return await self._for_job(job).suggest(job, deadline)

    async def write(
        self,
        job: WritingJob,
        deadline: float | None = None,
        hear: Callable[[WrittenPart], None] | None = None,
    ) -> WritingAnswer:
        """See `EngineClient.write`. A job whose worker is lost fails: parts of it may have been heard."""
        return await self._for_job(job).write(job, deadline, hear)

    async def explain(self, job: ExplanationJob, deadline: float | None = None) -> ExplanationAnswer:
        """See `EngineClient.explain`. A job whose worker is lost is given to another one, once."""
        try:
            return await self._for_job(job).explain(job, deadline)
        except Lost:
            return await self._for_job(job).explain(job, deadline)

    async def describe_session(self, key: SessionKey) -> SessionSizes | None:
        """See `EngineClient.describe_session`."""
        return await self._for_key(key).describe_session(key)

    async def delete_session(self, key: SessionKey) -> bool:
        """See `EngineClient.delete_session`. A draft may have left something where it was before."""
        able = [replica for replica in self._replicas if replica.ready] or self._replicas[:1]
        return any(await asyncio.gather(*(replica.delete_session(key) for replica in able)))

    async def learn(self, user: UserKey, text: str, recipient: str | None) -> ProfileSizes:
        """See `EngineClient.learn`."""
        return await self._for_key(user).learn(user, text, recipient)

    async def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """See `EngineClient.forbid`."""
        await self._for_key(user).forbid(user, phrases)

    async def amend(self, user: UserKey, add: Sequence[str], remove: Sequence[str]) -> Sequence[str]:
        """See `EngineClient.amend`."""
        return await self._for_key(user).amend(user, add, remove)

    async def count(self, user: UserKey, outcomes: Outcomes) -> None:
        """See `EngineClient.count`."""
        await self._for_key(user).count(user, outcomes)

    async def export(self, user: UserKey) -> ProfileExport | None:
        """See `EngineClient.export`."""
        return await self._for_key(user).export(user)

    async def erase(self, user: UserKey) -> bool:
        """See `EngineClient.erase`."""
        return await self._for_key(user).erase(user)

    async def renew(self, launch_one: Launch, drain_seconds: float) -> None:
        """Replace all workers at once by those that `launch_one` starts.

        Requests in flight end where they are, within the drain time. Raises what `launch_one` does; then all
        workers stay as they are.
        """
        fresh: list[EngineClient] = []
        try:
            for _ in range(self._count):
                fresh.append(await asyncio.to_thread(launch_one))
                await fresh[-1].start()
        except BaseException:
            for client in fresh:
                self._go(client.stop(0.0))
            raise
        self._launch_one = launch_one
        self._generation += 1
        old, self._replicas = self._replicas, fresh
        spare, self._spare = self._spare, None
        for client in fresh:
            self._watch(client)
        for client in old:
            self._keep_counts(client)
            self._go(client.stop(drain_seconds))
        if spare is not None:
            self._go(spare.stop(0.0))
        self._lost.clear()
        self._missing.set()

    def _keep_counts(self, leaving: EngineClient) -> None:
        """Add a worker's counters to those of workers that left before: a counter never goes back."""
        sessions = replace(leaving.load.sessions, sessions=0, bytes=0, max_bytes=0)
        self._sessions_before = _sum([self._sessions_before, sessions])
        self._shared_before = _sum([self._shared_before, replace(leaving.load.shared, away=0)])

    def _for_job(self, job: AnyJob) -> EngineClient:
        if job.session is not None:
            return self._for_key(job.session)
        able = [replica for replica in self._replicas if replica.ready] or self._replicas
        return min(able, key=lambda replica: replica.load.in_progress + replica.load.queue_depth)

    def _for_key(self, key: SessionKey | UserKey) -> EngineClient:
        """The replica of a draft or a user: the first that is ready in an order of its own.

        This is rendezvous hashing (Thaler and Ravishankar, 1998): whoever else is lost, a key stays.
        """
        able = [place for place, replica in enumerate(self._replicas) if replica.ready] or [0]
        if len(able) == 1:
            return self._replicas[able[0]]
        return self._replicas[max(able, key=lambda place: blake2b(repr((place, key)).encode()).digest())]

    # Workers that are lost

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _watch(self, client: EngineClient) -> None:
        async def watch() -> None:
            await client.wait_lost()
            self._lost.add(client)
            self._fill()
            self._missing.set()

        self._go(watch())

    def _fill(self) -> None:
        """Put the spare where a replica is lost."""
        if self._spare in self._lost:
            self._spare = None
        for place, replica in enumerate(self._replicas):
            if replica in self._lost and self._spare is not None:
                self._keep_counts(replica)
                self._replicas[place], self._spare = self._spare, None
                self._replaced += 1
                _log.info("a new worker serves in place of one that was lost")
        self._lost.intersection_update(self._replicas)

    async def _replace(self) -> None:
        """Start a worker wherever one is missing, one after the other."""
        pause = _FIRST_PAUSE
        while True:
            if not self._lost and (self._spare is not None or not self._wants_spare):
                self._missing.clear()
                await self._missing.wait()
                continue  # a renewal wakes too, and leaves nothing missing where no spare is wanted
            if self._lost:
                await asyncio.sleep(pause)
            generation = self._generation
            try:
                client = await asyncio.to_thread(self._launch_one)
                await client.start()
            except Exception as error:  # whatever it was, the next try may do better
                if generation != self._generation:  # it was of the old model
                    continue
                reason = str(error) if isinstance(error, LaunchError) else describe_failure(error)
                _log.error("a worker cannot be started: %s", reason)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            if generation != self._generation:  # it was started before a renewal, and may be of the old model
                await client.stop(0.0)
                continue
            self._watch(client)
            self._spare = client
            self._fill()
            if self._spare is not None:
                _log.info("a spare worker is ready")


def _sum(stats: Sequence[_Stats]) -> _Stats:
    """The sum of each field."""
    kind = type(stats[0])
    return kind(**{field.name: sum(getattr(one, field.name) for one in stats) for field in fields(kind)})
