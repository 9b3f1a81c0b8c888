"""The writer's own text is separated from quotes of mail programs, in many languages and styles."""

import json
import re
from pathlib import Path

import pytest

from inkling.models.corpus.cleaning.cleaning import Cleaner
from inkling.models.corpus.cleaning.fixed_phrases import load_phrases
from inkling.models.corpus.cleaning.report import CleaningReport
from inkling.models.corpus.mail.message import RawMessage

PHRASES = load_phrases()
SET = Path(__file__).parents[2] / "data" / "corpus" / "quoting.jsonl"
MESSAGES = [json.loads(line) for line in SET.read_text("utf-8").splitlines()]
STYLES = sorted({message["style"] for message in MESSAGES})
_WORD = re.compile(r"\w+")


def words(text: str | None) -> list[str]:
    return _WORD.findall(text or "")


def wrong(style: str, *, training: bool) -> list[tuple[str, str | None]]:
    """The messages of a style whose kept text is not exactly the writer's own."""
    cleaner = Cleaner(PHRASES, CleaningReport())
    found = []
    for message in MESSAGES:
        if message["style"] == style:
            text = message["text"]
            kept = cleaner.clean(RawMessage("1", "c", text)) if training else cleaner.own_words(text)
            if words(kept) != words(message["own"]):
                found.append((text, kept))
    return found


def test_the_set_is_as_wide_as_it_has_to_be() -> None:
    assert len(MESSAGES) >= 380
    assert len({message["language"] for message in MESSAGES}) >= 20


@pytest.mark.parametrize("style", STYLES)
def test_neither_others_text_nor_less_than_ones_own_is_learned_from_a_sent_message(style: str) -> None:
    assert wrong(style, training=False) == []


@pytest.mark.parametrize("style", STYLES)
def test_neither_others_text_nor_less_than_ones_own_is_trained_on(style: str) -> None:
    assert wrong(style, training=True) == []
