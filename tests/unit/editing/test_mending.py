"""Mended words: the noisy channel against sums over every spelling, and what is replaced."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from inkling.models.editing.mending import LEAST_SHARE, Meant, Mending
from inkling.models.runtime.batch import Stepper, finish
from inkling.models.search.beam import BeamOptions, BeamSearch, new_tree
from inkling.models.search.suggestion import Suggestion
from inkling.models.search.tail_spelling import Spelling
from tests.rigs.tables import TableModel, TinyTokens

TOKENS = TinyTokens([b" a", b" ab", b"a", b"b", b"c", b" ac"])
FULL = BeamOptions(beam_width=100_000, max_words=1, tail_paths=100_000, tail_share=0.0, path_floor=0.0)


def mend(
    model: TableModel,
    meant: Meant,
    accepts_after: Callable[[int], Callable[[str], bool]] = lambda _: lambda _: True,
) -> list[Suggestion]:
    spelling = Spelling(TOKENS)
    mending = Mending(BeamSearch(spelling), new_tree(model.initial_state(), 0.0), FULL)
    finding = mending.find(" ", meant, line_start=False, accepts_after=accepts_after)
    found = finish(Stepper(model, spelling.groups).run, finding)
    assert mending.steps > 0
    return found


def probability(model: TableModel, text: str) -> float:
    """The sum over all token sequences that cover a text with their last token."""

    def walk(run: tuple[int, ...], spelled: bytes, mass: float) -> float:
        last_two = (0, 0, *run)[-2:]
        total = 0.0
        for token, p in enumerate(np.exp(model.table[last_two[0], last_two[1]].astype(np.float64)).tolist()):
            longer = spelled + TOKENS.piece_bytes[token]
            if longer.startswith(text.encode()) and longer != spelled:
                total += mass * p
            elif text.encode().startswith(longer) and longer != spelled:
                total += walk((*run, token), longer, mass * p)
        return total

    return walk((), b"", 1.0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("is_wrong", [False, True])
def test_a_beginning_is_as_probable_as_the_channel_says(seed: int, is_wrong: bool) -> None:
    model = TableModel(TOKENS.vocabulary_size, seed)
    slips = {"abc": -1.0, "aba": -2.0}
    joint = {start: probability(model, f" {start}") * math.exp(cost) for start, cost in slips.items()}
    total = sum(joint.values()) + (0.0 if is_wrong else probability(model, " acb"))
    found = mend(model, Meant("acb", slips, is_wrong))
    plain = BeamSearch(Spelling(TOKENS))
    for start, mass in joint.items():
        mended = [one for one in found if ("a" + one.text).startswith(start)]
        if mass / total < LEAST_SHARE:
            assert not mended
            continue
        tree = new_tree(model.initial_state(), 0.0)
        options = replace(FULL, tail_alone=True)
        after, _ = finish(
            Stepper(model, plain.spelling.groups).run,
            plain.search(tree, f" {start}", options, line_start=False),
        )
        expected = {start[1:] + one.text: one.log_prob + math.log(mass / total) for one in after}
        assert {one.text: one.log_prob for one in mended} == pytest.approx(expected, abs=1e-3)
        assert {one.replace for one in mended} == {2}
        assert start[1:] in expected  # the word may end with the beginning


def test_one_letter_at_least_is_new() -> None:
    found = mend(TableModel(TOKENS.vocabulary_size, 1), Meant("abb", {"ab": 0.0}, True))
    assert {one.replace for one in found} == {2}
    assert all(one.text.startswith("b") for one in found)


def test_what_is_refused_is_not_mended() -> None:
    asked: set[int] = set()

    def accepts_after(same: int) -> Callable[[str], bool]:
        asked.add(same)
        return lambda text: not text.startswith("bca")

    found = mend(TableModel(TOKENS.vocabulary_size, 2), Meant("acb", {"abc": 0.0}, True), accepts_after)
    assert asked == {1}
    assert found
    assert not [one for one in found if one.text.startswith("bca")]
    assert [
        one
        for one in mend(TableModel(TOKENS.vocabulary_size, 2), Meant("acb", {"abc": 0.0}, True))
        if one.text.startswith("bca")
    ]


def test_a_beginning_that_nothing_spells_is_no_mending() -> None:
    assert mend(TableModel(TOKENS.vocabulary_size, 3), Meant("acb", {"xyz": 0.0}, True)) == []
