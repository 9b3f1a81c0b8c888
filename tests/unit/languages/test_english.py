"""Known words, listed misspellings, and what slips of the fingers may be meant to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.languages.english import load_english
from inkling.models.languages.formation import Formation
from inkling.models.languages.lexicon import Lexicon
from inkling.models.languages.misspellings import Misspellings
from inkling.models.languages.slips import LISTED, Slips, distance

ENGLISH = load_english()
COMMON = ("receive", "receiver", "meeting", "their", "because", "work", "flow", "organise", "Tehran")
WORDS = st.text("abc", min_size=1, max_size=5)


def slips(words: tuple[str, ...] = COMMON, **right: str) -> Slips:
    lexicon = Lexicon(words)
    return Slips(lexicon, Misspellings(right))


@given(st.lists(WORDS), st.lists(WORDS), WORDS)
def test_a_lexicon_knows_its_words_and_their_beginnings(
    common: list[str], rare: list[str], start: str
) -> None:
    lexicon = Lexicon(common, rare)
    words = {*common, *rare}
    assert lexicon.knows(start) is (start in words)
    assert lexicon.knows_common(start) is (start in common)
    assert lexicon.begins(start) is lexicon.begins_plain(start) is any(map(_begins(start), words))
    assert lexicon.begins_common(start) is any(map(_begins(start), common))
    assert set(lexicon.plain_from(start)) == set(filter(_begins(start), words))


def _begins(start: str):  # type: ignore[no-untyped-def]
    return lambda word: word.startswith(start)


def test_names_are_known_in_their_own_case() -> None:
    lexicon = Lexicon(["Dana", "can"])
    assert lexicon.knows("dana")
    assert lexicon.knows_as_written("Dana")
    assert not lexicon.knows_as_written("DANA")
    assert lexicon.knows_as_written("Can")
    assert not lexicon.begins_plain("dan")
    assert lexicon.begins("dan")


def test_misspellings_have_inflections() -> None:
    lexicon = Lexicon(["receive", "received", "receiving", "convenience", "inconvenience", "the", "then"])
    listed = [("recieve", "receive"), ("convience", "convenience"), ("teh", "the")]
    wrong = Misspellings.inflected(listed, lexicon)
    assert wrong.correction("recieving") == "receiving"
    assert wrong.correction("Recieved") == "received"
    assert wrong.correction("inconvience") == "inconvenience"
    assert wrong.correction("tehn") is None
    assert wrong.correction("receive") is None
    assert wrong.begun("recieved") == [("recieved", "received")]


def test_no_listed_misspelling_is_a_known_word() -> None:
    assert len(ENGLISH.misspellings) > 4_000
    for wrong, right in ENGLISH.misspellings.begun(""):
        assert not ENGLISH.lexicon.knows(wrong)
        assert ENGLISH.lexicon.knows(right)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("recieve", "receive"),
        ("meeitng", "meeting"),
        ("meetting", "meeting"),
        ("meeeting", "meeting"),
        ("becuase", "because"),
        ("becsuse", "because"),
        ("orgnise", "organise"),
        ("organize", "organise"),
    ],
)
def test_a_slip_is_found(typed: str, meant: str) -> None:
    assert meant in slips().meant(typed)


@pytest.mark.parametrize("typed", ["receiv", "meet", "kube", "meetx", "workfl", "tehr", "workers", "xeceive"])
def test_what_may_be_right_is_left_alone(typed: str) -> None:
    assert not slips().meant(typed)
    assert not slips().is_wrong_beginning(typed)


def test_a_listed_misspelling_is_mended_as_soon_as_nothing_right_begins_so() -> None:
    found = slips(COMMON, recieve="receive", teh="the")
    assert found.meant("recie") == {"recei": LISTED}
    assert found.meant("recieve") == {"receive": LISTED}
    assert found.meant("teh") == {"the": LISTED}
    assert found.meant("reci") == {}
    assert found.is_wrong_beginning("recie")
    assert not found.is_wrong_beginning("rec")


@pytest.mark.parametrize("word", ["recieve", "Recieved", "accomodate", "reccommendation", "scheudle"])
def test_wrong_words(word: str) -> None:
    assert ENGLISH.is_wrong(word)


@pytest.mark.parametrize("word", ["receive", "colour", "color", "Okafor", "emails", "kubectl", "I'm", "NASA"])
def test_words_that_are_not_wrong(word: str) -> None:
    assert not ENGLISH.is_wrong(word)


def test_more_words_are_known_and_misspellings_are_not_among_them() -> None:
    more = ENGLISH.extended(["frobnicate", "recieve", "Xyzzy"])
    assert more.lexicon.knows("frobnicate")
    assert not more.lexicon.knows("recieve")
    assert not more.lexicon.knows("xyzzy")
    assert not more.slips.meant("frobnic")


@pytest.mark.parametrize("start", ["workfl", "rework", "receivab", "organisers", "overrec"])
def test_words_made_of_known_ones(start: str) -> None:
    assert Formation(Lexicon([*COMMON, "receivable"])).may_make(start)


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("", "", 0), ("ab", "ba", 1), ("abc", "ac", 1), ("abc", "abd", 1), ("a", "bcd", 3)],
)
def test_distance(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == distance(other, one) == slips
