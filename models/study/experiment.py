"""What an experiment is: its question, its cases, how one is measured, and the figures of the results."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from inkling.models.study.contenders import Contender
from inkling.models.study.plan import Plan

if TYPE_CHECKING:
    from inkling.models.study.workshop import Workshop

Value = str | int | float | None
Row = Mapping[str, Value]
"""A row of a table, by the names of its columns. None stands where nothing was measured."""

FAILURE = "failure"
_VERSION = 1
"""Raised when a change of the code makes earlier results incomparable."""


class DivergedError(ArithmeticError):
    """A training or a measurement came to no finite number; the message says where."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name in files, its heading, its type, and the decimals that are shown."""

    name: str
    title: str
    kind: Literal["text", "integer", "number"] = "number"
    digits: int = 2


@dataclass(frozen=True)
class Case:
    """One unit of work of an experiment: a kind and a seed. Subclasses add all else that it depends on."""

    kind: str
    seed: int

    @property
    def label(self) -> str:
        """How progress names it."""
        return f"{self.kind}, seed {self.seed}"

    def as_json(self) -> dict[str, Any]:
        """All that its result depends on, but for the mail and the device."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Contender):
        return value.as_json()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return list(value) if isinstance(value, tuple) else value


C = TypeVar("C", bound=Case)


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing of results (SVG), what stands below it, and what it shows for those who do not see it."""

    caption: str
    described: str
    drawing: str


@dataclass(frozen=True, slots=True)
class Experiment(Generic[C]):
    """One experiment of the study.

    `claim` is what is commonly said, `question` what is asked of it. A row is told from others by `keys`
    besides its kind and seed; `measures` are its numbers. `cases` gives the units of a plan for a vocabulary
    size, `measure` the rows of one, `seconds` about how long one takes on one core. `figures` draws rows.
    """

    name: str
    title: str
    claim: str
    question: str
    keys: tuple[Column, ...]
    measures: tuple[Column, ...]
    cases: Callable[[Plan, int], Sequence[C]]
    measure: Callable[["Workshop", C], list[Row]]
    figures: Callable[[Sequence[Row]], list[Figure]]
    seconds: Callable[[C], float] = lambda _: 1.0

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns of its table, in order."""
        kind, seed = Column("kind", "kind", "text"), Column("seed", "seed", "integer")
        failure = Column(FAILURE, "failure", "text")
        return (kind, *self.keys, seed, *self.measures, failure)

    def identity(self, case: C, material: str, setting: str) -> str:
        """A hash of all that a result depends on: the case, the mail, and device and threads (`setting`)."""
        text = json.dumps([_VERSION, self.name, case.as_json(), material, setting], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def checked(self, case: C, row: Row) -> Row:
        """A whole row of the table. A number that is not finite is left out, and the row says so."""
        given: dict[str, Value] = {"kind": case.kind, "seed": case.seed, FAILURE: None, **row}
        names = [column.name for column in self.columns]
        if set(given) - set(names):
            raise ValueError(f"experiment {self.name} has no column {min(set(given) - set(names))}")
        bad = [name for name, value in given.items() if isinstance(value, float) and not math.isfinite(value)]
        if bad:
            given |= dict.fromkeys(bad)
            given[FAILURE] = f"not finite: {', '.join(bad)}"
        return {name: given.get(name) for name in names}

    def failed(self, case: C, reason: str) -> Row:
        """The row of a case that came to no result."""
        known = {column.name: getattr(case, column.name, None) for column in self.keys}
        return self.checked(case, {**known, FAILURE: reason})
