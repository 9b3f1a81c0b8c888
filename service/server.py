"""The web server around the application."""

import math
import socket
from collections.abc import Callable
from signal import SIGINT
from types import FrameType

import uvicorn
from fastapi import FastAPI

from service.engine.garbage import settle
from service.settings import Settings

# Longer than most pauses of a writer: a keystroke after one does not wait for a new connection.
_KEEP_ALIVE_SECONDS = 75


class Server(uvicorn.Server):
    """Uvicorn's server, which tells when it is ready and, at the first signal, that it will stop."""

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], on_stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            settle()
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # Uvicorn's own raises the signal again in the end, and the process would not exit with 0.
        if self.should_exit and sig == SIGINT:
            self.force_exit = True
        self.should_exit = True
        self._on_stop()


def make_server(app: FastAPI, settings: Settings, on_ready: Callable[[], None]) -> Server:
    """A server for one process, to be run with a listening socket; it writes no access log of its own."""
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.drain_seconds),
    )
    return Server(config, on_ready, app.state.host.announce_stop)
