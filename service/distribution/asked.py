"""A request on its way from the front to a replica."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[bytes, bytes]]

_IDS = tuple(
    re.compile(rb'"%s"\s*:\s*"([A-Za-z0-9._:-]{1,128})"' % name) for name in (b"session_id", b"user_id")
)
"""Within a text of the body every quotation mark has a backslash before it, so these find fields only."""
_PATH = re.compile(r"/v1/(?:sessions|users)/([^/]+)")
_QUESTIONS = frozenset(("/v1/suggestions", "/v1/completions", "/v1/explanations"))


@dataclass(frozen=True, slots=True)
class Asked:
    """All of a request; `path` is decoded, `raw_path` and `query` are not.

    `client` is the address that it came from, as far as the front knows; None where it does not.
    """

    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: Headers
    body: bytes
    client: tuple[str, int] | None = None

    @property
    def for_operators(self) -> bool:
        """Whether it means one certain replica. The front would send it to any of them."""
        return self.path in ("/metrics", "/v1/admin") or self.path.startswith("/v1/admin/")

    @property
    def place(self) -> str:
        """What decides about the replica: the draft, else the user; empty where the request names neither."""
        of_path = _PATH.match(self.path)
        if of_path is not None:
            return of_path[1]
        if self.path == "/v1/suggestions":
            for field in _IDS:
                found = field.search(self.body)
                if found is not None:
                    return found[1].decode("ascii")
        return ""

    @property
    def repeatable(self) -> bool:
        """Whether asking twice does no harm."""
        return self.method in ("GET", "HEAD", "OPTIONS") or self.path in _QUESTIONS

    @property
    def streams(self) -> bool:
        """Whether the answer may come in parts."""
        return self.path == "/v1/completions"
