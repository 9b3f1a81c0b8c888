"""OpenTelemetry spans of suggestions, where they are asked for. They hold numbers and outcomes only.

No text is in them, and no id of a user, a session or a request.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inkling.service.engine.job import Answer
from inkling.service.engine.observer import Outcome, outcome_of
from inkling.service.monitoring.families import PHASES

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

_NANOSECONDS = 1e9


@dataclass(slots=True)
class Traced:
    """What became of a suggestion, for its span; without an outcome, it goes by the error that ends it."""

    answer: Answer | None = None
    outcome: Outcome | None = None


class Tracing:
    """Makes a span for each suggestion, with a child for each phase."""

    def __init__(self, tracer: "Tracer | None" = None, close: Callable[[], None] = lambda: None) -> None:
        """Without a tracer it does nothing. `close` sends what is left, and may take seconds."""
        self._tracer, self.close = tracer, close

    @contextmanager
    def suggestion(self, parent: str | None = None) -> Iterator[Traced]:
        """The span lasts as long as the block. `parent` is the header `traceparent` of its request."""
        traced = Traced()
        if self._tracer is None:
            yield traced
            return
        began, steady = time.time_ns(), time.monotonic_ns()
        try:
            yield traced
            traced.outcome = traced.outcome or Outcome.ANSWERED
        except asyncio.CancelledError:
            traced.outcome = Outcome.CANCELLED
            raise
        except Exception as error:
            traced.outcome = traced.outcome or outcome_of(error)
            raise
        finally:
            # Not by the wall clock again, which may jump.
            self._record(self._tracer, traced, parent, began, began + time.monotonic_ns() - steady)

    def _record(self, tracer: "Tracer", traced: Traced, parent: str | None, began: int, ended: int) -> None:
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

        outcome, answer = traced.outcome or Outcome.FAILED, traced.answer
        attributes: dict[str, str | int] = {"inkling.outcome": outcome.value}
        if answer is not None:
            attributes |= {
                "inkling.prefix_tokens": answer.prefix_tokens,
                "inkling.cached_tokens": answer.cached_tokens,
                "inkling.computed_tokens": answer.computed_tokens,
                "inkling.decode_steps": answer.decode_steps,
                "inkling.suggestions": len(answer.suggestions),
                "inkling.work": answer.work,
            }
        span = tracer.start_span(
            "suggestion",
            context=_context_of(parent),
            kind=SpanKind.SERVER,
            attributes=attributes,
            start_time=began,
        )
        if outcome is Outcome.FAILED:
            span.set_status(Status(StatusCode.ERROR))
        if answer is not None and span.is_recording():
            within = set_span_in_context(span, Context())
            for name, start, end in _phases(answer, began, ended):
                tracer.start_span(name, context=within, start_time=start).end(end)
        span.end(ended)


def _phases(answer: Answer, began: int, ended: int) -> Iterator[tuple[str, int, int]]:
    """Each phase with its beginning and end: one after the other, up to the end of the answer.

    A search may read between its steps; then the sums of the two stand one after the other.
    """
    lengths = [round(getattr(answer.times, name) * _NANOSECONDS) for name in PHASES]
    at = max(began, ended - sum(lengths))
    for name, length in zip(PHASES, lengths, strict=True):
        end = min(at + length, ended)
        yield name, at, end
        at = end


def _context_of(parent: str | None) -> "Context":
    """The context of a request: of its headers only the ids of the trace are taken, which hold no words."""
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if parent is None:
        return Context()
    return TraceContextTextMapPropagator().extract({"traceparent": parent}, context=Context())
