"""POST /v1/events: what became of suggestions, counted."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.schemas import EventBatch
from inkling.service.http.routing.body import BodyRoute
from inkling.service.http.routing.dependencies import Counters, errors
from inkling.service.http.routing.needs import needs

router = APIRouter(tags=["events"], route_class=BodyRoute, dependencies=[needs(AccessScope.SUGGEST)])


@router.post(
    "/v1/events",
    status_code=204,
    response_class=Response,
    summary="Tell what became of suggestions",
    responses={204: {"description": "They are counted."}, **errors(400, 401, 403, 413, 422, 500)},
)
async def count_events(body: Annotated[EventBatch, Body()], counters: Counters) -> Response:
    """Ids and counts, never text; the ids are not kept."""
    for event in body.events:
        counters.count_event(event.type, event.characters, event.reason)
    return Response(status_code=204)
