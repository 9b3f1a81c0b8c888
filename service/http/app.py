"""The application factory: routes, middlewares and the engine's life, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from inkling.models import __version__
from inkling.service.host import Launch, ModelHost
from inkling.service.http.access.api_keys import load_api_keys
from inkling.service.http.access.door import Door
from inkling.service.http.access.page_tokens import load_token_secrets
from inkling.service.http.answers.error_answers import FailureMiddleware, install_error_handlers
from inkling.service.http.answers.explanation_schemas import EXPLANATION_RESPONSE_EXAMPLE
from inkling.service.http.middleware.auth import AuthMiddleware
from inkling.service.http.middleware.bodies import BodyLimitMiddleware
from inkling.service.http.middleware.edge import EdgeMiddleware
from inkling.service.http.middleware.host_names import HostGuard
from inkling.service.http.middleware.origins import OriginMiddleware, RefusedOriginMiddleware
from inkling.service.http.middleware.shedding import SheddingMiddleware
from inkling.service.http.routes import (
    administration,
    completions,
    compose_page,
    events,
    explanations,
    health,
    models,
    playground,
    sessions,
    suggestions,
    token_giving,
    users,
)
from inkling.service.http.routing.work_limits import WorkLimits
from inkling.service.http.watched_file import WatchedFile, watched
from inkling.service.monitoring.logs import describe_loop_failure
from inkling.service.monitoring.metrics import Metrics
from inkling.service.monitoring.trace_export import tracing_of
from inkling.service.settings import Settings

_DESCRIPTION = """\
Finishes the sentences of a draft. Every request carries the whole text before the caret; a session only makes
the answer cheaper. Every failure is `{"error": {"type", "message", "param"}}`. Only suggestions repeat
text that was sent.
"""


def create_app(settings: Settings, launch: Launch | None = None) -> FastAPI:
    """The application over what `launch` returns, or over the bundle that the settings name.

    `app.state.host` is its `ModelHost`. Raises `SecretFileError` for an unusable file of keys or secrets,
    and `TracingError` for spans that cannot be made. The lifespan raises `StartupError` for an unusable
    bundle.
    """
    keys = None if settings.api_keys is None else WatchedFile(settings.api_keys, load_api_keys, "API keys")
    secrets = (
        None
        if settings.token_secrets is None
        else WatchedFile(settings.token_secrets, load_token_secrets, "token secrets")
    )
    tracing = tracing_of(settings)
    door = None if keys is None else Door(keys, secrets)
    metrics = Metrics()
    host = ModelHost(settings, metrics, launch)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(describe_loop_failure)
        files = [file for file in (keys, secrets) if file is not None]
        async with watched(files, host.reload_and_log):
            await host.start()
            try:
                yield
            finally:
                await host.stop()
                await asyncio.to_thread(tracing.close)

    app = Application(
        title="Inkling",
        version=__version__,
        summary="Self-hosted Smart Compose",
        description=_DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        # The documentation pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        # Its traces and logs would hold bodies and the messages of exceptions.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.host = host
    app.state.metrics = metrics
    app.state.tracing = tracing
    app.state.door = door
    app.state.host_guard = HostGuard(settings)
    app.state.work_limits = WorkLimits(settings, metrics)
    install_error_handlers(app)
    for module in (
        suggestions,
        completions,
        explanations,
        sessions,
        events,
        users,
        token_giving,
        models,
        administration,
        health,
        compose_page,
    ):
        app.include_router(module.router)
    if settings.playground is not None:
        app.include_router(playground.playground(settings.playground))

    # The last one added is the first to see a request.
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(SheddingMiddleware, host=host)
    app.add_middleware(AuthMiddleware, door=door, guard_metrics=settings.metrics_key)
    app.add_middleware(FailureMiddleware)
    if settings.allowed_origins:
        app.add_middleware(
            OriginMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
            # A page of the public web may ask a service in a private network, if its origin is allowed.
            allow_private_network=True,
            expose_headers=("Retry-After", "Server-Timing", "X-Request-ID"),
        )
    app.add_middleware(RefusedOriginMiddleware, allowed=settings.allowed_origins)
    app.add_middleware(EdgeMiddleware, metrics=metrics)
    return app


class Application(FastAPI):
    """FastAPI, whose description of the API drops every null of an example."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        for operations in document["paths"].values():
            for operation in operations.values():
                for response in operation["responses"].values():
                    example = response.get("content", {}).get("application/json", {}).get("example", {})
                    if "error" in example:
                        example["error"].setdefault("param", None)
        explained = document["paths"]["/v1/explanations"]["post"]["responses"]["200"]
        explained["content"]["application/json"]["example"] = dict(EXPLANATION_RESPONSE_EXAMPLE)
        return document
