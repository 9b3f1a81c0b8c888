"""One error shape, whatever fails and wherever."""

import itertools
import json
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from inkling.service.engine.errors import (
    Cancelled,
    DeadlineExceeded,
    EngineError,
    Overloaded,
    Stopping,
    Superseded,
)
from inkling.service.http.answers.error_answers import ERROR_TYPES, from_engine
from inkling.service.http.answers.schemas import ContextBody, SuggestionRequest
from inkling.service.http.middleware.bodies import MAX_BODY_BYTES
from tests.programs.serving import (
    AppClient,
    ServedFake,
    app_client,
    assert_error,
    fake_app,
    fake_client,
    settings,
)

# Every path of the service and the methods it has.
ROUTES = {
    "/v1/suggestions": ("POST",),
    "/v1/sessions/draft-7": ("DELETE", "GET"),
    "/v1/events": ("POST",),
    "/v1/models": ("GET",),
    "/livez": ("GET",),
    "/readyz": ("GET",),
    "/metrics": ("GET",),
    "/openapi.json": ("GET",),
    "/": ("GET",),
    "/static/none.js": ("GET",),
    "/inkling.js": ("GET",),
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
BODIES = (b"", b"{", b"null", b"[]", b'{"a": NaN}', rb'"\ud800"', b"\xff" * 50, b"x" * (MAX_BODY_BYTES + 1))


@pytest.fixture(scope="module")
def client() -> Iterator[AppClient]:
    with fake_client() as client:
        yield client


def _allowed(methods: Sequence[str]) -> list[str]:
    return sorted([*methods, *(["HEAD"] if "GET" in methods else [])])


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_the_path_does_not_have_is_405_with_allow(client: AppClient, path: str, method: str) -> None:
    allowed = _allowed(ROUTES[path])
    response = client.request(method, path)
    if method in allowed:
        assert response.status_code != 405
        return
    assert response.status_code == 405
    if method != "HEAD":
        assert_error(response, 405, "method_not_allowed")
    assert response.headers["allow"] == ", ".join(allowed)


@pytest.mark.parametrize("path", [*ROUTES, "/nowhere", "/v1", "/v1/", "/v1/sessions/a/b", "/v1/sessions/%00"])
def test_every_failure_on_every_path_has_the_shape(client: AppClient, path: str) -> None:
    for method, body in [*itertools.product(METHODS, BODIES[:2]), *itertools.product(["POST"], BODIES[2:])]:
        response = client.request(method, path, content=body, headers={"Content-Type": "application/json"})
        assert response.headers["x-request-id"]
        assert response.status_code < 500
        if method == "HEAD":
            assert response.content == b""
        elif response.status_code >= 400:
            error = response.json()["error"]
            assert error["type"] in ERROR_TYPES[response.status_code]
            assert_error(response, response.status_code, error["type"], error["param"])


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1/nowhere", "/v1/models/", "/docs", "/redoc", "/static/../app.py"]
)
def test_an_unknown_path_is_404(client: AppClient, path: str) -> None:
    assert_error(client.get(path), 404, "not_found")


@pytest.mark.parametrize("name", ["..%2fapp.py", "%2e%2e", ".hidden", "app", "..%5capp.py", "index.html%00"])
def test_static_files_are_those_of_the_folder_only(client: AppClient, name: str) -> None:
    assert_error(client.get(f"/static/{name}"), 404, "not_found")


@pytest.mark.parametrize(
    ("error", "status", "error_type"),
    [
        (Overloaded(2.4), 429, "overloaded"),
        (Superseded(), 409, "superseded"),
        (DeadlineExceeded(), 503, "deadline_exceeded"),
        (Stopping(), 503, "stopping"),
        (Cancelled(), 500, "internal"),
        (EngineError("of a kind to come"), 500, "internal"),
    ],
)
def test_engine_errors_have_a_status(error: EngineError, status: int, error_type: str) -> None:
    answer = from_engine(error)
    assert (answer.status, answer.error_type) == (status, error_type)
    assert answer.headers.get("Retry-After") == ("2" if status == 429 else None)


def test_an_overload_says_when_to_come_back_even_if_soon() -> None:
    assert from_engine(Overloaded(0.01)).headers["Retry-After"] == "1"


def test_a_failing_model_is_500_and_the_service_stays_up() -> None:
    model = ServedFake()
    with fake_client(model) as client:
        model.failure = ValueError("out of its mind")
        response = client.suggest(prefix="hello ")
        assert_error(response, 500, "internal")
        model.failure = None
        assert client.suggest(prefix="hello ").status_code == 200


