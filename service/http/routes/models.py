"""GET /v1/models: what serves."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from inkling.service.engine.served import ServedModel
from inkling.service.host import ModelHost
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.answers.model_schemas import MODEL_LIST_EXAMPLE, ModelCard, ModelList
from inkling.service.http.routes.dependencies import Host, errors, example

router = APIRouter(tags=["models"])


@router.get(
    "/v1/models",
    response_model=ModelList,
    summary="The model that serves",
    responses={200: example(MODEL_LIST_EXAMPLE), **errors(401, 500, 503)},
)
async def list_models(host: Host) -> ModelList:
    return ModelList(data=[_card(host.model)])


@router.get(
    "/v1/models/{model}",
    response_model=ModelCard,
    summary="A model that serves",
    responses={200: example(MODEL_LIST_EXAMPLE["data"][0]), **errors(401, 404, 422, 500, 503)},
)
async def show_model(
    model: Annotated[str, Path(examples=["inkling-en"], description="Its name.")], host: Host
) -> ModelCard:
    check_model(host, model)
    return _card(host.model)


def check_model(host: ModelHost, name: str | None) -> None:
    """Raise the `ApiError` 404 for the name of a model that does not serve; None is any."""
    if name is not None and name != host.model.name:
        raise ApiError(404, "not_found", "no such model: GET /v1/models tells which serves", param="model")


def _card(model: ServedModel) -> ModelCard:
    return ModelCard(
        id=model.name,
        created=_seconds(model.description.get("created")),
        min_confidence=model.threshold,
        description=dict(model.description),
    )


def _seconds(created: object) -> int:
    """A moment in ISO 8601 as seconds since 1970; 0 for anything else."""
    try:
        moment = datetime.fromisoformat(created) if isinstance(created, str) else None
    except ValueError:
        moment = None
    if moment is None:
        return 0
    return max(0, int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))
