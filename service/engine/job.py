"""What the engine is asked and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from inkling.models.explanation.explanation import Explanation
from inkling.models.sampling.writing import WritingOptions, Written
from inkling.models.search.suggestion import EmptyReason, SearchOptions, Suggestion
from inkling.models.text.context import Context
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session_store import SessionKey


@dataclass(frozen=True, slots=True)
class Job:
    """One request: the whole text before the caret and the whole context, every time.

    `suffix` is the text behind the caret. It changes nothing of what is kept.
    `session` None means that nothing is kept, `user` None that no profile is used. `flow` names whose share
    of the model it uses, outermost first: a tenant, one of its clients, one of its drafts.
    """

    prefix: str = field(repr=False)
    context: Context = field(default_factory=Context, repr=False)
    options: SearchOptions = field(default_factory=SearchOptions)
    session: SessionKey | None = None
    user: UserKey | None = None
    flow: tuple[str, ...] = ("",)
    suffix: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class WritingJob:
    """A request for texts that go on after a prefix. No session keeps what it computes.

    `user` None means that no profile is used. `flow` is as of `Job`.
    """

    prefix: str = field(repr=False)
    writing: WritingOptions
    user: UserKey | None = None
    flow: tuple[str, ...] = ("",)

    @property
    def session(self) -> None:
        """There is none, so that no request replaces another."""

    @property
    def context(self) -> Context:
        """There is none."""
        return Context()


@dataclass(frozen=True, slots=True)
class ExplanationJob:
    """A request to explain the answer to a draft. No session keeps what it computes.

    The rest is as of `Job`.
    """

    prefix: str = field(repr=False)
    context: Context = field(default_factory=Context, repr=False)
    options: SearchOptions = field(default_factory=SearchOptions)
    user: UserKey | None = None
    flow: tuple[str, ...] = ("",)

    @property
    def session(self) -> None:
        """There is none, so that no request replaces another."""


@dataclass(frozen=True, slots=True)
class PhaseTimes:
    """Seconds spent waiting, splitting text into tokens, committing them, and searching.

    `prefill` holds the reading of the context too, when that had to be done.
    """

    queue: float = 0.0
    tokenize: float = 0.0
    prefill: float = 0.0
    decode: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Suggestions, best first, and what they cost.

    `prefix_tokens` counts the committed tokens (the context's are not among them), of which
    `cached_tokens` were known to the session and `computed_tokens` are new: their sum is
    `prefix_tokens`. `decode_steps` counts batched model steps of the search. `reason` says why there are no
    suggestions; None where there are. `work` is what all of it took, see `inkling.service.engine.work`.
    `trust` is as of `inkling.models.search.suggestion.SearchResult`. `model` is the name of the model that
    answered.
    """

    suggestions: Sequence[Suggestion] = field(repr=False)
    session: SessionKey | None
    prefix_tokens: int
    cached_tokens: int
    computed_tokens: int
    decode_steps: int
    times: PhaseTimes
    reason: EmptyReason | None = None
    work: int = 0
    trust: float = 0.0
    model: str = ""


@dataclass(frozen=True, slots=True)
class WritingAnswer:
    """Texts, and what they cost. `prompt_tokens` counts all of the prefix, committed or not.

    `work` and `model` are as of `Answer`.
    """

    written: Written = field(repr=False)
    prompt_tokens: int
    times: PhaseTimes
    work: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class ExplanationAnswer:
    """An explanation, and what it cost. `work` and `model` are as of `Answer`."""

    explanation: Explanation = field(repr=False)
    times: PhaseTimes
    work: int = 0
    model: str = ""


AnyJob: TypeAlias = Job | WritingJob | ExplanationJob
AnyAnswer: TypeAlias = Answer | WritingAnswer | ExplanationAnswer


@dataclass(frozen=True, slots=True)
class ProfileSizes:
    """How much is kept of a user."""

    messages: int
    words: int


@dataclass(frozen=True, slots=True)
class ProfileExport:
    """All that is kept of a user, for the user to read: (learned at, text, times sent) oldest first, and
    wishes.

    `shown` suggestions had an outcome. From these follow `cost` and `trust`, see
    `inkling.models.personal.eagerness.Eagerness`.
    """

    messages: Sequence[tuple[float, str, int]] = field(repr=False)
    words: int
    forbidden: Sequence[str] = field(repr=False)
    shown: int = 0
    cost: float = 1.0
    trust: float = 0.0
