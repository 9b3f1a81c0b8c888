"""Drafts stay out of logs, errors, metrics and session descriptions, also in failures."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from inkling.service.monitoring.logs import JsonFormatter, PlainFormatter
from tests.programs.serving import AppClient, ServedFake, fake_client

SECRET = "Zanzibar"


@pytest.fixture(params=[PlainFormatter, JsonFormatter])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    # The test's own client logs the paths it asks for.
    handler.addFilter(lambda record: not record.name.startswith("http"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def _misuse(client: AppClient, model: ServedFake) -> list[str]:
    """Send the secret wherever it fits and return all that came back besides suggestions."""
    answers = []
    surrogate = json.dumps({"prefix": SECRET + "\ud800"}).encode()
    for body in (
        surrogate,
        f'{{"prefix": "{SECRET}'.encode(),
        json.dumps({"prefix": {SECRET: SECRET}}).encode(),
        json.dumps({"prefix": "a", f"{SECRET} my dear": SECRET}).encode(),
        json.dumps({"prefix": "a", "session_id": f"{SECRET} !"}).encode(),
        json.dumps({"prefix": "a", "context": {"sent_at": SECRET}}).encode(),
        json.dumps({"prefix": "a", "context": SECRET}).encode(),
        json.dumps({"prefix": "a", "max_words": SECRET}).encode(),
        json.dumps({"prefix": "a", "suffix": {SECRET: SECRET}}).encode(),
        json.dumps({"prefix": "a", "suffix": SECRET * 200}).encode(),
        json.dumps(SECRET).encode(),
        SECRET.encode() * 100_000,
    ):
        answers.append(client.suggest_raw(body))
    answers.append(client.suggest_raw(json.dumps({"prefix": SECRET}).encode(), "text/plain"))
    answers.append(client.get(f"/{SECRET}"))
    answers.append(client.get(f"/v1/sessions/{SECRET}!"))
    answers.append(client.get(f"/livez?{SECRET}"))
    assert client.suggest(prefix=f"Dear {SECRET} ", suffix=SECRET, session_id="private").status_code == 200
    model.failure = ValueError(f"cannot work with {SECRET}")
    answers.append(client.suggest(prefix=f"Dear {SECRET} and more ", session_id="private"))
    assert answers[-1].status_code == 500
    model.failure = None
    answers.append(client.get("/v1/sessions/private"))
    answers.append(client.get("/metrics"))
    return [answer.text + str(answer.headers) for answer in answers]


def test_text_is_nowhere_but_in_suggestions(log: io.StringIO) -> None:
    model = ServedFake()
    with fake_client(model) as client:
        for answer in _misuse(client, model):
            assert SECRET not in answer
    written = log.getvalue()
    assert "ValueError at " in written
    assert "/v1/suggestions" in written
    assert SECRET not in written


def test_session_and_user_ids_are_not_in_metrics_or_logs(log: io.StringIO) -> None:
    with fake_client() as client:
        client.suggest(prefix="a ", session_id="draft-of-mine", user_id="user-of-mine")
        client.get("/v1/sessions/draft-of-mine")
        client.request("DELETE", "/v1/sessions/draft-of-mine")
        assert "of-mine" not in client.get("/metrics").text
    assert "of-mine" not in log.getvalue()


def test_each_request_has_one_access_line(log: io.StringIO) -> None:
    with fake_client() as client:
        client.suggest(prefix="a", headers={"X-Request-ID": "mine-1"})
        client.get("/v1/sessions/mine")
    lines = [line for line in log.getvalue().splitlines() if "inkling.access" in line]
    assert len(lines) == 2
    assert "mine-1" in lines[0]
    if lines[0].startswith("{"):
        first, second = map(json.loads, lines)
        assert (first["method"], first["route"], first["status"]) == ("POST", "/v1/suggestions", 200)
        assert first["request_id"] == "mine-1"
        assert first["ms"] > 0
        assert (second["route"], second["status"]) == ("/v1/sessions/{session_id}", 404)


def test_the_line_of_a_failure_has_the_request_id(log: io.StringIO) -> None:
    model = ServedFake()
    with fake_client(model) as client:
        model.failure = ValueError(SECRET)
        assert client.suggest(prefix="a ", headers={"X-Request-ID": "mine-2"}).status_code == 500
    (line,) = [line for line in log.getvalue().splitlines() if "failed" in line and "inkling.server" in line]
    assert "mine-2" in line
    if line.startswith("{"):
        assert json.loads(line)["request_id"] == "mine-2"
        assert json.loads(line)["level"] == "error"


def test_a_logged_exception_keeps_its_message_to_itself(log: io.StringIO) -> None:
    try:
        raise KeyError(SECRET)
    except KeyError:
        logging.getLogger("somebody.else").exception("it failed")
    assert "KeyError at " in log.getvalue()
    assert "test_privacy.py" in log.getvalue()
    assert SECRET not in log.getvalue()
