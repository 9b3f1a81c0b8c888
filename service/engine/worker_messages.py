"""What a client and a worker say to each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inkling.models.sampling.writing import WrittenPart
from inkling.service.engine.codec import Codec
from inkling.service.engine.errors import (
    Cancelled,
    DeadlineExceeded,
    EngineError,
    ModelFailed,
    Overloaded,
    Stopping,
    StorageBusy,
    StorageFull,
    Superseded,
    TooManyPhrases,
)
from inkling.service.engine.job import (
    Answer,
    ExplanationAnswer,
    ExplanationJob,
    Job,
    ProfileExport,
    ProfileSizes,
    WritingAnswer,
    WritingJob,
)
from inkling.service.engine.served import ServedModel
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session import SessionSizes
from inkling.service.sessions.session_store import SessionKey, StoreStats
from inkling.service.sessions.shared_sessions import SharedStats

# From the client. Every request has a number, which its reply repeats.


@dataclass(frozen=True, slots=True)
class Suggest:
    """Replied to with `Answered`."""

    number: int
    job: Job


@dataclass(frozen=True, slots=True)
class Write:
    """Replied to with `Wrote`; with `stream`, any number of `Growing` come before."""

    number: int
    job: WritingJob
    stream: bool


@dataclass(frozen=True, slots=True)
class Explain:
    """Replied to with `Explained`."""

    number: int
    job: ExplanationJob


@dataclass(frozen=True, slots=True)
class DescribeSession:
    """Replied to with `Described`."""

    number: int
    session: SessionKey


@dataclass(frozen=True, slots=True)
class DeleteSession:
    """Replied to with `Deleted`."""

    number: int
    session: SessionKey


@dataclass(frozen=True, slots=True)
class Learn:
    """Replied to with `Learned`."""

    number: int
    user: UserKey
    text: str
    recipient: str | None


@dataclass(frozen=True, slots=True)
class Forbid:
    """Replied to with `Forbidden`."""

    number: int
    user: UserKey
    phrases: Sequence[str]


@dataclass(frozen=True, slots=True)
class Amend:
    """Replied to with `Amended`."""

    number: int
    user: UserKey
    add: Sequence[str]
    remove: Sequence[str]


@dataclass(frozen=True, slots=True)
class Count:
    """Replied to with `Counted`. `outcomes` are `Outcomes` as JSON."""

    number: int
    user: UserKey
    outcomes: str


@dataclass(frozen=True, slots=True)
class Export:
    """Replied to with `Exported`."""

    number: int
    user: UserKey


@dataclass(frozen=True, slots=True)
class Erase:
    """Replied to with `Deleted`."""

    number: int
    user: UserKey


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for the reply to the request of this number any more; there will be none."""

    number: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish what was taken within so many seconds, then end."""

    drain_seconds: float


UserRequest = Learn | Forbid | Amend | Count | Export | Erase
Request = Suggest | Write | Explain | DescribeSession | DeleteSession | UserRequest

# From the worker


@dataclass(frozen=True, slots=True)
class Ready:
    """The first message of a worker that serves."""

    model: ServedModel


@dataclass(frozen=True, slots=True)
class Refused:
    """The first message of a worker that cannot serve, and its last; the reason is one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Said several times a second."""

    ready: bool
    sessions: StoreStats
    shared: SharedStats
    profiles_away: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a job, and how many sessions are kept afterwards, in how many bytes."""

    number: int
    result: Answer
    sessions: int
    session_bytes: int


@dataclass(frozen=True, slots=True)
class Growing:
    """More of a text that is being written."""

    number: int
    part: WrittenPart


@dataclass(frozen=True, slots=True)
class Wrote:
    """The texts of a job, whole."""

    number: int
    result: WritingAnswer


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a draft gets its suggestions."""

    number: int
    result: ExplanationAnswer


@dataclass(frozen=True, slots=True)
class Described:
    """The sizes of a session, None when none is kept."""

    number: int
    result: SessionSizes | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """Whether there was anything to delete."""

    number: int
    result: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """How much is kept of a user."""

    number: int
    result: ProfileSizes


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The phrases are kept."""

    number: int
    result: None = None


@dataclass(frozen=True, slots=True)
class Amended:
    """The phrases that are forbidden now."""

    number: int
    result: Sequence[str]


@dataclass(frozen=True, slots=True)
class Counted:
    """The outcomes are kept."""

    number: int
    result: None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """All that is kept of a user, None when nothing is."""

    number: int
    result: ProfileExport | None


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a request has no result: the name of an error, and what it tells."""

    number: int
    kind: str
    detail: str = ""
    retry_after: float = 0.0


OfUser = Learned | Forbidden | Amended | Counted | Exported
Reply = Answered | Wrote | Explained | Described | Deleted | OfUser | Failed

MESSAGES = Codec(
    (
        *(Suggest, Write, Explain, DescribeSession, DeleteSession),
        *(Learn, Forbid, Amend, Count, Export, Erase, Cancel, Stop),
        *(Ready, Refused, Heartbeat),
        *(Answered, Growing, Wrote, Explained, Described, Deleted),
        *(Learned, Forbidden, Amended, Counted, Exported, Failed),
    )
)

_PLAIN: dict[str, type[EngineError]] = {
    kind.__name__: kind
    for kind in (Superseded, DeadlineExceeded, Cancelled, Stopping, StorageBusy, StorageFull, TooManyPhrases)
}


def failed(number: int, error: BaseException, describe: Callable[[BaseException], str]) -> Failed:
    """A failure; of one that is not the engine's own, only what `describe` says, which holds no text."""
    kind = type(error).__name__
    if isinstance(error, Overloaded):
        return Failed(number, kind, retry_after=error.retry_after)
    if kind in _PLAIN:
        return Failed(number, kind)
    return Failed(number, ModelFailed.__name__, describe(error))


def error_of(failure: Failed) -> EngineError:
    """The error that `failed` wrote."""
    if failure.kind == Overloaded.__name__:
        return Overloaded(failure.retry_after)
    kind = _PLAIN.get(failure.kind)
    return ModelFailed(failure.detail) if kind is None else kind()
