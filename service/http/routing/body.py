"""A route whose JSON body is read with more care than FastAPI takes."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.routing.dependencies import metrics_of
from inkling.service.http.routing.needs import needed_by


class BodyRoute(APIRoute):
    """Refuses a body with a name twice in one object, and tells a client that left from a failure.

    The scopes that the route needs are checked before its body is read.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        ordinary = super().get_route_handler()
        needed = needed_by(self)

        async def handle(request: Request) -> Response:
            for one in needed:
                one.check(request)
            refuse_repeated_names(await read_body(request))
            return await ordinary(request)

        return handle


async def read_body(request: Request) -> bytes:
    """The whole body, which the request keeps. Raises `ApiError` 499 where the client leaves first."""
    try:
        return await request.body()
    except ClientDisconnect:
        metrics_of(request).count_disconnect()
        raise ApiError(499, "client_left", "the client left before the end of its body") from None


def refuse_repeated_names(body: bytes) -> None:
    """Raise `ApiError` 422 for JSON that gives a name twice in one object.

    A body that is not JSON passes. The parser refuses it.
    """
    try:
        _DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except (ValueError, RecursionError):
        return


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        # The name is not repeated: it may be the writer's text in the wrong place.
        raise ApiError(422, "invalid_field", "the body has a field twice: send each once")


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
