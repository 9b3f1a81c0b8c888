"""POST /v1/suggestions: the next words of a draft."""

import time
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from inkling.models.text.context import Context
from inkling.service.engine.job import Job, PhaseTimes
from inkling.service.engine.observer import Outcome
from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.answers.schemas import (
    SessionTokens,
    SuggestionBody,
    SuggestionRequest,
    SuggestionResponse,
    Usage,
)
from inkling.service.http.answers.suggestion_examples import (
    SUGGESTION_EXAMPLES,
    SUGGESTION_RESPONSE_EXAMPLES,
)
from inkling.service.http.answers.suggestion_ids import new_id, telling_id
from inkling.service.http.routing.connection import ClientLeftError, answer_while_connected
from inkling.service.http.routing.dependencies import (
    check_host,
    errors,
    flow_of,
    host_of,
    metrics_of,
    session_key,
    tracing_of,
    user_key,
    work_limits_of,
)
from inkling.service.http.routing.direct import DirectRoute
from inkling.service.http.routing.needs import needs

router = APIRouter(tags=["suggestions"], route_class=DirectRoute, dependencies=[needs(AccessScope.SUGGEST)])


@router.post(
    "/v1/suggestions",
    response_model=SuggestionResponse,
    summary="Suggest the next words of a draft",
    responses={
        200: {
            "content": {"application/json": {"examples": dict(SUGGESTION_RESPONSE_EXAMPLES)}},
            "headers": {
                "Server-Timing": {
                    "description": "Milliseconds of the phases queue, tokenize, prefill and decode.",
                    "schema": {"type": "string"},
                }
            },
        },
        **errors(400, 401, 403, 409, 413, 422, 429, 500, 503),
    },
)
async def suggest(
    body: Annotated[SuggestionRequest, Body(openapi_examples=dict(SUGGESTION_EXAMPLES))],
    request: Request,
) -> Response:
    began = time.monotonic()
    host, metrics = host_of(request), metrics_of(request)
    uses_profile = body.user_id is not None and host.uses_profiles
    if uses_profile:
        check_host(request)
    deadline = None if body.deadline_ms is None else began + body.deadline_ms / 1000
    job = Job(
        prefix=body.prefix,
        context=Context() if body.context is None else body.context.to_context(),
        options=body.to_options(),
        session=None if body.session_id is None else session_key(request, body.session_id),
        user=user_key(request, body.user_id) if uses_profile and body.user_id is not None else None,
        flow=flow_of(request, body.session_id),
        suffix=body.suffix,
    )
    try:
        async with work_limits_of(request).reserved(job.flow, host.engine.predict(job)) as work:
            with tracing_of(request).suggestion(request.headers.get("traceparent")) as traced:
                try:
                    answer = await answer_while_connected(host.engine.suggest(job, deadline), request.receive)
                except ClientLeftError:
                    traced.outcome = Outcome.CANCELLED
                    raise
                traced.answer = answer
            work.done(answer.work)
    except ClientLeftError:
        metrics.count_disconnect()
        raise ApiError(499, "client_left", "the client left before the answer") from None
    metrics.observe_latency(time.monotonic() - began)
    answered = SuggestionResponse(
        id=new_id() if job.user is None else telling_id(answer.suggestions, answer.trust),
        model=answer.model,
        suggestions=[
            SuggestionBody(
                text=suggestion.text,
                confidence=suggestion.confidence,
                log_prob=suggestion.log_prob,
                finish_reason=suggestion.finish_reason,
                replace=suggestion.replace,
            )
            for suggestion in answer.suggestions
        ],
        session=SessionTokens(
            id=body.session_id, prefix_tokens=answer.prefix_tokens, cached_tokens=answer.cached_tokens
        ),
        usage=Usage(computed_tokens=answer.computed_tokens, decode_steps=answer.decode_steps),
        reason=answer.reason,
    )
    return Response(
        answered.model_dump_json(),
        media_type="application/json",
        headers={"Server-Timing": server_timing(answer.times)},
    )


def server_timing(times: PhaseTimes) -> str:
    """The phases in the form of the Server-Timing header, in milliseconds."""
    phases = (
        ("queue", times.queue),
        ("tokenize", times.tokenize),
        ("prefill", times.prefill),
        ("decode", times.decode),
    )
    return ", ".join(f"{name};dur={seconds * 1000:.3f}" for name, seconds in phases)
