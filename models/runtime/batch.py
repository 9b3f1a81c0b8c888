"""Model steps that several callers share.

A computation that needs model steps is a generator. It yields a `StepRequest` and is sent the `StepResult`.
The caller that drives the generators decides which requests share a step. This changes no result.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from inkling.models.step import Distribution, Groups, State, StepModel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StepRequest:
    """Rows for one model step.

    `tokens` (n,) are fed, one to each row of `state` (n, S); None feeds nothing. `predicts` asks for the
    next-token distribution of the states after that.
    """

    state: State
    tokens: Sequence[int] | None
    predicts: bool


@dataclass(frozen=True, slots=True)
class StepResult:
    """The states (n, S) after a `StepRequest`, and their distribution if the request asked for it."""

    state: State
    distribution: Distribution | None


Steps = Generator[StepRequest, StepResult, T]
"""A computation in model steps that ends in a T."""


class Stepper:
    """Runs the requests of several callers as one step of a model. Not thread-safe."""

    def __init__(self, model: StepModel, groups: Groups) -> None:
        self.model = model
        self._predict = model.predictor(groups)

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        """The result of each request, from at most two calls of the model."""
        states = self._advance(requests)
        predicting = [index for index, request in enumerate(requests) if request.predicts]
        distributions: list[Distribution | None] = [None] * len(requests)
        if predicting:
            distribution = self._predict(_joined([states[index] for index in predicting]))
            begin = 0
            for index in predicting:
                rows = slice(begin, begin + len(states[index]))
                distributions[index] = distribution.rows(rows)
                begin = rows.stop
        return [
            StepResult(state, distribution) for state, distribution in zip(states, distributions, strict=True)
        ]

    def _advance(self, requests: Sequence[StepRequest]) -> list[State]:
        states = [request.state for request in requests]
        feeding = [index for index, request in enumerate(requests) if request.tokens is not None]
        if feeding:
            tokens = np.array(
                [token for index in feeding for token in requests[index].tokens or ()], np.int64
            )
            after = self.model.advance(tokens, _joined([states[index] for index in feeding]))
            begin = 0
            for index in feeding:
                end = begin + len(states[index])
                states[index] = after[begin:end]
                begin = end
        return states


def _joined(states: Sequence[State]) -> State:
    return states[0] if len(states) == 1 else np.concatenate(states)


def feed(state: State, tokens: Sequence[int]) -> Steps[State]:
    """The state (1, S) after `tokens` are fed to `state`, one in each step."""
    for token in tokens:
        state = (yield StepRequest(state, (token,), predicts=False)).state
    return state


RunBatch = Callable[[Sequence[StepRequest]], list[StepResult]]
"""Answers several requests in one step, as `Stepper.run` does."""


def finish(run: RunBatch, steps: Steps[T]) -> T:
    """Drive one computation to its end, alone."""
    return finish_all(run, [steps])[0]


def finish_all(run: RunBatch, several: Sequence[Steps[T]]) -> list[T]:
    """Drive several computations to their ends, each step shared by those still running."""
    results: dict[int, T] = {}
    waiting: list[tuple[int, StepRequest]] = []

    def proceed(index: int, result: StepResult | None) -> None:
        steps = several[index]
        try:
            waiting.append((index, next(steps) if result is None else steps.send(result)))
        except StopIteration as end:
            results[index] = end.value

    for index in range(len(several)):
        proceed(index, None)
    while waiting:
        current, waiting = waiting, []
        for (index, _), result in zip(current, run([request for _, request in current]), strict=True):
            proceed(index, result)
    return [results[index] for index in range(len(several))]


def together(several: Sequence[Steps[T]]) -> Steps[list[T]]:
    """Several computations as one, whose requests of one kind share a step."""
    results: dict[int, T] = {}
    waiting: dict[int, StepRequest] = {}

    def proceed(index: int, result: StepResult | None) -> None:
        steps = several[index]
        try:
            waiting[index] = next(steps) if result is None else steps.send(result)
        except StopIteration as end:
            results[index] = end.value

    try:
        for index in range(len(several)):
            proceed(index, None)
        while waiting:
            first = next(iter(waiting.values()))
            alike = {
                index: one
                for index, one in waiting.items()
                if (one.tokens is None, one.predicts) == (first.tokens is None, first.predicts)
            }
            for index in alike:
                del waiting[index]
            fed = (
                None
                if first.tokens is None
                else [token for one in alike.values() for token in one.tokens or ()]
            )
            states = _joined([one.state for one in alike.values()])
            shared = yield StepRequest(states, fed, first.predicts)
            begin = 0
            for index, one in alike.items():
                rows = slice(begin, begin + len(one.state))
                told = None if shared.distribution is None else shared.distribution.rows(rows)
                proceed(index, StepResult(shared.state[rows], told))
                begin = rows.stop
    finally:
        for steps in several:
            steps.close()
    return [results[index] for index in range(len(several))]
