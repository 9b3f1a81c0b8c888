"""The bodies of `/v1/users`: messages to learn from, what is kept of a user, and forbidden phrases."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from inkling.service.http.answers.schemas import MAX_RECIPIENT_NAME, RequestBody

MAX_SENT_MESSAGE = 40_000


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

    learned_at: datetime = Field(description="When it was last sent.")
    text: str
    times: int = Field(ge=1, description="How often it was sent. Twice within a minute counts once.")


class LearnedEagerness(BaseModel):
    """What is learned of the outcomes of a user's suggestions: numbers without text."""

    outcomes: int = Field(ge=0, description="Suggestions whose outcome is counted.")
    interruption_factor: float = Field(
        ge=0.5, le=2, description="The cost of an interruption is multiplied by it."
    )
    confidence_shift: float = Field(
        ge=-0.6, le=0.6, description="It is added to the log-odds of each confidence."
    )


class UserExport(BaseModel):
    """All that is kept of a user, messages oldest first."""

    id: str
    words: int = Field(ge=0)
    forbidden_phrases: list[str]
    eagerness: LearnedEagerness
    messages: list[ExportedMessage]


def _has_words(phrase: str) -> str:
    if not any(character.isalnum() for character in phrase):
        raise ValueError("must hold a word")
    return phrase


Phrase = Annotated[str, Field(max_length=200), AfterValidator(_has_words)]


class ForbiddenPhrases(RequestBody):
    """Phrases that are never suggested to a user, compared word by word without regard to case."""

    phrases: list[Phrase] = Field(max_length=200)


class ForbiddenChange(RequestBody):
    """Phrases that are taken off a user's list, and phrases that are added to it."""

    add: list[Phrase] = Field(default=[], max_length=200)
    remove: list[Phrase] = Field(default=[], max_length=200, description="In whatever case they were added.")


class ForbiddenList(BaseModel):
    """The phrases that are never suggested to a user, the newest last."""

    phrases: list[str]


FORBIDDEN_EXAMPLE: Mapping[str, Any] = {"phrases": ["kind regards", "per my last email"]}

USER_RESPONSE_EXAMPLE: Mapping[str, Any] = {"id": "u-19", "messages": 41, "words": 2913}

USER_EXPORT_EXAMPLE: Mapping[str, Any] = {
    "id": "u-19",
    "words": 5,
    "forbidden_phrases": ["kind regards"],
    "eagerness": {"outcomes": 212, "interruption_factor": 1.25, "confidence_shift": -0.1},
    "messages": [
        {"learned_at": "2026-11-23T08:00:00Z", "text": "Hi [recipient], see you at noon.", "times": 1}
    ],
}
