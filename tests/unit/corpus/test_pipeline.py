"""From files to clean messages."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from inkling.models.corpus.cleaning.report import NothingLeftError
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.pipeline import base_subject, prepare, require_messages

SAMPLE = Path(__file__).parents[2] / "data" / "corpus" / "sample.jsonl"


def write(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_sample_mail_is_cleaned_and_linked() -> None:
    corpus = prepare([SAMPLE])
    bodies = {message.id: message.body for message in corpus.messages}
    assert sorted(bodies) == ["s1", "s2", "s3", "s5", "s6", "s7", "s8"]
    assert bodies["s1"] == (
        "Hi Casimir,\n\nCan we schedule a meeting about the new kiln on Thursday? I would like to agree on "
        "the firing times before the students come back.\n\nThanks,\nOttilie"
    )
    assert bodies["s2"] == "Thursday works for me. Shall we say 10:30 in the back room?\n\nCasimir"
    assert bodies["s3"].endswith("before then.\n\nOttilie")
    assert bodies["s5"] == "Please see below and call me when you have a minute.\n\nPetronella"
    assert bodies["s6"].endswith("Best regards,\nPetronella")
    assert "iPhone" not in bodies["s7"]
    linked = {message.id: message for message in corpus.messages}
    assert linked["s2"].previous_body == bodies["s1"]
    assert linked["s1"].previous_body is None
    assert {linked[name].thread for name in ("s1", "s2", "s3")} == {"s1"}
    assert linked["s1"].names.others == {"ottilie", "casimir"}
    assert corpus.report.read_messages == 8
    assert corpus.report.kept_messages == 7
    assert corpus.report.kept_words == sum(len(body.split()) for body in bodies.values())


def test_same_files_give_the_same_corpus() -> None:
    assert prepare([SAMPLE]).messages == prepare([SAMPLE]).messages
    assert prepare([SAMPLE]).lexicon == prepare([SAMPLE]).lexicon


def test_dropped_and_kept_words_add_up_to_the_words_read() -> None:
    report = prepare([SAMPLE]).report
    assert report.read_words == report.kept_words + sum(step.words for step in report.steps.values())


def test_copies_go_and_common_answers_stay(tmp_path: Path) -> None:
    long = "Could you please send me the list of glazes that the evening class used last week?"
    rows = [
        {"body": long, "subject": "Glazes"},
        {"body": f"FYI\n\n{long}", "subject": "Fw: Glazes"},
        {"body": "Sounds good to me.", "subject": "Kiln"},
        {"body": "Sounds good to me!", "subject": "Re: Kiln"},
        {"body": "Sounds good to me.", "subject": "Clay"},
    ]
    bodies = [message.body for message in prepare([write(tmp_path / "m.jsonl", rows)]).messages]
    assert bodies == [f"FYI\n\n{long}", "Sounds good to me.", "Sounds good to me."]


def test_answer_to_a_message_that_is_not_there_uses_the_text_given(tmp_path: Path) -> None:
    rows = [{"id": "b", "body": "Yes, let us.", "previous_id": "a", "previous_body": "Shall  we?\r\n"}]
    (message,) = prepare([write(tmp_path / "m.jsonl", rows)]).messages
    assert message.previous_body == "Shall we?"


def test_messages_that_answer_each_other_in_a_ring_are_one_thread(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "body": "First of all this.", "previous_id": "b"},
        {"id": "b", "body": "Second of all that.", "previous_id": "a"},
    ]
    assert len(prepare([write(tmp_path / "m.jsonl", rows)]).messages) == 2


def test_bad_rows_are_counted_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{broken\n{"body": "Sounds good to me."}\n[]\n')
    corpus = prepare([path])
    assert len(corpus.messages) == 1
    assert corpus.report.steps["unreadable"].messages == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"),
        ("\n\n", "holds no messages"),
        ("{broken\n[]\n", "none of its 2 entries could be read"),
    ],
)
def test_source_without_a_message_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(content)
    with pytest.raises(CorpusError, match=reason):
        prepare([SAMPLE, path])


def test_progress_is_told_with_phases() -> None:
    told: list[tuple[str, int, int]] = []
    prepare([SAMPLE], progress=lambda *state: told.append(state))
    assert ("read and clean", 8, 8) in told
    assert all(done <= total or not total for _, done, total in told)
    last = {phase: (done, total) for phase, done, total in told}
    assert all(done == total for done, total in last.values())


@pytest.mark.parametrize("subject", ["Kiln", "Re: Kiln", "RE: Fw: Kiln", "Fwd:Kiln", "re[2]: Kiln "])
def test_reply_and_forward_marks_are_no_part_of_a_subject(subject: str) -> None:
    assert base_subject(subject) == "Kiln"


def test_nothing_left_says_what_took_it(tmp_path: Path) -> None:
    rows = [
        {"body": "See you there on Monday. " * 1000},
        {"body": "word " * 1000},
        {"body": "> quoted only"},
        {"body": "Hello"},
    ]
    corpus = prepare([write(tmp_path / "m.jsonl", rows)])
    with pytest.raises(NothingLeftError) as caught:
        require_messages(corpus, tmp_path / "m.jsonl")
    assert str(caught.value).endswith(
        "no message is left of 4 after cleaning; dropped: 2 as longer than 800 words, "
        "1 as quoted and forwarded text, 1 as nothing left"
    )
    assert caught.value.report is corpus.report
    require_messages(prepare([SAMPLE]), SAMPLE)
