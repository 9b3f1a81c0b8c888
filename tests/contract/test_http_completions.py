"""POST /v1/completions and GET /v1/models over a fake model: the shapes of OpenAI's API."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from inkling.models.text.masking import NO_NAMES
from tests.serving import AppClient, ServedFake, assert_error, fake_client


@pytest.fixture(scope="module")
def client() -> Iterator[AppClient]:
    with fake_client() as client:
        yield client


def events(response: httpx.Response) -> list[Any]:
    """The chunks of a stream, which ends with [DONE]."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    *parts, nothing = response.text.split("\n\n")
    assert nothing == ""
    data = [part.removeprefix("data: ") for part in parts]
    assert data[-1] == "[DONE]"
    return [json.loads(one) for one in data[:-1]]


def test_a_completion_has_the_fields_of_the_shape(client: AppClient) -> None:
    response = client.complete(model="fake-1", prompt="Hello there", max_tokens=3, seed=1)
    assert response.status_code == 200, response.text
    body = response.json()
    assert set(body) == {"id", "object", "created", "model", "choices", "usage"}
    assert re.fullmatch(r"cmpl-[A-Za-z0-9_-]{16}", body["id"])
    assert (body["object"], body["model"]) == ("text_completion", "fake-1")
    (choice,) = body["choices"]
    assert set(choice) == {"text", "index", "logprobs", "finish_reason"}
    assert (choice["index"], choice["logprobs"], choice["finish_reason"]) == (0, None, "length")
    assert len(choice["text"].split()) == 3
    usage = body["usage"]
    assert usage["completion_tokens"] == 3
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens"] > 0


def test_the_defaults_are_those_of_the_shape(client: AppClient) -> None:
    body = client.complete(prompt="Hello").json()
    assert len(body["choices"]) == 1
    assert body["usage"]["completion_tokens"] == 16


def test_a_seed_repeats_a_text_and_without_one_texts_differ(client: AppClient) -> None:
    def text(**given: Any) -> str:
        return str(client.complete(prompt="Hello", **given).json()["choices"][0]["text"])

    assert text(seed=3) == text(seed=3) != text(seed=4)
    assert text(seed=-3) == text(seed=-3)
    assert len({text() for _ in range(4)}) > 1


def test_several_prompts_have_their_texts_in_order(client: AppClient) -> None:
    both = client.complete(prompt=["One", "Another one"], n=3, seed=1, max_tokens=2).json()
    alone = [client.complete(prompt=one, n=3, seed=1, max_tokens=2).json() for one in ("One", "Another one")]
    assert [one["index"] for one in both["choices"]] == list(range(6))
    texts = [one["text"] for body in alone for one in body["choices"]]
    assert [one["text"] for one in both["choices"]] == texts
    for name, count in both["usage"].items():
        assert count == sum(body["usage"][name] for body in alone)


def test_log_probabilities_have_the_shape_of_completions(client: AppClient) -> None:
    body = client.complete(prompt="Hello", max_tokens=3, logprobs=2).json()
    (choice,) = body["choices"]
    told = choice["logprobs"]
    assert set(told) == {"tokens", "token_logprobs", "top_logprobs", "text_offset"}
    assert "".join(told["tokens"]) == choice["text"]
    assert told["token_logprobs"] == [-0.5] * 3
    assert told["top_logprobs"] == [{" x": -0.25, " y": -1.5}] * 3
    for token, offset in zip(told["tokens"], told["text_offset"], strict=True):
        assert ("Hello" + choice["text"])[offset:].startswith(token)
    assert (
        client.complete(prompt="Hello", logprobs=0).json()["choices"][0]["logprobs"]["top_logprobs"][0] == {}
    )


def test_a_stream_says_what_the_answer_does(client: AppClient) -> None:
    asked = {"prompt": ["Hello", "There "], "n": 2, "seed": 5, "max_tokens": 4, "logprobs": 1}
    whole = client.complete(**asked).json()
    chunks = events(client.complete(**asked, stream=True))
    assert len({chunk["id"] for chunk in chunks}) == 1
    for choice in whole["choices"]:
        parts = [one for chunk in chunks for one in chunk["choices"] if one["index"] == choice["index"]]
        assert len(parts) > 1
        assert "".join(one["text"] for one in parts) == choice["text"]
        assert [one["finish_reason"] for one in parts] == [None] * (len(parts) - 1) + [
            choice["finish_reason"]
        ]
        for name, values in choice["logprobs"].items():
            assert [value for one in parts for value in one["logprobs"][name]] == values
    assert all("usage" not in chunk for chunk in chunks)


def test_a_stream_tells_its_usage_when_asked(client: AppClient) -> None:
    asked = {"prompt": "Hello", "seed": 5, "max_tokens": 4}
    *_, last = events(client.complete(**asked, stream=True, stream_options={"include_usage": True}))
    assert last["choices"] == []
    assert last["usage"] == client.complete(**asked).json()["usage"]


