"""Log lines to stderr, plain or JSON, one for each request. No line holds text that a user wrote."""

import json
import logging
import select
import time
from typing import Any, Literal, TextIO

from inkling.service.engine.failure import describe_failure

_ACCESS = logging.getLogger("inkling.access")
_ACCESS_FIELDS = ("method", "route", "status", "ms", "request_id")


class PlainFormatter(logging.Formatter):
    """`time level logger message`. Of an exception, only its type and place, because its message may hold
    text.
    """

    def __init__(self) -> None:
        super().__init__()
        self._second = (-1, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802
        # Under load a second has hundreds of lines.
        second, text = self._second
        if second != int(record.created):
            second = int(record.created)
            text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
            self._second = (second, text)
        return text

    def format(self, record: logging.LogRecord) -> str:
        # Not through the base class, which appends the exception text of any other formatter.
        parts = [
            self.formatTime(record),
            record.levelname,
            record.name,
            record.getMessage(),
            _exception_of(record),
        ]
        return " ".join(part for part in parts if part)


class JsonFormatter(PlainFormatter):
    """The same as one JSON object a line; a line about a request has its parts as fields.

    A line that would be cut has its texts cut instead, so that it remains an object.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in _ACCESS_FIELDS:
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if exception := _exception_of(record):
            line["exception"] = exception
        text = json.dumps(line)
        if len(text) > _LONGEST_LINE:
            cut = {name: line[name][:_LONGEST_TEXT] for name in ("message", "exception") if name in line}
            text = json.dumps(line | cut)
        return text


def _exception_of(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return "" if error is None else describe_failure(error)


class DroppingHandler(logging.StreamHandler[TextIO]):
    """Writes to stderr, but never waits for its reader. A line that finds no room is dropped.

    The next line that is written says how many were dropped.
    """

    def __init__(self) -> None:
        super().__init__()
        self._dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        if not self._has_room():
            self._dropped += 1
            return
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            super().emit(_note("%d log lines were dropped: nobody read them", dropped))
        super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """A line, cut so that it fits into a pipe that has room."""
        return super().format(record)[:_LONGEST_LINE]

    def _has_room(self) -> bool:
        """Whether a line can be written without waiting. A pipe has room for a page when it has any."""
        try:
            number = self.stream.fileno()
        except (OSError, ValueError):
            return True  # no file: a test's capture
        poll = select.poll()
        poll.register(number, select.POLLOUT)
        return bool(poll.poll(0))


def _note(message: str, count: int) -> logging.LogRecord:
    return logging.LogRecord("inkling.log", logging.WARNING, __file__, 0, message, (count,), None)


class Repetition(logging.Filter):
    """Lets a message through a few times a minute. Says how often it was left out.

    Messages are the same if their text before its values are filled in is the same. All access lines pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, int, str], tuple[int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """See `logging.Filter`."""
        if record.name == _ACCESS.name:
            return True
        key = (record.name, record.levelno, str(record.msg)[:_KEPT_OF_A_MESSAGE])
        minute, count = self._seen.get(key, (0, 0))
        now = int(record.created // 60)
        if now != minute:
            if count > _TIMES_A_MINUTE:
                record.msg = f"{record.getMessage()} (and {count - _TIMES_A_MINUTE} times more before)"
                record.args = ()
            if len(self._seen) >= _MESSAGES_KNOWN:
                self._seen.clear()
            minute, count = now, 0
        self._seen[key] = (minute, count + 1)
        return count < _TIMES_A_MINUTE


_LONGEST_LINE = 4000
_LONGEST_TEXT = 140
"""Characters of each of the two texts in a line that is too long; JSON takes up to twelve for one."""
_TIMES_A_MINUTE = 5
_MESSAGES_KNOWN = 200
_KEPT_OF_A_MESSAGE = 120


def configure_logging(level: str, log_format: Literal["plain", "json"]) -> None:
    """Send all logs of this process to stderr in one format. The server's own notices are dropped."""
    handler = DroppingHandler()
    handler.addFilter(Repetition())
    handler.setFormatter(JsonFormatter() if log_format == "json" else PlainFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("inkling").setLevel(level.upper())


def log_access(method: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """Write the line of one request; `route` is a template such as /v1/sessions/{session_id}, not a path."""
    values = (method, route, status, round(seconds * 1000, 2), request_id)
    extra = dict(zip(_ACCESS_FIELDS, values, strict=True))
    _ACCESS.info("%s %s %d %.2f ms request %s", *values, extra=extra)


def describe_loop_failure(_loop: object, context: dict[str, Any]) -> None:
    """An event loop's exception handler. The usual one would print exceptions with their messages."""
    error = context.get("exception")
    what = describe_failure(error) if isinstance(error, BaseException) else "no exception"
    logging.getLogger("inkling.server").error("failure outside of a request: %s", what)
