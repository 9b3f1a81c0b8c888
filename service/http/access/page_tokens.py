"""Short-lived tokens: what a page may hold in place of an API key.

A token is signed, not encrypted. It says whose it is, what it is good for and when it ends. The service keeps
none of them.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from inkling.service.http.access.caller import AccessScope, Caller
from inkling.service.http.access.secret_file import SecretFileError, secret_lines

LEAST_SECONDS, MOST_SECONDS = 60, 3600
"""How long a token may be good for."""

_SKEW_SECONDS = 60.0
"""By so much the clocks of two machines may differ."""
_LEAST_CHARACTERS, _LEAST_DIFFERENT = 32, 10
_PURPOSE = b"inkling token 1"
"""Keeps a signature of another kind, or of a later form, from being taken for a token's."""
_LONGEST = 1024
_TENANT = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says of itself. `ends` is in Unix seconds."""

    caller: Caller
    ends: float


@dataclass(frozen=True, slots=True)
class TokenSecrets:
    """The secrets of a file. The first signs; all are believed."""

    secrets: Sequence[str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.secrets)

    def sign(self, claims: Claims) -> str:
        """The token that says this; letters, digits and `._-`."""
        caller = claims.caller
        said = {
            "tenant": caller.tenant,
            "scopes": sorted(caller.scopes),
            "user": caller.user_id,
            "ends": claims.ends,
        }
        signed = self._serializer().dumps(said)
        return signed if isinstance(signed, str) else signed.decode("ascii")

    def read(self, token: bytes, now: float) -> Claims | None:
        """What a token says that one of these secrets signed, though it may have ended; None of any other.

        `now` is in Unix seconds. A token that would be good for longer than any may be is not believed:
        the clock was set back since, or somebody else signs with this secret.
        """
        if len(token) > _LONGEST:
            return None
        try:
            claims = _claims(self._serializer().loads(token))
        except BadData:
            return None
        return None if claims is None or claims.ends > now + MOST_SECONDS + _SKEW_SECONDS else claims

    def _serializer(self) -> URLSafeSerializer:
        # The library wants the one that signs last.
        return URLSafeSerializer(
            list(reversed(self.secrets)),
            salt=_PURPOSE,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )


def _claims(said: Any) -> Claims | None:
    """The claims of a signed object, or None where it is not of this form."""
    match said:
        case {
            "tenant": str(tenant),
            "scopes": [*names],
            "user": None | str() as user,
            "ends": int() | float() as ends,
        }:
            known = [scope for scope in AccessScope if scope in names and scope is not AccessScope.ADMIN]
            if not _TENANT.fullmatch(tenant):
                return None
            return Claims(Caller(tenant, frozenset(known), of_token=True, user_id=user), float(ends))
    return None


def load_token_secrets(path: Path) -> TokenSecrets:
    """Read a file of secrets, one a line. Raises `SecretFileError` where there is none, or a weak one."""
    secrets: list[str] = []
    for number, line in secret_lines(path, "the file of token secrets"):
        if len(line) < _LEAST_CHARACTERS or len(set(line)) < _LEAST_DIFFERENT:
            raise SecretFileError(
                f"{path} line {number} is too weak: a secret is random and has at least "
                f"{_LEAST_CHARACTERS} characters; make one with openssl rand -base64 48"
            )
        if line in secrets:
            raise SecretFileError(f"{path} line {number} repeats a secret")
        secrets.append(line)
    if not secrets:
        raise SecretFileError(f"the file of token secrets {path} has no secret")
    return TokenSecrets(secrets)
