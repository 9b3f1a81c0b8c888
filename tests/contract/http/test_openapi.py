"""/openapi.json: complete, self-contained and true."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from inkling.service.http.answers import (
    completion_schemas,
    explanation_schemas,
    schemas,
    state_schemas,
    token_schemas,
    user_schemas,
)
from inkling.service.http.answers.error_answers import ERROR_TYPES
from tests.programs.serving import app_client, fake_app, fake_client, settings


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    with app_client(fake_app(settings()), started=False) as client:
        response = client.get("/openapi.json")
        assert response.status_code == 200
        document = response.json()
        assert isinstance(document, dict)
        return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _schema(content: dict[str, Any]) -> type[BaseModel] | None:
    reference = content.get("schema", {}).get("$ref")
    if reference is None:
        return None
    name = reference.rpartition("/")[2]
    rooms = (
        *(schemas, user_schemas, state_schemas),
        *(token_schemas, completion_schemas, explanation_schemas),
    )
    schema: type[BaseModel] = next(getattr(one, name) for one in rooms if hasattr(one, name))
    return schema


def _examples(content: dict[str, Any]) -> list[Any]:
    if "example" in content:
        return [content["example"]]
    return [example["value"] for example in content.get("examples", {}).values()]


def test_every_route_is_there(document: dict[str, Any]) -> None:
    assert {name for name, _ in _operations(document)} == {
        "POST /v1/suggestions",
        "GET /v1/sessions/{session_id}",
        "DELETE /v1/sessions/{session_id}",
        "POST /v1/users/{user_id}/messages",
        "GET /v1/users/{user_id}",
        "DELETE /v1/users/{user_id}",
        "PUT /v1/users/{user_id}/forbidden-phrases",
        "GET /v1/users/{user_id}/forbidden-phrases",
        "PATCH /v1/users/{user_id}/forbidden-phrases",
        "POST /v1/events",
        "POST /v1/tokens",
        "POST /v1/admin/reload",
        "POST /v1/completions",
        "POST /v1/explanations",
        "GET /v1/models",
        "GET /v1/models/{model}",
        "GET /livez",
        "GET /readyz",
        "GET /metrics",
        "GET /",
        "GET /inkling.js",
    }


def test_every_answer_has_an_example_of_its_own_schema(document: dict[str, Any]) -> None:
    checked = 0
    for name, operation in _operations(document):
        for status, response in operation["responses"].items():
            if status == "204":
                continue
            for content in response["content"].values():
                examples = _examples(content)
                assert examples, (name, status)
                if (schema := _schema(content)) is not None:
                    for example in examples:
                        parsed = schema.model_validate_json(json.dumps(example))
                        assert json.loads(parsed.model_dump_json()) == example
                        checked += 1
    assert checked > 20


def test_every_documented_error_is_a_type_of_its_status(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                example = response["content"]["application/json"]["example"]
                assert example["error"]["type"] in ERROR_TYPES[int(status)], name
                assert response["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorResponse")


def test_the_request_examples_are_answered(document: dict[str, Any]) -> None:
    content = document["paths"]["/v1/suggestions"]["post"]["requestBody"]["content"]["application/json"]
    examples = _examples(content)
    assert len(examples) == 2
    with fake_client() as client:
        for example in examples:
            # The example's deadline is for a writer, not for a busy machine.
            assert client.suggest(**{**example, "deadline_ms": 60_000}).status_code == 200


def test_the_example_of_a_completion_is_answered(document: dict[str, Any]) -> None:
    content = document["paths"]["/v1/completions"]["post"]["requestBody"]["content"]["application/json"]
    (example,) = _examples(content)
    with fake_client() as client:
        assert client.complete(**{**example, "model": "fake-1"}).status_code == 200


def test_the_limits_of_the_contract_are_in_it(document: dict[str, Any]) -> None:
    request = document["components"]["schemas"]["SuggestionRequest"]
    assert request["additionalProperties"] is False
    assert request["required"] == ["prefix"]
    assert request["properties"]["prefix"]["maxLength"] == 20_000
    assert request["properties"]["max_suggestions"]["maximum"] == 5
    context = document["components"]["schemas"]["ContextBody"]
    assert context["additionalProperties"] is False


def test_it_refers_to_nothing_elsewhere(document: dict[str, Any]) -> None:
    assert "http://" not in json.dumps(document)
    assert "https://" not in json.dumps(document)
    assert "HTTPValidationError" not in json.dumps(document)
