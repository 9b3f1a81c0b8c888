"""The front: sends a request to the replica where its draft lives, and to another if that is lost."""

from collections.abc import AsyncIterator
from typing import Any

from ray.exceptions import ActorDiedError, ActorUnavailableError
from ray.serve.exceptions import RayServeException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from inkling.service.distribution.asgi_call import Head
from inkling.service.distribution.asked import Asked, Headers
from inkling.service.http.answers.error_answers import ApiError, body_too_large
from inkling.service.http.middleware.bodies import MAX_BODY_BYTES

_ATTEMPTS = 3
_LOST = (ActorDiedError, ActorUnavailableError, RayServeException)


class Front:
    """Reads a request whole, and passes the answer on as it is."""

    def __init__(self, replicas: Any) -> None:
        """`replicas` is Ray's handle of the deployment of `Replica`."""
        self._replicas = replicas

    async def __call__(self, request: Request) -> Response:
        try:
            return await self._answer(await _asked(request))
        except ApiError as error:
            return error.response()

    async def _answer(self, asked: Asked) -> Response:
        if asked.for_operators:
            raise ApiError(404, "not_found", "this is of one replica, and the front passes it on to none")
        replicas = self._replicas.options(session_id=asked.place) if asked.place else self._replicas
        attempts = _ATTEMPTS if asked.repeatable else 1
        while True:
            attempts -= 1
            try:
                return await _attempt(replicas, asked)
            except _LOST:
                if not attempts:
                    raise _lost() from None


async def _attempt(replicas: Any, asked: Asked) -> Response:
    if asked.streams:
        parts = replicas.options(stream=True).stream.remote(asked)
        status, headers = await anext(parts)
        return _with_headers(StreamingResponse(_rest(parts), status), headers)
    status, headers, body = await replicas.answer.remote(asked)
    return _with_headers(Response(body, status), headers)


def _lost() -> ApiError:
    message = "the replica was lost; try again"
    return ApiError(503, "not_ready", message, headers={"Retry-After": "1"})


async def _asked(request: Request) -> Asked:
    """Raises ApiError for a body that no replica would take."""
    scope = request.scope
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large(MAX_BODY_BYTES)
    return Asked(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope.get("raw_path") or scope["path"].encode(),
        query=scope["query_string"],
        headers=tuple((bytes(name), bytes(value)) for name, value in scope["headers"]),
        body=bytes(body),
        client=_address(scope.get("client")),
    )


def _address(client: Any) -> tuple[str, int] | None:
    return None if client is None else (str(client[0]), int(client[1]))


async def _rest(parts: AsyncIterator[Head | bytes]) -> AsyncIterator[bytes]:
    async for part in parts:
        assert isinstance(part, bytes)
        yield part


def _with_headers(response: Response, headers: Headers) -> Response:
    response.raw_headers = [(bytes(name), bytes(value)) for name, value in headers]
    return response
