"""Server-sent events, as long as the client is there."""

from collections.abc import AsyncGenerator, Callable

from fastapi import Response
from starlette.types import Receive, Scope, Send

from inkling.service.http.routing.connection import ClientLeftError, answer_while_connected


class EventStream(Response):
    """Sends each string as the data of an event. Where the client leaves, the source is closed."""

    media_type = "text/event-stream"

    def __init__(self, source: AsyncGenerator[str, None], left: Callable[[], None]) -> None:
        """`left` is called if the client leaves before the end."""
        super().__init__(headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._source, self._left = source, left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        try:
            await answer_while_connected(self._send(send), receive)
        except ClientLeftError:
            self._left()
        finally:
            await self._source.aclose()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for data in self._source:
            await send(
                {"type": "http.response.body", "body": f"data: {data}\n\n".encode(), "more_body": True}
            )
        await send({"type": "http.response.body", "body": b""})
