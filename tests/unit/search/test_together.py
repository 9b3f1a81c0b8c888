"""Computations that run as one: the same results, in fewer steps."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from inkling.models.runtime.batch import RunBatch, Stepper, StepRequest, StepResult, Steps, finish, together
from inkling.models.search.beam import BeamOptions, BeamSearch, new_tree
from inkling.models.search.suggestion import Suggestion
from inkling.models.search.tail_spelling import Spelling
from tests.rigs.tables import TableModel, TinyTokens

TOKENS = TinyTokens([b" a", b" ab", b"a", b"b", b".", b" b"])
TAILS = (" ", " a", " ab", "\n a")


def counted(run: RunBatch) -> tuple[RunBatch, list[int]]:
    steps: list[int] = []

    def count(requests: Sequence[StepRequest]) -> list[StepResult]:
        steps.append(sum(len(one.state) for one in requests))
        return run(requests)

    return count, steps


@pytest.mark.parametrize("seed", range(4))
def test_searches_together_find_what_each_finds_alone(seed: int) -> None:
    model, spelling = TableModel(TOKENS.vocabulary_size, seed), Spelling(TOKENS)
    options = BeamOptions(beam_width=3, max_words=2)

    def searching(tail: str) -> Steps[tuple[list[Suggestion], int]]:
        tree = new_tree(model.initial_state())
        return BeamSearch(spelling).search(tree, tail, options, line_start=False)

    run, steps = counted(Stepper(model, spelling.groups).run)
    alone = [finish(run, searching(tail)) for tail in TAILS]
    apart, rows = len(steps), sum(steps)
    steps.clear()
    assert finish(run, together([searching(tail) for tail in TAILS])) == alone
    assert len(steps) < apart
    assert sum(steps) == rows


def test_requests_of_other_kinds_take_turns() -> None:
    def walk(kinds: str) -> Steps[list[float]]:
        seen, state = [], np.zeros((1, 2), np.int64)
        for kind in kinds:
            result = yield StepRequest(state, None if kind == "look" else (3,), predicts=kind != "f")
            assert (result.distribution is None) == (kind == "f")
            state = result.state
            seen.append(float(state.sum()))
        return seen

    model = TableModel(TOKENS.vocabulary_size, 1)
    run = Stepper(model, Spelling(TOKENS).groups).run
    assert finish(run, together([walk("fbf"), walk("b"), walk("")])) == [[3.0, 6.0, 6.0], [3.0], []]


def test_what_is_given_up_is_closed() -> None:
    closed: list[Callable[[], None]] = []

    def endless() -> Steps[None]:
        try:
            while True:
                yield StepRequest(np.zeros((1, 2), np.int64), (3,), predicts=False)
        finally:
            closed.append(lambda: None)

    running = together([endless(), endless()])
    next(running)
    running.close()
    assert len(closed) == 2
