import sys

import pytest

from inkling.models.corpus.cleaning.spelling import Corrections, SpellingError

FEW = Corrections({"recieve": "receive", "definately": "definitely"})


def test_words_are_corrected_and_their_case_kept() -> None:
    assert (
        FEW.correct("Did you recieve it? Definately, I recieve.")
        == "Did you receive it? Definitely, I receive."
    )


def test_what_is_no_whole_word_stays() -> None:
    assert FEW.correct("recieves RECIEVE recieve2") == "recieves RECIEVE receive2"


def test_the_dictionary_corrects_common_misspellings() -> None:
    pytest.importorskip("codespell_lib", reason="needs the extra 'spelling'")
    corrections = Corrections.load()
    assert (
        corrections.correct("We will seperate and accomodate tommorow")
        == "We will separate and accommodate tomorrow"
    )
    assert corrections.correct("We organise colour, organize color.") == "We organise colour, organize color."


def test_a_missing_dictionary_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "codespell_lib", None)
    with pytest.raises(SpellingError, match="spelling"):
        Corrections.load()
