"""No misspelling is suggested, misspelled words are mended, and right ones are left alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import EmptyReason, SearchOptions, SearchResult
from inkling.models.search.writer import Writer, own_phrases, own_words
from inkling.models.text.chunks import split_prefix
from inkling.models.text.context import Context
from inkling.models.text.folding import words_of
from tests.materials.bundles import make_bundle
from tests.programs.shipped import require_bundle

pytestmark = pytest.mark.lengthy

DATA = Path(__file__).parents[2] / "data" / "spelling"
MENDING = SearchOptions(edits=True)
EVERYTHING = SearchOptions(max_suggestions=5, min_confidence=0.0, interruption_ms=0.0)


@pytest.fixture(scope="module")
def completer() -> Completer:
    return load_completer(load_bundle(require_bundle()), "cpu")


def complete(
    completer: Completer,
    prefix: str,
    options: SearchOptions = MENDING,
    *,
    context: Context | None = None,
    writer: Writer | None = None,
    suffix: str = "",
) -> SearchResult:
    draft = Draft(prefix, context or Context(), writer or Writer(), suffix)
    return finish(completer.run, completer.complete(draft, options))


def lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text("utf-8").splitlines() if not line.startswith("#")]


def beginnings() -> Iterator[tuple[str, str, str]]:
    """Each misspelled word, begun letter by letter: the prefix, the letters typed, and the word."""
    for before, wrong, _ in (line.split("|") for line in lines("misspelled.txt")):
        for end in range(1, len(wrong) + 1):
            yield f"{before} {wrong[:end]}", wrong[:end], wrong


def first_word(text: str) -> str:
    return text.split()[0].strip(".,!?")


@pytest.mark.parametrize("edits", [False, True])
def test_no_misspelling_is_completed(completer: Completer, edits: bool) -> None:
    options = replace(EVERYTHING, edits=edits)
    for prefix, begun, wrong in beginnings():
        for one in complete(completer, prefix, options).suggestions:
            made = first_word(begun[: len(begun) - one.replace] + one.text)
            assert made != wrong or begun == wrong


def test_most_misspelled_words_are_mended(completer: Completer) -> None:
    mended = 0
    rows = [line.split("|") for line in lines("misspelled.txt")]
    assert len(rows) == 200
    for before, wrong, right in rows:
        for end in range(1, len(wrong) + 1):
            found = complete(completer, f"{before} {wrong[:end]}").suggestions[:1]
            made = [first_word(wrong[: end - one.replace] + one.text) for one in found if one.replace]
            if made and made[0].lower() == right.lower():
                mended += 1
                break
    assert mended >= 160


def test_right_words_are_never_mended(completer: Completer) -> None:
    words = [word for line in lines("right.txt") for word in line.split()]
    assert len(words) == 2000
    for word in words:
        for before in ("We should look at the", "Please ask"):
            for end in range(2, len(word) + 1):
                draft = Draft(f"{before} {word[:end]}")
                # Where nothing may be meant, no search is needed to know that nothing is mended.
                if completer.may_mend(draft):
                    found = complete(completer, draft.prefix).suggestions
                    assert not any(one.replace for one in found), draft.prefix


@pytest.mark.parametrize(
    ("prefix", "text", "gone"),
    [
        ("I recie", "eived", 2),
        ("Please accomod", "modate", 2),
        ("See you tommor", "orrow", 3),
        ("I will send teh", "he", 2),
        ("Thnaks", "anks", 4),
        ("Let us have a meetign", "ng", 2),
    ],
)
def test_mended_wholes(completer: Completer, prefix: str, text: str, gone: int) -> None:
    best = complete(completer, prefix).suggestions[0]
    assert (best.text, best.replace) == (text, gone)
    plain = complete(completer, prefix, SearchOptions())
    assert not any(one.replace for one in plain.suggestions)
    assert not any(one.text[0].isalpha() for one in plain.suggestions)


def test_only_letters_of_the_tail_go(completer: Completer) -> None:
    for prefix, begun, _ in beginnings():
        for one in complete(completer, prefix).suggestions:
            assert one.replace <= len(begun)
            assert one.text


@pytest.mark.parametrize(
    "known",
    [
        {"context": Context(subject="The recieval of goods")},
        {"context": Context(previous_message="Our recieval is on Monday.")},
        {"context": Context(recipient_name="Anna Recieval")},
        {"writer": Writer(words=own_words(["We did the recieval"]))},
    ],
    ids=["subject", "previous message", "recipient", "profile"],
)
def test_words_of_the_context_and_the_writer_are_right(
    completer: Completer, known: dict[str, object]
) -> None:
    prefix = "Please check the recieva"
    options = replace(EVERYTHING, edits=True)
    assert any(one.replace for one in complete(completer, prefix, options).suggestions)
    draft = Draft(prefix, **known)  # type: ignore[arg-type]
    found = finish(completer.run, completer.complete(draft, options))
    assert not any(one.replace for one in found.suggestions)


def test_a_name_is_not_mended(completer: Completer) -> None:
    for prefix in ("Please ask Recie", "I met Seperat", "Hi Jonh", "Dear Thnak"):
        assert not any(one.replace for one in complete(completer, prefix).suggestions)


def test_forbidden_phrases_are_not_mended_into(completer: Completer) -> None:
    writer = Writer(forbidden=("received",))
    for one in complete(completer, "I recie", writer=writer).suggestions:
        assert first_word("I recie"[: 7 - one.replace][2:] + one.text) != "received"


def test_a_bundle_without_known_languages_mends_nothing(tmp_path: Path) -> None:
    tiny = load_completer(load_bundle(make_bundle(tmp_path / "tiny")), "cpu", runtime="onnx")
    options = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
    mending = SearchOptions(min_confidence=0.0, interruption_ms=0.0, edits=True)
    for prefix in ("I recie", "Mit freundlichen Gr"):
        assert complete(tiny, prefix, options) == complete(tiny, prefix, mending)
    assert tiny.description["languages"] == []
    assert tiny.description["misspellings"] == 0


def test_a_bundle_tells_what_it_knows(completer: Completer) -> None:
    assert completer.description["languages"] == ["en"]
    assert completer.description["misspellings"] > 4_000  # type: ignore[operator]


@pytest.mark.parametrize(
    "prefix", ["Mit freundlichen Gr", "Guten Tag, Frau Weber, vielen D", "Bonjour, merci de v"]
)
def test_another_language_gets_nothing(completer: Completer, prefix: str) -> None:
    found = complete(completer, prefix, EVERYTHING)
    assert found.suggestions == []
    assert found.reason is EmptyReason.OTHER_LANGUAGE
    assert found.decode_steps == 0


def test_another_language_gets_the_writers_own_phrases(completer: Completer) -> None:
    mail = "Mit freundlichen Grüßen aus Köln"
    tokens = completer.tokenizer.encode(mail, masker=completer.masker)
    number = completer.keep_profile(completer.make_profile([tokens] * 6))
    hashes = np.array(words_of(mail, completer.masker), np.uint64)
    writer = Writer(number, own=own_phrases([hashes]), words=own_words([mail]))
    found = complete(completer, "Mit freundlichen Gr", EVERYTHING, writer=writer).suggestions
    assert found
    assert all(mail.startswith(f"Mit freundlichen Gr{one.text}".rstrip(".,:;!")) for one in found)
    stranger = Writer(number, own=own_phrases([hashes[:1]]))
    assert complete(completer, "Mit freundlichen Gr", EVERYTHING, writer=stranger).suggestions == []


def test_the_middle_of_a_line(completer: Completer) -> None:
    def texts(prefix: str, suffix: str) -> list[str]:
        options = SearchOptions(max_suggestions=5, min_confidence=0.1, interruption_ms=0.0)
        return [one.text for one in complete(completer, prefix, options, suffix=suffix).suggestions]

    assert texts("Please let me kn", " if you have any questions")[0] == "ow"
    assert texts("I am looking forw", " to seeing you")[0] == "ard"
    assert not any("next" in text for text in texts("Can we schedule a meeting ", " next week?"))
    assert texts("Please let me kn", "ow if") == []
    assert all(text.endswith(" ") for text in texts("Thank you for ", "help with this."))


@pytest.mark.parametrize("suffix", ["", "   ", "\nBest regards,\nAnna"])
def test_without_text_in_the_line_nothing_changes(completer: Completer, suffix: str) -> None:
    for prefix in ("Please let me kn", "Thank you for ", "Hi all,\n"):
        plain = complete(completer, prefix, EVERYTHING)
        assert complete(completer, prefix, EVERYTHING, suffix=suffix) == plain


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", languages=["en"])
    return load_completer(load_bundle(folder), "cpu", runtime="onnx")


@settings(max_examples=150, deadline=None)
@given(
    st.text("aeimnrt tI,.\n’…ü明", max_size=20),
    st.sampled_from(["", "recie", "Recieve", "teh", "meetign", "x@", "…recie"]),
    st.text("ab .,\n’\r\t明", max_size=8),
    st.booleans(),
)
def test_any_text_on_both_sides(tiny: Completer, before: str, word: str, suffix: str, edits: bool) -> None:
    prefix = before + word
    options = SearchOptions(5, 4, 4, 0.0, 0.0, edits=edits)
    for one in complete(tiny, prefix, options, suffix=suffix).suggestions:
        assert one.text
        assert 0 <= one.replace <= len(split_prefix(prefix)[1].lstrip())
        assert edits or not one.replace
        assert one.log_prob <= 0.0
        assert 0.0 <= one.confidence <= 1.0
        assert not one.text[-1].isspace() or suffix[:1].isalnum()
