"""A forbidden phrase is spelled in no other way: not in another case or typography, and not in pieces."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, Suggestion
from inkling.models.search.word_filter import WordFilter, same_phrase
from inkling.models.search.writer import Writer
from tests.materials.bundles import make_bundle

APOSTROPHES = "'’‘ʼ′＇"
SPACES = (" ", "  ", "\n", "\u00a0", ", ", " - ")


@given(st.data())
def test_however_it_is_written_and_wherever_it_is_cut(data: st.DataObject) -> None:
    phrase = data.draw(st.sampled_from(["it's on me", "kind regards", "per my last email"]))
    written = "".join(data.draw(st.sampled_from(APOSTROPHES)) if one == "'" else one for one in phrase)
    written = "".join(data.draw(st.sampled_from(SPACES)) if one == " " else one for one in written)
    written = "".join(one.upper() if data.draw(st.booleans()) else one for one in written)
    cut = data.draw(st.integers(0, len(written) - 1))
    before = data.draw(st.sampled_from(["", "Well, ", "All is done.\n"]))
    draft = Draft(before + written[:cut], writer=Writer(forbidden=[phrase]))
    rest = written[cut:]
    # As the search asks: the text begins with the unfinished word.
    assert not WordFilter().for_draft(draft.prefix, [phrase])(draft.word + rest)
    assert not WordFilter().for_draft(draft.prefix, [phrase])(draft.word + rest + ", and more")


def test_phrases_are_the_same_in_any_case_and_typography() -> None:
    assert same_phrase("It's on me!", "IT’S ON ME")
    assert not same_phrase("kind regards", "kind regard")


@pytest.fixture(scope="module")
def completer(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", phrases=True)
    return load_completer(load_bundle(folder), "cpu", threads=1)


def suggestions(completer: Completer, prefix: str, forbidden: Sequence[str], words: int) -> list[Suggestion]:
    options = SearchOptions(5, words, 8, 0.0, 0.0)
    draft = Draft(prefix, writer=Writer(forbidden=forbidden))
    return list(finish(completer.run, completer.complete(draft, options)).suggestions)


@pytest.mark.parametrize("words", [1, 2, 5])
def test_taking_suggestion_after_suggestion_never_spells_it(completer: Completer, words: int) -> None:
    """Each suggestion of a walk, whichever of the first two is taken, and at a word's end or inside one."""
    start = "Thank you for your"
    plain = start
    for _ in range(4):
        found = suggestions(completer, plain, [], words)
        plain += found[0].text if found else ""
    spoken = plain[len(start) :].split()
    phrase = " ".join(spoken[:2])
    assert phrase
    drafts = [start, f"{start} ", f"{start} {spoken[0]}", f"{start} {spoken[0][:2]}"]
    for _ in range(3):
        longer = []
        for draft in drafts:
            for one in suggestions(completer, draft, [phrase], words)[:2]:
                whole = draft + one.text
                assert not any(
                    same_phrase(" ".join(whole.split()[at : at + 2]), phrase)
                    for at in range(len(draft.split()) - 1, len(whole.split()) - 1)
                ), (draft, one.text)
                longer.append(whole)
        drafts = longer[:6]
