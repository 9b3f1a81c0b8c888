"""An `EngineClient` without an engine: it does what a test tells it."""

import asyncio
from collections.abc import Callable, Sequence

from inkling.models.personal.outcomes import Outcomes
from inkling.models.sampling.writing import Written, WrittenPart
from inkling.models.search.draft import Draft
from inkling.service.engine.client.engine_client import EngineClient
from inkling.service.engine.errors import EngineError, Lost, Stopping
from inkling.service.engine.job import (
    Answer,
    AnyJob,
    ExplanationAnswer,
    ExplanationJob,
    Job,
    PhaseTimes,
    ProfileExport,
    ProfileSizes,
    WritingAnswer,
    WritingJob,
)
from inkling.service.engine.observer import Observer
from inkling.service.engine.served import Load, ServedModel
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session import SessionSizes
from inkling.service.sessions.session_store import SessionKey, StoreStats
from inkling.service.settings import Settings
from tests.rigs.fake_explanation import fake_explanation


class FakeClient:
    """Answers everything with nothing found; `refusal` is raised before a request is read."""

    def __init__(self, name: str = "fake-1", *, profiles: bool = False) -> None:
        self.model = ServedModel(name, 0.25, {}, 1, profiles)
        self.load = Load(2, 1, StoreStats(3, 400, 5000, 6, 7, 8, 9, 10))
        self.refusal: EngineError | None = None
        self.users: dict[UserKey, list[str]] = {}
        self.outcomes: dict[UserKey, Outcomes] = {}
        self.drained: float | None = None
        self._started = False
        self._lost = asyncio.Event()

    @property
    def ready(self) -> bool:
        return self._started and not self._lost.is_set() and self.drained is None

    async def start(self) -> None:
        self._started = True

    async def stop(self, drain_seconds: float) -> None:
        self.drained = drain_seconds

    def lose(self) -> None:
        """The model is gone."""
        self._lost.set()

    async def wait_lost(self) -> None:
        await self._lost.wait()

    def check_load(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    def _check(self) -> None:
        if self._lost.is_set():
            raise Lost
        if not self.ready:
            raise Stopping

    def predict(self, job: AnyJob) -> int:  # noqa: ARG002
        return 1

    async def suggest(self, job: Job, deadline: float | None = None) -> Answer:  # noqa: ARG002
        self._check()
        return Answer([], job.session, 0, 0, 0, 0, PhaseTimes(), model=self.model.name)

    async def write(
        self,
        job: WritingJob,  # noqa: ARG002
        deadline: float | None = None,  # noqa: ARG002
        hear: Callable[[WrittenPart], None] | None = None,  # noqa: ARG002
    ) -> WritingAnswer:
        self._check()
        return WritingAnswer(Written([], 0, 0), 0, PhaseTimes(), model=self.model.name)

    async def explain(
        self,
        job: ExplanationJob,
        deadline: float | None = None,  # noqa: ARG002
    ) -> ExplanationAnswer:
        self._check()
        explanation = fake_explanation(Draft(job.prefix), job.options)
        return ExplanationAnswer(explanation, PhaseTimes(), model=self.model.name)

    async def describe_session(self, key: SessionKey) -> SessionSizes | None:  # noqa: ARG002
        self._check()
        return None

    async def delete_session(self, key: SessionKey) -> bool:  # noqa: ARG002
        self._check()
        return False

    async def learn(self, user: UserKey, text: str, recipient: str | None) -> ProfileSizes:  # noqa: ARG002
        self._check()
        self.users.setdefault(user, []).append(text)
        return ProfileSizes(len(self.users[user]), sum(len(one.split()) for one in self.users[user]))

    async def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:  # noqa: ARG002
        self._check()

    async def amend(self, user: UserKey, add: Sequence[str], remove: Sequence[str]) -> Sequence[str]:  # noqa: ARG002
        self._check()
        return list(add)

    async def count(self, user: UserKey, outcomes: Outcomes) -> None:
        self._check()
        self.outcomes[user] = self.outcomes.get(user, Outcomes()).plus(outcomes)

    async def export(self, user: UserKey) -> ProfileExport | None:
        self._check()
        kept = self.users.get(user)
        return None if kept is None else ProfileExport([(0.0, text, 1) for text in kept], 0, [])

    async def erase(self, user: UserKey) -> bool:
        self._check()
        return self.users.pop(user, None) is not None


def launching(client: FakeClient) -> "FakeLaunch":
    """The function that a host calls to get a client."""
    return FakeLaunch([client])


class FakeLaunch:
    """Gives the clients one after the other."""

    def __init__(self, clients: Sequence[FakeClient | Exception]) -> None:
        self._clients = list(clients)

    def __call__(self, settings: Settings, observer: Observer) -> EngineClient:  # noqa: ARG002
        client = self._clients.pop(0)
        if isinstance(client, Exception):
            raise client
        return client
