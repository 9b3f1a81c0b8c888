"""The one error shape of the service, and the one table from a failure to a status.

    ApiError                    what a route or a middleware raises on purpose
    EngineError                 what the engine raises (service.engine.errors), mapped by `from_engine`
    RequestValidationError      what FastAPI raises for a body or a path, mapped by `from_validation`
    StarletteHTTPException      404, 405 and 413, mapped by `from_status`
    anything else               500, by `FailureMiddleware`

Every one becomes `{"error": {"type", "message", "param"}}`. No message holds any part of the request.
"""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkling.service.engine.errors import (
    DeadlineExceeded,
    EngineError,
    Lost,
    Overloaded,
    Stopping,
    StorageBusy,
    StorageFull,
    Superseded,
    TooManyPhrases,
)
from inkling.service.engine.failure import describe_failure

_log = logging.getLogger("inkling.server")

ERROR_TYPES: Mapping[int, Sequence[str]] = {
    400: ("invalid_request",),
    401: ("unauthorized",),
    403: ("forbidden",),
    404: ("not_found",),
    405: ("method_not_allowed",),
    408: ("request_timeout",),
    409: ("superseded", "bundle_refused"),
    413: ("body_too_large",),
    422: ("invalid_field",),
    429: ("overloaded", "rate_limited"),
    431: ("head_too_large",),
    499: ("client_left",),
    500: ("internal",),
    503: ("deadline_exceeded", "stopping", "not_ready", "storage_busy"),
    507: ("storage_full",),
}

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,19}(?:_[a-z0-9]{1,16}){0,2}")

_FIELD_MESSAGES: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode, but holds a lone surrogate",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "int_type": "must be an integer",
    "int_parsing_size": "must be a smaller integer",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
}


class ApiError(Exception):
    """A failure to tell the client: `status` is an HTTP status, `param` the field at fault or None."""

    def __init__(
        self,
        status: int,
        error_type: str,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message
        self.param = param
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        body = {"error": {"type": self.error_type, "message": self.message, "param": self.param}}
        return JSONResponse(body, status_code=self.status, headers=self.headers)


def not_ready() -> ApiError:
    return ApiError(
        503, "not_ready", "the service is still starting; try again soon", headers={"Retry-After": "1"}
    )


def stopping() -> ApiError:
    return ApiError(
        503, "stopping", "the service is stopping; send the request to another instance, or again later"
    )


def internal() -> ApiError:
    return ApiError(500, "internal", "the service failed on this request; its log names the request id")


def body_too_large(limit: int) -> ApiError:
    return ApiError(413, "body_too_large", f"the body must be at most {limit} bytes")


def from_engine(error: EngineError) -> ApiError:
    """The answer to an engine failure. An unexpected one is a 500."""
    match error:
        case Overloaded():
            seconds = max(1, round(error.retry_after))
            return ApiError(
                429,
                "overloaded",
                "too many suggestions are waiting; try again later",
                headers={"Retry-After": str(seconds)},
            )
        case Superseded():
            return ApiError(409, "superseded", "a newer request of the same session replaced this one")
        case DeadlineExceeded():
            return ApiError(
                503, "deadline_exceeded", "the answer was not ready within deadline_ms", param="deadline_ms"
            )
        case StorageBusy():
            return ApiError(
                503,
                "storage_busy",
                "profiles cannot be reached for now; try again soon",
                headers={"Retry-After": "2"},
            )
        case StorageFull():
            return ApiError(507, "storage_full", "there is no room to keep a message; nothing was learned")
        case TooManyPhrases():
            return ApiError(422, "invalid_field", "the list is full; remove a phrase first", param="add")
        case Stopping():
            return stopping()
        case Lost():
            return not_ready()
        case _:
            return internal()


def from_validation(errors: Sequence[Mapping[str, Any]]) -> ApiError:
    """The first of pydantic's errors: 400 when the body is not a JSON document, 422 for one of its fields.

    Only the kind of the error, the name of the field and the limit are read, never the input.
    """
    first = errors[0]
    kind, location = first["type"], first["loc"]
    where, fields = location[0], list(location[1:])
    if where == "body" and kind == "json_invalid":
        return ApiError(400, "invalid_request", "the body is not valid JSON")
    if where == "body" and not fields and kind == "missing":
        return ApiError(400, "invalid_request", "the body is missing: send a JSON object")
    if kind == "extra_forbidden" and not _FIELD_NAME.fullmatch(str(fields[-1])):
        # A name that no field could have may be the writer's text in the wrong place: it is not repeated.
        parent = ".".join(str(field) for field in fields[:-1]) or None
        return ApiError(422, "invalid_field", f"{parent or 'the body'} has an unknown field", param=parent)
    param = ".".join(str(field) for field in fields) or None
    context = first.get("ctx") or {}
    if kind == "value_error":
        text = str(context["error"])
    else:
        text = _FIELD_MESSAGES.get(kind, "is not valid").format_map(context)
    return ApiError(422, "invalid_field", f"{param or 'the body'} {text}", param=param)


def from_status(status: int, request: Request) -> ApiError:
    """The answer for a refusal of the framework itself."""
    if status == 404:
        return ApiError(404, "not_found", "there is nothing at this path")
    if status == 405:
        allowed = allowed_methods(request)
        return ApiError(405, "method_not_allowed", f"this path allows {allowed}", headers={"Allow": allowed})
    if status == 400:
        return ApiError(400, "invalid_request", "the body is not valid JSON")
    if status < 500:
        return ApiError(status, "invalid_request", "the request cannot be served")
    return internal()


def allowed_methods(request: Request) -> str:
    """The methods of every route at this path, as an Allow header has them."""
    methods: set[str] = set()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            methods.add(method)
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


class FailureMiddleware:
    """Answers an unhandled exception with 500 in the one shape, and logs it without its message."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ApiError as error:
            if not started:
                await error.response()(scope, receive, send)
        except asyncio.CancelledError:
            # The server cancels what is still in flight when its time to stop has run out.
            if started:
                raise
            await stopping().response()(scope, receive, send)
        except Exception as error:
            request_id = scope.get("state", {}).get("request_id", "-")
            told = {"request_id": request_id}
            _log.error("request %s failed: %s", request_id, describe_failure(error), extra=told)
            if not started:
                await internal().response()(scope, receive, send)


async def _on_api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error.response()


async def _on_engine_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, EngineError)
    answer = from_engine(error)
    if answer.status == 500:
        raise error
    return answer.response()


async def _on_validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if isinstance(error.body, bytes):
        # FastAPI leaves a body of another content type unparsed; a form from a foreign page ends here too.
        return ApiError(
            400, "invalid_request", "send JSON with the header Content-Type: application/json"
        ).response()
    return from_validation(error.errors()).response()


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)
    return from_status(error.status_code, request).response()


def install_error_handlers(app: FastAPI) -> None:
    """Give every failure inside the application the one shape."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(EngineError, _on_engine_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(StarletteHTTPException, _on_http_error)
