"""Work for the model, from any number of callers, done together.

Whatever needs model steps is a generator: it yields `Work` and is sent what came of it. Who drives
the generators decides what shares a step; the results are the same.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from models.step import Distribution, Groups, State, StepModel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """Rows for one model step.

    Feed `pieces` (n,), one to each row of `state` (n, S), or nothing where it is None; `looks` says
    that the distribution of the resulting states is wanted.
    """

    state: State
    pieces: Sequence[int] | None
    looks: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The states (n, S) after a `Work`, and their distribution where it was wanted."""

    state: State
    distribution: Distribution | None


Steps = Generator[Work, Done, T]
"""A computation in model steps that ends in a T."""


class Stepper:
    """Runs the work of several callers as one step of a model. Not thread-safe."""

    def __init__(self, model: StepModel, groups: Groups) -> None:
        self.model = model
        self._predict = model.predictor(groups)

    def run(self, works: Sequence[Work]) -> list[Done]:
        """Do all works in at most two calls of the model."""
        states = self._advance(works)
        looking = [index for index, work in enumerate(works) if work.looks]
        distributions: list[Distribution | None] = [None] * len(works)
        if looking:
            distribution = self._predict(_joined([states[index] for index in looking]))
            begin = 0
            for index in looking:
                rows = slice(begin, begin + len(states[index]))
                distributions[index] = distribution.rows(rows)
                begin = rows.stop
        return [Done(state, distribution) for state, distribution in zip(states, distributions, strict=True)]

    def _advance(self, works: Sequence[Work]) -> list[State]:
        states = [work.state for work in works]
        feeding = [index for index, work in enumerate(works) if work.pieces is not None]
        if feeding:
            pieces = np.array([piece for index in feeding for piece in works[index].pieces or ()], np.int64)
            after = self.model.advance(pieces, _joined([states[index] for index in feeding]))
            begin = 0
            for index in feeding:
                end = begin + len(states[index])
                states[index] = after[begin:end]
                begin = end
        return states


def _joined(states: Sequence[State]) -> State:
    return states[0] if len(states) == 1 else np.concatenate(states)


def feed(state: State, pieces: Sequence[int]) -> Steps[State]:
    """The state (1, S) after feeding `pieces` to `state`, one a step."""
    for piece in pieces:
        state = (yield Work(state, (piece,), looks=False)).state
    return state


Run = Callable[[Sequence[Work]], list[Done]]
"""Does works together, as `Stepper.run`."""


def finish(run: Run, steps: Steps[T]) -> T:
    """Drive one computation to its end, alone."""
    return finish_all(run, [steps])[0]


def finish_all(run: Run, several: Sequence[Steps[T]]) -> list[T]:
    """Drive several computations to their ends, each step shared by those still running."""
    results: dict[int, T] = {}
    waiting: list[tuple[int, Work]] = []

    def proceed(index: int, done: Done | None) -> None:
        steps = several[index]
        try:
            waiting.append((index, next(steps) if done is None else steps.send(done)))
        except StopIteration as end:
            results[index] = end.value

    for index in range(len(several)):
        proceed(index, None)
    while waiting:
        current, waiting = waiting, []
        for (index, _), done in zip(current, run([work for _, work in current]), strict=True):
            proceed(index, done)
    return [results[index] for index in range(len(several))]
