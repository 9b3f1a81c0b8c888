"""Sessions, models, health, metrics, the page, origins: everything around the suggestions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from inkling.service.http.routes.compose_page import STATIC
from tests.programs.serving import (
    THRESHOLD,
    AppClient,
    ServedFake,
    app_client,
    assert_error,
    fake_app,
    fake_client,
    settings,
)


@pytest.fixture(scope="module")
def client() -> Iterator[AppClient]:
    with fake_client() as client:
        yield client


def _samples(client: AppClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = client.get("/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_session_has_sizes(client: AppClient) -> None:
    tokens = client.suggest(prefix="one two three ", session_id="sized").json()["session"]["prefix_tokens"]
    body = client.get("/v1/sessions/sized").json()
    assert set(body) == {"id", "characters", "words", "pieces", "checkpoints", "bytes"}
    assert body["id"] == "sized"
    assert (body["characters"], body["words"], body["pieces"]) == (13, 3, tokens)
    assert body["bytes"] > 0


def test_a_deleted_session_is_gone_and_the_next_request_is_a_cold_start(client: AppClient) -> None:
    first = client.suggest(prefix="one two ", session_id="gone").json()
    response = client.request("DELETE", "/v1/sessions/gone")
    assert (response.status_code, response.content) == (204, b"")
    assert_error(client.get("/v1/sessions/gone"), 404, "not_found", "session_id")
    assert_error(client.request("DELETE", "/v1/sessions/gone"), 404, "not_found", "session_id")
    again = client.suggest(prefix="one two ", session_id="gone").json()
    assert again["session"]["cached_tokens"] == 0
    assert again["suggestions"] == first["suggestions"]


@pytest.mark.parametrize("session_id", ["a%20b", "x" * 129, "%C3%A4", "a%0A"])
def test_an_impossible_session_id_is_refused(client: AppClient, session_id: str) -> None:
    for method in ("GET", "DELETE"):
        response = client.request(method, f"/v1/sessions/{session_id}")
        assert_error(response, 422, "invalid_field", "session_id")


def test_models_has_the_one_that_serves(client: AppClient) -> None:
    body = client.get("/v1/models").json()
    assert body["object"] == "list"
    (model,) = body["data"]
    assert model["id"] == client.suggest(prefix="a").json()["model"]
    assert model["object"] == "model"
    assert model["min_confidence"] == THRESHOLD
    assert model["description"] == {"licence": "none", "parameters": 0}


def test_metrics_count_what_happened() -> None:
    model = ServedFake()
    with fake_client(model) as client:
        first = client.suggest(prefix="one two ", session_id="m").json()["session"]
        second = client.suggest(prefix="one two three ", session_id="m").json()["session"]
        model.no_suggestions = True
        client.suggest(prefix="")
        client.suggest(prefix=3)
        client.get("/nowhere/one")
        client.get("/nowhere/two")
        samples = _samples(client)
        size = client.get("/v1/sessions/m").json()["bytes"]

    def requests(method: str, route: str, status: str) -> float:
        labels = (("method", method), ("route", route), ("status", status))
        return samples[("inkling_requests_total", labels)]

    assert requests("POST", "/v1/suggestions", "200") == 3
    assert requests("POST", "/v1/suggestions", "422") == 1
    assert requests("GET", "unmatched", "404") == 2
    assert samples[("inkling_suggestion_seconds_count", ())] == 3
    for phase in ("queue", "tokenize", "prefill", "decode"):
        assert samples[("inkling_phase_seconds_count", (("phase", phase),))] == 3
    assert samples[("inkling_answers_total", (("result", "shown"),))] == 2
    assert samples[("inkling_answers_total", (("result", "empty"),))] == 1
    assert samples[("inkling_outcomes_total", (("outcome", "answered"),))] == 3
    computed = samples[("inkling_prefix_tokens_total", (("source", "computed"),))]
    cached = samples[("inkling_prefix_tokens_total", (("source", "cached"),))]
    assert cached == second["cached_tokens"] > 0
    assert computed + cached == first["prefix_tokens"] + second["prefix_tokens"]
    assert samples[("inkling_queue_depth", ())] == 0
    assert samples[("inkling_sessions", ())] == 1
    assert samples[("inkling_session_bytes", ())] >= size


def test_two_applications_do_not_share_metrics() -> None:
    with fake_client() as one, fake_client() as other:
        one.suggest(prefix="a")
        assert _samples(one)[("inkling_suggestion_seconds_count", ())] == 1
        assert _samples(other)[("inkling_suggestion_seconds_count", ())] == 0


def test_metrics_labels_cannot_be_made_up_by_clients(client: AppClient) -> None:
    client.request("BREW", "/pot/no-such-tea")
    labels = client.get("/metrics").text
    assert "BREW" not in labels
    assert "no-such-tea" not in labels


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/v1/models", "/", "/metrics"])
def test_head_is_get_without_the_body(client: AppClient, path: str) -> None:
    head, get = client.request("HEAD", path), client.get(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]


def test_the_page_may_load_nothing_from_elsewhere(client: AppClient) -> None:
    response = client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"


def test_all_that_the_page_names_is_served_with_its_type(client: AppClient) -> None:
    named = set(re.findall(r'(?:src|href)="([^"#]+)"', client.get("/").text))
    assert named
    for name in named:
        response = client.get("/" + name.removeprefix("/"))
        assert response.status_code == 200, name
        assert response.content == (STATIC / Path(name).name).read_bytes()
        assert response.headers["x-content-type-options"] == "nosniff"
        expected = {".js": "javascript", ".css": "text/css", ".svg": "image/svg+xml"}[Path(name).suffix]
        assert expected in response.headers["content-type"]


def test_every_answer_tells_a_browser_what_it_may_not(client: AppClient) -> None:
    """Also a refusal, and an answer that no route gave."""
    for method, path in (
        ("GET", "/"),
        ("GET", "/livez"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
        ("GET", "/static/page.css"),
        ("GET", "/inkling.js"),
        ("GET", "/nowhere"),
        ("PUT", "/v1/models"),
        ("POST", "/v1/suggestions"),
    ):
        headers = client.request(method, path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        anywhere = path == "/inkling.js"
        assert headers["cross-origin-resource-policy"] == ("cross-origin" if anywhere else "same-origin")
        cached = path.startswith("/static/") or anywhere
        assert headers["cache-control"] == ("no-cache" if cached else "no-store"), path


def test_the_widget_may_be_loaded_from_any_page_with_an_integrity_hash(client: AppClient) -> None:
    response = client.get("/inkling.js", headers={"Origin": "https://mail.example"})
    assert response.headers["access-control-allow-origin"] == "*"
    assert "javascript" in response.headers["content-type"]
    assert response.headers["cache-control"] == "no-cache"
    assert response.content == (STATIC / "inkling.js").read_bytes()


def test_the_playground_is_served_where_development_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "textarea.js").write_text("1")
    with app_client(fake_app(settings(playground=tmp_path))) as client:
        index = client.get("/playground/")
        assert index.text == "<!doctype html>"
        assert "default-src 'none'" in index.headers["content-security-policy"]
        assert "javascript" in client.get("/playground/textarea.js").headers["content-type"]
        assert_error(client.get("/playground/../app.py"), 404, "not_found")
        assert_error(client.get("/playground/none.js"), 404, "not_found")


def test_there_is_no_playground_otherwise(client: AppClient) -> None:
    assert_error(client.get("/playground/"), 404, "not_found")


def test_answers_about_text_are_not_cached(client: AppClient) -> None:
    assert client.suggest(prefix="a").headers["cache-control"] == "no-store"
    assert client.suggest(prefix=3).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("given", ["req-1", "a.b_c:d" * 10])
def test_a_well_formed_request_id_is_kept(client: AppClient, given: str) -> None:
    assert client.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, 'a"b', "<script>"])
def test_any_other_request_id_is_replaced(client: AppClient, given: str) -> None:
    answered = client.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", answered)


ORIGIN = "https://mail.example.org"


def _preflight(client: AppClient, origin: str, header: str = "content-type") -> tuple[int, str | None]:
    response = client.request(
        "OPTIONS",
        "/v1/suggestions",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": header,
        },
    )
    if response.status_code == 403:
        assert_error(response, 403, "forbidden")
    return response.status_code, response.headers.get("access-control-allow-origin")


def test_by_default_no_other_origin_may_ask(client: AppClient) -> None:
    assert _preflight(client, ORIGIN) == (405, None)
    headers = client.suggest(prefix="a", headers={"Origin": ORIGIN}).headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_allowed_origin_may_use_every_method(method: str) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": method}
    with app_client(fake_app(settings(allowed_origins=ORIGIN))) as client:
        response = client.request("OPTIONS", "/v1/users/u-19/forbidden-phrases", headers=headers)
    assert response.status_code == 200


def test_only_allowed_origins_may_ask() -> None:
    app = fake_app(settings(allowed_origins=ORIGIN))
    with app_client(app) as client:
        assert _preflight(client, ORIGIN) == (200, ORIGIN)
        assert _preflight(client, "https://elsewhere.example.org") == (403, None)
        assert _preflight(client, ORIGIN, "x-odd")[0] == 403
        response = client.suggest(prefix="a", headers={"Origin": ORIGIN})
        assert response.headers["access-control-allow-origin"] == ORIGIN
        assert "Server-Timing" in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize("allowed", ["", ORIGIN])
def test_the_log_says_once_which_setting_allows_a_refused_origin(
    caplog: pytest.LogCaptureFixture, allowed: str
) -> None:
    with app_client(fake_app(settings(allowed_origins=allowed))) as client:
        for origin in (
            "https://elsewhere.example.org",
            "https://elsewhere.example.org",
            "https://odd\nline",
            "null",
        ):
            _preflight(client, origin)
        if allowed:
            _preflight(client, allowed)
        client.suggest(prefix="a", headers={"Origin": "https://asks-without-preflight.example.org"})
    said = [one.getMessage() for one in caplog.records if one.name == "inkling.origins"]
    (line,) = said
    assert "--allowed-origins https://elsewhere.example.org" in line


def test_the_log_names_no_more_origins_than_a_few(caplog: pytest.LogCaptureFixture) -> None:
    with app_client(fake_app(settings())) as client:
        for number in range(150):
            _preflight(client, f"https://{number}.example.org")
    assert sum(one.name == "inkling.origins" for one in caplog.records) == 100


@pytest.mark.parametrize(("origin", "status"), [(ORIGIN, 200), ("https://elsewhere.example.org", 403)])
def test_an_allowed_origin_may_ask_a_service_in_a_private_network(origin: str, status: int) -> None:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    with app_client(fake_app(settings(allowed_origins=ORIGIN))) as client:
        response = client.request("OPTIONS", "/v1/suggestions", headers=headers)
        assert response.status_code == status
        if status == 200:
            assert response.headers["access-control-allow-private-network"] == "true"
        headers.pop("Access-Control-Request-Private-Network")
        response = client.request("OPTIONS", "/v1/suggestions", headers=headers)
        assert "access-control-allow-private-network" not in response.headers


def test_an_allowed_origin_can_read_failures_too() -> None:
    model = ServedFake()
    with app_client(fake_app(settings(allowed_origins=ORIGIN), model)) as client:
        model.failure = ValueError("no")
        response = client.suggest(prefix="a ", headers={"Origin": ORIGIN})
        assert_error(response, 500, "internal")
        assert response.headers["access-control-allow-origin"] == ORIGIN
