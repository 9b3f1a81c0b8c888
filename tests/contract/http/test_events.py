"""POST /v1/events: outcomes counted in the metrics, and nothing else of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.programs.serving import AppClient, fake_client


@pytest.fixture
def client() -> Iterator[AppClient]:
    with fake_client() as client:
        yield client


def send(client: AppClient, *events: dict[str, Any]) -> int:
    return client.request("POST", "/v1/events", json={"events": list(events)}).status_code


def test_outcomes_are_counted_by_type_and_reason(client: AppClient) -> None:
    assert (
        send(
            client,
            {"type": "shown", "id": "sg_1", "characters": 15},
            {"type": "accepted", "id": "sg_1", "characters": 15},
            {"type": "shown", "id": "sg_2", "characters": 8},
            {"type": "dismissed", "id": "sg_2", "reason": "mismatch"},
        )
        == 204
    )
    assert send(client, {"type": "partial", "id": "sg_3.2", "characters": 5}) == 204
    metrics = client.request("GET", "/metrics").text
    for line in (
        'inkling_events_total{reason="",type="shown"} 2.0',
        'inkling_events_total{reason="",type="accepted"} 1.0',
        'inkling_events_total{reason="mismatch",type="dismissed"} 1.0',
        'inkling_event_characters_total{type="shown"} 23.0',
        'inkling_event_characters_total{type="partial"} 5.0',
    ):
        assert line in metrics
    assert "sg_" not in metrics


@pytest.mark.parametrize(
    "event",
    [
        {"type": "shown"},
        {"type": "read", "id": "sg_1"},
        {"type": "shown", "id": "a b"},
        {"type": "shown", "id": "sg_1", "text": "private"},
        {"type": "shown", "id": "sg_1", "characters": -1},
        {"type": "shown", "id": "sg_1", "characters": 10**9},
        {"type": "shown", "id": "sg_1", "reason": "blur"},
        {"type": "dismissed", "id": "sg_1"},
        {"type": "dismissed", "id": "sg_1", "reason": "private"},
    ],
)
def test_anything_else_is_refused_whole_and_not_repeated(client: AppClient, event: dict[str, Any]) -> None:
    body = {"events": [{"type": "shown", "id": "sg_1"}, event]}
    response = client.request("POST", "/v1/events", json=body)
    assert response.status_code == 422
    error = response.json()["error"]
    assert (error["type"], error["param"].split("[")[0].split(".")[0]) == ("invalid_field", "events")
    assert "private" not in response.text
    assert "inkling_events_total{" not in client.request("GET", "/metrics").text


@pytest.mark.parametrize("count", [0, 201])
def test_a_batch_has_a_size(client: AppClient, count: int) -> None:
    assert send(client, *count * [{"type": "shown", "id": "sg_1"}]) == 422
