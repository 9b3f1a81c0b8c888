"""Whose a credential is: a key's or a token's."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from inkling.service.http.access.api_keys import ApiKeys
from inkling.service.http.access.caller import Caller
from inkling.service.http.access.page_tokens import Claims, TokenSecrets
from inkling.service.http.answers.error_answers import ApiError

T_co = TypeVar("T_co", covariant=True)


class Current(Protocol[T_co]):
    """Something that may change while the service runs."""

    @property
    def current(self) -> T_co:
        """It, as it is now."""


class Door:
    """Knows callers by their credentials, and gives tokens. Without `secrets` there are no tokens."""

    def __init__(
        self,
        keys: Current[ApiKeys],
        secrets: Current[TokenSecrets] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives Unix seconds."""
        self._keys, self._secrets, self._clock = keys, secrets, clock

    def caller(self, credential: bytes | None) -> Caller:
        """Who shows a credential. Raises the `ApiError` 401 of one that is missing, unknown or has ended."""
        if credential is None:
            raise unauthorized()
        keys = self._keys.current
        holder = keys.caller(credential)
        if holder is not None:
            return holder
        claims = None if self._secrets is None else self._secrets.current.read(credential, self._clock())
        if claims is None:
            raise unauthorized()
        if claims.ends <= self._clock():
            raise _expired()
        # A tenant whose keys are gone, or may do less than before, has no tokens that do more.
        scopes = claims.caller.scopes & keys.scopes_of(claims.caller.tenant)
        if not scopes:
            raise unauthorized()
        return replace(claims.caller, scopes=scopes)

    def token(self, caller: Caller, seconds: int) -> str | None:
        """A token that says who the caller is, good for so long; None where there are no tokens."""
        if self._secrets is None:
            return None
        return self._secrets.current.sign(Claims(caller, self._clock() + seconds))


def unauthorized() -> ApiError:
    return ApiError(
        401,
        "unauthorized",
        "send a known API key in the header Authorization: Bearer KEY",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _expired() -> ApiError:
    return ApiError(
        401,
        "unauthorized",
        "the token has expired: get a new one and ask again",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token", error_description="The token expired"'},
    )
