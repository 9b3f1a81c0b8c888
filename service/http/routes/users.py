"""/v1/users: learning from a user's own sent mail, and showing, erasing and forbidding."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from inkling.service.engine.client.engine_client import EngineClient
from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.answers.schemas import SESSION_ID_PATTERN
from inkling.service.http.answers.user_schemas import (
    FORBIDDEN_EXAMPLE,
    USER_EXPORT_EXAMPLE,
    USER_RESPONSE_EXAMPLE,
    ExportedMessage,
    ForbiddenChange,
    ForbiddenList,
    ForbiddenPhrases,
    LearnedEagerness,
    SentMessage,
    UserExport,
    UserResponse,
)
from inkling.service.http.routing.body import BodyRoute
from inkling.service.http.routing.dependencies import Host, check_host, errors, example, user_key
from inkling.service.http.routing.needs import needs

router = APIRouter(
    prefix="/v1/users/{user_id}",
    tags=["users"],
    route_class=BodyRoute,
    dependencies=[needs(AccessScope.LEARN)],
)

_ERRORS = errors(401, 403, 422, 500, 503, 507)
_GONE = errors(401, 403, 404, 422, 500, 503, 507)

UserIdPath = Annotated[
    str,
    Path(pattern=SESSION_ID_PATTERN, examples=["u-19"], description="The id that requests give."),
]


@router.post(
    "/messages",
    response_model=UserResponse,
    summary="Learn from a message that the user has sent",
    responses={200: example(USER_RESPONSE_EXAMPLE), **errors(400, 413), **_ERRORS},
)
async def learn(
    user_id: UserIdPath, body: Annotated[SentMessage, Body()], request: Request, host: Host
) -> UserResponse:
    """Quotes, signatures and notices are dropped; numbers, addresses and names are masked before anything is
    kept. When the answer comes, the message is on disk.
    """
    learning = _learning(request, host)
    if not host.uses_profiles:
        raise ApiError(403, "forbidden", "learning from sent mail is switched off here")
    sizes = await learning.learn(user_key(request, user_id), body.text, body.recipient_name)
    return UserResponse(id=user_id, messages=sizes.messages, words=sizes.words)


@router.get(
    "",
    response_model=UserExport,
    summary="All that is kept of a user",
    responses={200: example(USER_EXPORT_EXAMPLE), **_GONE},
)
async def export(user_id: UserIdPath, request: Request, host: Host) -> UserExport:
    kept = await _learning(request, host).export(user_key(request, user_id))
    if kept is None:
        raise _unknown_user()
    return UserExport(
        id=user_id,
        words=kept.words,
        forbidden_phrases=list(kept.forbidden),
        eagerness=LearnedEagerness(
            outcomes=kept.shown, interruption_factor=kept.cost, confidence_shift=kept.trust
        ),
        messages=[
            ExportedMessage(learned_at=datetime.fromtimestamp(moment, UTC), text=text, times=times)
            for moment, text, times in kept.messages
        ],
    )


@router.delete(
    "",
    status_code=204,
    response_class=Response,
    summary="Forget a user",
    responses={204: {"description": "Nothing of the user is kept."}, **_GONE},
)
async def erase(user_id: UserIdPath, request: Request, host: Host) -> Response:
    if not await _learning(request, host).erase(user_key(request, user_id)):
        raise _unknown_user()
    return Response(status_code=204)


@router.put(
    "/forbidden-phrases",
    status_code=204,
    response_class=Response,
    summary="Phrases that are never suggested to the user",
    responses={204: {"description": "They take the place of earlier ones."}, **errors(400, 413), **_ERRORS},
)
async def forbid(
    user_id: UserIdPath, body: Annotated[ForbiddenPhrases, Body()], request: Request, host: Host
) -> Response:
    await _learning(request, host).forbid(user_key(request, user_id), body.phrases)
    return Response(status_code=204)


@router.get(
    "/forbidden-phrases",
    response_model=ForbiddenList,
    summary="The phrases that are never suggested to the user",
    responses={200: example(FORBIDDEN_EXAMPLE), **_ERRORS},
)
async def list_forbidden(user_id: UserIdPath, request: Request, host: Host) -> ForbiddenList:
    kept = await _learning(request, host).export(user_key(request, user_id))
    return ForbiddenList(phrases=[] if kept is None else list(kept.forbidden))


@router.patch(
    "/forbidden-phrases",
    response_model=ForbiddenList,
    summary="Forbid phrases, or allow them again",
    responses={200: example(FORBIDDEN_EXAMPLE), **errors(400, 413), **_ERRORS},
)
async def change_forbidden(
    user_id: UserIdPath, body: Annotated[ForbiddenChange, Body()], request: Request, host: Host
) -> ForbiddenList:
    """The other phrases stay, so that two pages may forbid at the same time. A phrase is not added twice."""
    learning = _learning(request, host)
    phrases = await learning.amend(user_key(request, user_id), body.add, body.remove)
    return ForbiddenList(phrases=list(phrases))


def _learning(request: Request, host: Host) -> EngineClient:
    if host.learning is None:
        raise ApiError(403, "forbidden", host.why_no_profiles)
    check_host(request)
    return host.learning


def _unknown_user() -> ApiError:
    return ApiError(404, "not_found", "nothing is kept of this user", param="user_id")
