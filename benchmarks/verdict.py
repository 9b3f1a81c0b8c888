"""What came of one thing that must hold under a fault."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured, and whether that is well; `must` says what has to hold where the case does not."""

    measured: str
    passed: bool
    must: str = ""

    def __str__(self) -> str:
        return "passed" if self.passed else "FAILED"
