"""The service's counters, in Prometheus' text format. No label holds text, a session id or a user id."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inkling.service.engine.job import Answer, WritingAnswer
from inkling.service.engine.observer import Outcome
from inkling.service.engine.served import Load
from inkling.service.sessions.shared_sessions import SharedStats

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.02,
    0.03,
    0.04,
    0.06,
    0.08,
    0.12,
    0.2,
    0.4,
    0.8,
    1.6,
    5.0,
    15.0,
    60.0,
)

_PHASES = ("queue", "tokenize", "prefill", "decode")


class Metrics:
    """The counters of one application, in a registry of their own; an observer of its engine."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "inkling_requests", "Answered requests.", ["method", "route", "status"], registry=self.registry
        )
        self._disconnects = Counter(
            "inkling_client_disconnects", "Clients that left before their answer.", registry=self.registry
        )
        self._latency = Histogram(
            "inkling_suggestion_seconds",
            "From a checked request to its answer, waiting included.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._phases = Histogram(
            "inkling_phase_seconds",
            "Time of an answer by phase.",
            ["phase"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._outcomes = Counter(
            "inkling_outcomes", "How requests to the model ended.", ["outcome"], registry=self.registry
        )
        self._answers = Counter(
            "inkling_answers",
            "Answers with a suggestion (shown) and without (empty).",
            ["result"],
            registry=self.registry,
        )
        self._tokens = Counter(
            "inkling_prefix_tokens",
            "Committed tokens, computed or found in a session.",
            ["source"],
            registry=self.registry,
        )
        self._decode_steps = Counter(
            "inkling_decode_steps", "Model steps of searches and completions.", registry=self.registry
        )
        self._drawn_tokens = Counter(
            "inkling_completion_tokens", "Tokens drawn for completions.", registry=self.registry
        )
        self._events = Counter(
            "inkling_events",
            "What became of suggestions in editors.",
            ["type", "reason"],
            registry=self.registry,
        )
        self._characters = Counter(
            "inkling_event_characters",
            "Characters of suggestions in editors: shown, taken by a key, or typed through.",
            ["type"],
            registry=self.registry,
        )
        # Looking up a label takes longer than counting.
        self._outcome = {outcome: self._outcomes.labels(outcome.value) for outcome in Outcome}
        self._phase = {name: self._phases.labels(name) for name in _PHASES}
        self._result = {shown: self._answers.labels("shown" if shown else "empty") for shown in (True, False)}
        self._computed, self._cached = self._tokens.labels("computed"), self._tokens.labels("cached")

    def count_request(self, method: str, route: str, status: int) -> None:
        self._requests.labels(method, route, status).inc()

    def count_disconnect(self) -> None:
        self._disconnects.inc()

    def observe_latency(self, seconds: float) -> None:
        self._latency.observe(seconds)

    def finished(self, outcome: Outcome, answer: Answer | WritingAnswer | None) -> None:
        """What the engine tells its observer."""
        self._outcome[outcome].inc()
        if answer is None:
            return
        for phase, histogram in self._phase.items():
            histogram.observe(getattr(answer.times, phase))
        if isinstance(answer, WritingAnswer):
            self._computed.inc(answer.prompt_tokens)
            self._decode_steps.inc(answer.written.decode_steps)
            self._drawn_tokens.inc(answer.written.drawn_tokens)
            return
        self._result[bool(answer.suggestions)].inc()
        self._computed.inc(answer.computed_tokens)
        self._cached.inc(answer.cached_tokens)
        self._decode_steps.inc(answer.decode_steps)

    def count_event(self, kind: str, characters: int, reason: str | None) -> None:
        """Count a widget's event about a suggestion. Both words are from the contract's lists."""
        self._events.labels(kind, reason or "").inc()
        if characters:
            self._characters.labels(kind).inc(characters)

    def watch(self, load: Callable[[], Load]) -> None:
        """Read the gauges from `load` whenever the metrics are asked for."""
        self.registry.register(_LoadCollector(load))

    def render(self) -> bytes:
        return generate_latest(self.registry)


class _LoadCollector(Collector):
    def __init__(self, load: Callable[[], Load]) -> None:
        self._load = load

    def collect(self) -> Iterator[Metric]:
        load = self._load()
        yield GaugeMetricFamily("inkling_queue_depth", "Requests that wait for the model.", load.queue_depth)
        yield GaugeMetricFamily("inkling_in_progress", "Requests the model works on.", load.in_progress)
        sessions = load.sessions
        yield GaugeMetricFamily("inkling_sessions", "Drafts kept.", sessions.sessions)
        yield GaugeMetricFamily("inkling_session_bytes", "Memory of the drafts kept.", sessions.bytes)
        yield GaugeMetricFamily(
            "inkling_session_max_bytes", "Memory that drafts may take.", sessions.max_bytes
        )
        lookups = CounterMetricFamily(
            "inkling_session_lookups", "Drafts looked for, found (hit) or not (miss).", labels=["result"]
        )
        lookups.add_metric(["hit"], sessions.hits)
        lookups.add_metric(["miss"], sessions.misses)
        yield lookups
        dropped = CounterMetricFamily(
            "inkling_sessions_dropped",
            "Drafts dropped for room (evicted), for idleness (expired), or as too large (refused).",
            labels=["reason"],
        )
        dropped.add_metric(["evicted"], sessions.evicted)
        dropped.add_metric(["expired"], sessions.expired)
        dropped.add_metric(["refused"], sessions.refused)
        yield dropped
        yield from _shared(load.shared)


def _shared(stats: SharedStats) -> Iterator[Metric]:
    """Sessions that replicas share; all is 0 where they share none."""
    lookups = CounterMetricFamily(
        "inkling_shared_session_lookups",
        "Drafts looked for in Redis: found (hit), not there or not usable (miss), not answered (failure).",
        labels=["result"],
    )
    lookups.add_metric(["hit"], stats.hits)
    lookups.add_metric(["miss"], stats.misses)
    lookups.add_metric(["failure"], stats.failures)
    yield lookups
    writes = CounterMetricFamily(
        "inkling_shared_session_writes",
        "Drafts offered to Redis: kept (written), refused or lost (failed), or left out for room (dropped).",
        labels=["result"],
    )
    writes.add_metric(["written"], stats.written)
    writes.add_metric(["failed"], stats.unwritten)
    writes.add_metric(["dropped"], stats.dropped)
    yield writes
    yield GaugeMetricFamily(
        "inkling_redis_away", "Processes of the model that do without Redis for now.", stats.away
    )
