"""Messages between two processes: frames of JSON on a socket, so that nothing is unpickled.

A frame is a length of four bytes, big-endian, and as many bytes of a JSON object, a message of
`inkling.service.engine.worker_messages`.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, cast

from inkling.service.engine.codec import CodecError
from inkling.service.engine.worker_messages import MESSAGES

_HEAD = 4
_LONGEST = 1 << 28
"""Bytes of a frame; the largest of ours, an export, has a tenth of it at most."""

_log = logging.getLogger(__name__)


def pack(message: object) -> bytes:
    """A message as a frame."""
    body = MESSAGES.encode(message)
    return len(body).to_bytes(_HEAD, "big") + body


def read_first(connection: socket.socket) -> Any:
    """Wait for the first message of a connection; None where it ends before. Raises OSError."""
    head = _read(connection, _HEAD)
    body = None if head is None else _read(connection, int.from_bytes(head, "big"))
    return None if body is None else MESSAGES.decode(body)


def _read(connection: socket.socket, size: int) -> bytes | None:
    read = b""
    while len(read) < size:
        part = connection.recv(size - len(read))
        if not part:
            return None
        read += part
    return read


class Wire(asyncio.Protocol):
    """One end: calls `heard` with each message, and `lost` once when the other end is gone.

    A frame that is no message ends the connection: the other end is not what it should be.
    """

    def __init__(self, heard: Callable[[Any], None], lost: Callable[[], None]) -> None:
        self._heard, self._lost = heard, lost
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's transports are subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            size = int.from_bytes(self._buffer[:_HEAD], "big")
            end = _HEAD + size
            if len(self._buffer) < end and size <= _LONGEST:
                return
            try:
                if size > _LONGEST:
                    raise CodecError(f"a frame of {size:,} bytes is too long")
                message = MESSAGES.decode(self._buffer[_HEAD:end])
            except CodecError as error:
                _log.error("the connection between the processes is broken: %s", error)
                self._buffer.clear()
                if self._transport is not None:
                    self._transport.abort()
                return
            del self._buffer[:end]
            self._heard(message)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._lost()

    def say(self, message: object) -> None:
        """Send a message; into the void when the other end is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(pack(message))

    def close(self) -> None:
        """End the connection once everything said is sent."""
        if self._transport is not None:
            self._transport.close()
