"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is: well, worth a look, or in the way of serving."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict and what was found, in one line each; `remedy` says what to do, empty where all is well."""

    verdict: Verdict
    found: str
    remedy: str = ""


def well(found: str) -> Finding:
    """All is well."""
    return Finding(Verdict.OK, found)


def doubtful(found: str, remedy: str) -> Finding:
    """It serves, but not as it should."""
    return Finding(Verdict.WARN, found, remedy)


def broken(found: str, remedy: str) -> Finding:
    """It does not serve, or loses something."""
    return Finding(Verdict.FAIL, found, remedy)
