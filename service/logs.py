"""Log lines to stderr, plain or JSON, one for each request; none ever holds what somebody wrote."""

import json
import logging
import time
from typing import Any, Literal

from service.engine.failure import describe_failure

_ACCESS = logging.getLogger("inkling.access")
_ACCESS_FIELDS = ("method", "route", "status", "ms", "request_id")


class PlainFormatter(logging.Formatter):
    """`time level logger message`; of an exception only its type and place, as its message may hold text."""

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
        # Not through the base class, which appends what any other formatter made of the exception.
        parts = [
            self.formatTime(record),
            record.levelname,
            record.name,
            record.getMessage(),
            _exception_of(record),
        ]
        return " ".join(part for part in parts if part)


class JsonFormatter(PlainFormatter):
    """The same as one JSON object a line; an access line has its parts as fields."""

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
        return json.dumps(line)


def _exception_of(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return "" if error is None else describe_failure(error)


def configure_logging(level: str, log_format: Literal["plain", "json"]) -> None:
    """Send everything this process logs to stderr in one format; the server's own chatter stays below."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else PlainFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("inkling").setLevel(level.upper())


def log_access(method: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """Write the line of one request; `route` is a template such as /v1/sessions/{session_id}, not a path."""
    values = (method, route, status, round(seconds * 1000, 2), request_id)
    extra = dict(zip(_ACCESS_FIELDS, values, strict=True))
    _ACCESS.info("%s %s %d %.2f ms request %s", *values, extra=extra)


def describe_loop_failure(_loop: object, context: dict[str, Any]) -> None:
    """An event loop's exception handler: the usual one prints exceptions, and with them their messages."""
    error = context.get("exception")
    what = describe_failure(error) if isinstance(error, BaseException) else "no exception"
    logging.getLogger("inkling.server").error("failure outside of a request: %s", what)
