"""How jobs, answers and failures travel between two processes: frames of JSON, so that nothing is unpickled.

A frame is a length of four bytes, big-endian, and as many bytes of a JSON array whose first item says
what it is.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from models.search.suggestion import EmptyReason, FinishReason, SearchOptions, Suggestion
from models.text.context import Context
from service.engine.errors import (
    Cancelled,
    DeadlineExceeded,
    EngineError,
    ModelFailed,
    Overloaded,
    Stopping,
    StorageBusy,
    StorageFull,
    Superseded,
)
from service.engine.job import Answer, Job, PhaseTimes
from service.profiles.profile_store import UserKey
from service.sessions.session_store import SessionKey

Frame = list[Any]

_HEAD = 4
_PLAIN: Mapping[str, type[EngineError]] = {
    "superseded": Superseded,
    "deadline": DeadlineExceeded,
    "cancelled": Cancelled,
    "stopping": Stopping,
    "storage_busy": StorageBusy,
    "storage_full": StorageFull,
}


def pack(frame: Frame) -> bytes:
    """A frame as bytes."""
    body = json.dumps(frame, separators=(",", ":")).encode()
    return len(body).to_bytes(_HEAD, "big") + body


class Wire(asyncio.Protocol):
    """One end of a connection: calls `heard` with each frame, and `lost` once when the other end is gone."""

    def __init__(self, heard: Callable[[Frame], None], lost: Callable[[], None]) -> None:
        self._heard, self._lost = heard, lost
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's transports are subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            end = _HEAD + int.from_bytes(self._buffer[:_HEAD], "big")
            if len(self._buffer) < end:
                return
            frame = json.loads(self._buffer[_HEAD:end])
            del self._buffer[:end]
            self._heard(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._lost()

    def say(self, *frame: Any) -> None:
        """Send a frame; into the void when the other end is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(pack(list(frame)))

    def close(self) -> None:
        """End the connection once everything said is sent."""
        if self._transport is not None:
            self._transport.close()


def job_to_json(job: Job) -> Frame:
    """A job; its deadline stays in seconds of the monotonic clock, which the processes of a machine share."""
    context, options = job.context, job.options
    sent_at = None if context.sent_at is None else context.sent_at.isoformat()
    return [
        job.prefix,
        [context.subject, context.previous_message, context.recipient_name, sent_at],
        [
            options.max_suggestions,
            options.max_words,
            options.beam_width,
            options.min_confidence,
            options.interruption_ms,
        ],
        key_to_json(job.session),
        job.deadline,
        user_to_json(job.user),
    ]


def job_from_json(values: Frame) -> Job:
    """The job that `job_to_json` wrote."""
    prefix, (subject, previous, recipient, sent_at), options, session, deadline, user = values
    moment = None if sent_at is None else datetime.fromisoformat(sent_at)
    context = Context(subject, previous, recipient, moment)
    return Job(
        prefix, context, SearchOptions(*options), key_from_json(session), deadline, user_from_json(user)
    )


def key_to_json(key: SessionKey | None) -> list[str] | None:
    """A session's key."""
    return None if key is None else [key.owner, key.session_id]


def key_from_json(values: list[str] | None) -> SessionKey | None:
    """The key that `key_to_json` wrote."""
    return None if values is None else SessionKey(*values)


def user_to_json(user: UserKey | None) -> list[str] | None:
    """A user."""
    return None if user is None else [user.owner, user.user_id]


def user_from_json(values: list[str] | None) -> UserKey | None:
    """The user that `user_to_json` wrote."""
    return None if values is None else UserKey(*values)


def answer_to_json(answer: Answer) -> Frame:
    """An answer, without its session, which the one who asked knows."""
    suggestions = [
        [one.text, one.confidence, one.log_prob, one.finish_reason.value] for one in answer.suggestions
    ]
    counts = [answer.prefix_tokens, answer.cached_tokens, answer.computed_tokens, answer.decode_steps]
    times = answer.times
    reason = None if answer.reason is None else answer.reason.value
    return [suggestions, counts, [times.queue, times.tokenize, times.prefill, times.decode], reason]


def answer_from_json(values: Frame, session: SessionKey | None) -> Answer:
    """The answer that `answer_to_json` wrote."""
    found, counts, times, reason = values
    suggestions = [
        Suggestion(text, confidence, log_prob, FinishReason(reason))
        for text, confidence, log_prob, reason in found
    ]
    prefix, cached, computed, steps = counts
    why = None if reason is None else EmptyReason(reason)
    return Answer(suggestions, session, prefix, cached, computed, steps, PhaseTimes(*times), why)


def failure_to_json(error: BaseException, describe: Callable[[BaseException], str]) -> Frame:
    """A failure; of one that is not the engine's own, only what `describe` says, which holds no text."""
    if isinstance(error, Overloaded):
        return ["overloaded", error.retry_after]
    for name, kind in _PLAIN.items():
        if isinstance(error, kind):
            return [name, None]
    return ["failed", describe(error)]


def failure_from_json(values: Frame) -> EngineError:
    """The failure that `failure_to_json` wrote."""
    name, detail = values
    if name == "overloaded":
        return Overloaded(detail)
    return _PLAIN[name]() if name in _PLAIN else ModelFailed(detail)
