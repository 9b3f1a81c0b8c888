"""The bodies of the route that gives tokens."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from inkling.service.http.answers.schemas import RequestBody, SessionId


class TokenRequest(RequestBody):
    """Asks for a token."""

    user_id: SessionId | None = Field(
        default=None,
        description="The only user whose profile it reaches; without one it reaches none.",
    )
    scopes: tuple[Literal["suggest", "learn"], ...] = Field(
        default=("suggest",),
        min_length=1,
        max_length=2,
        strict=False,
        description="What it is good for: some of what the key is good for. `learn` asks for a `user_id`.",
    )
    expires_in: int = Field(default=600, ge=60, le=3600, description="Seconds until it ends.")

    @model_validator(mode="after")
    def _check(self) -> "TokenRequest":
        if "learn" in self.scopes and self.user_id is None:
            raise ValueError("needs a user_id for the scope learn: a page learns for one user")
        return self


class TokenResponse(BaseModel):
    """A token, to be sent as `Authorization: Bearer TOKEN`."""

    token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds until it ends.")
    scopes: list[Literal["suggest", "learn"]]
    user_id: str | None


TOKEN_EXAMPLE: Mapping[str, Any] = {
    "token": "eyJ0ZW5hbnQiOiJhY21lIn0.xH3v",
    "token_type": "Bearer",
    "expires_in": 600,
    "scopes": ["suggest"],
    "user_id": "u-19",
}
