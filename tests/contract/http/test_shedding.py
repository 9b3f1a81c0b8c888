"""Requests that are refused before they are read, and the route that reads them in one pass."""

from collections.abc import Iterator

import pytest

from inkling.service.engine.errors import Overloaded
from inkling.service.http.app import create_app
from tests.programs.serving import AppClient, app_client, assert_error, fake_app, settings
from tests.rigs.fake_client import FakeClient, launching


@pytest.fixture
def late() -> Iterator[AppClient]:
    engine = FakeClient()
    engine.refusal = Overloaded(2.4)
    with app_client(create_app(settings(), launching(engine))) as client:
        yield client


def test_while_the_service_is_behind_suggestions_are_refused_unread(late: AppClient) -> None:
    response = late.suggest_raw(b"not even JSON")
    assert_error(response, 429, "overloaded")
    assert response.headers["retry-after"] == "2"
    assert response.headers["x-request-id"]


def test_everything_else_is_answered_meanwhile(late: AppClient) -> None:
    assert late.get("/livez").status_code == 200
    assert late.get("/v1/models").status_code == 200
    assert_error(late.get("/v1/suggestions"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json ; charset=utf-8",
        "application/x+json",
    ],
)
def test_every_name_of_json_is_read(content_type: str) -> None:
    with app_client(fake_app(settings())) as client:
        response = client.suggest_raw(
            b'{"prefix": "Can we", "min_confidence": 0, "interruption_ms": 0}', content_type
        )
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.json()["suggestions"]
