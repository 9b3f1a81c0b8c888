"""POST /v1/events: outcomes counted in the metrics, and nothing else of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from inkling.models.personal.eagerness import Eagerness
from inkling.models.personal.outcomes import Cell, Offer, Outcomes
from inkling.models.search.suggestion import FinishReason, Suggestion
from inkling.service.engine.errors import StorageBusy
from inkling.service.http.answers.suggestion_ids import new_id, offer_of, telling_id
from inkling.service.http.app import create_app
from inkling.service.profiles.profile_store import UserKey
from tests.programs.serving import AppClient, app_client, fake_client, settings
from tests.rigs.fake_client import FakeClient, launching


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
        {"type": "undone", "id": "sg_1", "reason": "edit"},
        {"type": "accepted", "id": "sg_1", "rank": 5},
        {"type": "accepted", "id": "sg_1", "rank": -1},
        {"type": "accepted", "id": "sg_1", "user_id": "a b"},
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


def test_ranks_and_what_was_taken_back_are_counted(client: AppClient) -> None:
    assert send(client, {"type": "accepted", "id": "sg_1", "characters": 9, "rank": 2}) == 204
    assert send(client, {"type": "partial", "id": "sg_2", "characters": 3}) == 204
    assert send(client, {"type": "undone", "id": "sg_1", "characters": 9, "rank": 2}) == 204
    assert send(client, {"type": "retyped", "id": "sg_2", "characters": 3}) == 204
    metrics = client.request("GET", "/metrics").text
    for line in (
        'inkling_event_ranks_total{rank="2"} 1.0',
        'inkling_event_ranks_total{rank="0"} 1.0',
        'inkling_events_total{reason="",type="undone"} 1.0',
        'inkling_event_characters_total{type="retyped"} 3.0',
    ):
        assert line in metrics


SUGGESTIONS = [
    Suggestion(" for the list", 0.5, -1.0, FinishReason.BEST_LENGTH),
    Suggestion(" for " + "x" * 80, 0.25, -2.0, FinishReason.BEST_LENGTH),
]


def test_outcomes_of_a_user_are_kept_with_what_was_offered() -> None:
    fake = FakeClient(profiles=True)
    with app_client(create_app(settings(), launching(fake))) as client:
        told = telling_id(SUGGESTIONS, 0.0)
        events: list[dict[str, Any]] = [
            {"type": "shown", "id": told, "characters": 13, "user_id": "ada"},
            {"type": "accepted", "id": told, "characters": 13, "user_id": "ada"},
            {"type": "dismissed", "id": f"{told}.2", "reason": "mismatch", "user_id": "ada", "rank": 1},
            {"type": "dismissed", "id": told, "reason": "blur", "user_id": "ada"},  # tells nothing
            {"type": "accepted", "id": told, "characters": 13, "user_id": "bob"},
            {"type": "accepted", "id": told, "characters": 13},
            {"type": "accepted", "id": "sg_1", "characters": 13, "user_id": "eve"},
            {"type": "accepted", "id": told, "characters": 13, "user_id": "eve", "rank": 2},
        ]
        assert send(client, *events) == 204
        ada, bob = UserKey("", "ada"), UserKey("", "bob")
        assert set(fake.outcomes) == {ada, bob}
        cells = fake.outcomes[ada].cells
        assert cells[Offer(32 / 63, 13).cell] == Cell(shown=1, right=1, taken=1, saved=13)
        assert cells[Offer(16 / 63, 63).cell] == Cell(shown=1)
        assert (fake.outcomes[ada].shown, fake.outcomes[bob].shown) == (2, 1)
        assert 'inkling_outcomes_learned_total{result="kept"} 3.0' in client.request("GET", "/metrics").text


def test_a_busy_store_loses_outcomes_and_no_event() -> None:
    class Busy(FakeClient):
        async def count(self, user: UserKey, outcomes: Outcomes) -> None:  # noqa: ARG002
            raise StorageBusy

    with app_client(create_app(settings(), launching(Busy(profiles=True)))) as client:
        event = {"type": "accepted", "id": telling_id(SUGGESTIONS, 0.0), "user_id": "ada"}
        assert send(client, event) == 204
        metrics = client.request("GET", "/metrics").text
        assert 'inkling_outcomes_learned_total{result="dropped"} 1.0' in metrics
        assert 'inkling_events_total{reason="",type="accepted"} 1.0' in metrics


def test_an_id_tells_what_was_offered_before_trust_was_added() -> None:
    trusted = [replace(SUGGESTIONS[0], confidence=Eagerness(trust=0.5).confidence(0.5))]
    offer = offer_of(f"{telling_id(trusted, 0.5)}.3", 0)
    assert offer is not None
    assert offer.confidence == pytest.approx(0.5, abs=0.01)
    assert offer.characters == len(SUGGESTIONS[0].text)
    for unknown in (new_id(), "sg_1", "x" * 40, telling_id([], 0.0)):
        assert offer_of(unknown, 0) is None
