"""The host names under which profiles may be asked for.

A web page may let its own name resolve to this machine. Its script then asks the service as if it were the
page's own server. Such a request still carries the page's name in its Host header.
"""

import re

from starlette.types import Scope

from inkling.service.http.answers.error_answers import ApiError
from inkling.service.settings import Settings, is_loopback

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


class HostGuard:
    """Refuses every request for a profile whose Host header is not plainly an allowed one.

    The setting `allowed_hosts` has the allowed names. Without it, every name is allowed where API keys are
    needed, and this machine's own names elsewhere.
    """

    def __init__(self, settings: Settings) -> None:
        self._names = frozenset(settings.allowed_hosts)
        self._allows_all = not self._names and settings.api_keys is not None

    def check(self, scope: Scope) -> None:
        """Raise the `ApiError` 403 for a request that may not use a profile."""
        if self._allows_all:
            return
        name = requested_host(scope)
        if self._names:
            if name not in self._names:
                raise _forbidden("this Host may not ask for profiles; see the setting allowed_hosts")
        elif name is None or not is_loopback(name):
            raise _forbidden("ask for profiles under this machine's own name, such as 127.0.0.1")


def requested_host(scope: Scope) -> str | None:
    """The name or address in the Host header, in lower case, without port and brackets.

    None where the header is missing, there twice, or not plainly a name. The server's own address is not
    used instead, because a guard would allow it.
    """
    values = [value for name, value in scope["headers"] if name == b"host"]
    if len(values) != 1:
        return None
    match = _HOST.fullmatch(values[0].decode("latin-1"))
    return None if match is None else (match[1] or match[2]).lower()


def _forbidden(message: str) -> ApiError:
    return ApiError(403, "forbidden", message)
