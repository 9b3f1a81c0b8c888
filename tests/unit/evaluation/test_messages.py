"""Loading held-out messages and drawing a fair part of them."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.readers import is_json_lines
from inkling.models.evaluation.held_out import load_messages
from inkling.models.evaluation.messages import HeldOutMessage, sample


def message(person: str, number: int) -> HeldOutMessage:
    return HeldOutMessage(person, f"Message {number} of {person}")


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def test_a_sample_takes_people_in_proportion() -> None:
    messages = [
        message(person, number)
        for person, size in (("a", 60), ("b", 30), ("c", 10))
        for number in range(size)
    ]
    drawn = sample(messages, 10, seed=4)
    assert Counter(one.person for one in drawn) == {"a": 6, "b": 3, "c": 1}
    assert drawn == sample(messages, 10, seed=4)
    assert drawn != sample(messages, 10, seed=5)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=40), st.integers(1, 50), st.integers())
def test_a_sample_is_part_of_the_messages(people: list[str], count: int, seed: int) -> None:
    messages = [message(person, number) for number, person in enumerate(people)]
    drawn = sample(messages, count, seed=seed)
    assert len(drawn) == len({one.text for one in drawn}) == min(count, len(messages))
    assert {one.text for one in drawn} <= {one.text for one in messages}
    for person, own in Counter(people).items():
        share = len(drawn) * own / len(messages)
        assert abs(sum(one.person == person for one in drawn) - share) < 1


def test_without_a_count_all_are_drawn() -> None:
    messages = [message("a", number) for number in range(9)]
    assert sorted(one.text for one in sample(messages, None)) == [one.text for one in messages]
    assert sample([], 5) == []


def test_a_sample_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        sample([message("a", 1)], 0)


def test_rows_become_messages_with_context_and_names(tmp_path: Path) -> None:
    row = {
        "person": "ida quill",
        "from": "Ida Quill <ida.quill@example.com>",
        "to": "Tomas Varga <t.varga@example.org>",
        "subject": " The   budget ",
        "body": "Hi Tomas,\r\n\r\nHere it is.  ",
        "previous_body": "Could you  send it?",
    }
    (found,) = load_messages(write(tmp_path / "held.jsonl.gz", [row]), clean=False)
    assert found.person == "ida quill"
    assert found.text == "Hi Tomas,\n\nHere it is."
    assert found.words == 5
    assert found.context.subject == "The budget"
    assert found.context.previous_message == "Could you send it?"
    known = {found.names.recipient.lower(), *found.names.others}
    assert known == {"tomas", "varga"}  # a request names the recipient, not the writer


def test_as_given_keeps_every_message_with_text(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "body": "Yes"},
        {"id": "2", "body": "Yes"},
        {"id": "3", "body": "  "},
    ]
    assert len(load_messages(write(tmp_path / "held.jsonl.gz", rows), clean=False)) == 2


def test_cleaning_cuts_what_was_quoted(tmp_path: Path) -> None:
    quoted = "-----Original Message-----\nFrom: Ann\nSubject: Lunch\n\nShall we meet?"
    body = f"Thanks, that works for me.\n\n{quoted}"
    path = write(tmp_path / "held.jsonl.gz", [{"id": "1", "from": "bo@example.com", "body": body}])
    (cleaned,) = load_messages(path, clean=True)
    assert cleaned.text == "Thanks, that works for me."
    (given_text,) = load_messages(path, clean=False)
    assert "Shall we meet?" in given_text.text


@pytest.mark.parametrize("content", ["", "not json\n", '{"body": ""}\n'])
def test_a_file_without_text_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "held.jsonl"
    path.write_text(content)
    with pytest.raises(CorpusError, match=r"held\.jsonl"):
        load_messages(path, clean=False)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="does not exist"):
        load_messages(tmp_path / "nothing.jsonl", clean=False)


@pytest.mark.parametrize(
    ("name", "expected"), [("a.jsonl", True), ("a.JSONL.gz", True), ("a.mbox", False), ("a", False)]
)
def test_json_lines_are_known_by_name(name: str, expected: bool) -> None:
    assert is_json_lines(Path(name)) is expected
