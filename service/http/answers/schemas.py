"""The bodies of the HTTP contract, with a limit on every field and an example of each."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from inkling.models.search.suggestion import EmptyReason, FinishReason, Sampling, SearchOptions
from inkling.models.text.context import Context
from inkling.service.monitoring.families import Dismissal, EventKind

SESSION_ID_PATTERN = r"^[A-Za-z0-9._:-]{1,128}$"
MAX_PREFIX = 20_000
MAX_SUFFIX = 1_000
MAX_PREVIOUS_MESSAGE = 20_000
MAX_SUBJECT = 998
MAX_SENT_MESSAGE = 40_000
MAX_RECIPIENT_NAME = 256
MAX_EVENTS = 200
MAX_EVENT_CHARACTERS = 1_000

_SENT_AT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_SENT_AT_YEARS = range(1970, 2200)


def _parse_sent_at(value: object) -> object:
    if value is None or isinstance(value, datetime):
        return value
    problem = "must be an ISO 8601 date and time with a time zone, such as 2026-11-23T09:00:00+01:00"
    if not isinstance(value, str) or not _SENT_AT.fullmatch(value):
        raise ValueError(problem)
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError(problem) from None
    if moment.year not in _SENT_AT_YEARS:
        raise ValueError("must lie between the years 1970 and 2199")
    return moment


SessionId = Annotated[str, Field(pattern=SESSION_ID_PATTERN, examples=["draft-7"])]
SentAt = Annotated[datetime, BeforeValidator(_parse_sent_at)]


DeadlineMs = Annotated[
    int | None,
    Field(ge=1, le=60_000, description="Milliseconds for the answer; a later one is a 503."),
]
Temperature = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
Seed = int | None


def seed_of(seed: int | None) -> int:
    """The seed of a sampler, at least 0: the one that was given, or a new one."""
    return secrets.randbits(64) if seed is None else seed % (1 << 64)


class RequestBody(BaseModel):
    """What a client sends: exact JSON types, no unknown field."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ContextBody(RequestBody):
    """What is known of the draft besides its prefix; every field may be missing."""

    subject: str | None = Field(default=None, max_length=MAX_SUBJECT)
    previous_message: str | None = Field(default=None, max_length=MAX_PREVIOUS_MESSAGE)
    recipient_name: str | None = Field(default=None, max_length=MAX_RECIPIENT_NAME)
    sent_at: SentAt | None = Field(
        default=None, description="Local time of writing, ISO 8601 with a time zone."
    )

    def to_context(self) -> Context:
        return Context(
            subject=self.subject,
            previous_message=self.previous_message,
            recipient_name=self.recipient_name,
            sent_at=self.sent_at,
        )


class DraftRequest(RequestBody):
    """A draft, and how to search for its next words."""

    prefix: str = Field(
        max_length=MAX_PREFIX,
        description="The text before the caret, whole; any valid Unicode, control characters included.",
    )
    user_id: SessionId | None = Field(
        default=None, description="The writer, whose profile is used where there is one."
    )
    context: ContextBody | None = None
    max_suggestions: int = Field(default=3, ge=1, le=5)
    max_words: int = Field(default=8, ge=1, le=15)
    beam_width: int = Field(default=4, ge=1, le=16)
    min_confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The best suggestion must reach it; the bundle's threshold when missing.",
    )
    interruption_ms: float | None = Field(
        default=None,
        ge=0,
        le=10_000,
        allow_inf_nan=False,
        description="What reading a suggestion costs the writer, in milliseconds; a suggestion is shown only "
        "where it is expected to save more. 0 suggests short ends of words too; the bundle's when missing.",
    )
    deadline_ms: DeadlineMs = None

    def to_options(self) -> SearchOptions:
        return SearchOptions(
            max_suggestions=self.max_suggestions,
            max_words=self.max_words,
            beam_width=self.beam_width,
            min_confidence=self.min_confidence,
            interruption_ms=self.interruption_ms,
        )


class SuggestionRequest(DraftRequest):
    """Asks for the next words of a draft."""

    session_id: SessionId | None = Field(
        default=None, description="Names the draft, so that only what is new is computed."
    )
    edits: bool = Field(
        default=False,
        description="Whether a misspelled word at the caret may be mended: then `replace` of a suggestion is "
        "not 0. Nothing is mended with `temperature`.",
    )
    suffix: str = Field(
        default="",
        max_length=MAX_SUFFIX,
        description="The text behind the caret, of which the first line counts. What is suggested fits "
        "before it and does not repeat it.",
    )
    temperature: Temperature | None = Field(
        default=None,
        description="Draws `beam_width` candidates from softmax(logits / temperature) in place of the beam "
        "search; 0 takes the most probable token. Filters and all other fields hold as ever.",
    )
    seed: Seed = Field(
        default=None,
        description="Equal seeds give equal draws; only with `temperature`. Random when missing.",
    )

    @field_validator("seed")
    @classmethod
    def _check_seed(cls, seed: int | None, info: ValidationInfo) -> int | None:
        if seed is not None and info.data.get("temperature", 0.0) is None:
            raise ValueError("needs temperature: nothing is drawn without it")
        return seed

    def to_options(self) -> SearchOptions:
        options = replace(super().to_options(), edits=self.edits)
        if self.temperature is None:
            return options
        return replace(options, sampling=Sampling(self.temperature, seed=seed_of(self.seed)))


