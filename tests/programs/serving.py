"""The application under test: over a model without weights, by calls or on a real port."""

import math
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import uvicorn
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI

from inkling.models.runtime.batch import Steps
from inkling.models.search.suggestion import EmptyReason, SearchOptions, SearchResult
from inkling.service.engine.client.worker_client import WorkerClient
from inkling.service.engine.observer import Observer
from inkling.service.http.app import create_app
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.settings import Settings
from tests.rigs.fakes import FakeModel
from tests.rigs.workers import ThreadWorker

THRESHOLD = 0.25


class ServedFake(FakeModel):
    """A fake model with the service's methods. `gate` holds every search while it is closed, `failure` breaks
    it.

    It holds texts too, before the word of number `held_word`.
    """

    threshold = THRESHOLD
    description: Mapping[str, Any] = {"licence": "none", "parameters": 0}

    def __init__(self) -> None:
        super().__init__(self._step)
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Event()
        self.failure: Exception | None = None
        self.no_suggestions = False
        self.held_word, self.words_begun = 0, 0

    def _step(self) -> None:
        if self.failure is not None:
            raise self.failure

    def search(self, *arguments: Any, **keywords: Any) -> Steps[SearchResult]:
        self.started.set()
        assert self.gate.wait(20)
        options = arguments[2]
        assert isinstance(options, SearchOptions)
        result = yield from super().search(*arguments, **keywords)
        if self.no_suggestions:
            return SearchResult([], result.decode_steps, EmptyReason.NOTHING_LIKELY)
        return result

    def before_word(self, place: int) -> None:
        self.words_begun = place + 1
        if place >= self.held_word:
            self.started.set()
            assert self.gate.wait(20)


def launch_fake(
    model: ServedFake,
    settings: Settings,
    observer: Observer,
    kept: object = None,  # noqa: ARG001
) -> WorkerClient:
    """Start a worker over a fake model, which answers one request after the other."""
    store = MemorySessionStore(settings.session_bytes, settings.session_idle_seconds)
    worker = ThreadWorker(model, store, threshold=model.threshold, description=model.description, max_batch=1)
    # A slow machine is no reason to refuse.
    return WorkerClient(
        worker, max_queue=settings.max_queue, max_wait=math.inf, max_lag=math.inf, observer=observer
    )


def fake_app(settings: Settings, model: ServedFake | None = None) -> FastAPI:
    """The application over a fake model."""
    return create_app(settings, partial(launch_fake, model or ServedFake()))


def settings(**given: Any) -> Settings:
    """Settings of a test: one thread, and what the environment says is not asked."""
    return Settings(**{"threads": 1, "drain_seconds": 5.0, "spare": False, **given})


class AppClient:
    """Calls an application through ASGI from plain functions."""

    def __init__(self, client: httpx.AsyncClient, portal: Any) -> None:
        self._client = client
        self._portal = portal

    def request(self, method: str, path: str, **keywords: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            return await self._client.request(method, path, **keywords)

        response = self._portal.call(send)
        assert isinstance(response, httpx.Response)
        return response

    def get(self, path: str, **keywords: Any) -> httpx.Response:
        return self.request("GET", path, **keywords)

    def suggest(self, headers: Mapping[str, str] | None = None, **body: Any) -> httpx.Response:
        return self.request("POST", "/v1/suggestions", json=body, headers=headers)

    def complete(self, **body: Any) -> httpx.Response:
        return self.request("POST", "/v1/completions", json=body)

    def suggest_raw(self, body: bytes, content_type: str = "application/json") -> httpx.Response:
        return self.request("POST", "/v1/suggestions", content=body, headers={"Content-Type": content_type})


@contextmanager
def app_client(app: FastAPI, *, started: bool = True) -> Iterator[AppClient]:
    """A client of `app`, with its lifespan unless `started` is False."""
    with start_blocking_portal() as portal:
        transport = httpx.ASGITransport(app)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        with portal.wrap_async_context_manager(client):
            if not started:
                yield AppClient(client, portal)
                return
            with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
                yield AppClient(client, portal)


@contextmanager
def fake_client(model: ServedFake | None = None, **given: Any) -> Iterator[AppClient]:
    """A client of a started application over a fake model."""
    with app_client(fake_app(settings(**given), model)) as client:
        yield client


@contextmanager
def live_server(model: ServedFake, **given: Any) -> Iterator[str]:
    """The address of a real server on a free port."""
    config = uvicorn.Config(
        fake_app(settings(**given), model),
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            # The listener's backlog holds early requests until the server has started.
            port = listener.getsockname()[1]
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def assert_error(response: httpx.Response, status: int, error_type: str, param: str | None = None) -> str:
    """Check the one error shape and return the message."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"type", "message", "param"}
    assert body["error"]["type"] == error_type
    assert body["error"]["param"] == param
    message = body["error"]["message"]
    assert isinstance(message, str)
    assert message
    assert "\n" not in message
    return message
