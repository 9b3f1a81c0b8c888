"""Sentences in other languages are noticed, English ones are not."""

import json
import re
from pathlib import Path

import pytest

from inkling.models.languages.detector import Detector, function_words
from inkling.models.languages.english import load_english
from inkling.models.languages.languages_read import languages_read
from tests.materials.letters import letters

DETECTOR = Detector(load_english().lexicon, function_words(), frozenset({"en"}))
SENTENCES: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[2] / "data" / "languages" / "sentences.json").read_text("utf-8")
)
LEAST_SHARE = {"de": 0.95, "fr": 0.95, "es": 0.85, "it": 0.85, "nl": 0.9, "pt": 0.85, "pl": 0.9, "sv": 0.95}


def beginnings(sentence: str, words: int = 2) -> list[str]:
    """The sentence up to the end of each word from number `words` on."""
    ends = [match.end() for match in re.finditer(r"\S+", sentence)]
    return [sentence[:end] for end in ends[words - 1 :]]


@pytest.mark.parametrize("language", SENTENCES)
def test_other_languages_are_noticed_from_the_second_word_on(language: str) -> None:
    begun = [one for sentence in SENTENCES[language] for one in beginnings(sentence)]
    noticed = sum(map(DETECTOR.is_foreign, begun)) / len(begun)
    assert noticed >= LEAST_SHARE[language]


def test_whole_sentences_are_all_noticed() -> None:
    assert all(DETECTOR.is_foreign(one) for several in SENTENCES.values() for one in several)


def test_english_mail_is_not_foreign() -> None:
    assert not [one for text in letters(20) for one in beginnings(text, 1) if DETECTOR.is_foreign(one)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hi",
        "I met Señor García and Frau Müller",
        "The café on the rue de Rivoli",
        "Please send the résumé to José",
        "Vis-à-vis the contract, we",
        "See the minutes of 3.12.2024 re: Q4 (v2.1)",
        "kubectl apply -f deploy.yaml then run",
    ],
)
def test_english_with_foreign_words_is_english(text: str) -> None:
    assert not DETECTOR.is_foreign(text)


@pytest.mark.parametrize("text", ["Привет, как дела", "明日の会議は", "Καλημέρα σας, πώς", "مرحبا كيف حالك"])
def test_other_scripts_are_foreign(text: str) -> None:
    assert DETECTOR.is_foreign(text)


def test_the_lines_above_decide_about_the_first_word_of_a_line() -> None:
    above = "Vielen Dank für die Antwort.\n\n"
    assert DETECTOR.is_foreign(f"{above}Meine")
    assert not DETECTOR.is_foreign(f"{above}I will answer them in English today and")


def test_languages_that_are_known_are_not_foreign() -> None:
    both = Detector(load_english().lexicon, function_words(), frozenset({"en", "de"}))
    assert not any(both.is_foreign(one) for one in ("Vielen Dank für die", "Mit der", "Thank you for"))
    assert both.is_foreign("Merci pour votre réponse")


def test_the_languages_that_were_read() -> None:
    assert languages_read(letters(40)) == ("en",)
    german = [" ".join(SENTENCES["de"][at : at + 3]) for at in range(9)]
    assert languages_read([*letters(40), *german]) == ("de", "en")
    assert languages_read(["Hi", ""]) == ()
    assert languages_read(["明日の会議は三時から始まります お願い します どうぞ よろしく"]) == ()
