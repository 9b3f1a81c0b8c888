"""POST /v1/suggestions: what a good request gets."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from inkling.models.runtime.batch import feed, finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.text.context import Context
from tests.programs.serving import AppClient, ServedFake, assert_error, fake_client
from tests.rigs.fakes import FakeModel


@pytest.fixture(scope="module")
def client() -> Iterator[AppClient]:
    with fake_client() as client:
        yield client


def test_answer_has_the_fields_of_the_contract(client: AppClient) -> None:
    response = client.suggest(prefix="Can we schedule a meeting", session_id="fields")
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"id", "model", "suggestions", "session", "usage"}
    assert re.fullmatch(r"sg_[A-Za-z0-9_-]{16}", body["id"])
    assert body["model"] == "fake-1"
    assert len(body["suggestions"]) == 3
    assert set(body["suggestions"][0]) == {"text", "confidence", "log_prob", "finish_reason", "replace"}
    assert set(body["session"]) == {"id", "prefix_tokens", "cached_tokens"}
    assert set(body["usage"]) == {"computed_tokens", "decode_steps"}


def test_answer_is_the_models(client: AppClient) -> None:
    context = Context(
        subject="Plans",
        previous_message="Hello there",
        recipient_name="Sam",
        sent_at=datetime.fromisoformat("2026-11-23T09:00:00+01:00"),
    )
    options = SearchOptions(max_suggestions=2, max_words=5, beam_width=7)
    oracle = FakeModel()
    draft = Draft("Dear Sa", context)
    tokens = oracle.encode("Dear", line_start=True, names=draft.names)
    state = finish(oracle.run, feed(finish(oracle.run, oracle.open(draft)), tokens))
    expected = finish(oracle.run, oracle.search(oracle.tree(state), draft, options))
    body = client.suggest(
        prefix="Dear Sa",
        context={
            "subject": "Plans",
            "previous_message": "Hello there",
            "recipient_name": "Sam",
            "sent_at": "2026-11-23T09:00:00+01:00",
        },
        max_suggestions=2,
        max_words=5,
        beam_width=7,
    ).json()
    assert [suggestion["text"] for suggestion in body["suggestions"]] == [
        suggestion.text for suggestion in expected.suggestions
    ]
    assert [suggestion["confidence"] for suggestion in body["suggestions"]] == [
        suggestion.confidence for suggestion in expected.suggestions
    ]


def test_a_session_computes_only_what_is_new(client: AppClient) -> None:
    client.suggest(prefix="one two ", session_id="growing")
    body = client.suggest(prefix="one two three ", session_id="growing").json()
    assert body["session"]["id"] == "growing"
    assert body["session"]["cached_tokens"] > 0
    assert body["usage"]["computed_tokens"] > 0
    assert (
        body["session"]["cached_tokens"] + body["usage"]["computed_tokens"]
        == body["session"]["prefix_tokens"]
    )


def test_without_a_session_its_id_is_null_and_nothing_is_cached(client: AppClient) -> None:
    body = client.suggest(prefix="one two ").json()
    assert body["session"]["id"] is None
    assert body["session"]["cached_tokens"] == 0
    assert body["usage"]["computed_tokens"] == body["session"]["prefix_tokens"] > 0


def test_the_answer_is_the_same_with_and_without_a_session(client: AppClient) -> None:
    client.suggest(prefix="same answer ", session_id="same")
    with_session = client.suggest(prefix="same answer again", session_id="same").json()
    without = client.suggest(prefix="same answer again").json()
    assert with_session["suggestions"] == without["suggestions"]


@pytest.mark.parametrize("fields", [{"edits": True}, {"suffix": " and then"}])
def test_edits_and_suffix_count_but_a_session_still_changes_nothing(
    client: AppClient, fields: dict[str, Any]
) -> None:
    plain = client.suggest(prefix="same answer again", session_id="fields-2").json()
    other = client.suggest(prefix="same answer again", session_id="fields-2", **fields).json()
    alone = client.suggest(prefix="same answer again", **fields).json()
    again = client.suggest(prefix="same answer again", session_id="fields-2").json()
    assert other["suggestions"] == alone["suggestions"] != plain["suggestions"] == again["suggestions"]


def test_a_user_id_without_a_profile_has_no_effect(client: AppClient) -> None:
    plain = client.suggest(prefix="for a user").json()
    assert client.suggest(prefix="for a user", user_id="u-19").json()["suggestions"] == plain["suggestions"]


def test_phases_travel_in_server_timing(client: AppClient) -> None:
    header = client.suggest(prefix="timing").headers["server-timing"]
    assert re.fullmatch(
        r"queue;dur=[\d.]+, tokenize;dur=[\d.]+, prefill;dur=[\d.]+, decode;dur=[\d.]+", header
    )


def test_no_suggestion_is_an_answer() -> None:
    model = ServedFake()
    model.no_suggestions = True
    with fake_client(model) as client:
        response = client.suggest(prefix="nothing")
        assert response.status_code == 200
        assert response.json()["suggestions"] == []
        assert response.json()["reason"] == "nothing_likely"


@pytest.mark.parametrize(
    "body",
    [
        {"prefix": ""},
        {"prefix": "x" * 20_000},
        {"prefix": "\U0001f600" * 20_000, "context": {"previous_message": "\U0001f600" * 20_000}},
        {"prefix": "".join(map(chr, range(32))) + "\x7f\x80\u2028\ufeff\uffff"},
        {"prefix": "a\x00b"},
        {"prefix": "a", "session_id": "A-z.0_9:" + "x" * 120, "user_id": "u"},
        {"prefix": "a", "session_id": None, "user_id": None, "context": None, "deadline_ms": None},
        {"prefix": "a", "context": {}},
        {"prefix": "a", "context": {"subject": None, "sent_at": None}},
        {"prefix": "a", "context": {"subject": "s" * 998, "recipient_name": "n" * 256}},
        {"prefix": "a", "context": {"sent_at": "2026-11-23T09:00Z"}},
        {"prefix": "a", "context": {"sent_at": "2026-11-23t09:00:00.123456-05:30"}},
        {
            "prefix": "a",
            "max_suggestions": 1,
            "max_words": 1,
            "beam_width": 1,
            "min_confidence": 0,
            "interruption_ms": 0,
        },
        {"prefix": "a", "max_suggestions": 5, "max_words": 15, "beam_width": 16, "min_confidence": 1.0},
        {"prefix": "a", "deadline_ms": 60_000},
        {"prefix": "a", "edits": True, "suffix": ""},
        {"prefix": "a", "suffix": "\U0001f600\r\n\x00" * 250},
    ],
)
def test_everything_within_the_limits_is_accepted(client: AppClient, body: dict[str, Any]) -> None:
    assert client.suggest(**body).status_code == 200


_TOO_LONG = [
    ({"prefix": "x" * 20_001}, "prefix"),
    ({"prefix": "a", "suffix": "x" * 1_001}, "suffix"),
    ({"prefix": "a", "session_id": "x" * 129}, "session_id"),
    ({"prefix": "a", "user_id": "x" * 129}, "user_id"),
    ({"prefix": "a", "context": {"subject": "s" * 999}}, "context.subject"),
    ({"prefix": "a", "context": {"previous_message": "s" * 20_001}}, "context.previous_message"),
    ({"prefix": "a", "context": {"recipient_name": "s" * 257}}, "context.recipient_name"),
]
_WRONG_VALUES: dict[str, list[Any]] = {
    "prefix": [None, 3, True, ["a"], {"a": 1}],
    "session_id": ["", "a b", "ä", "a\n", "a/b", 7],
    "user_id": ["", "a b", 7],
    "context": ["x", [], 3],
    "edits": [None, 1, "true"],
    "suffix": [None, 3, ["a"]],
    "max_suggestions": [0, 6, "3", True, 3.5, None, 10**30],
    "max_words": [0, 16, "3", True, 3.5],
    "beam_width": [0, 17, -1, "4"],
    "min_confidence": [-0.01, 1.01, "0.5", True],
    "deadline_ms": [0, 60_001, -5, "9", 1.5],
}
_WRONG = [(field, value) for field, values in _WRONG_VALUES.items() for value in values]


@pytest.mark.parametrize(("body", "param"), _TOO_LONG)
def test_one_character_too_many_is_refused(client: AppClient, body: dict[str, Any], param: str) -> None:
    message = assert_error(client.suggest(**body), 422, "invalid_field", param)
    assert message.startswith(param)


@pytest.mark.parametrize(("field", "value"), _WRONG)
def test_a_wrong_value_is_refused_by_its_field(client: AppClient, field: str, value: Any) -> None:
    assert_error(
        client.request("POST", "/v1/suggestions", json={"prefix": "a", field: value}),
        422,
        "invalid_field",
        field,
    )


@pytest.mark.parametrize(
    "sent_at",
    [
        "2026-11-23T09:00:00",
        "2026-11-23",
        "23.11.2026 09:00",
        "2026-13-01T00:00:00Z",
        "2026-11-23T09:00:00+99:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1700000000",
        1700000000,
        "٢٠٢٦-11-23T09:00:00Z",
        "",
    ],
)
def test_a_moment_needs_a_date_a_time_and_a_zone(client: AppClient, sent_at: object) -> None:
    response = client.suggest(prefix="a", context={"sent_at": sent_at})
    assert_error(response, 422, "invalid_field", "context.sent_at")


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_a_number_must_be_finite(client: AppClient, literal: bytes) -> None:
    response = client.suggest_raw(b'{"prefix": "a", "min_confidence": ' + literal + b"}")
    assert_error(response, 422, "invalid_field", "min_confidence")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (rb'{"prefix": "\ud800"}', "prefix"),
        (rb'{"prefix": "\udc00\ud800"}', "prefix"),
        (rb'{"prefix": "a", "session_id": "\ud800"}', "session_id"),
        (rb'{"prefix": "a", "user_id": "\ud800"}', "user_id"),
        (rb'{"prefix": "a", "context": {"subject": "\ud800"}}', "context.subject"),
        (rb'{"prefix": "a", "context": {"previous_message": "\ud800"}}', "context.previous_message"),
        (rb'{"prefix": "a", "context": {"recipient_name": "\ud800"}}', "context.recipient_name"),
        (rb'{"prefix": "a", "context": {"sent_at": "\ud800"}}', "context.sent_at"),
        (rb'{"prefix": "a", "\ud800": 1}', None),
        (rb'{"prefix": "a", "context": {"\ud800": 1}}', "context"),
    ],
)
def test_a_lone_surrogate_is_refused_by_its_field(client: AppClient, body: bytes, param: str | None) -> None:
    assert_error(client.suggest_raw(body), 422, "invalid_field", param)


def test_a_surrogate_pair_is_a_character(client: AppClient) -> None:
    assert client.suggest_raw(rb'{"prefix": "\ud83d\ude00"}').status_code == 200


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prefix": "a", "max_word": 3}, "max_word"),
        ({"prefix": "a", "context": {"topic": "x"}}, "context.topic"),
        ({"prefix": "a", "my secret plan": 1}, None),
        ({"prefix": "a", "context": {"my secret plan": 1}}, "context"),
    ],
)
def test_an_unknown_field_is_refused_and_named_only_if_it_looks_like_one(
    client: AppClient, body: dict[str, Any], param: str | None
) -> None:
    response = client.suggest(**body)
    assert_error(response, 422, "invalid_field", param)
    assert "secret" not in response.text


def test_a_missing_prefix_is_named(client: AppClient) -> None:
    assert_error(client.suggest(max_words=3), 422, "invalid_field", "prefix")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"prefix=a", b'{"prefix": "a"} x', b"\xff\xfe\xfd", b"[" * 100_000, b"9" * 5_000],
)
def test_what_is_not_json_is_400(client: AppClient, body: bytes) -> None:
    assert_error(client.suggest_raw(body), 400, "invalid_request")


@pytest.mark.parametrize("body", [b"null", b"3", b'"a"', b"[]", b"true"])
def test_json_that_is_no_object_is_422(client: AppClient, body: bytes) -> None:
    assert_error(client.suggest_raw(body), 422, "invalid_field")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "x", ""])
def test_another_content_type_is_400_and_says_so(client: AppClient, content_type: str) -> None:
    message = assert_error(client.suggest_raw(b'{"prefix": "a"}', content_type), 400, "invalid_request")
    assert "application/json" in message
