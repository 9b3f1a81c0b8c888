"""When to stop asking somebody who does not answer."""

_FORGIVEN = 0.1
"""How much of a failure an answer makes up for."""


class Breaker:
    """Opens after some failures with few answers between, and then lets nobody ask until it is closed."""

    def __init__(self, failures: int) -> None:
        """Opens at so many failures, at least 1."""
        if failures < 1:
            raise ValueError(f"{failures} failures are none; there must be at least 1.")
        self._limit = failures
        self._failures = 0.0
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether nobody may ask."""
        return self._open

    def fail(self) -> bool:
        """Note a failure; tells whether it opened the breaker."""
        if self._open:
            return False
        self._failures += 1
        self._open = self._failures >= self._limit
        return self._open

    def open(self) -> None:
        """Let nobody ask."""
        self._open = True

    def succeed(self) -> None:
        """Note an answer. One that comes after the breaker opened does not close it."""
        self._failures = max(0.0, self._failures - _FORGIVEN)

    def close(self) -> None:
        """Let everybody ask again."""
        self._failures, self._open = 0.0, False
