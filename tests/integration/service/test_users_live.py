"""/v1/users over a real model process and a real file."""

import hashlib
import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inkling.service.engine.client.worker_process import WorkerProcess
from inkling.service.http.app import create_app
from tests.materials.bundles import make_bundle
from tests.programs.serving import AppClient, app_client, assert_error, settings
from tests.unit.profiles.test_learning import PHRASE

PREFIX, LEARNED = "The quarterly survey", " of lapwings"
KEYS = {"north": "key-of-north", "south": "key-of-south"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", phrases=True)


@pytest.fixture
def given(bundle: Path, tmp_path: Path) -> dict[str, Any]:
    return {"bundle": bundle, "device": "cpu", "profiles": tmp_path / "kept" / "profiles.db"}


@pytest.fixture
def client(given: dict[str, Any]) -> Iterator[AppClient]:
    with app_client(create_app(settings(**given))) as made:
        yield made


def learn(client: AppClient, user: str = "ada", headers: dict[str, str] | None = None) -> None:
    for number in range(12):
        body = {"text": f"{PHRASE}\n\nUntil then, number {number}."}
        response = client.request("POST", f"/v1/users/{user}/messages", json=body, headers=headers)
        assert response.status_code == 200, response.text
        assert response.json() == {"id": user, "messages": number + 1, "words": (number + 1) * 13}


def first(client: AppClient, user: str | None, headers: dict[str, str] | None = None) -> str:
    response = client.suggest(headers=headers, prefix=PREFIX, user_id=user, min_confidence=0.05)
    assert response.status_code == 200, response.text
    return next((str(one["text"]) for one in response.json()["suggestions"]), "")


def test_a_profile_is_learned_exported_and_erased(client: AppClient, given: dict[str, Any]) -> None:
    assert not first(client, "ada").startswith(LEARNED)
    assert_error(client.get("/v1/users/ada"), 404, "not_found", "user_id")
    learn(client)
    assert first(client, "ada").startswith(LEARNED)
    assert not first(client, "bob").startswith(LEARNED)
    assert not first(client, None).startswith(LEARNED)
    response = client.request("PUT", "/v1/users/ada/forbidden-phrases", json={"phrases": ["of lapwings"]})
    assert response.status_code == 204
    assert not first(client, "ada").startswith(LEARNED)
    kept = client.get("/v1/users/ada").json()
    assert kept["forbidden_phrases"] == ["of lapwings"]
    assert len(kept["messages"]) == 12
    assert kept["messages"][0]["text"].startswith(PHRASE)
    file = given["profiles"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert client.request("DELETE", "/v1/users/ada").status_code == 204
    assert client.request("DELETE", "/v1/users/ada").status_code == 404
    assert not first(client, "ada").startswith(LEARNED)
    assert b"lapwings" not in b"".join(path.read_bytes() for path in file.parent.iterdir())


def test_a_phrase_is_forbidden_listed_and_allowed_again(client: AppClient) -> None:
    learn(client)
    assert first(client, "ada").startswith(LEARNED)
    path = "/v1/users/ada/forbidden-phrases"
    assert client.get(path).json() == {"phrases": []}

    def change(**body: list[str]) -> list[str]:
        response = client.request("PATCH", path, json=body)
        assert response.status_code == 200, response.text
        return list(response.json()["phrases"])

    assert change(add=["Of Lapwings"]) == ["Of Lapwings"]
    assert not first(client, "ada").startswith(LEARNED)
    assert change(add=["of lapwings", "it’s on me"]) == ["Of Lapwings", "it’s on me"]
    assert client.get(path).json() == {"phrases": ["Of Lapwings", "it’s on me"]}
    assert change(remove=["OF LAPWINGS", "It's On Me", "never there"]) == []
    assert first(client, "ada").startswith(LEARNED)
    change(add=[f"phrase {number}" for number in range(200)])
    response = client.request("PATCH", path, json={"add": ["one more"]})
    assert_error(response, 422, "invalid_field", "add")
    assert len(change(add=["one more"], remove=["phrase 0"])) == 200


def test_a_completion_uses_the_profile_of_its_user(client: AppClient) -> None:
    def text(**given: str) -> str:
        response = client.complete(prompt=PREFIX, temperature=0, max_tokens=8, **given)
        assert response.status_code == 200, response.text
        return str(response.json()["choices"][0]["text"])

    learn(client)
    assert text(user="ada").startswith(LEARNED)
    assert not text(user="bob").startswith(LEARNED)
    assert not text().startswith(LEARNED)


def test_a_profile_survives_a_restart_and_the_killing_of_the_model(given: dict[str, Any]) -> None:
    with app_client(create_app(settings(**given))) as client:
        learn(client)
    app = create_app(settings(**given))
    with app_client(app) as client:
        assert first(client, "ada").startswith(LEARNED)
        worker = app.state.host.engine.replicas[0].worker
        assert isinstance(worker, WorkerProcess)
        os.kill(worker.process.pid, signal.SIGKILL)
        until = time.monotonic() + 30
        while client.suggest(prefix="a").status_code != 200 and time.monotonic() < until:
            time.sleep(0.05)  # polling; the next line says whether it came back
        assert first(client, "ada").startswith(LEARNED)


def test_equal_ids_of_two_keys_are_two_users(given: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "keys"
    lines = [f"{name}:{hashlib.sha256(key.encode()).hexdigest()}" for name, key in KEYS.items()]
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    north, south = ({"Authorization": f"Bearer {key}"} for key in KEYS.values())
    with app_client(create_app(settings(**given, api_keys=file, host="0.0.0.0"))) as client:
        learn(client, headers=north)
        assert first(client, "ada", north).startswith(LEARNED)
        assert not first(client, "ada", south).startswith(LEARNED)
        assert_error(client.request("GET", "/v1/users/ada", headers=south), 404, "not_found", "user_id")
        assert client.get("/v1/users/ada").status_code == 401


def test_what_was_learned_is_not_used_but_can_be_erased_once_learning_is_off(given: dict[str, Any]) -> None:
    with app_client(create_app(settings(**given))) as client:
        learn(client)
    with app_client(create_app(settings(**given, learning=False))) as client:
        response = client.request("POST", "/v1/users/ada/messages", json={"text": "a b c"})
        assert "switched off" in assert_error(response, 403, "forbidden")
        assert not first(client, "ada").startswith(LEARNED)
        assert len(client.get("/v1/users/ada").json()["messages"]) == 12
        assert client.request("DELETE", "/v1/users/ada").status_code == 204


CALLS: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/messages", {"text": "a b c"}),
    ("GET", "", None),
    ("DELETE", "", None),
    ("PUT", "/forbidden-phrases", {"phrases": []}),
    ("GET", "/forbidden-phrases", None),
    ("PATCH", "/forbidden-phrases", {"add": ["kind regards"]}),
)


def test_without_keys_other_machines_get_no_profiles(given: dict[str, Any]) -> None:
    with app_client(create_app(settings(**given))) as client:
        learn(client)
    with app_client(create_app(settings(**given, host="0.0.0.0", allow_anonymous=True))) as client:
        for method, path, body in CALLS:
            response = client.request(method, f"/v1/users/ada{path}", json=body)
            assert "need API keys" in assert_error(response, 403, "forbidden")
        assert not first(client, "ada").startswith(LEARNED)


def test_a_page_of_another_name_on_this_machine_gets_no_profiles(client: AppClient) -> None:
    for method, path, body in CALLS:
        rebound = {"Host": "mail.example.org"}
        response = client.request(method, f"/v1/users/ada{path}", json=body, headers=rebound)
        assert "own name" in assert_error(response, 403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path", "body", "param"),
    [
        ("POST", "/messages", {}, "text"),
        ("POST", "/messages", {"text": ""}, "text"),
        ("POST", "/messages", {"text": "x" * 40_001}, "text"),
        ("POST", "/messages", {"text": 7}, "text"),
        ("POST", "/messages", {"text": "a b", "sender": "x"}, None),
        ("PUT", "/forbidden-phrases", {"phrases": ["..."]}, "phrases.0"),
        ("PUT", "/forbidden-phrases", {"phrases": ["x" * 201]}, "phrases.0"),
        ("PUT", "/forbidden-phrases", {"phrases": ["x"] * 201}, "phrases"),
        ("PUT", "/forbidden-phrases", {"phrases": "kind regards"}, "phrases"),
        ("PATCH", "/forbidden-phrases", {"add": ["..."]}, "add.0"),
        ("PATCH", "/forbidden-phrases", {"remove": "kind regards"}, "remove"),
    ],
)
def test_bad_bodies_are_one_line_that_names_the_field(
    client: AppClient, method: str, path: str, body: dict[str, Any], param: str | None
) -> None:
    response = client.request(method, f"/v1/users/ada{path}", json=body)
    message = assert_error(response, 422, "invalid_field", response.json()["error"]["param"])
    if param is not None:
        assert response.json()["error"]["param"] == param, message
    assert client.get("/v1/users/ada").status_code == 404
    assert client.get("/v1/users/a b").status_code == 422
