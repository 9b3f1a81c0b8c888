"""Where a request belongs, and whether it may be asked twice."""

import json

import pytest

from inkling.service.distribution.asked import Asked


def asked(path: str, body: object = None, method: str = "POST") -> Asked:
    text = b"" if body is None else json.dumps(body).encode()
    return Asked(method, path, path.encode(), b"", (), text)


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (asked("/v1/suggestions", {"prefix": "a", "session_id": "draft-7"}), "draft-7"),
        (asked("/v1/suggestions", {"session_id": "draft-7", "user_id": "u", "prefix": "a"}), "draft-7"),
        (asked("/v1/suggestions", {"prefix": "a", "user_id": "u-19"}), "u-19"),
        (asked("/v1/suggestions", {"prefix": '"session_id": "not-me"'}), ""),
        (asked("/v1/suggestions", {"prefix": '\\"session_id": "not-me"', "session_id": "me"}), "me"),
        (asked("/v1/suggestions", {"prefix": "a", "session_id": None}), ""),
        (asked("/v1/sessions/draft-7", method="DELETE"), "draft-7"),
        (asked("/v1/users/u-19/messages", {"text": '"session_id":"x"'}), "u-19"),
        (asked("/v1/models", method="GET"), ""),
        (asked("/v1/suggestions"), ""),
    ],
)
def test_a_request_belongs_to_its_draft_else_to_its_user(request_: Asked, place: str) -> None:
    assert request_.place == place


def test_only_what_does_no_harm_is_asked_twice() -> None:
    assert asked("/v1/suggestions").repeatable
    assert asked("/v1/completions").repeatable
    assert asked("/v1/users/u", method="GET").repeatable
    assert not asked("/v1/users/u/messages").repeatable
    assert not asked("/v1/sessions/s", method="DELETE").repeatable
    assert not asked("/v1/events").repeatable


def test_what_an_operator_asks_of_one_replica_is_known() -> None:
    for path in ("/metrics", "/v1/admin", "/v1/admin/reload"):
        assert asked(path).for_operators
    for path in ("/v1/administrators", "/metrics.html", "/v1/suggestions", "/readyz"):
        assert not asked(path).for_operators
