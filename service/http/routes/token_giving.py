"""POST /v1/tokens: a short-lived token, for a page to hold in place of an API key."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from inkling.service.http.access.caller import AccessScope, Caller
from inkling.service.http.access.door import Door
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.answers.token_schemas import TOKEN_EXAMPLE, TokenRequest, TokenResponse
from inkling.service.http.routing.body import BodyRoute
from inkling.service.http.routing.dependencies import errors, example
from inkling.service.http.routing.needs import caller_of, needs

router = APIRouter(tags=["tokens"], route_class=BodyRoute, dependencies=[needs(AccessScope.SUGGEST)])


@router.post(
    "/v1/tokens",
    response_model=TokenResponse,
    summary="A short-lived token for a page",
    responses={200: example(TOKEN_EXAMPLE), **errors(400, 401, 403, 413, 422, 500)},
)
async def give_token(body: Annotated[TokenRequest, Body()], request: Request) -> TokenResponse:
    """Asks for an API key. The token is good wherever a key is, for what was asked here. It never has the
    scope `admin`, and reaches the profile of `user_id` and no other.
    """
    door = request.app.state.door
    caller = caller_of(request)
    if caller.of_token:
        raise ApiError(403, "forbidden", "a token is given for an API key, not for another token")
    scopes = frozenset(map(AccessScope, body.scopes))
    missing = sorted(scopes - caller.scopes)
    if missing:
        raise ApiError(403, "forbidden", f"this key has no scope {missing[0]} to give away", param="scopes")
    holder = Caller(caller.tenant, scopes, of_token=True, user_id=body.user_id)
    token = door.token(holder, body.expires_in) if isinstance(door, Door) else None
    if token is None:
        raise ApiError(403, "forbidden", "this service gives no tokens; see the setting token_secrets")
    return TokenResponse(
        token=token, expires_in=body.expires_in, scopes=sorted(body.scopes), user_id=body.user_id
    )
