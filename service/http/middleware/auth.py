"""API keys: a file of names and hashes, and the check that guards every /v1 route.

A line of the file is `name:` and the SHA-256 of the key in hexadecimal; blank lines and lines that start
with `#` are skipped. A name may have several lines on purpose: a new key is added before the old one is
removed, so that a key is replaced without a gap. The hash has no salt because keys are made by a random
generator, not chosen by people:

    python -c "import secrets, hashlib; key = secrets.token_urlsafe(32); \\
        print(key); print('alice:' + hashlib.sha256(key.encode()).hexdigest())"
"""

import hashlib
import hmac
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from inkling.models.files.regular_file import open_regular
from inkling.service.http.answers.error_answers import ApiError

# The owner of every session when no key file is given; no name in a key file can be empty.
ANONYMOUS = ""

_EMPTY_KEY = hashlib.sha256(b"").digest()

_LINE = re.compile(r"([A-Za-z0-9._-]{1,64}):([0-9A-Fa-f]{64})")


class KeyFileError(Exception):
    """The key file cannot be used; the message says why, in one line, without its content."""


class KeyOwners(Protocol):
    """Knows whose key a key is."""

    def owner(self, key: bytes) -> str | None:
        """The name of the key's owner, or None."""


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The known keys, as pairs of owner name and SHA-256 digest."""

    digests: Sequence[tuple[str, bytes]] = field(repr=False)

    def owner(self, key: bytes) -> str | None:
        """The name of the key's owner, or None. Takes the same time whichever key matches, if any."""
        if not key:
            return None
        digest = hashlib.sha256(key).digest()
        found: str | None = None
        for name, known in self.digests:
            if hmac.compare_digest(digest, known):
                found = name
        return found


def load_api_keys(path: Path) -> ApiKeys:
    """Read a key file. Raises `KeyFileError` when it is missing, empty, malformed or readable by others."""
    try:
        with open(open_regular(path), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (stat.S_IROTH | stat.S_IWOTH):
                raise KeyFileError(f"{path} is open to every user of this machine: run chmod 640 {path}")
            # Some editors begin a file with a byte-order mark.
            lines = file.read().decode("utf-8-sig").splitlines()
    except OSError as error:
        raise KeyFileError(f"cannot read the API key file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeyFileError(f"the API key file {path} is not text") from None
    digests: list[tuple[str, bytes]] = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise KeyFileError(f"{path} line {number} is not name:sha256, 64 hexadecimal digits")
        digest = bytes.fromhex(match[2])
        if digest == _EMPTY_KEY:
            raise KeyFileError(f"{path} line {number} is the hash of an empty key: give the key's own hash")
        if any(digest == known for _, known in digests):
            raise KeyFileError(f"{path} line {number} repeats a key")
        digests.append((match[1], digest))
    if not digests:
        raise KeyFileError(f"the API key file {path} has no key")
    return ApiKeys(digests)


class AuthMiddleware:
    """Refuses every request under /v1 without a known key, before its body is read.

    With `guard_metrics` it refuses such requests of /metrics too.

    The owner's name goes into `scope["state"]["owner"]`; sessions are kept apart by it. With `keys` None
    everybody is `ANONYMOUS`.
    """

    def __init__(self, app: ASGIApp, keys: KeyOwners | None, *, guard_metrics: bool = False) -> None:
        self.app = app
        self.keys = keys
        self.guard_metrics = guard_metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            owner: str | None = ANONYMOUS
            if self.keys is not None and self._is_guarded(scope["path"]):
                key = _bearer_key(scope)
                owner = None if key is None else self.keys.owner(key)
            if owner is None:
                await _unauthorized().response()(scope, receive, send)
                return
            scope.setdefault("state", {})["owner"] = owner
        await self.app(scope, receive, send)

    def _is_guarded(self, path: str) -> bool:
        return path == "/v1" or path.startswith("/v1/") or (self.guard_metrics and path == "/metrics")


def _bearer_key(scope: Scope) -> bytes | None:
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _, key = values[0].partition(b" ")
    return bytes(key.strip()) if scheme.lower() == b"bearer" else None


def _unauthorized() -> ApiError:
    return ApiError(
        401,
        "unauthorized",
        "send a known API key in the header Authorization: Bearer KEY",
        headers={"WWW-Authenticate": "Bearer"},
    )