@pytest.mark.parametrize("path", ["/readyz", "/v1/models", "/v1/sessions/a"])
def test_before_the_start_the_service_is_alive_and_not_ready(path: str) -> None:
    with app_client(fake_app(settings()), started=False) as client:
        assert client.get("/livez").status_code == 200
        assert_error(client.get(path), 503, "not_ready")
        assert_error(client.suggest(prefix="a"), 503, "not_ready")


def test_while_it_stops_the_service_is_not_ready_and_answers_what_comes() -> None:
    app = fake_app(settings())
    with app_client(app) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        app.state.host.announce_stop()
        assert_error(client.get("/readyz"), 503, "stopping")
        assert client.get("/livez").status_code == 200
        assert client.suggest(prefix="a").status_code == 200


def test_after_the_stop_suggestions_are_refused() -> None:
    app = fake_app(settings())
    with app_client(app):
        pass
    with app_client(app, started=False) as client:
        assert_error(client.suggest(prefix="a"), 503, "stopping")


@pytest.mark.parametrize("length", [MAX_BODY_BYTES - 1, MAX_BODY_BYTES, MAX_BODY_BYTES + 1, 10_000_000])
def test_the_limit_of_a_body_is_exact(client: AppClient, length: int) -> None:
    response = client.suggest_raw(b'{"prefix": "a"'.ljust(length - 1) + b"}")
    if length <= MAX_BODY_BYTES:
        assert response.status_code == 200
    else:
        assert_error(response, 413, "body_too_large")


def test_the_longest_valid_request_fits_whatever_its_encoding(client: AppClient) -> None:
    astral = "\U0001f600"
    context = {"previous_message": astral * 20_000, "subject": astral * 998, "recipient_name": astral * 256}
    body = json.dumps({"prefix": astral * 20_000, "context": context}, ensure_ascii=True).encode()
    assert client.suggest_raw(body).status_code == 200


_SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=20),
    st.sampled_from(["\ud800", "2026-11-23T09:00:00Z", "draft-7", "\x00", 1, 3, 0.5]),
)
_JSON = st.one_of(
    _SCALAR, st.lists(_SCALAR, max_size=2), st.dictionaries(st.text(max_size=5), _SCALAR, max_size=2)
)
_FIELDS = list(SuggestionRequest.model_fields)
_CONTEXT = [*ContextBody.model_fields, "other"]
_BODY = st.dictionaries(st.sampled_from([*_FIELDS, "other"]), _JSON, max_size=6)
_NESTED = st.builds(
    lambda body, context: {"prefix": "Hello th", **body, "context": context},
    st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=2),
    st.dictionaries(st.sampled_from(_CONTEXT), _JSON, max_size=3),
)


@pytest.mark.lengthy
@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=_BODY | _NESTED | _JSON)
def test_no_json_makes_the_service_fail(client: AppClient, body: object) -> None:
    response = client.suggest_raw(json.dumps(body).encode())
    if response.status_code == 503:
        assert_error(response, 503, "deadline_exceeded", "deadline_ms")
    elif response.status_code != 200:
        error = response.json()["error"]
        assert_error(response, 422, "invalid_field", error["param"])


@hypothesis_settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200))
def test_no_bytes_make_the_service_fail(client: AppClient, body: bytes) -> None:
    assert client.suggest_raw(body).status_code in (400, 422)


@hypothesis_settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(prefix=st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_valid_unicode_is_a_prefix(client: AppClient, prefix: str) -> None:
    assert client.suggest(prefix=prefix, session_id="unicode").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/suggestions", '{"prefix": "a secret", "prefix": "another secret"}'),
        ("/v1/suggestions", '{"prefix": "a secret", "max_words": 2, "max_words": 2}'),
        ("/v1/suggestions", r'{"prefix": "a secret", "pre\u0066ix": "another secret"}'),
        ("/v1/suggestions", '{"prefix": "a", "context": {"subject": "secret", "subject": "secret"}}'),
        ("/v1/events", '{"events": [], "events": []}'),
        ("/v1/events", '{"events": [{"type": "shown", "secret": 1, "secret": 2}]}'),
        ("/v1/users/ada/messages", '{"text": "secret", "text": "secret"}'),
    ],
)
@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json;charset=UTF-8", "application/x+json"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_name_twice_in_a_body_is_refused_without_its_text(
    client: AppClient, path: str, body: str, content_type: str, encoding: str
) -> None:
    headers = {"Content-Type": content_type}
    response = client.request("POST", path, content=body.encode(encoding), headers=headers)
    message = assert_error(response, 422, "invalid_field")
    assert "twice" in message
    assert "secret" not in response.text
