"""Requests made from the OpenAPI schema, and broken ones, to a real server. schemathesis judges answers."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema

from tests.programs.serving import ServedFake, live_server

# A JSON schema does not hold every rule, such as that a reason belongs to a dismissed suggestion alone. A
# deadline of a millisecond is a 503 by right. That what breaks the schema is refused is looked at below, for
# the library does not take a 413 for a refusal.
load_all_checks()
_BEYOND_THE_SCHEMA = CHECKS.get_by_names(
    ["positive_data_acceptance", "negative_data_rejection", "not_a_server_error"]
)


EXAMPLES = int(os.environ.get("INKLING_TEST_EXAMPLES", "15"))
"""For each operation. The same ones each time, unless there are many."""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    folder = tmp_path_factory.mktemp("schema")
    with live_server(ServedFake(), profiles=folder / "profiles.db") as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.lengthy
def test_every_answer_is_in_the_schema(schema: BaseSchema, mode: GenerationMode) -> None:
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not operation.body:
            continue  # any text may stand in a path

        @given(case=operation.as_strategy(generation_mode=mode))
        @examples(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=EXAMPLES < 100,
            suppress_health_check=list(HealthCheck),
        )
        def answered(case: Any) -> None:
            response = case.call()
            if "text/event-stream" not in str(
                response.headers.get("content-type")
            ):  # it has tests of its own
                case.validate_response(response, excluded_checks=_BEYOND_THE_SCHEMA)
            assert response.status_code < 500 or response.status_code == 503
            assert response.status_code >= 400 or mode is GenerationMode.POSITIVE
            if response.status_code >= 400:
                error = response.json()["error"]
                assert set(error) == {"type", "message", "param"}
                assert "\n" not in error["message"]

        answered()
        tried += 1
    assert tried >= 5
