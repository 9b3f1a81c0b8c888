"""What the service asks of an engine, wherever its model is."""

from collections.abc import Callable, Sequence
from typing import Protocol

from inkling.models.personal.outcomes import Outcomes
from inkling.models.sampling.writing import WrittenPart
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
from inkling.service.engine.served import Load, ServedModel
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session import SessionSizes
from inkling.service.sessions.session_store import SessionKey


class EngineClient(Protocol):
    """One engine.

    Whatever awaits its model raises Stopping when no work is taken, Lost when the model's process ends, and
    ModelFailed for an error of the model.
    """

    @property
    def model(self) -> ServedModel:
        """What it serves."""

    @property
    def ready(self) -> bool:
        """Whether work is taken."""

    @property
    def load(self) -> Load:
        """What it has to do now."""

    async def start(self) -> None:
        """Take work from now on."""

    async def stop(self, drain_seconds: float) -> None:
        """Take no more work, finish what was taken within the limit, then let go of the model.

        May be called again, and before `start`.
        """

    async def wait_lost(self) -> None:
        """Return when the model is gone though nobody stopped it."""

    def check_load(self) -> None:
        """Raise Overloaded, and count it, while there is no time to read another request."""

    def predict(self, job: AnyJob) -> int:
        """About the work of a job, at least 1; see `inkling.service.engine.work`."""

    async def suggest(self, job: Job, deadline: float | None = None) -> Answer:
        """Return the answer to a job. Cancelling this drops it.

        `deadline` is in seconds of the monotonic clock; None means no hurry.

        Raises:
            Overloaded: at once, when the answer would come too late.
            Superseded: a newer job of the same session came, or the session was deleted.
            DeadlineExceeded: the deadline passed first.
        """

    async def write(
        self,
        job: WritingJob,
        deadline: float | None = None,
        hear: Callable[[WrittenPart], None] | None = None,
    ) -> WritingAnswer:
        """Return the texts of a job. Cancelling this drops it.

        `hear` gets each part of them, in the event loop, before this returns. The rest is as of `suggest`,
        but nothing supersedes it.
        """

    async def explain(self, job: ExplanationJob, deadline: float | None = None) -> ExplanationAnswer:
        """Return why a draft gets its suggestions. Cancelling this drops it.

        Only a few are worked on at once; one more is refused with Overloaded. The rest is as of `suggest`,
        but nothing supersedes it.
        """

    async def describe_session(self, key: SessionKey) -> SessionSizes | None:
        """Return a session's sizes; None when none is kept."""

    async def delete_session(self, key: SessionKey) -> bool:
        """Forget a session; tell whether one was kept. A job of it that waits or runs ends as superseded."""

    async def learn(self, user: UserKey, text: str, recipient: str | None) -> ProfileSizes:
        """Learn from a message as it was sent. Once this returns, it is kept, and used from then on.

        Raises Overloaded, StorageBusy or StorageFull.
        """

    async def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """Never suggest these phrases to a user, in place of those forbidden before.

        Raises Overloaded, StorageBusy or StorageFull.
        """

    async def amend(self, user: UserKey, add: Sequence[str], remove: Sequence[str]) -> Sequence[str]:
        """Take phrases off the list of those that are never suggested to a user, then add others; return all.

        Raises TooManyPhrases, Overloaded, StorageBusy or StorageFull.
        """

    async def count(self, user: UserKey, outcomes: Outcomes) -> None:
        """Add to what became of a user's suggestions.

        Raises Overloaded, StorageBusy or StorageFull.
        """

    async def export(self, user: UserKey) -> ProfileExport | None:
        """All that is kept of a user; None when nothing is."""

    async def erase(self, user: UserKey) -> bool:
        """Forget a user; tell whether anything was kept. Nothing of it is suggested from then on."""
