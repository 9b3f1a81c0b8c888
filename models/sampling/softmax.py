"""Draws from a softmax."""

import numpy as np
from numpy.typing import NDArray

from inkling.models.search.suggestion import Sampling


class Softmax:
    """Draws numbers by their log-probabilities.

    Equal seeds and equal log-probabilities give equal draws. Each text of a request has a `stream` of its
    own, so that a text does not depend on how many are asked for.
    """

    def __init__(self, sampling: Sampling, stream: int = 0) -> None:
        self._temperature, self._top_p = sampling.temperature, sampling.top_p
        self._random = np.random.Generator(np.random.PCG64((sampling.seed, stream)))

    @property
    def greedy(self) -> bool:
        """Whether the most probable one is always taken, so that a second draw gives the same."""
        return self._temperature == 0

    def draw(self, log_probs: NDArray[np.float32]) -> int:
        """A place in `log_probs` (N,), drawn with the probability softmax(log_probs / temperature).

        With a `top_p` below 1 only the most probable ones are drawn: as few as make up that share. At least
        one log-probability is not -inf. They need not be normalised. Of equals the first counts as the most
        probable one.
        """
        if self.greedy:
            return int(log_probs.argmax())
        tempered = log_probs.astype(np.float64) - log_probs.max()
        with np.errstate(over="ignore"):  # -inf is what a temperature near 0 means
            tempered /= self._temperature
        weights = np.exp(tempered)
        places = weights.nonzero()[0]
        weights = weights[places]
        if self._top_p < 1:
            order = (-weights).argsort(kind="stable")
            sums = weights[order].cumsum()
            count = int(sums.searchsorted(self._top_p * sums[-1])) + 1
            places, weights = places[order[:count]], weights[order[:count]]
        sums = weights.cumsum()
        found = int(sums.searchsorted(self._random.random() * sums[-1], side="right"))
        return int(places[min(found, len(places) - 1)])
