"""A fact: a date, a time, a weekday, an amount or a number, as it stands in a text."""

from dataclasses import dataclass
from enum import StrEnum


class FactKind(StrEnum):
    """What a fact tells. `NUMBER` is any other word with a digit in it."""

    WEEKDAY = "weekday"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Fact:
    """A stretch of a text from `begin` to `end`, and its kind."""

    kind: FactKind
    text: str
    begin: int
    end: int
