"""POST /v1/explanations: over a fake model its contract and bounds, over a real one its truth."""

import io
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from inkling.service.engine.client.admission import MAX_EXPLAINING
from inkling.service.http.app import create_app
from inkling.service.monitoring.logs import JsonFormatter
from tests.materials.bundles import make_bundle
from tests.materials.key_files import bearer, key_file, key_line
from tests.programs.serving import AppClient, ServedFake, app_client, assert_error, fake_client, settings

SECRET = "Zanzibar"


@pytest.fixture(scope="module")
def client() -> Iterator[AppClient]:
    with fake_client() as client:
        yield client


def explain(client: AppClient, **body: Any) -> httpx.Response:
    return client.request("POST", "/v1/explanations", json=body)


def test_an_explanation_has_the_fields_of_the_contract(client: AppClient) -> None:
    response = explain(client, prefix="Can we schedule a meeting", context={"subject": "Planning"})
    assert response.status_code == 200, response.text
    body = response.json()
    assert set(body) == {"model", "explanation"}
    told = body["explanation"]
    assert set(told) == {
        *("cell", "gates", "gate_note", "read", "unlisted", "tail", "steps", "beam", "candidates"),
        *("withheld", "min_confidence", "interruption_ms", "decode_steps", "reason"),
    }
    assert told["tail"] == " meeting"
    assert [one["text"] for one in told["read"]] == [" we", " schedule", " a"]
    assert told["beam"][2] == {"parent": 0, "text": None, "probability": 0.1, "fate": "crowded"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "prefix"),
        ({"prefix": "a" * 20_001}, "prefix"),
        ({"prefix": "a", "session_id": "draft-7"}, "session_id"),
        ({"prefix": "a", "temperature": 1.0}, "temperature"),
        ({"prefix": "a", "beam_width": 17}, "beam_width"),
        ({"prefix": "a", "context": {"colour": "red"}}, "context.colour"),
    ],
)
def test_what_it_does_not_know_is_refused(client: AppClient, body: dict[str, Any], param: str) -> None:
    response = explain(client, **body)
    assert response.status_code == 422
    assert response.json()["error"]["type"] in ("invalid_field", "unknown_field", "missing_field")
    assert param in (response.json()["error"]["param"] or response.json()["error"]["message"])


def test_it_wants_a_key_that_suggests(tmp_path: Path) -> None:
    keys = key_file(
        tmp_path, key_line("acme", "key-suggest", "suggest"), key_line("acme", "key-learn", "learn")
    )
    with fake_client(api_keys=keys) as client:

        def ask(headers: dict[str, str]) -> httpx.Response:
            return client.request("POST", "/v1/explanations", json={"prefix": "a"}, headers=headers)

        assert ask(bearer("key-suggest")).status_code == 200
        assert_error(ask(bearer("key-learn")), 403, "forbidden")
        assert_error(ask({}), 401, "unauthorized")


def test_its_work_counts_as_other_work_does() -> None:
    with fake_client(client_work_per_minute=400) as client:
        statuses = []
        while (response := explain(client, prefix="Thank you for your mail. " * 40)).status_code == 200:
            statuses.append(response.status_code)
            assert len(statuses) < 200
        assert statuses
        assert_error(response, 429, "rate_limited")


def test_a_deadline_that_has_passed_is_a_503() -> None:
    model = ServedFake()
    with fake_client(model) as client:
        model.gate.clear()
        held = threading.Thread(target=client.suggest, kwargs={"prefix": "in the way "})
        held.start()
        assert model.started.wait(20)
        try:
            assert_error(explain(client, prefix="a", deadline_ms=20), 503, "deadline_exceeded", "deadline_ms")
        finally:
            model.gate.set()
            held.join()


def test_no_more_than_a_few_are_worked_on_at_once_and_keystrokes_are_answered_meanwhile() -> None:
    model = ServedFake()
    with fake_client(model) as client:
        model.gate.clear()
        blocker = threading.Thread(target=client.suggest, kwargs={"prefix": "in the way "})
        blocker.start()
        assert model.started.wait(20)
        answers: list[int] = []
        asked = [
            threading.Thread(target=lambda: answers.append(explain(client, prefix="a ").status_code))
            for _ in range(3 * MAX_EXPLAINING)
        ]
        typed: list[int] = []
        typing = [
            threading.Thread(target=lambda: typed.append(client.suggest(prefix="b ").status_code))
            for _ in range(2)
        ]
        for thread in (*asked, *typing):
            thread.start()
        while len(answers) < 2 * MAX_EXPLAINING:  # these are refused at once
            threading.Event().wait(0.01)
        assert answers == [429] * 2 * MAX_EXPLAINING
        model.gate.set()
        for thread in (blocker, *asked, *typing):
            thread.join()
        assert sorted(answers) == [200] * MAX_EXPLAINING + [429] * 2 * MAX_EXPLAINING
        assert typed == [200] * 2
        assert explain(client, prefix="a ").status_code == 200  # places are free again


def test_its_text_is_in_no_log_and_no_error() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(lambda record: not record.name.startswith("http"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    model = ServedFake()
    try:
        with fake_client(model) as client:
            assert explain(client, prefix=f"Dear {SECRET} ").status_code == 200
            model.failure = ValueError(f"cannot work with {SECRET}")
            broken = explain(client, prefix=f"Dear {SECRET} ")
            assert_error(broken, 500, "internal")
            refused = explain(client, prefix="a", context=SECRET)
            assert SECRET not in broken.text + refused.text + client.get("/metrics").text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert "/v1/explanations" in stream.getvalue()
    assert "ValueError at " in stream.getvalue()
    assert SECRET not in stream.getvalue()


@pytest.mark.lengthy
def test_the_real_worker_explains_what_it_suggests(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "tiny")
    with app_client(create_app(settings(bundle=bundle))) as client:
        body: dict[str, Any] = {
            "prefix": "Can we schedule a meeting ",
            "context": {"subject": "Planning", "recipient_name": "Sam Example"},
            "min_confidence": 0.0,
            "interruption_ms": 0.0,
        }
        told = explain(client, **body)
        assert told.status_code == 200, told.text
        explanation = told.json()["explanation"]
        answer = client.suggest(**body, session_id="draft-7").json()
        shown = [one for one in explanation["candidates"] if one["verdict"] in ("first", "alternative")]
        assert [one["text"] for one in shown] == [one["text"] for one in answer["suggestions"]]
        assert answer["suggestions"]
        assert len(explanation["gates"]) == 4
        assert all(len(one["gates"]) == 4 for one in explanation["read"])
        assert explanation["steps"]
        assert explanation["beam"]
