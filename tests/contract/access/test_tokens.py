"""POST /v1/tokens, and what a token is good for."""

import base64
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from inkling.service.http.access.door import Door
from inkling.service.http.access.page_tokens import MOST_SECONDS, load_token_secrets
from inkling.service.http.access.secret_file import SecretFileError
from tests.materials.key_files import OTHER_SECRET, SECRET, bearer, key_file, key_line, secret_file
from tests.programs.serving import AppClient, assert_error, fake_client


@dataclass
class Clock:
    """Unix seconds that a test moves."""

    now: float = 2e9

    def __call__(self) -> float:
        return self.now


@contextmanager
def _client(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *secrets: str
) -> Iterator[tuple[AppClient, Clock]]:
    keys = key_file(
        folder,
        key_line("acme", "key-acme"),
        key_line("acme", "key-all", "suggest", "learn", "admin"),
        key_line("acme", "key-suggest", "suggest"),
        key_line("other", "key-other"),
    )
    clock = Clock()
    monkeypatch.setattr("inkling.service.http.app.Door", partial(Door, clock=clock))
    with fake_client(api_keys=keys, token_secrets=secret_file(folder, *secrets)) as client:
        yield client, clock


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[AppClient, Clock]]:
    with _client(tmp_path, monkeypatch, SECRET) as client:
        yield client


def _ask(client: AppClient, key: str = "key-acme", **body: Any) -> httpx.Response:
    return client.request("POST", "/v1/tokens", headers=bearer(key), json=body)


def _token(client: AppClient, key: str = "key-acme", **body: Any) -> str:
    response = _ask(client, key, **body)
    assert response.status_code == 200, response.text
    token = response.json()["token"]
    assert isinstance(token, str)
    return token


def test_a_token_suggests_in_place_of_a_key(given: tuple[AppClient, Clock]) -> None:
    client, _ = given
    response = _ask(client)
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    token = body.pop("token")
    assert body == {"token_type": "Bearer", "expires_in": 600, "scopes": ["suggest"], "user_id": None}
    assert client.suggest(prefix="a", headers=bearer(token)).status_code == 200
    assert client.get("/v1/models", headers=bearer(token)).status_code == 200


def test_a_token_ends_and_says_so(given: tuple[AppClient, Clock]) -> None:
    client, clock = given
    token = _token(client, expires_in=60)
    clock.now += 59
    assert client.suggest(prefix="a", headers=bearer(token)).status_code == 200
    clock.now += 1
    response = client.suggest(prefix="a", headers=bearer(token))
    assert "expired" in assert_error(response, 401, "unauthorized")
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_a_clock_that_was_set_back_gives_no_token_a_longer_life(given: tuple[AppClient, Clock]) -> None:
    client, clock = given
    token = _token(client, expires_in=MOST_SECONDS)
    clock.now -= 30  # as two machines' clocks may differ
    assert client.suggest(prefix="a", headers=bearer(token)).status_code == 200
    clock.now -= 86_400
    assert_error(client.suggest(prefix="a", headers=bearer(token)), 401, "unauthorized")


@pytest.mark.parametrize("seconds", [0, 59, MOST_SECONDS + 1, -1, 1e9])
def test_its_life_is_bounded(given: tuple[AppClient, Clock], seconds: int) -> None:
    assert_error(_ask(given[0], expires_in=seconds), 422, "invalid_field", "expires_in")


def test_a_token_gets_no_token(given: tuple[AppClient, Clock]) -> None:
    client, _ = given
    assert_error(_ask(client, _token(client)), 403, "forbidden")


def test_a_key_gives_only_what_it_has_and_never_admin(given: tuple[AppClient, Clock]) -> None:
    client, _ = given
    assert_error(_ask(client, "key-all", scopes=["admin"]), 422, "invalid_field", "scopes.0")
    message = assert_error(
        _ask(client, "key-suggest", user_id="u-1", scopes=["suggest", "learn"]), 403, "forbidden", "scopes"
    )
    assert "learn" in message
    assert_error(_ask(client, scopes=["suggest", "learn"]), 422, "invalid_field")
    token = _token(client, "key-all")
    for method, path in (("GET", "/v1/users/u-1"), ("POST", "/v1/users/u-1/messages")):
        refusal = assert_error(client.request(method, path, headers=bearer(token)), 403, "forbidden")
        assert "a token with the scope learn" in refusal


def test_no_token_opens_the_metrics(tmp_path: Path) -> None:
    keys, secrets = key_file(tmp_path, key_line("acme", "key-a")), secret_file(tmp_path, SECRET)
    with fake_client(api_keys=keys, token_secrets=secrets, metrics_key=True) as client:
        assert_error(client.get("/metrics", headers=bearer(_token(client, "key-a"))), 401, "unauthorized")
        assert client.get("/metrics", headers=bearer("key-a")).status_code == 200


