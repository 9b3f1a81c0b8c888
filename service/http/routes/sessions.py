"""GET and DELETE /v1/sessions/{session_id}: the size of a draft's session, and its end."""

from fastapi import APIRouter, Request, Response

from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.answers.schemas import SESSION_RESPONSE_EXAMPLE, SessionResponse
from inkling.service.http.routing.dependencies import Host, SessionIdPath, errors, example, session_key
from inkling.service.http.routing.needs import needs

router = APIRouter(tags=["sessions"], dependencies=[needs(AccessScope.SUGGEST)])

_ERRORS = errors(401, 403, 404, 422, 500, 503)


@router.get(
    "/v1/sessions/{session_id}",
    response_model=SessionResponse,
    summary="The sizes of a session, never its text",
    responses={200: example(SESSION_RESPONSE_EXAMPLE), **_ERRORS},
)
async def describe_session(session_id: SessionIdPath, request: Request, host: Host) -> SessionResponse:
    sizes = await host.engine.describe_session(session_key(request, session_id))
    if sizes is None:
        raise _unknown_session()
    return SessionResponse(
        id=session_id,
        characters=sizes.characters,
        words=sizes.words,
        pieces=sizes.tokens,
        checkpoints=sizes.checkpoints,
        bytes=sizes.bytes,
    )


@router.delete(
    "/v1/sessions/{session_id}",
    status_code=204,
    response_class=Response,
    summary="Forget a session",
    responses={204: {"description": "It is forgotten."}, **_ERRORS},
)
async def delete_session(session_id: SessionIdPath, request: Request, host: Host) -> Response:
    if not await host.engine.delete_session(session_key(request, session_id)):
        raise _unknown_session()
    return Response(status_code=204)


def _unknown_session() -> ApiError:
    return ApiError(
        404, "not_found", "no such session: it never was, expired or was deleted", param="session_id"
    )
