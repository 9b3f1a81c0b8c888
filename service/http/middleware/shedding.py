"""Refuses what asks the model, unread, when reading alone would make all answers late."""

from starlette.types import ASGIApp, Receive, Scope, Send

from inkling.service.engine.errors import Overloaded
from inkling.service.host import ModelHost
from inkling.service.http.answers.error_answers import from_engine

_PATHS = frozenset(("/v1/suggestions", "/v1/completions", "/v1/explanations"))


class SheddingMiddleware:
    """Answers 429 at once while the service is behind with reading requests.

    The engine refuses requests that would wait too long for the model. By then this process has done most
    of the work of an answer. There is no time for that when it is behind.
    """

    def __init__(self, app: ASGIApp, host: ModelHost) -> None:
        self.app = app
        self.host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in _PATHS and scope["method"] == "POST":
            try:
                self.host.check_load()
            except Overloaded as refusal:
                await from_engine(refusal).response()(scope, receive, send)
                return
        await self.app(scope, receive, send)
