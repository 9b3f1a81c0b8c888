"""Probabilities of a few tokens, and their interpolation with a model's whole distribution.

P(v) = left * P_model(v) + P_sparse(v), where the sparse probabilities sum to 1 - left (linear
interpolation: Jelinek and Mercer, 1980).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkling.models.step import Distribution, Groups

_LEAST_LEFT = 1e-6  # so that no token becomes impossible


@dataclass(frozen=True, slots=True, eq=False)
class SparseDistribution:
    """The probabilities `probs` (N,) of the tokens `ids` (N,), sorted by id.

    `left`, in [0, 1], is the rest of the mass, which another model distributes.
    """

    ids: NDArray[np.int64]
    probs: NDArray[np.float32]
    left: float

    def over(self, other: "SparseDistribution") -> "SparseDistribution":
        """This distribution, with its rest distributed by `other`."""
        left = self.left
        if not len(other.ids) or left <= 0.0:
            return SparseDistribution(self.ids, self.probs, left * other.left)
        # Most tokens of this distribution are in the other one too.
        places = other.ids.searchsorted(self.ids)
        places[places == len(other.ids)] = 0
        known = other.ids[places] == self.ids
        sums = left * other.probs
        sums[places[known]] += self.probs[known]
        if known.all():
            return SparseDistribution(other.ids, sums, left * other.left)
        ids = np.concatenate((other.ids, self.ids[~known]))
        order = ids.argsort(kind="stable")
        probs = np.concatenate((sums, self.probs[~known]))
        return SparseDistribution(ids[order], probs[order], left * other.left)


EMPTY = SparseDistribution(np.zeros(0, np.int64), np.zeros(0, np.float32), 1.0)
"""No token has a probability of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Increment:
    """The change that an interpolation makes to one row.

    `probs` (N,) are added to the tokens `ids` (N,) and `of_groups` (M,) to the groups, after the model's
    probabilities were multiplied by exp(`log_left`).
    """

    ids: NDArray[np.int64]
    probs: NDArray[np.float32]
    of_groups: NDArray[np.float32]
    log_left: float

    @classmethod
    def of(cls, sparse: SparseDistribution, groups: Groups) -> "Increment":
        """The increment of a sparse distribution."""
        known = sparse.probs > 0
        ids, probs = sparse.ids[known], sparse.probs[known]
        of_groups = (probs @ groups[ids].astype(np.float64)).astype(np.float32)
        return cls(ids, probs.astype(np.float32), of_groups, math.log(max(sparse.left, _LEAST_LEFT)))


def interpolate(distribution: Distribution, increments: Sequence[Increment | None]) -> None:
    """Change the distribution by one increment a row; rows of None stay as they are. Rows are independent."""
    numbers = [row for row, one in enumerate(increments) if one is not None]
    some = [one for one in increments if one is not None]
    if not some:
        return
    # A slice is quicker than a list of all rows.
    rows = slice(None) if len(some) == len(increments) else numbers
    log_left = np.array([one.log_left for one in some], np.float32)
    # All probabilities fall by the same factor when the total rises.
    distribution.log_normaliser[rows] -= log_left
    owners = np.array(numbers).repeat([len(one.ids) for one in some])
    ids = np.concatenate([one.ids for one in some])
    totals = distribution.log_normaliser[owners]
    probs = np.exp(distribution.logits[owners, ids] - totals)
    probs += np.concatenate([one.probs for one in some])
    distribution.logits[owners, ids] = np.log(probs) + totals
    of_groups = np.exp(distribution.group_log_probs[rows] + log_left[:, None])
    of_groups += np.array([one.of_groups for one in some])
    with np.errstate(divide="ignore"):  # a group may be empty
        distribution.group_log_probs[rows] = np.log(of_groups)
