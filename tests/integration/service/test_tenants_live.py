"""Two tenants of one real service: equal ids, and nothing of one is the other's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.materials.bundles import make_bundle
from tests.materials.key_files import SECRET, bearer, key_file, key_line, secret_file
from tests.programs.serving import assert_error
from tests.programs.shipped import running_service

# No draft commonly begins so; see the openings that a service computes in advance.
DRAFT = "zebra quilts are warmer than tin kettles "
LETTER = "Please bring the zebra quilts to the harbour office. " * 4


@dataclass(frozen=True)
class Tenants:
    """A service, and the folder of its files."""

    url: str
    folder: Path

    def call(self, credential: str, method: str, path: str, **keywords: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, headers=bearer(credential), timeout=60, **keywords)

    def suggest(self, credential: str, **body: Any) -> dict[str, Any]:
        given = {"prefix": DRAFT, "min_confidence": 0, "interruption_ms": 0, **body}
        response = self.call(credential, "POST", "/v1/suggestions", json=given)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    def cached(self, credential: str, **body: Any) -> int:
        """Tokens that a session had; the metric of all must have grown by as many."""
        before = self._metric()
        count = self.suggest(credential, **body)["session"]["cached_tokens"]
        assert self._metric() - before == count
        assert isinstance(count, int)
        return count

    def _metric(self) -> float:
        text = httpx.get(f"{self.url}/metrics").text
        match = re.search(r'^inkling_prefix_tokens_total\{source="cached"\} (\S+)', text, re.MULTILINE)
        return float(match[1]) if match else 0.0

    def token(self, credential: str, **body: Any) -> str:
        token = self.call(credential, "POST", "/v1/tokens", json=body).json()["token"]
        assert isinstance(token, str)
        return token


@contextmanager
def _serving(folder: Path) -> Iterator[Tenants]:
    make_bundle(folder / "tiny")
    keys = key_file(folder, key_line("acme", "key-acme"), key_line("beta", "key-beta"))
    with running_service(
        *("--bundle", str(folder / "tiny"), "--profiles", str(folder / "profiles.db")),
        *("--api-keys", str(keys), "--token-secrets", str(secret_file(folder, SECRET))),
    ) as url:
        yield Tenants(url, folder)


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    with _serving(tmp_path_factory.mktemp("tenants")) as served:
        yield served


def test_an_equal_session_id_is_another_session(tenants: Tenants) -> None:
    cold = tenants.cached("key-acme", session_id="same")
    warm = tenants.cached("key-acme", session_id="same")
    assert warm > cold
    # Whether it is the first request of a tenant or of all makes no difference.
    assert tenants.cached("key-beta", session_id="same") == cold
    assert tenants.cached("key-beta", session_id="other") == cold
    assert tenants.call("key-beta", "DELETE", "/v1/sessions/same").status_code == 204
    assert tenants.cached("key-acme", session_id="same") == warm
    assert_error(tenants.call("key-beta", "GET", "/v1/sessions/same"), 404, "not_found", "session_id")


def test_an_equal_user_id_is_another_user(tenants: Tenants) -> None:
    plain = tenants.suggest("key-beta", user_id="u-1")["suggestions"]
    learned = tenants.call("key-acme", "POST", "/v1/users/u-1/messages", json={"text": LETTER})
    assert learned.status_code == 200
    assert tenants.suggest("key-acme", user_id="u-1")["suggestions"] != plain
    assert tenants.suggest("key-beta", user_id="u-1")["suggestions"] == plain
    for method in ("GET", "DELETE"):
        assert_error(tenants.call("key-beta", method, "/v1/users/u-1"), 404, "not_found", "user_id")
    assert tenants.call("key-acme", "GET", "/v1/users/u-1").json()["words"] == learned.json()["words"]


def test_a_token_reaches_its_user_and_no_other(tenants: Tenants) -> None:
    tenants.call("key-acme", "POST", "/v1/users/u-2/messages", json={"text": LETTER})
    own = tenants.token("key-acme", user_id="u-2", scopes=["suggest", "learn"])
    assert tenants.call(own, "GET", "/v1/users/u-2").status_code == 200
    assert tenants.suggest(own, user_id="u-2")
    none = tenants.token("key-acme")
    for token, user in ((own, "u-1"), (none, "u-2"), (tenants.token("key-beta", user_id="u-9"), "u-2")):
        refused = tenants.call(token, "POST", "/v1/suggestions", json={"prefix": "", "user_id": user})
        assert_error(refused, 403, "forbidden", "user_id")
    for method, path in (("GET", "/v1/users/u-1"), ("DELETE", "/v1/users/u-1")):
        assert_error(tenants.call(own, method, path), 403, "forbidden", "user_id")
    # The same user of another tenant is another user.
    stranger = tenants.token("key-beta", user_id="u-2", scopes=["suggest", "learn"])
    assert_error(tenants.call(stranger, "GET", "/v1/users/u-2"), 404, "not_found", "user_id")


def test_pages_of_two_users_share_no_session(tenants: Tenants) -> None:
    one, other = (tenants.token("key-acme", user_id=user) for user in ("u-5", "u-6"))
    cold = tenants.cached(one, session_id="page")
    warm = tenants.cached(one, session_id="page")
    assert warm > cold
    for credential in (
        other,
        "key-acme",
        tenants.token("key-acme"),
        tenants.token("key-beta", user_id="u-5"),
    ):
        assert_error(tenants.call(credential, "GET", "/v1/sessions/page"), 404, "not_found", "session_id")
        assert tenants.cached(credential, session_id="page") == cold
    # A renewed token of the same user goes on.
    assert tenants.cached(tenants.token("key-acme", user_id="u-5"), session_id="page") == warm


def test_another_key_of_a_tenant_finds_its_drafts_and_profiles(tenants: Tenants) -> None:
    tenants.call("key-acme", "POST", "/v1/users/u-3/messages", json={"text": LETTER})
    tenants.cached("key-acme", session_id="kept")
    warm = tenants.cached("key-acme", session_id="kept")
    key_file(tenants.folder, key_line("acme", "key-next"), key_line("beta", "key-beta"))
    try:
        _until(tenants, "key-acme", 401)
        assert tenants.cached("key-next", session_id="kept") == warm
        assert tenants.call("key-next", "GET", "/v1/users/u-3").status_code == 200
    finally:
        key_file(tenants.folder, key_line("acme", "key-acme"), key_line("beta", "key-beta"))
        _until(tenants, "key-acme", 200)


def _until(tenants: Tenants, key: str, status: int) -> None:
    for _ in range(6000):  # of a few milliseconds
        if tenants.call(key, "GET", "/v1/models").status_code == status:
            return
    raise AssertionError
