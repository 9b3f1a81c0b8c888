"""GET /v1/models: what serves."""

from fastapi import APIRouter

from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.schemas import MODEL_LIST_EXAMPLE, ModelCard, ModelList
from inkling.service.http.routes.dependencies import Host, errors, example
from inkling.service.http.routes.needs import needs

router = APIRouter(tags=["models"], dependencies=[needs(AccessScope.SUGGEST)])


@router.get(
    "/v1/models",
    response_model=ModelList,
    summary="The model that serves",
    responses={200: example(MODEL_LIST_EXAMPLE), **errors(401, 403, 500, 503)},
)
async def list_models(host: Host) -> ModelList:
    model = host.model
    card = ModelCard(id=model.name, min_confidence=model.threshold, description=dict(model.description))
    return ModelList(data=[card])
