"""One HTTP/1.1 connection: uvicorn's, with bounds, deadlines and the service's own errors."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.answers.security_headers import SECURITY_HEADERS
from inkling.service.http.connections import Connections

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
_CLOSED = 7  # TCP_CLOSE of Linux
_PROBES = 5
_PROBE_SECONDS = 0.02
_MOST_DISCARDED = 1 << 20
"""Bytes that a client may still send after it was refused, until it reads why."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_MAX_PIPELINED = 16
"""Requests of one connection that may wait for the answer to an earlier one."""

Refused = Callable[[int, str], None]
"""Called with the status and the request id of an answer that no application gave."""


class _HeadTooLargeError(Exception):
    """Raised within the parser's callbacks."""


class _TooManyRequestsError(Exception):
    """The same, for requests that wait behind others."""


class HttpProtocol(HttpToolsProtocol):
    """See the module. `connections` counts it. `refused` is called for refusals before there is a request."""

    def __init__(self, *arguments: Any, connections: Connections, refused: Refused, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._all = connections
        self._refused = refused
        self.address = ""
        self._head_bytes = self._head_count = self._kept_bytes = self._discarded = 0
        self._in_head = self._in_body = self._upgrading = self._ended = self._deaf = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._all.enter(self, self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.leave(self)
        super().connection_lost(exc)

    def cut(self) -> None:
        """See `Cuttable`."""
        self.transport.abort()

    def time_out(self) -> None:
        """See `Cuttable`."""
        if self.scope is None:
            self.transport.close()  # a spare connection of a browser, on which nothing was asked
        else:
            self._refuse(ApiError(408, "request_timeout", "the request was not received in time"))

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._discarded += len(data)
            if self._discarded > _MOST_DISCARDED:
                self.transport.abort()
            return
        # Bytes that the parser keeps or skips, such as a body's trailer. Each part that ends sets it to 0.
        self._kept_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as pause:
            self._read_without_upgrade(data[pause.args[0] :])
        except httptools.HttpParserError as error:
            if isinstance(error.__context__, _HeadTooLargeError):
                self._refuse_head()
            else:
                self._refuse(ApiError(400, "invalid_request", "this is not an HTTP request"))
        else:
            if self._kept_bytes > MAX_HEAD_BYTES:
                self._refuse_head()

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Read the request again without its wish for another protocol, which a server may ignore.

        The parser takes what follows such a head for the other protocol and would drop the body.
        """
        self._upgrading = False
        method, version = self.scope["method"], self.scope["http_version"]
        if method == "CONNECT":
            self._refuse(ApiError(400, "invalid_request", "this is no proxy"))
            return
        head = [b"%s %s HTTP/%s\r\n" % (method.encode(), self.url, version.encode())]
        for name, value in self.headers:
            if name not in (b"upgrade", b"http2-settings"):
                kept = _without_upgrade(value) if name == b"connection" else value
                head.append(b"%s: %s\r\n" % (name, kept))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(b"".join(head) + b"\r\n" + rest)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._unset_keepalive_if_required()
        self._in_head, self._head_bytes, self._head_count = True, 0, 0
        self._all.idle.pop(self, None)
        self._all.heads.setdefault(self, self.loop.time())

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_count += 1
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES or self._head_count > MAX_HEADERS:
            raise _HeadTooLargeError

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= _MAX_PIPELINED:
            raise _TooManyRequestsError
        self._in_head, self._kept_bytes = False, 0
        self._all.heads.pop(self, None)
        if self.parser.should_upgrade():
            self._upgrading = True
            self.scope["method"] = self.parser.get_method().decode("ascii")
            self.scope["http_version"] = self.parser.get_http_version()
            return
        self._in_body = True
        self._all.bodies[self] = self.loop.time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._kept_bytes = 0
        if not self._upgrading:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._kept_bytes = 0
        if not self._upgrading:
            self._in_body = False
            self._all.bodies.pop(self, None)
            super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_reading()
            return
        if self._ended and not self.pipeline and self.cycle.response_complete:
            self.transport.close()
        elif not self._busy and not self._in_head and self not in self._all.bodies:
            self._all.idle[self] = None

    @property
    def _busy(self) -> bool:
        """Whether an answer is due."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.disconnected

    def _await_reading(self) -> None:
        """Count on the client to read what was written to it, for so long as there is time for that."""
        if self in self._all:
            self._all.unread.setdefault(self, self.loop.time())

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing() and not self._deaf:
            self._all.unread.pop(self, None)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._await_reading()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the way back open for a client that has sent all its requests and waits for the answers."""
        if not self._busy or self in self._all.bodies:
            return False
        self._ended = True
        self.loop.call_later(_PROBE_SECONDS, self._end_if_gone, _PROBES)
        return True

    def _end_if_gone(self, probes: int) -> None:
        if self.transport.is_closing():
            return
        if probes == _PROBES:
            # A client that is gone for good looks the same, but answers a write with a reset. Clients that
            # know no other interim answer know this one.
            if self.scope["http_version"] == "1.1" and not (self.pipeline or self.cycle.response_started):
                self.transport.write(_CONTINUE)
        elif _is_closed(self.transport.get_extra_info("socket")):
            self.transport.abort()
            return
        if probes > 1:
            self.loop.call_later(_PROBE_SECONDS, self._end_if_gone, probes - 1)

    def _refuse_head(self) -> None:
        message = f"the head of a request has at most {MAX_HEADERS} headers and {MAX_HEAD_BYTES} bytes"
        self._refuse(ApiError(431, "head_too_large", message))

    def _refuse(self, error: ApiError) -> None:
        """Answer in the service's own shape, and end the connection; earlier requests are answered first."""
        self._deaf = True
        if self._busy:
            if not self._in_body or self.pipeline or self.cycle.response_started:
                self.cycle.keep_alive = False
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        request_id = secrets.token_hex(8)
        response = error.response()
        headers = {
            **dict(response.headers),
            "connection": "close",
            **SECURITY_HEADERS,
            "x-request-id": request_id,
        }
        lines = [f"HTTP/1.1 {error.status} {_REASONS[error.status]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._refused(error.status, request_id)
        self.transport.write("\r\n".join([*lines, "", ""]).encode("ascii") + bytes(response.body))
        # A client that is still sending would lose the answer if its connection were closed at once.
        self.transport.write_eof()
        self._await_reading()

    def shutdown(self) -> None:
        """See uvicorn's."""
        if self._deaf and not self._busy:
            self.transport.close()
        else:
            super().shutdown()


_REASONS = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}


def _without_upgrade(value: bytes) -> bytes:
    """A Connection header without what belongs to an upgrade."""
    tokens = [token.strip() for token in value.split(b",")]
    return b", ".join(token for token in tokens if token.lower() not in (b"upgrade", b"http2-settings"))


def _is_closed(connection: Any) -> bool:
    """Whether a TCP connection was reset by its other end, as far as the system tells."""
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    except (AttributeError, OSError):
        return False
    return bool(struct.unpack("B", info)[0] == _CLOSED)
