"""What an expression of Prometheus' query language reads, as far as a check of names needs it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_JOINS = ("by", "group_left", "group_right", "ignoring", "on", "without")
_WORDS = frozenset(("and", "bool", "inf", "nan", "offset", "or", "unless", *_JOINS))
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"(?<![\w$.])([A-Za-z_:][\w:]*)(?!\w)\s*(\(|\{[^}]*\})?\s*(\[)?")
_MATCHER = re.compile(r"(\w+)\s*(=~|!~|!=|=)\s*\"((?:[^\"\\]|\\.)*)\"")
_RANGE = re.compile(r"\[[^\]]*\]|\boffset\s+\w+")


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric that an expression reads: its matchers (label, operator, value), and whether over a time."""

    name: str
    matchers: Sequence[tuple[str, str, str]]
    over_time: bool


def grouping_labels(expression: str) -> Iterator[str]:
    """The labels that it groups or joins by."""
    for listed in _GROUPING.findall(expression):
        yield from (label.strip() for label in listed.split(",") if label.strip())


def selectors(expression: str) -> Iterator[Selector]:
    """Every metric that it reads."""
    bare = _GROUPING.sub(" ", _RANGE.sub(lambda found: "[" if found[0][0] == "[" else " ", expression))
    for name, rest, bracket in _SELECTOR.findall(bare):
        if rest != "(" and name.lower() not in _WORDS:
            yield Selector(name, _MATCHER.findall(rest), bool(bracket))
