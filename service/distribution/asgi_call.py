"""One call of an ASGI application, without a server."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.types import ASGIApp, Message, Scope

from inkling.service.distribution.asked import Asked, Headers

Head = tuple[int, Headers]
"""The status and the headers of an answer."""


async def call(app: ASGIApp, asked: Asked) -> AsyncGenerator[Head | bytes, None]:
    """The head of the answer, then its body in parts. Leaving the iteration cancels the call."""
    messages: asyncio.Queue[Message | None] = asyncio.Queue()
    body: list[Message] = [{"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive() -> Message:
        if body:
            return body.pop()
        return await asyncio.Future()  # a client that leaves cancels the call

    async def run() -> None:
        try:
            await app(_scope(asked), receive, messages.put)
        finally:
            messages.put_nowait(None)

    task = asyncio.create_task(run())
    try:
        while (message := await messages.get()) is not None:
            if message["type"] == "http.response.start":
                yield message["status"], tuple(message["headers"])
            elif message["type"] == "http.response.body" and message.get("body"):
                yield bytes(message["body"])
        await task
    finally:
        task.cancel()


def _scope(asked: Asked) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": asked.path,
        "raw_path": asked.raw_path,
        "query_string": asked.query,
        "root_path": "",
        "headers": list(asked.headers),
        "client": asked.client,
        "server": None,
        "state": {},
    }
