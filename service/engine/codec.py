"""Dataclasses as JSON, and back, by their type hints."""

import json
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

Convert = Callable[[Any], Any]


class CodecError(ValueError):
    """Bytes are no message of these dataclasses."""


class Codec:
    """Writes and reads messages of some dataclasses.

    Their fields are strings, numbers, booleans, JSON mappings, StrEnums, datetimes, dataclasses, sequences
    of these, tuples of plain values, or None. A message is an array of its dataclass's name and the values of
    its fields in their order: the two ends are of one version, and names for the fields would double the
    time that a frame takes.
    """

    def __init__(self, kinds: Iterable[type]) -> None:
        self._ways = {kind.__name__: _record(kind) for kind in kinds}
        self._json = json.JSONEncoder(separators=(",", ":"), check_circular=False)

    def encode(self, message: object) -> bytes:
        """A message as JSON."""
        name = type(message).__name__
        return self._json.encode((name, self._ways[name].write(message))).encode()

    def decode(self, data: bytes | bytearray) -> Any:
        """The message that `encode` wrote; an instance of one of the dataclasses. Raises CodecError."""
        try:
            name, values = json.loads(data.decode())
            return self._ways[name].read(values)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise CodecError(f"these bytes are no message: {type(error).__name__}") from None


class _Ways(NamedTuple):
    """From the value of a field to what JSON can hold, and back."""

    write: Convert
    read: Convert


def _record(kind: type) -> _Ways:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    inner = [(place, ways) for place, name in enumerate(names) if (ways := _ways(hints[name]))]
    get = attrgetter(*names)
    if not inner and len(names) > 1:
        return _Ways(get, lambda values: kind(*values))

    def write(record: Any) -> list[Any]:
        values = list(get(record)) if len(names) > 1 else [get(record)]
        for place, ways in inner:
            values[place] = ways.write(values[place])
        return values

    def read(values: list[Any]) -> Any:
        for place, ways in inner:
            values[place] = ways.read(values[place])
        return kind(*values)

    return _Ways(write, read)


def _ways(hint: Any) -> _Ways | None:
    """The ways of a field with this hint; None where JSON holds its very value."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (one for one in get_args(hint) if one is not type(None))
        return _each(_ways(inner), lambda way: lambda value: None if value is None else way(value))
    if origin in (Sequence, list):
        return _each(_ways(get_args(hint)[0]), lambda way: lambda values: [way(value) for value in values])
    if origin is tuple:
        return _Ways(list, tuple)
    if is_dataclass(hint):
        return _record(hint)  # type: ignore[arg-type]  # a hint is no instance
    if hint is datetime:
        return _Ways(datetime.isoformat, datetime.fromisoformat)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _Ways(str, hint)
    return None


def _each(ways: _Ways | None, around: Callable[[Convert], Convert]) -> _Ways | None:
    return None if ways is None else _Ways(around(ways.write), around(ways.read))
