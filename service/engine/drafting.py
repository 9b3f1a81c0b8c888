"""The synchronous heart of the engine: from a job and its session to an answer."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime

import torch

from models.suggestion import Context
from models.text import chunks, split_prefix
from service.engine.job import Answer, Job, PhaseTimes
from service.engine.model import DraftModel
from service.sessions.session import Session
from service.sessions.store import SessionStore

_NO_CONTEXT = Context()

_SLICE = 64
"""Pieces committed between two checks; only very long words have more."""


class Drafter:
    """Answers jobs with a model, one at a time, resuming from what the store keeps.

    Not thread-safe: all calls come from the thread that owns the model.
    """

    def __init__(self, model: DraftModel, store: SessionStore) -> None:
        self.model = model
        self.store = store
        self._blank: Session | None = None

    @torch.inference_mode()
    def answer(self, job: Job, check: Callable[[], None]) -> Answer:
        """Commit what is new, search, and keep the session.

        `check` is called before every piece of work and may raise to abandon the job; what was
        committed by then stays in the session, for it is valid. Errors of the model pass through.
        """
        committed, tail = split_prefix(job.prefix)
        names = self.model.names(job.context)
        prefill = _Stopwatch()
        tokenize = _Stopwatch()
        decode = _Stopwatch()
        check()
        with prefill:
            session = self._resume(job, committed)
        cached = session.last.pieces
        try:
            for chunk in chunks(committed[session.last.offset :]):
                check()
                with tokenize:
                    pieces = self.model.encode(chunk, line_start=session.last.offset == 0, names=names)
                with prefill:
                    state = self._commit(session.last.state, pieces, check)
                    session.advance(chunk, len(pieces), state)
        finally:
            if job.session is not None:
                self.store.put(job.session, session)
        check()
        with decode:
            result = self.model.search(
                session.last.state, tail, job.options, line_start=not committed, names=names, check=check
            )
        return Answer(
            suggestions=result.suggestions,
            session=job.session,
            prefix_tokens=session.last.pieces,
            cached_tokens=cached,
            computed_tokens=session.last.pieces - cached,
            decode_steps=result.decode_steps,
            times=PhaseTimes(tokenize=tokenize.seconds, prefill=prefill.seconds, decode=decode.seconds),
        )

    def _resume(self, job: Job, committed: str) -> Session:
        """Return a session to advance: the kept one, as far as it agrees with the job, or a new one."""
        key = context_key(self.model.name, job.context)
        kept = self.store.get(job.session) if job.session is not None else None
        if kept is None or kept.context_key != key:
            kept = self._open(key, job.context)
        return kept.rewind(kept.resume(committed))

    def _open(self, key: str, context: Context) -> Session:
        if context != _NO_CONTEXT:
            return Session(key, self.model.open(context))
        if self._blank is None:
            self._blank = Session(key, self.model.open(context))
        return self._blank

    def _commit(self, state: torch.Tensor, pieces: list[int], check: Callable[[], None]) -> torch.Tensor:
        for start in range(0, len(pieces), _SLICE):
            if start:
                check()
            state = self.model.commit(state, pieces[start : start + _SLICE])
        return state


def context_key(model_name: str, context: Context) -> str:
    """Return a hash that differs whenever the model or anything in the context does."""
    known = [getattr(context, field.name) for field in fields(context)]
    known = [value.isoformat() if isinstance(value, datetime) else value for value in known]
    return hashlib.sha256(json.dumps([model_name, *known]).encode()).hexdigest()


class _Stopwatch:
    """Adds up the seconds spent inside its `with` blocks."""

    __slots__ = ("_began", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began
