"""How fast answers come while there is work, and so how long a new request would wait."""

from collections.abc import Callable

_WEIGHT = 0.05
"""Weight of the newest answer in the running mean: answers that share steps come in clumps."""

_LARGEST_JUMP = 4.0
"""One answer counts as at most so many means: a huge prefix is no sign of what the next needs."""


class Pace:
    """The mean seconds from one answer to the next while somebody waits; belongs to one thread."""

    def __init__(self, clock: Callable[[], float], first_guess: float) -> None:
        """`first_guess` stands for the mean before anything is measured, in seconds."""
        self._clock = clock
        self._mean = first_guess
        self._since = clock()

    def begin(self) -> None:
        """Work comes after a time without any."""
        self._since = self._clock()

    def answered(self) -> None:
        """One request has ended, with an answer or without."""
        now = self._clock()
        passed = min(now - self._since, _LARGEST_JUMP * self._mean)
        self._mean += _WEIGHT * (passed - self._mean)
        self._since = now

    def wait(self, ahead: int) -> float:
        """Seconds until so many requests and one more will have been answered."""
        return self._mean * (ahead + 1)
