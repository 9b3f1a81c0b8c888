"""The web server around the application."""

import asyncio
import math
import socket
from collections.abc import Callable
from functools import partial
from signal import SIGINT
from types import FrameType
from typing import cast

import uvicorn
from fastapi import FastAPI

from inkling.service.engine.garbage import freeze
from inkling.service.http.connections import ConnectionLimits, Connections, room_for_connections
from inkling.service.http.protocol import HttpProtocol
from inkling.service.monitoring.logs import log_access
from inkling.service.monitoring.metrics import Metrics
from inkling.service.settings import Settings

# Longer than most pauses of a writer: a keystroke after one does not wait for a new connection.
_KEEP_ALIVE_SECONDS = 75
_ACCEPTED_AT_ONCE = 4
"""In one turn of the loop. Some turns pass until an accepted connection is known and another is cut off."""
BACKLOG = 1024
"""Connections that the system keeps until they are accepted."""


class Server(uvicorn.Server):
    """Uvicorn's server, which tells when it is ready and, at the first signal, that it will stop."""

    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._watching: asyncio.Task[None] | None = None
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            # asyncio accepts as many in one turn as its backlog says; the system may keep more of them.
            for listener in sockets or ():
                listener.listen(BACKLOG)
            self._watching = asyncio.create_task(self._connections.watch())
            freeze()
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # Uvicorn's own raises the signal again in the end, and the process would not exit with 0.
        if self.should_exit and sig == SIGINT:
            self.force_exit = True
        self.should_exit = True
        self._on_stop()


def make_server(
    app: FastAPI, settings: Settings, on_ready: Callable[[], None], handles: int | None = None
) -> Server:
    """A server for one process, to be run with a listening socket; it writes no access log of its own.

    `handles` is how many file handles the process may have; its connections leave a reserve of them.
    """
    room = settings.max_connections if handles is None else room_for_connections(handles)
    connections = Connections(
        ConnectionLimits(
            total=min(settings.max_connections, room),
            per_address=settings.max_connections_per_address,
            head_seconds=settings.head_seconds,
            body_seconds=settings.body_seconds,
        )
    )
    metrics: Metrics = app.state.metrics

    def refused(status: int, request_id: str) -> None:
        metrics.count_request("OTHER", "unmatched", status)
        log_access("OTHER", "unmatched", status, 0.0, request_id)

    config = uvicorn.Config(
        app,
        # Uvicorn takes a class, and calls it with keywords only.
        http=cast(type[HttpProtocol], partial(HttpProtocol, connections=connections, refused=refused)),
        backlog=_ACCEPTED_AT_ONCE,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.drain_seconds),
    )
    return Server(config, connections, on_ready, app.state.host.announce_stop)
