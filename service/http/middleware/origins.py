"""Which web origins may ask, and one log line for each that may not."""

import logging
import re

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from inkling.service.http.answers.error_answers import ApiError

_LOG = logging.getLogger("inkling.origins")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]{1,255}")
_MOST_NAMED = 100
"""The most origins named in the log, so that invented ones cannot fill it."""


class OriginMiddleware(CORSMiddleware):
    """Starlette's, with the service's error shape for a refused preflight."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        message = "this origin, method or header is not allowed; see the setting allowed_origins"
        return ApiError(403, "forbidden", message, headers=headers).response()


class RefusedOriginMiddleware:
    """Says once for each origin that a browser asks for in vain which setting would allow it."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self._app = app
        self._allowed = allowed
        self._named: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at a preflight before it is answered."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            self._note(Headers(scope=scope).get("origin", ""))
        await self._app(scope, receive, send)

    def _note(self, origin: str) -> None:
        if "*" in self._allowed or origin in self._allowed or origin in self._named:
            return
        if not _ORIGIN.fullmatch(origin) or len(self._named) >= _MOST_NAMED:
            return
        self._named.add(origin)
        _LOG.warning("pages of %s may not ask; this would allow them: --allowed-origins %s", origin, origin)
