"""Words that are not suggested: a list, and gendered pronouns nobody has used."""

from pathlib import Path

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.search.suggestion import SearchOptions
from inkling.models.search.word_filter import WordFilter, WordListError, default_filter
from inkling.models.text.context import Context
from inkling.service.engine.job import Job
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.sessions.memory_sessions import MemorySessionStore
from tests.materials.bundles import make_bundle

WORDS = WordFilter(["darn", "Straße"], [["he", "him", "he's"], ["she", "her"]])


@pytest.mark.parametrize(
    ("text", "written", "allowed"),
    [
        (" for next week?", "", True),
        (" darn it", "", False),
        (" DARN!", "darn", False),
        (" darned", "", True),
        (" STRASSE", "", False),
        (" he said", "I asked", False),
        (" he said", "I asked him", True),
        (" he’s here", "I asked", False),
        (" HE", "Him?", True),
        (" she and he", "he", False),
        (" she and he", "he, her", True),
        (" there", "", True),
        ("her", "the", False),
    ],
)
def test_what_is_allowed(text: str, written: str, allowed: bool) -> None:
    assert WORDS.for_draft(written)(text) is allowed


def test_the_filter_that_ships() -> None:
    words = default_filter()
    assert not words.for_draft("")(" this bullshit")
    assert not words.for_draft("I spoke with the manager")(" let her know")
    assert words.for_draft("She asked me")(" let her know")
    assert words.for_draft("")(" please let me know")


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# ours\n\nsynergy\n")
    words = default_filter(path)
    assert not words.for_draft("")(" Synergy")
    assert words.for_draft("")(" bullshit")
    with pytest.raises(WordListError, match="cannot read"):
        default_filter(tmp_path / "absent.txt")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(WordListError, match="UTF-8"):
        default_filter(path)


def test_a_completer_suggests_no_blocked_word(tmp_path: Path) -> None:
    bundle = load_bundle(make_bundle(tmp_path / "tiny", phrases=True))

    def texts(words: WordFilter, prefix: str) -> list[str]:
        completer: Completer = load_completer(bundle, "cpu", words=words)
        runner = ModelRunner(completer, MemorySessionStore(10**6, 60.0))
        job = Job(
            prefix, Context(), SearchOptions(min_confidence=0.0, interruption_ms=0.0, max_suggestions=5)
        )
        return [one.text for one in finish(runner.run, runner.answer(job)).suggestions]

    prefix = "Thank you for your hel"
    assert "p" in "".join(texts(WordFilter(), prefix))
    assert any(text.startswith("p ") or text == "p with" for text in texts(WordFilter(), prefix))
    blocked = WordFilter(["help"])
    assert not any(text.startswith(("p ", "p.")) for text in texts(blocked, prefix))
    gendered = WordFilter([], [["help", "helper"]])
    assert texts(gendered, prefix) == texts(blocked, prefix)
    assert texts(gendered, "The helper. " + prefix) == texts(WordFilter(), "The helper. " + prefix)


@pytest.mark.parametrize(
    ("phrase", "written", "text", "allowed"),
    [
        ("kind regards", "Kind", "Kind regards,", False),
        ("kind regards", "", "Kind regards", False),
        ("kind regards", "Kind regards", "regards, Robin", True),  # it stands there already
        ("kind regards", "Kind re", "regards", False),
        ("kind regards", "Kindest", "Kindest regards", True),
        ("kind regards", "Kind", "Kind regard", True),
        ("我爱你", "我", "我爱你", False),
        ("我爱你", "我爱", "爱你们", False),
        ("爱你", "我", "我爱我", True),
        ("m2", "20", "20 m²", False),
        ("", "any", "any thing", True),
    ],
)
def test_forbidden_phrases(phrase: str, written: str, text: str, allowed: bool) -> None:
    # The text begins with the word that the caret is in, if it is in one.
    assert WordFilter().for_draft(written, [phrase, "something else"])(text) is allowed


def test_blocked_words_are_found_in_scripts_without_spaces() -> None:
    words = WordFilter(["坏"])
    assert not words.for_draft("")("很坏的")
    assert words.for_draft("")("很好的")


def test_what_the_writer_has_typed_refuses_nothing_that_follows_it() -> None:
    words = WordFilter(["darn"]).for_draft("Well, darn")
    assert words("darn it")
    assert words("darn, that")
    assert not words("darned darn")
    assert not words("darn the darn")
