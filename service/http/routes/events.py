"""POST /v1/events: what became of suggestions, counted."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from inkling.models.personal.outcomes import Outcomes
from inkling.service.engine.errors import EngineError
from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.schemas import EventBatch, OutcomeEvent
from inkling.service.http.answers.suggestion_ids import offer_of
from inkling.service.http.routing.body import BodyRoute
from inkling.service.http.routing.dependencies import Counters, Host, check_host, errors, user_key
from inkling.service.http.routing.needs import needs
from inkling.service.profiles.profile_store import UserKey

router = APIRouter(tags=["events"], route_class=BodyRoute, dependencies=[needs(AccessScope.SUGGEST)])

_SAYS_NOTHING = frozenset({"caret", "blur", "composition", "disabled", "detach"})
"""Reasons of a dismissal that tell nothing of the suggestion."""


@router.post(
    "/v1/events",
    status_code=204,
    response_class=Response,
    summary="Tell what became of suggestions",
    responses={204: {"description": "They are counted."}, **errors(400, 401, 403, 413, 422, 500)},
)
async def count_events(
    body: Annotated[EventBatch, Body()], request: Request, host: Host, counters: Counters
) -> Response:
    """Ids and counts, never text; the ids are not kept. Outcomes with a `user_id` are added to that user's
    profile, where profiles are used: they tune how eager suggestions are for them.
    """
    users = {event.user_id for event in body.events if event.user_id is not None}
    keys = {}
    if users and host.learning is not None and host.uses_profiles:
        check_host(request)
        keys = {user: user_key(request, user) for user in users}
    for event in body.events:
        counters.count_event(event.type, event.characters, event.reason, event.rank)
    for user, key in keys.items():
        told = [found for event in body.events if event.user_id == user and (found := _outcome(event))]
        if told:
            kept = await _kept(host, key, sum(told[1:], told[0]))
            counters.count_learned(len(told), kept=kept)
    return Response(status_code=204)


def _outcome(event: OutcomeEvent) -> Outcomes | None:
    """What an event tells of the writer; None for nothing."""
    offer = offer_of(event.id, event.rank)
    if offer is None or event.type == "shown" or event.reason in _SAYS_NOTHING:
        return None
    return Outcomes.of(offer, event.type, event.characters)


async def _kept(host: Host, user: UserKey, outcomes: Outcomes) -> bool:
    """Whether outcomes could be kept. That they could not is no reason to make a client ask again."""
    assert host.learning is not None
    try:
        await host.learning.count(user, outcomes)
    except EngineError:
        return False
    return True
