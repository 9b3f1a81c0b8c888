"""POST /v1/admin/reload: another bundle without a restart."""

from fastapi import APIRouter

from inkling.service.host import StartupError
from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.answers.state_schemas import ReloadAnswer
from inkling.service.http.routing.dependencies import Host, errors, example
from inkling.service.http.routing.needs import needs

router = APIRouter(tags=["operation"], dependencies=[needs(AccessScope.ADMIN)])


@router.post(
    "/v1/admin/reload",
    response_model=ReloadAnswer,
    summary="Serve the bundle that the settings name now",
    responses={
        200: example({"model": "inkling-en-3", "changed": True}),
        **errors(401, 403, 409, 500, 503),
    },
)
async def reload(host: Host) -> ReloadAnswer:
    try:
        changed = await host.reload()
    except StartupError as error:
        raise ApiError(409, "bundle_refused", f"the model stays as it was: {error}") from None
    return ReloadAnswer(model=host.model.name, changed=changed)