@pytest.mark.parametrize(
    ("given", "param", "says"),
    [
        ({"suffix": "the end"}, "suffix", "not supported"),
        ({"echo": True}, "echo", "not supported"),
        ({"best_of": 2}, "best_of", "not supported"),
        ({"presence_penalty": 0.5}, "presence_penalty", "not supported"),
        ({"frequency_penalty": -0.5}, "frequency_penalty", "not supported"),
        ({"logit_bias": {"50256": -100}}, "logit_bias", "not supported"),
        ({"prompt": [1, 2, 3]}, "prompt", "token numbers"),
        ({"prompt": [[1, 2], [3]]}, "prompt", "token numbers"),
        ({"prompt": []}, "prompt", "list of 1 to 8"),
        ({"prompt": ["x"] * 9}, "prompt", "list of 1 to 8"),
        ({"prompt": None}, "prompt", "string"),
        ({"prompt": "x" * 20_001}, "prompt", "20000"),
        ({"prompt": ["x", "x" * 20_001]}, "prompt", "20000"),
        ({"max_tokens": 0}, "max_tokens", "at least 1"),
        ({"max_tokens": 513}, "max_tokens", "at most 512"),
        ({"n": 9}, "n", "at most 8"),
        ({"temperature": 2.1}, "temperature", "at most 2"),
        ({"temperature": -0.1}, "temperature", "at least 0"),
        ({"top_p": 1.1}, "top_p", "at most 1"),
        ({"logprobs": 6}, "logprobs", "at most 5"),
        ({"logprobs": True}, "logprobs", "integer"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop", "at most 4"),
        ({"stop": ""}, "stop", "1 to 64"),
        ({"stop": ["x" * 65]}, "stop", "1 to 64"),
        ({"user": "no such@id"}, "user", "must match"),
        ({"messages": []}, "messages", "not a known field"),
        ({"stream_options": {"other": True}}, "stream_options.other", "not a known field"),
    ],
)
def test_what_is_not_served_is_refused_by_name(
    client: AppClient, given: dict[str, Any], param: str, says: str
) -> None:
    response = client.complete(**{"prompt": "Hello", **given})
    message = assert_error(response, 422, "invalid_field", param)
    assert says in message
    assert "the end" not in message


def test_what_asks_for_nothing_is_taken(client: AppClient) -> None:
    neutral: dict[str, Any] = {
        "suffix": None,
        "echo": False,
        "best_of": 1,
        "presence_penalty": 0,
        "frequency_penalty": 0.0,
        "logit_bias": {},
        "n": None,
        "max_tokens": None,
        "temperature": None,
        "top_p": None,
        "seed": None,
        "stop": None,
        "logprobs": None,
        "stream": None,
        "stream_options": None,
        "user": None,
        "model": None,
    }
    assert client.complete(prompt="Hello", **neutral).status_code == 200


def test_another_model_is_unknown(client: AppClient) -> None:
    assert_error(client.complete(model="fake-2", prompt="Hello"), 404, "not_found", "model")
    assert_error(client.get("/v1/models/fake-2"), 404, "not_found", "model")


def test_the_models_have_the_fields_of_both_shapes(client: AppClient) -> None:
    body = client.get("/v1/models").json()
    assert body["object"] == "list"
    (card,) = body["data"]
    assert set(card) == {"id", "object", "created", "owned_by", "min_confidence", "description"}
    assert (card["id"], card["object"], card["owned_by"]) == ("fake-1", "model", "inkling")
    assert isinstance(card["created"], int)
    assert client.get("/v1/models/fake-1").json() == card


def test_a_model_tells_when_it_was_made() -> None:
    model = ServedFake()
    model.description = {"created": "2026-01-02T03:04:05+00:00"}
    with fake_client(model) as client:
        assert client.get("/v1/models").json()["data"][0]["created"] == 1_767_323_045


def test_what_fails_before_the_first_word_has_its_status() -> None:
    model = ServedFake()
    with fake_client(model) as client:
        model.gate.clear()
        try:
            for stream in (False, True):
                response = client.complete(prompt="Hello", deadline_ms=1, stream=stream)
                assert_error(response, 503, "deadline_exceeded", "deadline_ms")
        finally:
            model.gate.set()


def test_a_failure_between_two_words_ends_the_stream_with_an_error() -> None:
    model = ServedFake()
    with fake_client(model) as client:
        _, *tokens = model.encode("poison", line_start=True, names=NO_NAMES)
        model.poison = {token: MemoryError() for token in tokens}
        response = client.complete(prompt=["Hello ", "poison "], max_tokens=2, stream=True)
    data = [part.removeprefix("data: ") for part in response.text.split("\n\n")]
    assert "[DONE]" not in data
    assert json.loads(data[0])["choices"][0]["text"]
    assert json.loads(data[-2])["error"]["type"] == "internal"


def test_a_suggestion_may_be_drawn_and_a_seed_repeats_it(client: AppClient) -> None:
    def texts(**given: Any) -> list[str]:
        response = client.suggest(prefix="Hello there", **given)
        assert response.status_code == 200, response.text
        return [one["text"] for one in response.json()["suggestions"]]

    assert texts(temperature=0.7, seed=2) == texts(temperature=0.7, seed=2)
    different = [
        texts(),
        texts(temperature=0.7, seed=2),
        texts(temperature=0.8, seed=2),
        texts(temperature=0.7, seed=3),
    ]
    assert len({tuple(one) for one in different}) == 4
    assert len({tuple(texts(temperature=0.7)) for _ in range(4)}) > 1
    assert texts() == texts(temperature=None, seed=None)


def test_a_seed_without_temperature_is_refused(client: AppClient) -> None:
    assert "temperature" in assert_error(client.suggest(prefix="", seed=1), 422, "invalid_field", "seed")
