"""Bodies of requests to a real service."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import httpx

from benchmarks.fuzzing.target import Target

_SUGGESTION = {
    "prefix": "Can we schedule a meet",
    "session_id": "draft-1",
    "user_id": "ada",
    "context": {
        "subject": "Report",
        "previous_message": "Can we meet on Monday?",
        "recipient_name": "Bob",
        "sent_at": "2026-01-05T10:00:00+01:00",
    },
    "max_suggestions": 2,
    "max_words": 3,
    "beam_width": 2,
    "min_confidence": 0.1,
    "interruption_ms": 100,
    "temperature": 0.5,
    "seed": 3,
}
_ROUTES = (
    ("POST", "/v1/suggestions", _SUGGESTION),
    ("POST", "/v1/suggestions", {"prefix": "Thank y"}),
    (
        "POST",
        "/v1/completions",
        {"prompt": "Thank you", "max_tokens": 2, "n": 1, "temperature": 0.5, "stop": ["."]},
    ),
    ("POST", "/v1/explanations", {"prefix": "Thank y", "beam_width": 2, "max_words": 2}),
    ("POST", "/v1/events", {"events": [{"type": "shown", "id": "s1", "characters": 3}]}),
    ("POST", "/v1/users/ada/messages", {"text": "Thank you for the report.", "recipient_name": "Bob"}),
    ("PUT", "/v1/users/ada/forbidden-phrases", {"phrases": ["kind regards"]}),
    ("PATCH", "/v1/users/ada/forbidden-phrases", {"add": ["kind regards"], "remove": ["best"]}),
)
_SERVER_ERROR = 500
_REFUSED = 400


def body_target(_folder: Path, url: str) -> Target:
    """Every route that reads a body, with changed bodies. A 503 for load is no fault. Any other 5xx is."""
    client = httpx.Client(base_url=url, timeout=60)
    random = Random(0)
    seeds = [json.dumps(body).encode() for _, _, body in _ROUTES]
    routes = {json.dumps(body).encode(): (method, path) for method, path, body in _ROUTES}

    # A changed body goes to a route that has its first field, so that more than the shape is looked at.
    keys = [((method, path), f'"{next(iter(body))}"'.encode()) for method, path, body in _ROUTES]

    def parse(data: bytes) -> bool:
        near = [route for route, key in keys if key in data]
        method, path = routes.get(data) or random.choice(near or [route for route, _ in keys])
        headers = {"Content-Type": "application/json" if data in routes else random.choice(_TYPES)}
        response = client.request(method, path, content=data, headers=headers)
        if response.status_code >= _SERVER_ERROR and response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            raise AssertionError(f"{method} {path} was answered {response.status_code}")
        if response.status_code >= _REFUSED:
            error = response.json()["error"]  # one shape for all of them
            if not error["type"] or "\n" in error["message"]:
                raise AssertionError(f"{method} {path} has an error of another shape")
            if data in routes:
                raise AssertionError(f"{method} {path} refuses a valid body: {error['message']}")
        return response.status_code < _REFUSED

    return Target(seeds, parse)


_TYPES: Sequence[str] = (
    "application/json",
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
)
