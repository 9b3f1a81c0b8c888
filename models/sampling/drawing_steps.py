"""Draws several texts at once, in model steps that they share."""

from collections.abc import Sequence

import numpy as np

from inkling.models.runtime.batch import StepRequest, Steps
from inkling.models.sampling.sample import Sample
from inkling.models.search.tree import Tree
from inkling.models.step import Groups


def draw_all(samples: Sequence[Sample], tree: Tree, groups: Groups) -> Steps[int]:
    """Draw until every text has ended; returns the model steps taken.

    The texts start at the root of `tree`. What is drawn is not added to the tree.
    """
    steps = 0
    while True:
        moves = [(sample, move) for sample in samples if (move := sample.draw()) is not None]
        if not moves:
            return steps
        steps += 1
        rows = np.concatenate([move.state for _, move in moves])
        result = yield StepRequest(rows, [move.token for _, move in moves], predicts=True)
        distribution = result.distribution
        assert distribution is not None
        if tree.memory is not None:
            tree.memory.mix(distribution, [move.run for _, move in moves], groups)
        for row, (sample, _) in enumerate(moves):
            sample.arrive(
                result.state[row : row + 1].copy(),  # a view would keep the whole batch
                distribution.logits[row] - distribution.log_normaliser[row],
                float(distribution.group_log_probs[row, 0]),
                float(distribution.group_log_probs[row, 1]),
            )
