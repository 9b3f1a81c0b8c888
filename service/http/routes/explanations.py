"""POST /v1/explanations: why a draft gets its suggestions."""

import time
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from inkling.models.text.context import Context
from inkling.service.engine.job import ExplanationJob
from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.answers.explanation_schemas import (
    EXPLANATION_EXAMPLES,
    EXPLANATION_RESPONSE_EXAMPLE,
    ExplanationRequest,
    ExplanationResponse,
)
from inkling.service.http.routing.connection import ClientLeftError, answer_while_connected
from inkling.service.http.routing.dependencies import (
    check_host,
    errors,
    example,
    flow_of,
    host_of,
    metrics_of,
    user_key,
    work_limits_of,
)
from inkling.service.http.routing.direct import DirectRoute
from inkling.service.http.routing.needs import needs

router = APIRouter(tags=["explanations"], route_class=DirectRoute, dependencies=[needs(AccessScope.SUGGEST)])


@router.post(
    "/v1/explanations",
    response_model=ExplanationResponse,
    summary="Tell why a draft gets its suggestions",
    responses={
        200: example(EXPLANATION_RESPONSE_EXAMPLE),
        **errors(400, 401, 403, 413, 422, 429, 500, 503),
    },
)
async def explain(
    body: Annotated[ExplanationRequest, Body(openapi_examples=dict(EXPLANATION_EXAMPLES))],
    request: Request,
) -> Response:
    """It tells the last tokens that were read and the gates of the cell, the next tokens step by step, the
    beam, and what became of each candidate. No session is used, so all of the draft is read anew. A service
    works on two explanations at a time; one more gets a 429.
    """
    began = time.monotonic()
    host = host_of(request)
    uses_profile = body.user_id is not None and host.uses_profiles
    if uses_profile:
        check_host(request)
    deadline = None if body.deadline_ms is None else began + body.deadline_ms / 1000
    job = ExplanationJob(
        prefix=body.prefix,
        context=Context() if body.context is None else body.context.to_context(),
        options=body.to_options(),
        user=user_key(request, body.user_id) if uses_profile and body.user_id is not None else None,
        flow=flow_of(request, None),
    )
    try:
        async with work_limits_of(request).reserved(job.flow, host.engine.predict(job)) as work:
            answer = await answer_while_connected(host.engine.explain(job, deadline), request.receive)
            work.done(answer.work)
    except ClientLeftError:
        metrics_of(request).count_disconnect()
        raise ApiError(499, "client_left", "the client left before the answer") from None
    told = ExplanationResponse(model=answer.model, explanation=answer.explanation)
    return Response(told.model_dump_json(), media_type="application/json")
