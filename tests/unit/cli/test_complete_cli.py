"""`inkling complete` mends a word, and takes the text behind the caret."""

import json

import pytest

from inkling.service.cli import main
from tests.programs.shipped import require_bundle

pytestmark = pytest.mark.lengthy


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    require_bundle()
    main(["complete", *arguments])
    return capsys.readouterr().out


def test_a_word_is_mended_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    first = json.loads(output(capsys, "--edits", "--json", "I recie"))["suggestions"][0]
    assert (first["text"], first["replace"]) == ("eived", 2)
    assert "I received" in output(capsys, "--edits", "I recie").splitlines()[0]
    plain = json.loads(output(capsys, "--json", "I recie"))
    assert not any(one["replace"] for one in plain["suggestions"])


def test_the_text_behind_the_caret_counts(capsys: pytest.CaptureFixture[str]) -> None:
    printed = output(capsys, "--suffix", " to contact me", "Please do not hesi")
    assert "Please do not hesitate to contact me" in printed.splitlines()[0]


def test_another_language_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(output(capsys, "--json", "Mit freundlichen Gr"))
    assert (answer["suggestions"], answer["reason"]) == ([], "other_language")
