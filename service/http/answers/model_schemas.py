"""The bodies of /v1/models: OpenAI's fields, and what a bundle says of itself."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field


class ModelCard(BaseModel):
    """A model that serves; `description` is what its bundle says of it."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(
        ge=0, description="When it was made, in seconds since 1970; 0 where that is unknown."
    )
    owned_by: str = "inkling"
    min_confidence: float = Field(ge=0, le=1, description="The default of this field in a request.")
    description: dict[str, Any]


class ModelList(BaseModel):
    """The models that serve: one."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


MODEL_LIST_EXAMPLE: Mapping[str, Any] = {
    "object": "list",
    "data": [
        {
            "id": "inkling-en",
            "object": "model",
            "created": 1764288000,
            "owned_by": "inkling",
            "min_confidence": 0.35,
            "description": {"licence": "Apache-2.0"},
        }
    ],
}
