"""The limit on the size of a request body."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkling.service.http.answers.error_answers import body_too_large

# The longest body whose fields are all within their limits, every character written as a \uXXXX pair,
# is just under this: no valid request is refused for its encoding.
MAX_BODY_BYTES = 512 * 1024

# A client that is still sending does not read the answer. This much is read and dropped for its sake.
_DRAIN_BYTES = 16 * 1024 * 1024
_DRAIN_SECONDS = 5.0


class BodyLimitMiddleware:
    """Refuses a body above `limit` bytes with 413, by its Content-Length or while it streams in."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = _content_length(scope)
        if declared is not None and declared > self.limit:
            if declared <= _DRAIN_BYTES:
                await _drain(receive)
            await body_too_large(self.limit).response()(scope, receive, send)
            return
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self.limit:
                    if message.get("more_body", False):
                        await _drain(receive)
                    raise _BodyTooLarge(self.limit)
            return message

        try:
            await self.app(scope, count, send)
        except _BodyTooLarge:
            await body_too_large(self.limit).response()(scope, receive, send)


class _BodyTooLarge(BaseException):
    """Passes through a framework that turns every `Exception` met while reading a body into a 400."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)


def _content_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


async def _drain(receive: Receive) -> None:
    dropped = 0
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while dropped < _DRAIN_BYTES:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                dropped += len(message["body"])
    except TimeoutError:
        return
