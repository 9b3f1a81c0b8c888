"""Bounds on the probability that the paths of a beam can still add to texts."""

import math
from collections.abc import Iterable

from inkling.models.search.beam_path import BeamPath


class Bounds:
    """Upper bounds, as shares of the probability that a text needs. A bound of at least 1 may be enough.

    A text gains only from paths that it begins with, and at most their probability.
    """

    def __init__(self, paths: Iterable[BeamPath], log_needed: float) -> None:
        """`log_needed` is ln of the probability that a text needs."""
        self._shares = [(path.spelled, math.exp(path.log_prob - log_needed)) for path in paths]

    def gain(self, spelled: bytes) -> float:
        """The most that the text of these bytes may still gain; 0 if it cannot gain."""
        return sum(share for part, share in self._shares if spelled.startswith(part))

    @property
    def allow_new_text(self) -> bool:
        """Whether a text that was not found yet may reach the needed probability.

        The paths that one text begins with begin with one another. So its gain is at most that of the
        longest of them.
        """
        if sum(share for _, share in self._shares) < 1.0:
            return False
        return any(self.gain(spelled) >= 1.0 for spelled, _ in self._shares)

    def only_lengthen(self, spelled: bytes) -> bool:
        """Whether all paths, and so all texts made from them, begin with these bytes."""
        return all(part.startswith(spelled) for part, _ in self._shares)
