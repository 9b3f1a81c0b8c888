"""Sentences that a writer has sent several times are found again by their first words."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.facts.fact import FactKind
from inkling.models.personal.own_sentences import OwnSentences, Slot
from inkling.models.text.context_sequence import known_names
from inkling.models.text.masked_text import mask_text
from inkling.models.text.masking import Masker, NameLexicon, Placeholder

MASKER = Masker(NameLexicon.build(["Priya", "Okafor"]))
QUESTIONS = "Please let me know if you have any questions."
WORDS = ("please", "let", "me", "know", "soon", "again.")


def masked(text: str, recipient: str | None = None) -> str:
    return mask_text(text, MASKER, known_names(recipient))


def sent(*texts: str, recipient: str | None = None) -> OwnSentences:
    return OwnSentences((masked(text, recipient), 1) for text in texts)


def after(
    sentences: OwnSentences,
    prefix: str,
    values: Mapping[Slot, str] | None = None,
    recipient: str | None = None,
) -> list[str]:
    found = sentences.after(prefix, lambda text: masked(text, recipient), lambda: values or {})
    return [one.text for one in found]


@pytest.mark.parametrize(
    ("prefix", "texts"),
    [
        ("Please let", [" me know if you have any questions."]),
        ("please LET me kn", ["ow if you have any questions."]),
        ("Hi all,\n\nThe list is done. Please let ", ["me know if you have any questions."]),
        ("Please", []),
        ("Please l", []),
        ("Please lend", []),
        ("Please, let", []),
        ("Could you please let", []),
        (QUESTIONS, []),
        (f"{QUESTIONS} ", []),
        ("", []),
        ("Please let" + " me" * 200, []),
    ],
)
def test_a_sentence_comes_back_once_two_of_its_words_are_typed(prefix: str, texts: Sequence[str]) -> None:
    sentences = sent(f"Hi,\n\n{QUESTIONS}", f"All is well. {QUESTIONS}\nBest")
    assert len(sentences) == 1
    assert after(sentences, prefix) == texts


def test_what_was_sent_once_or_is_short_does_not_come_back() -> None:
    assert after(sent(QUESTIONS), "Please let") == []
    assert after(sent("See you there.", "See you there."), "See you") == []


def test_a_whole_message_that_was_sent_twice_is_kept_once_and_counts_twice() -> None:
    assert after(OwnSentences([(QUESTIONS, 2)]), "Please let me") == [" know if you have any questions."]


def test_names_dates_and_numbers_are_filled_from_the_context_or_end_the_text() -> None:
    meetings = sent("We meet at 3 pm on Tuesday in the hall.", "We meet at 10:30 on Friday in the hall.")
    assert after(meetings, "We meet") == [" at"]
    values: dict[Slot, str] = {FactKind.TIME: "noon"}
    assert after(meetings, "We meet", values) == [" at noon on"]
    values[FactKind.WEEKDAY] = "Monday"
    assert after(meetings, "We meet", values) == [" at noon on Monday in the hall."]
    assert after(meetings, "We meet at 4 pm ", values) == ["on Monday in the hall."]
    assert after(meetings, "We meet at n", values) == ["oon on Monday in the hall."]
    assert after(meetings, "We meet at t", values) == []


def test_the_recipient_is_a_slot_and_another_name_ends_the_text() -> None:
    thanks = sent(
        "Many thanks again, Sam, for the list.", "Many thanks again, Sam, for the list.", recipient="Sam"
    )
    assert after(thanks, "Many thanks") == [" again,"]
    values: dict[Slot, str] = {Placeholder.RECIPIENT: "Ines"}
    assert after(thanks, "Many thanks", values, "Ines") == [" again, Ines, for the list."]
    assert after(thanks, "Many thanks again, Ines, ", values, "Ines") == ["for the list."]
    asked = sent("I have asked Priya about it.", "I have asked Priya about it.")
    assert after(asked, "I have") == [" asked"]
    assert "Priya" not in "".join(after(asked, "I have asked "))


def test_a_number_that_was_masked_is_never_offered() -> None:
    reset = sent("The code is 12345678 for all of us.", "The code is 87654321 for all of us.")
    assert after(reset, "The code") == [" is"]


def test_confidence_is_the_share_of_sentences_that_went_on_so() -> None:
    often = "Please send it to the office today."
    sentences = sent(*[often] * 6, *["Please send me the keys again."] * 2)
    first, second = sentences.after("Please send", masked, dict)
    assert (first.times, first.begun, second.times, second.begun) == (6, 8, 2, 8)
    assert first.confidence > 0.5 > second.confidence > 0
    (alone,) = sentences.after("Please send it", masked, dict)
    assert (alone.times, alone.begun) == (6, 6)
    assert 1 > alone.confidence > first.confidence


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), max_size=12), st.data())
def test_as_a_search_through_all_sentences_finds_them(messages: list[list[str]], data: st.DataObject) -> None:
    """The oracle looks at every sentence of every message, and knows no index."""
    texts = [" ".join(words) for words in messages]
    sentences = sent(*texts)
    all_sentences = [
        tuple(part.split())
        for text in texts
        for part in text.replace(". ", ".\n").split("\n")
        if part.strip()
    ]
    typed = data.draw(st.lists(st.sampled_from(WORDS[:-1]), min_size=1, max_size=4))
    count = len(typed)
    found = sentences.after(" ".join(typed) + " ", masked, dict)
    begun = [one for one in all_sentences if one[:count] == tuple(typed) and len(one) >= 2]
    wanted = {
        " ".join(one[count:]): all_sentences.count(one)
        for one in begun
        if len(one) >= 4 and len(one) > count >= 2 and all_sentences.count(one) >= 2
    }
    assert {one.text: one.times for one in found} == wanted
    assert all(one.begun == len(begun) for one in found)
