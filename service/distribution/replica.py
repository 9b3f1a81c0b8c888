"""A replica: the whole service over one model, in an actor of Ray."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from inkling.service.distribution.asgi_call import Head, call
from inkling.service.distribution.asked import Asked, Headers
from inkling.service.http.app import create_app
from inkling.service.monitoring.logs import configure_logging
from inkling.service.settings import load_settings


class Replica:
    """Answers as `inkling serve` does. Ray starts it, watches it, and ends it when it has drained."""

    async def __init__(self, given: Mapping[str, Any]) -> None:  # type: ignore[misc]
        """`given` are settings of the service. Raises SettingsError, StartupError, SecretFileError."""
        settings = load_settings(**given)
        configure_logging(settings.log_level, settings.log_format)
        self._app = create_app(settings)
        # As the server of `inkling serve` does: what stands before Ray may tell whom it asks for.
        # The types of Uvicorn and Starlette differ, what they describe does not.
        application: Any = self._app
        self._called: Any = ProxyHeadersMiddleware(application, list(settings.trusted_proxies))
        self._over, started = asyncio.Event(), asyncio.Event()
        # One task begins and ends the application's life.
        self._life = asyncio.create_task(_live(self._app, started, self._over))
        begun = asyncio.create_task(started.wait())
        await asyncio.wait((self._life, begun), return_when=asyncio.FIRST_COMPLETED)
        if self._life.done():
            begun.cancel()
            await self._life

    async def answer(self, asked: Asked) -> tuple[int, Headers, bytes]:
        """The status, the headers and the whole body of an answer."""
        head, *parts = [part async for part in call(self._called, asked)]
        assert isinstance(head, tuple)
        return *head, b"".join(part for part in parts if isinstance(part, bytes))

    async def stream(self, asked: Asked) -> AsyncIterator[Head | bytes]:
        """The status and the headers, then the body in parts."""
        async for part in call(self._called, asked):
            yield part

    async def check_health(self) -> None:
        """Raises where the model cannot answer; Ray then replaces this replica."""
        if self._life.done():
            raise RuntimeError("the service has ended")
        self._app.state.host.check_ready()

    async def __del__(self) -> None:
        """End the model's processes. Ray awaits this."""
        self._over.set()
        await asyncio.wait((self._life,))


async def _live(app: FastAPI, started: asyncio.Event, over: asyncio.Event) -> None:
    async with app.router.lifespan_context(app):
        started.set()
        await over.wait()
