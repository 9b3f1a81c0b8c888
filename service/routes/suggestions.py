"""POST /v1/suggestions: the next words of a draft."""

import asyncio
import secrets
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from starlette.types import Receive

from models.suggestion import Context
from service.engine.job import Answer, Job, PhaseTimes
from service.errors import ApiError
from service.routes.dependencies import Counters, Host, errors, example, session_key
from service.schemas import (
    SUGGESTION_EXAMPLES,
    SUGGESTION_RESPONSE_EXAMPLE,
    SessionTokens,
    SuggestionBody,
    SuggestionRequest,
    SuggestionResponse,
    Usage,
)

router = APIRouter(tags=["suggestions"])


@router.post(
    "/v1/suggestions",
    response_model=SuggestionResponse,
    summary="Suggest the next words of a draft",
    responses={
        200: {
            **example(SUGGESTION_RESPONSE_EXAMPLE),
            "headers": {
                "Server-Timing": {
                    "description": "Milliseconds of the phases queue, tokenize, prefill and decode.",
                    "schema": {"type": "string"},
                }
            },
        },
        **errors(400, 401, 409, 413, 422, 429, 500, 503),
    },
)
async def suggest(
    body: Annotated[SuggestionRequest, Body(openapi_examples=dict(SUGGESTION_EXAMPLES))],
    request: Request,
    response: Response,
    host: Host,
    metrics: Counters,
) -> SuggestionResponse:
    began = time.monotonic()
    seconds = None if body.deadline_ms is None else body.deadline_ms / 1000
    job = Job(
        prefix=body.prefix,
        context=Context() if body.context is None else body.context.to_context(),
        options=body.to_options(),
        session=None if body.session_id is None else session_key(request, body.session_id),
        deadline=None if seconds is None else began + seconds,
    )
    engine = host.engine
    try:
        answer = await answer_while_connected(engine.suggest(job), request.receive)
    except ClientLeftError:
        metrics.count_disconnect()
        raise ApiError(499, "client_left", "the client left before the answer") from None
    metrics.observe_latency(time.monotonic() - began)
    response.headers["Server-Timing"] = server_timing(answer.times)
    return SuggestionResponse(
        id="sg_" + secrets.token_urlsafe(12),
        model=host.model.name,
        suggestions=[
            SuggestionBody(
                text=suggestion.text,
                confidence=suggestion.confidence,
                log_prob=suggestion.log_prob,
                finish_reason=suggestion.finish_reason,
            )
            for suggestion in answer.suggestions
        ],
        session=SessionTokens(
            id=body.session_id, prefix_tokens=answer.prefix_tokens, cached_tokens=answer.cached_tokens
        ),
        usage=Usage(computed_tokens=answer.computed_tokens, decode_steps=answer.decode_steps),
    )


class ClientLeftError(Exception):
    """The client closed its connection before the answer was ready."""


async def answer_while_connected(work: Coroutine[Any, Any, Answer], receive: Receive) -> Answer:
    """Await `work` as long as the client is there.

    `receive` must have given the whole body already. The work is cancelled, and has ended, when this
    raises `ClientLeftError` or is itself cancelled.
    """
    answering = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            return answering.result()
        raise ClientLeftError
    finally:
        for task in (answering, watching):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        if not answering.done():
            with suppress(asyncio.CancelledError, Exception):
                await answering


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def server_timing(times: PhaseTimes) -> str:
    """The phases in the form of the Server-Timing header, in milliseconds."""
    phases = (
        ("queue", times.queue),
        ("tokenize", times.tokenize),
        ("prefill", times.prefill),
        ("decode", times.decode),
    )
    return ", ".join(f"{name};dur={seconds * 1000:.3f}" for name, seconds in phases)
