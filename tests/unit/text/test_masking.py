"""Masking: which words are hidden, that nothing of a word is lost, and that only the word matters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.corpus.cleaning.cleaning import join_numbers
from inkling.models.text.masking import MAX_WORD_CHARACTERS, KnownNames, Masker, NameLexicon, Placeholder

EMAIL, LINK, PHONE, NUMBER, NAME, RECIPIENT = Placeholder
LEXICON = NameLexicon.build(["Ottilie", "o'hara", "Brandvold", "mark", "björn"])
MASKER = Masker(LEXICON)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=30)
TRICKY = st.text("aZé9.@/-:'$(,", min_size=1, max_size=40)
PLAIN = st.text("abcdefghijklmnopqrstuvwxyzéßñж", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ann.lee@example.com", (EMAIL,)),
        ("<ann.lee@example.com>,", ("<", EMAIL, ">,")),
        ("[mailto:ann@example.co.uk]", ("[", EMAIL, "]")),
        ("a@example.org;b@example.org", (EMAIL, ";", EMAIL)),
        ("Lee/HOU/ECT@ECT", (EMAIL,)),
        ("Lee@Acme", (EMAIL,)),
        ("10@2.50", ("10@2.50",)),
        ("http://example.com/a?b=c#d.", (LINK, ".")),
        ("(https://example.com/x)", ("(", LINK, ")")),
        ("www.example.com,", (LINK, ",")),
        ("example.com", (LINK,)),
        ("docs.example.co.uk/page", (LINK,)),
        ("EXAMPLE.COM", (LINK,)),
        ("sent.In", ("sent.In",)),
        ("e.g.", ("e.g.",)),
        ("a.m./p.m.", ("a.m./p.m.",)),
        ("555-0142", (PHONE,)),
        ("713-555-0142.", (PHONE, ".")),
        ("(713)555-0142", (PHONE,)),
        ("+44-20-7946-0018", (PHONE,)),
        ("713.555.0142", (PHONE,)),
        ("call:713-555-0142", ("call:", PHONE)),
        ("(713)", ("(713)",)),
        ("x30142", ("x", NUMBER)),
        ("3-0142", (NUMBER,)),
        ("#123456", ("#", NUMBER)),
        ("$12,500.00.", ("$", NUMBER, ".")),
        ("100,000", (NUMBER,)),
        ("INV204518", ("INV", NUMBER)),
        ("$1,200", ("$1,200",)),
        ("$3.5", ("$3.5",)),
        ("20%", ("20%",)),
        ("2001", ("2001",)),
        ("(1999-2001)", ("(1999-2001)",)),
        ("10:30", ("10:30",)),
        ("10:30:15", ("10:30:15",)),
        ("10:30-11:30,", ("10:30-11:30,",)),
        ("3/14/01", ("3/14/01",)),
        ("03/14/2001.", ("03/14/2001.",)),
        ("2001-03-14", ("2001-03-14",)),
        ("10/15-10/19", ("10/15-10/19",)),
        ("Ottilie", (NAME,)),
        ("OTTILIE,", (NAME, ",")),
        ("ottilie", ("ottilie",)),
        ("(Ottilie)", ("(", NAME, ")")),
        ("Ottilie's", (NAME, "'s")),
        ("Ottilie’s", (NAME, "’s")),
        ("O'Hara's", (NAME, "'s")),
        ("Ottilie/Mark", (NAME, "/", NAME)),
        ("Ottilie--what", (NAME, "--what")),
        ("Ottilie-Brandvold", (NAME, "-", NAME)),
        ("Mark-to-market", ("Mark-to-market",)),
        ("Björn", (NAME,)),
        ("Bjo\u0308rn", (NAME,)),
        ("/usr/share/doc", (LINK,)),
        ("(~/.config/app)", ("(", LINK, ")")),
        (r"C:\Temp\new.txt", (LINK,)),
        ("max_length,", (LINK, ",")),
        ("std::map", (LINK,)),
        ("list()", (LINK,)),
        ("3.11.2", (NUMBER,)),
        ("_really_", ("_really_",)),
        ("and/or", ("and/or",)),
        ("yes/no/maybe", ("yes/no/maybe",)),
        ("10/31", ("10/31",)),
        ("document(s)", ("document(s)",)),
        ("Note:", ("Note:",)),
        ("Thanks", ("Thanks",)),
        ("Ottilienburg", ("Ottilienburg",)),
        ("", ()),
    ],
)
def test_word_is_split_into_kept_text_and_placeholders(
    word: str, expected: tuple[str | Placeholder, ...]
) -> None:
    masked = MASKER.mask(word)
    assert masked == expected
    assert [isinstance(part, Placeholder) for part in masked] == [
        isinstance(part, Placeholder) for part in expected
    ]


def known(*others: str, recipient: str = "") -> KnownNames:
    return KnownNames(recipient, frozenset(others))


@given(st.one_of(WORDS, TRICKY), st.builds(KnownNames, WORDS, st.frozensets(WORDS, max_size=2)))
def test_segments_recompose_the_word_and_agree_with_mask(word: str, names: KnownNames) -> None:
    segments = MASKER.segments(word, names)
    assert "".join(text for text, _ in segments) == word
    assert all(text for text, _ in segments)
    assert MASKER.mask(word, names) == tuple(text if kind is None else kind for text, kind in segments)


@given(st.lists(TRICKY, max_size=6), TRICKY)
def test_answer_depends_on_the_word_alone(before: list[str], word: str) -> None:
    used = Masker(LEXICON)
    for other in before:
        used.mask(other, known("Zoe"))
    assert used.mask(word) == Masker(LEXICON).mask(word)


@given(PLAIN)
def test_lower_case_word_is_never_masked(word: str) -> None:
    everything = Masker(NameLexicon.build([word]))
    assert everything.mask(word, known(word)) == (word,)


@given(st.text("abcdefgh", min_size=2, max_size=12))
def test_capitalised_name_of_the_request_is_masked_whatever_its_case_there(name: str) -> None:
    for form in (name, name.upper(), name.capitalize()):
        assert MASKER.mask(f"{name.capitalize()}!", known(form)) == (NAME, "!")
        assert MASKER.mask(name.upper(), known(form)) == (NAME,)
        assert MASKER.mask(f"{name.capitalize()}'s", known(recipient=form)) == (RECIPIENT, "'s")


@pytest.mark.parametrize("name", ["Ottilie", "Dagny"])
def test_the_recipient_is_told_from_other_names_whether_or_not_the_lexicon_has_it(name: str) -> None:
    names = known("Bram", recipient=name)
    assert MASKER.mask(f"{name}/Bram,", names) == (RECIPIENT, "/", NAME, ",")
    assert MASKER.mask(name.lower(), names) == (name.lower(),)
    assert MASKER.mask(f"{name}sson", names) == (f"{name}sson",)


@given(st.integers(10_000, 10**18))
def test_number_of_five_digits_or_more_is_masked_unless_it_reads_as_a_date(number: int) -> None:
    assert MASKER.mask(f"no.{number},") == ("no.", NUMBER, ",")


@pytest.mark.parametrize(
    "unit", ["a'", "a@", "a.", "1-", "(", "1(", "http://", "A-", "www.", "a.com", "/", "@&"]
)
def test_twenty_thousand_characters_without_a_space_take_no_time(unit: str) -> None:
    word = (unit * 20_000)[:20_000]
    assert "".join(text for text, _ in MASKER.segments(word)) == word


def test_lexicon_survives_bytes_and_matches_by_first_letter() -> None:
    read = NameLexicon.from_bytes(LEXICON.to_bytes())
    assert read == LEXICON
    assert len(read) == 5
    assert read.contains("Brandvold")
    assert read.contains("BRANDVOLD")
    assert not read.contains("brandvold")
    assert not read.contains("Brandvolds")
    assert not read.contains("")


@given(st.frozensets(st.text("abcdefghij", min_size=1), max_size=30))
def test_lexicon_bytes_are_ascending_and_independent_of_order(names: frozenset[str]) -> None:
    data = NameLexicon.build(names).to_bytes()
    numbers = [int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8)]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == len(names)
    assert NameLexicon.build(sorted(names, reverse=True)).to_bytes() == data


def test_lexicon_bytes_do_not_show_the_names() -> None:
    assert b"brandvold" not in LEXICON.to_bytes().lower()


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[8:] + data[:8]])
def test_damaged_lexicon_is_refused(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(ValueError, match="name lexicon"):
        NameLexicon.from_bytes(damage(LEXICON.to_bytes()))


@pytest.mark.parametrize(
    "number", ["(555) 010 0199", "555 010 0199", "555.010.0199", "+44 20 7946 0018", "4111 1111 1111 1111"]
)
def test_a_spaced_number_is_joined_and_masked_whole(number: str) -> None:
    joined = join_numbers(f"Call {number} today")
    words = joined.split()
    assert len(words) == 3
    assert any(isinstance(part, Placeholder) for part in MASKER.mask(words[1]))


@pytest.mark.parametrize(
    "text", ["on 12 March 2001 at 10 30", "100 200 300", "pages 10 11 12", "version 1.2.3", "in 2001 2002"]
)
def test_other_numbers_keep_their_spaces(text: str) -> None:
    assert join_numbers(text) == text


def test_a_word_of_unreasonable_length_is_one_placeholder() -> None:
    assert MASKER.mask("x" * MAX_WORD_CHARACTERS) == ("x" * MAX_WORD_CHARACTERS,)
    assert MASKER.mask("x" * (MAX_WORD_CHARACTERS + 1)) == (Placeholder.LINK,)
    assert MASKER.mask("😀" * 19_998) == (Placeholder.LINK,)
