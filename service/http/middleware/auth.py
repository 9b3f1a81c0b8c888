"""The check of who asks, before anything else of a request is read."""

from starlette.types import ASGIApp, Receive, Scope, Send

from inkling.service.http.access.caller import ANYBODY, NOBODY, Caller
from inkling.service.http.access.door import Door, unauthorized
from inkling.service.http.answers.error_answers import ApiError


class AuthMiddleware:
    """Refuses every request under /v1 without a known key or token, before its body is read.

    With `guard_metrics` it refuses requests of /metrics without a key. `scope["state"]["caller"]` tells the
    routes who asks. Without a door everybody is `ANYBODY`.
    """

    def __init__(self, app: ASGIApp, door: Door | None, *, guard_metrics: bool = False) -> None:
        self.app = app
        self.door = door
        self.guard_metrics = guard_metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                caller = self._caller(scope)
            except ApiError as refusal:
                await refusal.response()(scope, receive, send)
                return
            scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)

    def _caller(self, scope: Scope) -> Caller:
        if self.door is None:
            return ANYBODY
        path = scope["path"]
        if path == "/v1" or path.startswith("/v1/"):
            return self.door.caller(_credential(scope))
        if self.guard_metrics and path == "/metrics":
            caller = self.door.caller(_credential(scope))
            if caller.of_token:  # what is held in pages is no business of who operates the service
                raise unauthorized()
            return caller
        return NOBODY


def _credential(scope: Scope) -> bytes | None:
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _, credential = values[0].partition(b" ")
    return bytes(credential.strip()) if scheme.lower() == b"bearer" else None
