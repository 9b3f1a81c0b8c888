"""Fills a search tree with model steps, as a search asks for its nodes."""

from collections.abc import Sequence

import numpy as np

from inkling.models.runtime.batch import StepRequest, Steps
from inkling.models.search.tree import Node, TokenSequence, Tree
from inkling.models.step import Groups


class Expansion:
    """Gives the nodes of runs. Missing nodes are computed, all runs of a call in one model step.

    `steps` counts the model steps.
    """

    def __init__(self, tree: Tree, groups: Groups) -> None:
        """`groups` are the token groups of the model's distributions."""
        self._tree, self._groups = tree, groups
        self.steps = 0

    def nodes(self, runs: Sequence[TokenSequence], *, whole: bool = False) -> Steps[list[Node]]:
        """The node of each run, whose parent the tree knows; with all log-probabilities where `whole`."""
        known = [(run, self._tree.node(run)) for run in runs]
        unknown = [run for run, node in known if node is None]
        if unknown:
            # The root is there; it is only looked at.
            yield from self._step(unknown, feeding=bool(unknown[0]), whole=whole)
        partly = [run for run, node in known if whole and node is not None and node.all_log_probs is None]
        if partly:
            yield from self._step(partly, feeding=False, whole=True)
        return [self._node(run) for run in runs]

    def _step(self, runs: Sequence[TokenSequence], *, feeding: bool, whole: bool) -> Steps[None]:
        """One model step that adds or replaces the nodes of runs; `feeding` feeds each its last token."""
        states = [self._tree.state_after(run[:-1] if feeding else run) for run in runs]
        rows = np.concatenate([state for state in states if state is not None])
        self.steps += 1
        result = yield StepRequest(rows, [run[-1] for run in runs] if feeding else None, predicts=True)
        assert result.distribution is not None
        if self._tree.memory is not None:
            self._tree.memory.mix(result.distribution, runs, self._groups)
        self._tree.add(runs, result.state, result.distribution, whole=whole)

    def _node(self, run: TokenSequence) -> Node:
        node = self._tree.node(run)
        assert node is not None
        return node
