"""API keys: a file of names and hashes, and the check that guards every /v1 route.

A line of the file is `name:` and the SHA-256 of the key in hexadecimal; blank lines and lines that start
with `#` are skipped. A name may have several lines, so that a key can be replaced without a gap. The hash
has no salt because keys are made by a random generator, not chosen by people:

    python -c "import secrets, hashlib; key = secrets.token_urlsafe(32); \\
        print(key); print('alice:' + hashlib.sha256(key.encode()).hexdigest())"
"""

import hashlib
import hmac
import re
import stat
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import ApiError

# The owner of every session when no key file is given; no name in a key file can be empty.
ANONYMOUS = ""

_LINE = re.compile(r"([A-Za-z0-9._-]{1,64}):([0-9A-Fa-f]{64})")


class KeyFileError(Exception):
    """The key file cannot be used; the message says why, in one line, without its content."""


class ApiKeys:
    """The known keys, as pairs of owner name and SHA-256 digest."""

    def __init__(self, digests: list[tuple[str, bytes]]) -> None:
        self._digests = digests

    def owner(self, key: bytes) -> str | None:
        """The name of the key's owner, or None. Takes the same time whichever key matches, if any."""
        digest = hashlib.sha256(key).digest()
        found: str | None = None
        for name, known in self._digests:
            if hmac.compare_digest(digest, known):
                found = name
        return found


def load_api_keys(path: Path) -> ApiKeys:
    """Read a key file. Raises `KeyFileError` when it is missing, empty, malformed or readable by others."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and mode & (stat.S_IROTH | stat.S_IWOTH):
            raise KeyFileError(f"{path} is open to every user of this machine: run chmod 640 {path}")
        lines = path.read_text(encoding="utf-8").splitlines()
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
        if any(digest == known for _, known in digests):
            raise KeyFileError(f"{path} line {number} repeats a key")
        digests.append((match[1], digest))
    if not digests:
        raise KeyFileError(f"the API key file {path} has no key")
    return ApiKeys(digests)


class AuthMiddleware:
    """Refuses every request under /v1 without a known key, before its body is read.

    The owner's name goes into `scope["state"]["owner"]`; sessions are kept apart by it. With `keys` None
    everybody is `ANONYMOUS`.
    """

    def __init__(self, app: ASGIApp, keys: ApiKeys | None) -> None:
        self.app = app
        self.keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            owner: str | None = ANONYMOUS
            if self.keys is not None and (path == "/v1" or path.startswith("/v1/")):
                key = _bearer_key(scope)
                owner = None if key is None else self.keys.owner(key)
            if owner is None:
                await _unauthorized().response()(scope, receive, send)
                return
            scope.setdefault("state", {})["owner"] = owner
        await self.app(scope, receive, send)


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
