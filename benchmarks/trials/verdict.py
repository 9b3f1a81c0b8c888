"""The result of one condition that must hold under a fault."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """A measurement, and whether it is good. `must` names the condition if the case does not."""

    measured: str
    passed: bool
    must: str = ""

    def __str__(self) -> str:
        return "passed" if self.passed else "FAILED"
