"""Names from headers, and the lexicon learnt from counts alone."""

import pytest

from inkling.models.corpus.cleaning.fixed_phrases import load_phrases
from inkling.models.corpus.cleaning.names import NameCounts, header_entries, header_names

PHRASES = load_phrases()


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("Brandvold, Ottilie J", {"brandvold", "ottilie"}),
        ("ottilie.brandvold@acme.example", {"ottilie", "brandvold"}),
        ("Ottilie Brandvold <ob17@acme.example>", {"ottilie", "brandvold", "ob"}),
        ("Ida Lee/HOU/ACME@ACME, Ann Oakes/NA/Acme@Acme", {"ida", "lee", "ann", "oakes"}),
        ('"Oakes, Ann" <ann@oakes.example>; Lee', {"oakes", "ann", "lee"} - {"oakes"}),
        ("Oakes, Ann (GOV sponsored)", {"oakes", "ann"}),
        ("Oakes, Ann [mailto:ann@x.example]", {"oakes", "ann"}),
        ("Ann O'Hara", {"ann", "o'hara"}),
        ("BJÖRN Ångström", {"björn", "ångström"}),
        ("no-reply@x.example", {"reply"}),
        ("Sales Team <info@x.example>", set()),
        ("shift.dl-fairhaven@x.example, Ida <ida@x.example>", {"ida"}),
        ("", set()),
    ],
)
def test_names_of_a_header(header: str, names: set[str]) -> None:
    assert header_names(header, PHRASES) == names


def office() -> NameCounts:
    """Counts of an invented office: two people, a town, a company and a shared mailbox."""
    counts = NameCounts()
    for number in range(40):
        headers = ("Ottilie Brandvold", "Mark Oakes", "Fairhaven <shift.fairhaven@acme.example>")[number % 3]
        counts.add_header(set(header_entries(headers, PHRASES)))
        counts.add_body(
            "Ottilie,\n\nMark will be in Fairhaven on Friday: the Acme shift at Fairhaven starts late. "
            "The shift is the last shift of Fairhaven, and Fairhaven people at Acme know.\n\nThanks,\nMark"
        )
    return counts


def test_lexicon_holds_people_and_neither_places_nor_words() -> None:
    statistics = office().statistics()
    names = set(statistics.lexicon_names())
    assert {"ottilie", "brandvold", "oakes"} <= names
    assert not names & {"fairhaven", "acme", "friday", "thanks", "shift", "will"}


def test_word_that_is_also_a_name_needs_to_stand_alone() -> None:
    assert office().statistics().is_name("mark")
    counts = NameCounts()
    for _ in range(20):
        counts.add_header({("mark", "oakes")})
        counts.add_body("Mark the date. They mark it, you mark it, I mark it and all of us mark it.")
    assert not counts.statistics().is_name("mark")


def test_acronym_is_no_name() -> None:
    counts = NameCounts()
    for _ in range(10):
        counts.add_header({("fyr",)})
        counts.add_body("FYR as asked")
    assert not counts.statistics().is_name("fyr")


def test_possessive_counts_for_its_stem() -> None:
    counts = NameCounts()
    counts.add_body("Ottilie's kiln and Ottilie’s cups")
    assert counts.statistics().capitals["ottilie"] == 2


def test_common_word_of_own_header_is_not_masked_in_the_message() -> None:
    counts = NameCounts()
    counts.add_body("I will go and you will too and they will and we will. Will you?")
    statistics = counts.statistics()
    assert not statistics.may_be_name("will")
    assert statistics.may_be_name("ottilie")
