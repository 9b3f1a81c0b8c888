"""Files of API keys and of token secrets, as tests write them."""

import hashlib
from pathlib import Path

SECRET = "0123456789-abcdefghijklmnopqrstuvwxyz"
OTHER_SECRET = "zyxwvutsrqponmlkjihgfedcba-9876543210"


def key_line(tenant: str, key: str, *scopes: str) -> str:
    """A line of a key file, with the scopes where some are given."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return ":".join([tenant, digest, *([",".join(scopes)] if scopes else [])]) + "\n"


def key_file(folder: Path, *lines: str) -> Path:
    """Write a key file that only its owner may read."""
    return _written(folder / "keys", "".join(lines))


def secret_file(folder: Path, *secrets: str) -> Path:
    """Write a file of token secrets that only its owner may read."""
    return _written(folder / "secrets", "".join(f"{secret}\n" for secret in secrets))


def bearer(credential: str) -> dict[str, str]:
    """The header that shows a key or a token."""
    return {"Authorization": f"Bearer {credential}"}


def _written(path: Path, text: str) -> Path:
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
    return path