def test_a_changed_or_invented_token_is_unknown(given: tuple[AppClient, Clock]) -> None:
    client, clock = given
    said, _, signature = _token(client, user_id="u-1").rpartition(".")
    claims = json.loads(base64.urlsafe_b64decode(said + "=="))
    assert claims["tenant"] == "acme"
    claims["tenant"] = "other"
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    for token in (
        f"{changed}.{signature}",
        f"{said}.{signature[:-2]}AA",
        f"{said}.",
        said,
        f"{said}.{signature}.{signature}",
        "." * 30,
        "x" * 5000,
        f"{said}\xe9.{signature}",
    ):
        headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
        response = client.request("GET", "/v1/models", headers=headers)
        assert "expired" not in assert_error(response, 401, "unauthorized")
    # One that has ended by its own word is not told so unless its signature holds.
    clock.now += 10_000
    assert "expired" not in client.get("/v1/models", headers=bearer(f"{said}.AAAA")).text


def test_two_secrets_are_a_rotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _client(tmp_path, monkeypatch, SECRET) as (client, _):
        old = _token(client)
    with _client(tmp_path, monkeypatch, OTHER_SECRET, SECRET) as (client, _):
        new = _token(client)
        for token in (old, new):
            assert client.get("/v1/models", headers=bearer(token)).status_code == 200
    with _client(tmp_path, monkeypatch, OTHER_SECRET) as (client, _):
        assert client.get("/v1/models", headers=bearer(new)).status_code == 200
        assert_error(client.get("/v1/models", headers=bearer(old)), 401, "unauthorized")


def test_secrets_are_exchanged_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with _client(tmp_path, monkeypatch, SECRET) as (client, _):
        old = _token(client)
        secret_file(tmp_path, OTHER_SECRET)
        _until_logged(caplog, "the token secrets were read again: 1")
        assert_error(client.get("/v1/models", headers=bearer(old)), 401, "unauthorized")
        secret_file(tmp_path, "weak")
        _until_logged(caplog, "the token secrets stay as they were")
        assert client.get("/v1/models", headers=bearer(_token(client))).status_code == 200
    assert "weak\n" not in caplog.text


def _until_logged(caplog: pytest.LogCaptureFixture, text: str) -> None:
    pause = threading.Event()
    for _ in range(1200):
        if text in caplog.text:
            return
        pause.wait(0.05)
    raise AssertionError(caplog.text)


def test_a_tenant_without_keys_has_no_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with _client(tmp_path, monkeypatch, SECRET) as (client, _):
        token = _token(client, user_id="u-1", scopes=["suggest", "learn"])
        key_file(tmp_path, key_line("acme", "key-new", "suggest"))
        _until_logged(caplog, "the API keys were read again: 1")
        # Another key of the tenant: the token stays, less what no key of it may do.
        assert client.get("/v1/models", headers=bearer(token)).status_code == 200
        assert_error(client.get("/v1/users/u-1", headers=bearer(token)), 403, "forbidden")
        key_file(tmp_path, key_line("other", "key-other"))
        _until_logged(caplog, "the API keys were read again: 1")
        _until_refused(client, token)


def _until_refused(client: AppClient, token: str) -> None:
    pause = threading.Event()
    for _ in range(1200):
        if client.get("/v1/models", headers=bearer(token)).status_code == 401:
            return
        pause.wait(0.05)
    raise AssertionError


def test_without_secrets_there_are_no_tokens(tmp_path: Path) -> None:
    with fake_client(api_keys=key_file(tmp_path, key_line("acme", "key-a"))) as client:
        assert "token_secrets" in assert_error(_ask(client, "key-a"), 403, "forbidden")
    with fake_client() as client:
        assert_error(client.request("POST", "/v1/tokens", json={}), 403, "forbidden")


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [
        ((), "has no secret"),
        (("too-short",), "line 1 is too weak"),
        ((SECRET, "a" * 64), "line 2 is too weak"),
        ((SECRET, SECRET), "line 2 repeats"),
    ],
)
def test_a_weak_secret_is_refused_without_being_told(
    tmp_path: Path, secrets: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(SecretFileError, match=reason) as caught:
        load_token_secrets(secret_file(tmp_path, *secrets))
    assert "\n" not in str(caught.value)
    assert not any(secret in str(caught.value) for secret in secrets)


def test_a_file_of_secrets_open_to_everybody_is_refused(tmp_path: Path) -> None:
    path = secret_file(tmp_path, SECRET)
    path.chmod(0o644)
    with pytest.raises(SecretFileError, match="chmod 640"):
        load_token_secrets(path)
    path.chmod(0o600)
    assert SECRET not in repr(load_token_secrets(path))
