"""An application that is called without a server answers as with one."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from inkling.service.distribution.asgi_call import Head, call
from inkling.service.distribution.asked import Asked

ASKED = Asked(
    "POST",
    "/v1/a b",
    b"/v1/a%20b",
    b"x=1",
    ((b"host", b"here"), (b"content-type", b"text/plain")),
    b"the body",
    ("192.0.2.7", 4000),
)


async def parts(app: object) -> list[Head | bytes]:
    return [part async for part in call(app, ASKED)]  # type: ignore[arg-type]


def test_the_request_arrives_whole_and_the_answer_comes_back() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        assert not message["more_body"]
        told = (
            f"{scope['method']} {scope['raw_path']} {scope['query_string']} {dict(scope['headers'])[b'host']}"
            f" {scope['client']}"
        )
        await send({"type": "http.response.start", "status": 201, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": message["body"], "more_body": True})
        await send({"type": "http.response.body", "body": told.encode()})

    head, *body = asyncio.run(parts(app))
    assert head == (201, ((b"a", b"b"),))
    assert body == [b"the body", b"POST b'/v1/a%20b' b'x=1' b'here' ('192.0.2.7', 4000)"]


def test_a_failure_is_the_caller_s() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(parts(app))


def test_a_client_that_leaves_ends_the_work() -> None:
    ended = []

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            await receive()  # it does not come back while the client is there
        finally:
            ended.append(True)

    async def leave() -> None:
        answer = call(app, ASKED)
        async for part in answer:
            assert part == (200, ())
            break
        await answer.aclose()
        await asyncio.sleep(0)

    asyncio.run(leave())
    assert ended == [True]