class OutcomeEvent(RequestBody):
    """What became of a suggestion: an id and counts, never text."""

    type: EventKind
    id: SessionId = Field(description="The suggestion's id, or one derived from it when it is shown again.")
    characters: int = Field(
        default=0,
        ge=0,
        le=MAX_EVENT_CHARACTERS,
        description="Characters shown, accepted or typed.",
    )
    reason: Dismissal | None = Field(
        default=None, description="Why it was dismissed. Only an event of type `dismissed` has it."
    )

    @model_validator(mode="after")
    def _check(self) -> "OutcomeEvent":
        if (self.type == "dismissed") != (self.reason is not None):
            raise ValueError("reason belongs to a dismissed suggestion, and to it alone")
        return self


class EventBatch(RequestBody):
    """Outcomes as a widget sends them: several at a time."""

    events: tuple[OutcomeEvent, ...] = Field(min_length=1, max_length=MAX_EVENTS, strict=False)


class SuggestionBody(BaseModel):
    """Text to append to the prefix exactly as it stands, less its last `replace` characters."""

    text: str
    confidence: float = Field(ge=0, le=1)
    log_prob: float = Field(le=0)
    finish_reason: FinishReason
    replace: int = Field(
        default=0,
        ge=0,
        description="Characters before the caret that go: the end of a misspelled word. Always 0 without "
        "`edits`.",
    )


class SessionTokens(BaseModel):
    """The session's part in an answer; `id` is null without one."""

    id: str | None
    prefix_tokens: int = Field(ge=0, description="Committed tokens of the prefix.")
    cached_tokens: int = Field(ge=0, description="How many of these the session had computed already.")


class Usage(BaseModel):
    """What the answer cost; `cached_tokens + computed_tokens = prefix_tokens`."""

    computed_tokens: int = Field(ge=0)
    decode_steps: int = Field(ge=0)


class SuggestionResponse(BaseModel):
    """Suggestions, best first; an empty list is an answer too, and says why it is empty."""

    id: str
    model: str
    suggestions: list[SuggestionBody]
    session: SessionTokens
    usage: Usage
    reason: EmptyReason | None = Field(
        default=None,
        exclude_if=lambda reason: reason is None,
        description="Why nothing is suggested; missing where something is. nothing_likely: no text reached "
        "`min_confidence`; filtered: what would be shown may not be, or what stands at the caret is "
        "private; tail_too_long: the unfinished word is too long to be one; not_worth_interruption: no text "
        "saves its writer more than `interruption_ms`; other_language: the sentence at the caret is in a "
        "language that the bundle has not read.",
    )


class SessionResponse(BaseModel):
    """The sizes of a session, never its text."""

    id: str
    characters: int = Field(ge=0, description="Committed characters.")
    words: int = Field(ge=0)
    pieces: int = Field(ge=0, description="Committed tokens.")
    checkpoints: int = Field(ge=0, description="Stored states that an edit can return to.")
    bytes: int = Field(ge=0, description="Memory held.")


class SentMessage(RequestBody):
    """A message that a user has sent."""

    text: str = Field(
        min_length=1,
        max_length=MAX_SENT_MESSAGE,
        description="The message's text as it was sent; what it quotes is not learned.",
    )
    recipient_name: str | None = Field(default=None, max_length=MAX_RECIPIENT_NAME)


class UserResponse(BaseModel):
    """How much is kept of a user."""

    id: str
    messages: int = Field(ge=0)
    words: int = Field(ge=0)


class ExportedMessage(BaseModel):
    """A learned message; what was masked is named in brackets."""

    learned_at: datetime
    text: str


class UserExport(BaseModel):
    """All that is kept of a user, messages oldest first."""

    id: str
    words: int = Field(ge=0)
    forbidden_phrases: list[str]
    messages: list[ExportedMessage]


def _has_words(phrase: str) -> str:
    if not any(character.isalnum() for character in phrase):
        raise ValueError("must hold a word")
    return phrase


class ForbiddenPhrases(RequestBody):
    """Phrases that are never suggested to a user, compared word by word without regard to case."""

    phrases: list[Annotated[str, Field(max_length=200), AfterValidator(_has_words)]] = Field(max_length=200)


class ErrorDetail(BaseModel):
    """`type` is for programs, `message` for people; `param` is the field at fault, if one is."""

    type: str
    message: str
    param: str | None


class ErrorResponse(BaseModel):
    """The one shape of every failure."""

    error: ErrorDetail


SESSION_RESPONSE_EXAMPLE: Mapping[str, Any] = {
    "id": "draft-7",
    "characters": 17,
    "words": 4,
    "pieces": 5,
    "checkpoints": 5,
    "bytes": 24_832,
}

USER_RESPONSE_EXAMPLE: Mapping[str, Any] = {"id": "u-19", "messages": 41, "words": 2913}

USER_EXPORT_EXAMPLE: Mapping[str, Any] = {
    "id": "u-19",
    "words": 5,
    "forbidden_phrases": ["kind regards"],
    "messages": [{"learned_at": "2026-11-23T08:00:00Z", "text": "Hi [recipient], see you at noon."}],
}
