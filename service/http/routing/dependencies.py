"""What routes take from the application and from the middlewares before them."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Path, Request

from inkling.service.host import ModelHost
from inkling.service.http.answers.error_answers import ERROR_TYPES, ApiError
from inkling.service.http.answers.schemas import SESSION_ID_PATTERN, ErrorResponse
from inkling.service.http.middleware.host_names import HostGuard
from inkling.service.http.routing.needs import caller_of
from inkling.service.http.routing.work_limits import WorkLimits
from inkling.service.monitoring.metrics import Metrics
from inkling.service.monitoring.tracing import Tracing
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session_store import SessionKey

_EXAMPLE_MESSAGES: Mapping[int, tuple[str, str | None]] = {
    400: ("the body is not valid JSON", None),
    401: ("send a known API key in the header Authorization: Bearer KEY", None),
    403: ("this asks for an API key with the scope learn", None),
    404: ("no such session", "session_id"),
    409: ("a newer request of the same session replaced this one", None),
    413: ("the body must be at most 524288 bytes", None),
    422: ("max_words must be at most 15", "max_words"),
    429: ("too many suggestions are waiting; try again later", None),
    500: ("the service failed on this request; its log names the request id", None),
    503: ("the answer was not ready within deadline_ms", "deadline_ms"),
    507: ("there is no room to keep a message; nothing was learned", None),
}


def host_of(request: Request) -> ModelHost:
    """The application's model."""
    host = request.app.state.host
    assert isinstance(host, ModelHost)
    return host


def metrics_of(request: Request) -> Metrics:
    """The application's counters."""
    metrics = request.app.state.metrics
    assert isinstance(metrics, Metrics)
    return metrics


def tracing_of(request: Request) -> Tracing:
    """What makes the application's spans."""
    tracing = request.app.state.tracing
    assert isinstance(tracing, Tracing)
    return tracing


def check_host(request: Request) -> None:
    """Raise the `ApiError` 403 for a request that may not use a profile under the name it was sent to."""
    guard = request.app.state.host_guard
    assert isinstance(guard, HostGuard)
    guard.check(request.scope)


async def _host(request: Request) -> ModelHost:  # a coroutine: others are run in a thread
    return host_of(request)


async def _metrics(request: Request) -> Metrics:
    return metrics_of(request)


Host = Annotated[ModelHost, Depends(_host)]
Counters = Annotated[Metrics, Depends(_metrics)]
SessionIdPath = Annotated[
    str, Path(pattern=SESSION_ID_PATTERN, examples=["draft-7"], description="The id that requests gave it.")
]


def session_key(request: Request, session_id: str) -> SessionKey:
    """The session of this caller: equal ids of two tenants are two sessions.

    Within a tenant, so are those of two users who hold tokens.
    """
    return SessionKey(caller_of(request).drafts_owner, session_id)


def work_limits_of(request: Request) -> WorkLimits:
    """The limits on the work of keys and clients."""
    limits = request.app.state.work_limits
    assert isinstance(limits, WorkLimits)
    return limits


def flow_of(request: Request, session_id: str | None) -> tuple[str, str, str]:
    """Whose share of the model a request uses: its tenant, its address, its draft."""
    address = "" if request.client is None else request.client.host
    return (caller_of(request).tenant, address, session_id or "")


def user_key(request: Request, user_id: str) -> UserKey:
    """The user of this caller: equal ids of two tenants are two users.

    Raises the `ApiError` 403 for a token that does not reach this user.
    """
    caller = caller_of(request)
    if not caller.reaches(user_id):
        raise ApiError(403, "forbidden", "this token is for another user, or for none", param="user_id")
    return UserKey(caller.tenant, user_id)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route's failures."""
    documented: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        message, param = _EXAMPLE_MESSAGES[status]
        example = {"error": {"type": ERROR_TYPES[status][0], "message": message, "param": param}}
        documented[status] = {
            "model": ErrorResponse,
            "description": " or ".join(ERROR_TYPES[status]),
            "content": {"application/json": {"example": example}},
        }
    return documented


def example(value: object, media_type: str = "application/json") -> dict[str, Any]:
    """What OpenAPI shows of a route's answer."""
    return {"content": {media_type: {"example": value}}}
