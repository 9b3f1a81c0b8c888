"""The official client of OpenAI's API against the real service."""

import math
from collections.abc import Iterator

import httpx
import openai
import pytest

from tests.programs.serving import ServedFake, live_server
from tests.programs.shipped import running_service
from tests.waiting import until


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running_service() as url:
        yield url


@pytest.fixture(scope="module")
def client(service: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{service}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def model(client: openai.OpenAI) -> str:
    (only,) = client.models.list().data
    return only.id


def test_the_model_is_listed_and_found(client: openai.OpenAI, model: str) -> None:
    found = client.models.retrieve(model)
    assert (found.id, found.object, found.owned_by) == (model, "model", "inkling")
    assert found.created > 1_700_000_000
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("another")


def test_a_completion_goes_on_with_the_prompt(client: openai.OpenAI, model: str) -> None:
    answer = client.completions.create(
        model=model, prompt="Thank you for your", max_tokens=20, n=2, seed=5, temperature=0.8, logprobs=3
    )
    assert (answer.object, answer.model, len(answer.choices)) == ("text_completion", model, 2)
    drawn = 0
    for number, choice in enumerate(answer.choices):
        assert choice.index == number
        assert choice.text.startswith((" ", "s"))
        assert choice.finish_reason in ("stop", "length", "content_filter")
        told = choice.logprobs
        assert told is not None
        assert told.tokens is not None
        assert told.token_logprobs is not None
        assert told.top_logprobs is not None
        assert told.text_offset is not None
        assert "".join(told.tokens) == choice.text
        assert told.text_offset[0] == len("Thank you for your")
        assert all(len(top) == 3 for top in told.top_logprobs)
        assert all(sum(map(math.exp, top.values())) <= 1.0 + 1e-6 for top in told.top_logprobs)
        drawn += len(told.tokens)
    assert answer.usage is not None
    assert answer.usage.completion_tokens == drawn
    assert answer.usage.prompt_tokens == 4


def test_a_stream_says_what_the_answer_does(client: openai.OpenAI, model: str) -> None:
    prompts = ["Thank you for your", "Hello,\n"]
    streamed = ["", ""]
    for chunk in client.completions.create(
        model=model, prompt=prompts, max_tokens=30, seed=6, temperature=0.7, stream=True
    ):
        for choice in chunk.choices:
            streamed[choice.index] += choice.text
    answer = client.completions.create(model=model, prompt=prompts, max_tokens=30, seed=6, temperature=0.7)
    assert [choice.text for choice in answer.choices] == streamed


def test_temperature_0_takes_what_is_most_probable_and_repeats_it(client: openai.OpenAI, model: str) -> None:
    texts = {
        client.completions.create(model=model, prompt="I hope you are", temperature=0).choices[0].text
        for _ in range(3)
    }
    assert len(texts) == 1
    first = (
        client.completions.create(
            model=model, prompt="I hope you are", temperature=0, logprobs=1, max_tokens=1
        )
        .choices[0]
        .logprobs
    )
    assert first is not None
    assert first.tokens is not None
    assert first.top_logprobs is not None
    assert list(first.top_logprobs[0]) == first.tokens


def test_a_stop_string_ends_a_text(client: openai.OpenAI, model: str) -> None:
    answer = client.completions.create(
        model=model, prompt="Dear team,\n", max_tokens=200, n=8, stop=[".", "?"]
    )
    assert all("." not in one.text and "?" not in one.text for one in answer.choices)
    assert "stop" in {one.finish_reason for one in answer.choices}


def test_what_may_not_be_suggested_is_not_completed(client: openai.OpenAI, model: str) -> None:
    texts = [
        one.text
        for prompt in ("The manager said that", "Tell the nurse that")
        for one in client.completions.create(model=model, prompt=prompt, max_tokens=40, n=8, seed=1).choices
    ]
    words = {word.strip(".,;:!?").lower() for text in texts for word in text.split()}
    assert len(words) > 50
    assert words.isdisjoint({"he", "she", "his", "her", "him", "hers"})


def test_the_client_shows_why_a_request_is_refused(client: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="suffix is not supported") as refused:
        client.completions.create(model=model, prompt="Hello", suffix="the end")
    assert (refused.value.param, refused.value.type) == ("suffix", "invalid_field")
    with pytest.raises(openai.UnprocessableEntityError, match="lists of token numbers are not supported"):
        client.completions.create(model=model, prompt=[1, 2, 3])
    with pytest.raises(openai.NotFoundError, match="no such model"):
        client.completions.create(model="another", prompt="Hello")


def test_suggestions_are_drawn_by_their_seed(service: str) -> None:
    def ask(**given: object) -> list[str]:
        body = {"prefix": "Thank you for your", "min_confidence": 0, "interruption_ms": 0, **given}
        answer = httpx.post(f"{service}/v1/suggestions", json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return [one["text"] for one in answer.json()["suggestions"]]

    plain = ask()
    drawn = [ask(temperature=1.5, seed=seed) for seed in range(6)]
    assert drawn == [ask(temperature=1.5, seed=seed, session_id="drawn") for seed in range(6)]
    assert len({tuple(one) for one in drawn}) > 3
    assert ask(session_id="drawn") == plain


def _metric(address: str, name: str) -> float:
    lines = httpx.get(f"{address}/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)


def test_a_client_that_goes_away_stops_the_drawing() -> None:
    model = ServedFake()
    model.held_word = 3
    model.gate.clear()
    with live_server(model) as address, openai.OpenAI(base_url=f"{address}/v1", api_key="none") as client:
        stream = client.completions.create(model="fake-1", prompt="Hello", max_tokens=512, stream=True)
        assert next(iter(stream)).choices[0].text
        assert _metric(address, "inkling_in_progress") == 1
        stream.close()
        until(lambda: _metric(address, "inkling_client_disconnects_total") == 1)
        assert _metric(address, "inkling_in_progress") == 0
        assert _metric(address, 'inkling_outcomes_total{outcome="cancelled"}') == 1
        model.gate.set()
        assert client.completions.create(model="fake-1", prompt="Hello", max_tokens=1).choices[0].text
        assert model.words_begun == 1  # of the second text: nothing more of the first one was written
