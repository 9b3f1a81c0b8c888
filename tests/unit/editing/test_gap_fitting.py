"""Texts for the middle of a line: what fits, and how the word behind the caret counts."""

import math

import pytest

from inkling.models.editing.gap_fitting import Fitting, Gap, first_line
from inkling.models.runtime.batch import Stepper, finish
from inkling.models.search.beam import BeamOptions, BeamSearch, new_tree
from inkling.models.search.confidence import PLAIN
from inkling.models.search.suggestion import FinishReason, Suggestion
from inkling.models.search.tail_spelling import Spelling
from tests.rigs.tables import TableModel, TinyTokens

TOKENS = TinyTokens([b" a", b" ab", b"a", b"b", b".", b" b"])


@pytest.mark.parametrize(
    ("suffix", "line"),
    [("", ""), ("  ", ""), ("\nmore", ""), (" at noon \nmore", " at noon"), ("x\r\ny", "x")],
)
def test_only_the_first_line_counts(suffix: str, line: str) -> None:
    assert first_line(suffix) == line


@pytest.mark.parametrize(
    ("suffix", "word", "space", "following"),
    [
        (" next week?", "meet", "", " next"),
        ("next week?", "", " ", " next"),
        (", please", "meet", "", ","),
        ("?", "", "", "?"),
        (" (or not)", "", "", " (or"),
    ],
)
def test_a_gap(suffix: str, word: str, space: str, following: str) -> None:
    gap = Gap.of(suffix, word)
    assert gap is not None
    assert (gap.space, gap.next) == (space, following)


def test_there_is_no_gap_inside_a_word() -> None:
    assert Gap.of("ing tomorrow", "meet") is None


@pytest.mark.parametrize(
    ("suffix", "word", "text", "takes"),
    [
        (" next week?", "sched", "ule", True),
        (" next week?", "sched", "ule next week", False),
        (" next week?", "sched", "ule a call", True),
        (" next week?", "", "for next", False),
        (" next week?", "", "for next week or", False),
        (" next week?", "ne", "xt", False),
        (" next week?", "", "Thursday?", False),
        (" Next week?", "", "Thursday?", True),
        (" next week?", "", "for the,", True),
        (", please", "", "a call,", False),
        (", please", "", "a call", True),
        (" NEXT week", "", "the next", False),
        ("?", "", "tomorrow.", False),
        ("?", "", "tomorrow", True),
    ],
)
def test_what_fits(suffix: str, word: str, text: str, takes: bool) -> None:
    gap = Gap.of(suffix, word)
    assert gap is not None
    assert gap.takes(word, text) is takes


@pytest.mark.parametrize("seed", range(6))
def test_the_next_word_counts(seed: int) -> None:
    model = TableModel(TOKENS.vocabulary_size, seed)
    spelling = Spelling(TOKENS)
    run = Stepper(model, spelling.groups).run
    tree = new_tree(model.initial_state())
    options = BeamOptions(beam_width=8, max_words=1)
    found, _ = finish(run, BeamSearch(spelling).search(tree, " a", options, line_start=False))
    gap = Gap.of(" b", "a")
    assert gap is not None
    fitting = Fitting(tree, spelling, PLAIN)
    fitted = finish(run, fitting.fit(found, gap, " a", line_start=False))
    assert fitted
    assert (
        sum(math.exp(one.log_prob) for one in fitted) <= 1 / 1.2 + 1e-6
    )  # texts that were not found have a part
    assert fitted == sorted(fitted, key=lambda one: -round(one.log_prob, 4))
    assert all(one.text in {before.text for before in found} for one in fitted)
    assert fitting.steps > 0


def test_a_text_before_a_word_ends_in_a_space() -> None:
    model = TableModel(TOKENS.vocabulary_size, 1)
    spelling = Spelling(TOKENS)
    gap = Gap.of("b", "")
    assert gap is not None
    one = Suggestion("ab", 0.5, -0.7, FinishReason.BEST_LENGTH)
    fitting = Fitting(new_tree(model.initial_state()), spelling, PLAIN)
    fitted = finish(Stepper(model, spelling.groups).run, fitting.fit([one], gap, " ", line_start=False))
    assert [fit.text for fit in fitted] == ["ab "]
