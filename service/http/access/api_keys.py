"""API keys: a file of tenants, hashes and scopes.

A line of the file is `tenant:` and the SHA-256 of the key in hexadecimal, and where it is for less or more
than suggesting and learning, `:` and its scopes with commas between. Blank lines and lines that start with
`#` are skipped. A tenant may have several lines on purpose: a new key is added before the old one is
removed, so that a key is replaced without a gap. The hash has no salt because keys are made by a random
generator, not chosen by people:

    python -c "import secrets, hashlib; key = secrets.token_urlsafe(32); \\
        print(key); print('alice:' + hashlib.sha256(key.encode()).hexdigest())"
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inkling.service.http.access.caller import ORDINARY_SCOPES, AccessScope, Caller
from inkling.service.http.access.secret_file import SecretFileError, secret_lines

_EMPTY_KEY = hashlib.sha256(b"").digest()
_LINE = re.compile(r"([A-Za-z0-9._-]{1,64}):([0-9A-Fa-f]{64})(?::([a-z,]{1,64}))?")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as far as the service knows it: its SHA-256 digest, and what it is good for."""

    tenant: str
    digest: bytes = field(repr=False)
    scopes: frozenset[AccessScope] = ORDINARY_SCOPES


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The known keys."""

    keys: Sequence[ApiKey]

    def __len__(self) -> int:
        return len(self.keys)

    def caller(self, key: bytes) -> Caller | None:
        """Who holds a key, or None. Takes the same time whichever key matches, if any."""
        if not key:
            return None
        digest = hashlib.sha256(key).digest()
        found: Caller | None = None
        for known in self.keys:
            if hmac.compare_digest(digest, known.digest):
                found = Caller(known.tenant, known.scopes)
        return found

    def scopes_of(self, tenant: str) -> frozenset[AccessScope]:
        """Those that any key of a tenant has; none where it has no key."""
        return frozenset(scope for key in self.keys if key.tenant == tenant for scope in key.scopes)


def load_api_keys(path: Path) -> ApiKeys:
    """Read a key file. Raises `SecretFileError` where it is missing, empty, malformed or open to others."""
    keys: list[ApiKey] = []
    for number, line in secret_lines(path, "the API key file"):
        match = _LINE.fullmatch(line)
        if match is None:
            raise SecretFileError(
                f"{path} line {number} is not tenant:sha256 or tenant:sha256:scopes, "
                "with 64 hexadecimal digits and commas between the scopes"
            )
        digest = bytes.fromhex(match[2])
        if digest == _EMPTY_KEY:
            raise SecretFileError(
                f"{path} line {number} is the hash of an empty key: give the key's own hash"
            )
        if any(digest == known.digest for known in keys):
            raise SecretFileError(f"{path} line {number} repeats a key")
        scopes = ORDINARY_SCOPES if match[3] is None else _scopes(match[3])
        if scopes is None:
            every = ", ".join(AccessScope)
            raise SecretFileError(f"{path} line {number} has an unknown scope: the scopes are {every}")
        keys.append(ApiKey(match[1], digest, scopes))
    if not keys:
        raise SecretFileError(f"the API key file {path} has no key")
    return ApiKeys(keys)


def _scopes(written: str) -> frozenset[AccessScope] | None:
    try:
        return frozenset(map(AccessScope, written.split(",")))
    except ValueError:
        return None
