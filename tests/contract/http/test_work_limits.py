"""Limits on the work that an API key and a client may ask for."""

import hashlib
from pathlib import Path

import pytest

from inkling.service.engine.errors import Overloaded
from inkling.service.engine.job import Answer, AnyJob, Job
from inkling.service.http.app import create_app
from tests.programs.serving import ServedFake, app_client, assert_error, fake_client, settings
from tests.rigs.fake_client import FakeClient, launching

LONG = "Thank you for your mail. " * 100


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    lines = [f"{name}:{hashlib.sha256(name.encode()).hexdigest()}" for name in ("ada", "bob")]
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    return path


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


@pytest.mark.lengthy
def test_without_a_limit_nobody_is_refused() -> None:
    with fake_client() as client:
        assert [client.suggest(prefix=LONG).status_code for _ in range(20)] == [200] * 20


def test_a_client_that_has_used_up_its_work_waits_for_the_next_minute() -> None:
    with fake_client(client_work_per_minute=400) as client:
        statuses = []
        while (response := client.suggest(prefix=LONG)).status_code == 200:
            statuses.append(response.status_code)
            assert len(statuses) < 20
        assert statuses
        assert_error(response, 429, "rate_limited")
        assert 1 <= int(response.headers["retry-after"]) <= 60


def test_words_that_a_session_has_read_already_cost_nothing() -> None:
    with fake_client(client_work_per_minute=3000) as client:
        for _ in range(20):
            assert client.suggest(prefix=LONG, session_id="draft").status_code == 200
        refused = [client.suggest(prefix=LONG).status_code for _ in range(20)]
        assert 429 in refused


def test_one_key_s_work_is_no_other_s(keys: Path) -> None:
    with fake_client(api_keys=keys, key_work_per_minute=400) as client:
        while client.suggest(bearer("ada"), prefix=LONG).status_code == 200:
            pass
        assert client.suggest(bearer("bob"), prefix=LONG).status_code == 200
        assert_error(client.suggest(bearer("ada"), prefix="Hi"), 429, "rate_limited")


def test_work_of_a_request_that_fails_counts_too() -> None:
    model = ServedFake()
    with fake_client(model, client_work_per_minute=400) as client:
        model.failure = RuntimeError("broken")
        statuses = [client.suggest(prefix=LONG).status_code for _ in range(20)]
        assert set(statuses) == {500, 429}


class FullClient(FakeClient):
    """Has no place for anybody."""

    def predict(self, job: AnyJob) -> int:  # noqa: ARG002
        return 100

    async def suggest(self, job: Job, deadline: float | None = None) -> Answer:  # noqa: ARG002
        raise Overloaded(1.0)


def test_work_of_a_request_that_is_refused_for_load_does_not_count() -> None:
    app = create_app(settings(client_work_per_minute=400), launching(FullClient()))
    with app_client(app) as client:
        for _ in range(20):
            assert_error(client.suggest(prefix="Hi"), 429, "overloaded")
