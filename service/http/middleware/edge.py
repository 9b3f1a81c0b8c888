"""The outermost middleware: what every request gets, even one that is refused."""

import os
import re
import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkling.service.http.answers.security_headers import SECURITY_HEADERS
from inkling.service.monitoring.logs import log_access
from inkling.service.monitoring.metrics import Metrics

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_UNMATCHED = "unmatched"
_HEADERS = tuple((name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items())


class EdgeMiddleware:
    """Gives a request its id, answers HEAD as GET without a body, counts it and writes its access line.

    Each answer has the `SECURITY_HEADERS`, but for those that it has itself.

    A well-formed X-Request-ID is kept, and any other is replaced. The answer carries it.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _request_id(scope)
        head = scope["method"] == "HEAD"
        # A copy: the server decides by its own scope's method whether a body may follow.
        inner: Scope = {**scope, "method": "GET"} if head else dict(scope)
        inner["state"] = {**scope.get("state", {}), "request_id": request_id}
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", []))
                headers.append((b"x-request-id", request_id.encode()))
                given = {name for name, _ in headers}
                headers += [pair for pair in _HEADERS if pair[0] not in given]
                message = {**message, "headers": headers}
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(inner, receive, answer)
        finally:
            route = getattr(inner.get("route"), "path", _UNMATCHED) or "/"
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            # No status was sent when the server cancelled the request.
            seconds = time.perf_counter() - began
            self.metrics.count_request(method, route, status)
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                self.metrics.observe_refusal(seconds)
            log_access(method, route, status, seconds, request_id)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode("ascii"))
    return os.urandom(16).hex()
