"""Requirements on the bundle that ships, asked over HTTP as its users ask."""

import json
import os
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.text.chunks import chunks
from tests.programs.shipped import ROOT, require_bundle, running_service

MAIL = """Hi all,

Thank you for your help with the report. Can we schedule a meeting for next week?

Best regards,
"""
OPENINGS = (
    "Thank you for your",
    "Please let me know if",
    "I am looking forward to",
    "Attached is the",
    "Could you please send me",
    "I will be out of the",
    "Let's talk about this",
    "Hope you are doing",
    "Do you have time",
    "Sorry for the late",
)


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running_service() as url:
        yield url


def ask(service: str, prefix: str, **fields: Any) -> dict[str, Any]:
    response = httpx.post(
        f"{service}/v1/suggestions",
        json={"prefix": prefix, "min_confidence": 0, "interruption_ms": 0, **fields},
        timeout=20,
    )
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def texts(service: str, prefix: str, **fields: Any) -> list[str]:
    return [one["text"] for one in ask(service, prefix, **fields)["suggestions"]]


def test_three_different_continuations(service: str) -> None:
    found = texts(service, "Can we schedule a meeting")
    assert len(set(found)) == 3
    assert all(text.startswith(" ") for text in found)


def test_most_openings_get_three_continuations(service: str) -> None:
    found = {prefix: texts(service, prefix) for prefix in OPENINGS}
    assert all(len(set(several)) == len(several) for several in found.values())
    assert sum(len(several) == 3 for several in found.values()) >= len(OPENINGS) - 2, found


def test_an_unfinished_word_is_finished(service: str) -> None:
    assert texts(service, "Can we sched")[0].startswith("ule")


def test_no_leading_space_after_a_space(service: str) -> None:
    assert not any(text[0].isspace() for text in texts(service, "Can we schedule a meeting "))


def test_each_committed_token_is_computed_once_and_a_backspace_costs_a_word_at_most(service: str) -> None:
    tokenizer = load_bundle(require_bundle()).tokenizer
    longest_word = max(len(tokenizer.encode_chunk(chunk, line_start=False)) for chunk in chunks(MAIL))
    computed = 0
    for end in range(len(MAIL) + 1):
        body = ask(service, MAIL[:end], session_id="typing", max_words=1, beam_width=1)
        session, usage = body["session"], body["usage"]
        computed += usage["computed_tokens"]
        assert session["cached_tokens"] + usage["computed_tokens"] == session["prefix_tokens"]
    assert computed == session["prefix_tokens"]
    for end in range(len(MAIL), len(MAIL) - 30, -1):
        body = ask(service, MAIL[:end], session_id="typing", max_words=1, beam_width=1)
        assert body["usage"]["computed_tokens"] <= longest_word


def test_a_key_costs_few_model_steps(service: str) -> None:
    """Counted, not timed: what a step takes is a matter of the machine (benchmarks.keystroke)."""
    usages = []
    for end in range(40, 90):
        answer = httpx.post(
            f"{service}/v1/suggestions", json={"prefix": MAIL[:end], "session_id": "counting"}, timeout=20
        ).json()
        usages.append(answer["usage"])
    computed = [usage["computed_tokens"] for usage in usages]
    assert sum(computed[1:]) <= 50  # each token of the fifty characters once at most
    assert statistics.median(computed) == 0  # most keys are within a word
    assert statistics.median(usage["decode_steps"] for usage in usages) <= 4


def test_the_first_suggestion_comes_as_soon_as_the_service_is_ready() -> None:
    started = time.perf_counter()
    with running_service() as url:
        ready = time.perf_counter()
        assert texts(url, "Can we schedule a meeting")
        assert time.perf_counter() - ready < ready - started


def test_private_things_are_not_suggested(service: str) -> None:
    masker = load_bundle(require_bundle()).masker
    for prefix in (
        "My number is",
        "Call me at ",
        "You can reach me at",
        "My address is",
        "Hi ",
        "Dear ",
        "Thanks,\n",
        "",
    ):
        for text in texts(service, prefix, max_suggestions=5, beam_width=16):
            for word in text.split():
                assert masker.mask(word) == (word,), prefix


def test_common_first_names_are_not_guessed(service: str) -> None:
    names = {"James", "John", "Robert", "Michael", "David", "Mary", "Linda", "Susan", "Karen", "Lisa", "Mark"}
    names |= {"Jeff", "Jim", "Kay", "Ken", "Sara", "Chris", "Mike", "Steve", "Tom", "Bill", "Kim", "Louise"}
    for prefix in ("Hi", "Hi ", "Dear", "Dear ", "Hello ", "Thanks,\n", "Best regards,\n"):
        for text in texts(service, prefix, max_suggestions=5, beam_width=16):
            assert not names & set(re.findall(r"\w+", text)), (prefix, text)


def test_after_best_on_a_new_line_comes_a_closing(service: str) -> None:
    for mail in ("Thanks for the update.\n\nBest", "Hi all,\n\nPlease send me the draft.\n\nBest"):
        found = texts(service, mail, min_confidence=0, interruption_ms=0)[:2]
        assert {text.strip(" ,").lower() for text in found} <= {"regards", "wishes"}


LUNCH = {
    "subject": "Lunch on Friday?",
    "previous_message": "Hi,\n\nWould you like to have lunch on Friday? What time would work for you?",
    "recipient_name": "Dana Pereira",
}


def test_the_recipient_is_greeted_by_name_and_only_if_known(service: str) -> None:
    assert texts(service, "Hi", context=LUNCH)[0].startswith(" Dana")
    assert not any("Dana" in text for text in texts(service, "Hi"))


def test_how_about_is_completed_with_a_day_when_asked_for_a_time(service: str) -> None:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "tomorrow")
    found = texts(service, "How about", context=LUNCH)
    assert sum(text.strip().startswith(days) for text in found) >= 2, found


@pytest.mark.parametrize(("page", "samples"), [("README.md", 1), ("docs/tutorial.md", 2)])
def test_the_curl_examples(service: str, page: str, samples: int) -> None:
    if shutil.which("curl") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("curl is not installed")
        pytest.skip("curl is not installed")
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [
        block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "/v1/suggestions" in block
    ]
    assert len(blocks) == samples
    for block in blocks:
        command = block.replace("http://127.0.0.1:8000", service)
        result = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, timeout=30, check=True
        )
        assert len({one["text"] for one in json.loads(result.stdout)["suggestions"]}) == 3


def test_the_bundle_is_small_and_says_where_it_comes_from() -> None:
    folder = require_bundle()
    assert sum(file.stat().st_size for file in folder.rglob("*")) <= 32_000_000
    manifest = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["data_card"]["sources"]
    assert manifest["data_card"]["standing"]
    assert "masked" in manifest["data_card"]
    assert manifest["licence"]
