"""The service's counters, in Prometheus' text format. No label holds text, a session id or a user id."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inkling.service.engine.job import AnyAnswer, ExplanationAnswer, WritingAnswer
from inkling.service.engine.observer import Outcome
from inkling.service.engine.served import Load, Workers
from inkling.service.monitoring import families
from inkling.service.monitoring.families import Family
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


class Metrics:
    """The counters of one application, in a registry of their own; an observer of its engine."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter(families.REQUESTS)
        self._disconnects = self._counter(families.DISCONNECTS)
        self._latency = self._histogram(families.LATENCY)
        self._refused = self._histogram(families.REFUSAL)
        self._decode_steps = self._counter(families.DECODE_STEPS)
        self._drawn_tokens = self._counter(families.COMPLETION_TOKENS)
        self._events = self._counter(families.EVENTS)
        self._characters = self._counter(families.EVENT_CHARACTERS)
        ranks, learned = self._counter(families.EVENT_RANKS), self._counter(families.OUTCOMES_LEARNED)
        self._rank = [ranks.labels(rank) for rank in families.RANKS]
        self._learned = {kept: learned.labels("kept" if kept else "dropped") for kept in (True, False)}
        refusals, reloads = self._counter(families.WORK_REFUSALS), self._counter(families.RELOADS)
        outcomes, answers = self._counter(families.OUTCOMES), self._counter(families.ANSWERS)
        tokens, phases = self._counter(families.PREFIX_TOKENS), self._histogram(families.PHASE_SECONDS)
        # Looking up a label takes longer than counting. A counter that starts at 0 shows its first increase.
        self._outcome = {outcome: outcomes.labels(outcome.value) for outcome in Outcome}
        self._phase = {name: phases.labels(name) for name in families.PHASES}
        self._result = {shown: answers.labels("shown" if shown else "empty") for shown in (True, False)}
        self._computed, self._cached = tokens.labels("computed"), tokens.labels("cached")
        self._refusal = {limit: refusals.labels(limit) for limit in ("key", "client")}
        self._reload = {result: reloads.labels(result) for result in ("changed", "unchanged", "refused")}

    def _counter(self, family: Family) -> Counter:
        return Counter(family.name, family.help, family.label_names, registry=self.registry)

    def _histogram(self, family: Family) -> Histogram:
        return Histogram(
            family.name, family.help, family.label_names, buckets=_SECONDS, registry=self.registry
        )

    def count_request(self, method: str, route: str, status: int) -> None:
        self._requests.labels(method, route, status).inc()

    def observe_refusal(self, seconds: float) -> None:
        self._refused.observe(seconds)

    def count_disconnect(self) -> None:
        self._disconnects.inc()

    def observe_latency(self, seconds: float) -> None:
        self._latency.observe(seconds)

    def finished(self, outcome: Outcome, answer: AnyAnswer | None) -> None:
        """What the engine tells its observer."""
        self._outcome[outcome].inc()
        if answer is None:
            return
        for phase, histogram in self._phase.items():
            histogram.observe(getattr(answer.times, phase))
        if isinstance(answer, ExplanationAnswer):
            self._decode_steps.inc(answer.explanation.decode_steps)
            return
        if isinstance(answer, WritingAnswer):
            self._computed.inc(answer.prompt_tokens)
            self._decode_steps.inc(answer.written.decode_steps)
            self._drawn_tokens.inc(answer.written.drawn_tokens)
            return
        self._result[bool(answer.suggestions)].inc()
        self._computed.inc(answer.computed_tokens)
        self._cached.inc(answer.cached_tokens)
        self._decode_steps.inc(answer.decode_steps)

    def count_event(self, kind: str, characters: int, reason: str | None, rank: int = 0) -> None:
        """Count a widget's event about a suggestion. Both words are from the contract's lists."""
        self._events.labels(kind, reason or "").inc()
        if characters:
            self._characters.labels(kind).inc(characters)
        if kind in ("accepted", "partial"):
            self._rank[rank].inc()

    def count_learned(self, outcomes: int, *, kept: bool) -> None:
        """Count outcomes of a user's suggestions that were kept, or not."""
        self._learned[kept].inc(outcomes)

    def count_work_refusal(self, limit: Literal["key", "client"]) -> None:
        self._refusal[limit].inc()

    def count_reload(self, result: Literal["changed", "unchanged", "refused"]) -> None:
        self._reload[result].inc()

    def watch(
        self, load: Callable[[], Load], workers: Callable[[], Workers], ready: Callable[[], bool]
    ) -> None:
        """Read the levels from these whenever the metrics are asked for."""
        self.registry.register(_Levels(load, workers, ready))

    def render(self) -> bytes:
        return generate_latest(self.registry)


class _Levels(Collector):
    def __init__(
        self, load: Callable[[], Load], workers: Callable[[], Workers], ready: Callable[[], bool]
    ) -> None:
        self._load, self._workers, self._ready = load, workers, ready

    def collect(self) -> Iterator[Metric]:
        yield from self._of_workers()
        load = self._load()
        yield _gauge(families.QUEUE_DEPTH, load.queue_depth)
        yield _gauge(families.IN_PROGRESS, load.in_progress)
        sessions = load.sessions
        yield _gauge(families.SESSIONS, sessions.sessions)
        yield _gauge(families.SESSION_BYTES, sessions.bytes)
        yield _gauge(families.SESSION_MAX_BYTES, sessions.max_bytes)
        yield _counts(families.SESSION_LOOKUPS, {"hit": sessions.hits, "miss": sessions.misses})
        yield _counts(
            families.SESSIONS_DROPPED,
            {"evicted": sessions.evicted, "expired": sessions.expired, "refused": sessions.refused},
        )
        yield from _of_shared(load.shared)
        yield _gauge(families.PROFILES_AWAY, load.profiles_away)

    def _of_workers(self) -> Iterator[Metric]:
        yield _gauge(families.READY, self._ready())
        workers = self._workers()
        replicas = GaugeMetricFamily(
            families.REPLICAS.name, families.REPLICAS.help, labels=families.REPLICAS.label_names
        )
        replicas.add_metric(["ready"], workers.ready)
        replicas.add_metric(["lost"], workers.lost)
        yield replicas
        yield _gauge(families.SPARE_READY, workers.spare)
        replaced = families.WORKERS_REPLACED
        yield CounterMetricFamily(replaced.name, replaced.help, workers.replaced)


def _of_shared(stats: SharedStats) -> Iterator[Metric]:
    """Sessions that replicas share; all is 0 when they share none."""
    lookups = {"hit": stats.hits, "miss": stats.misses, "failure": stats.failures}
    yield _counts(families.SHARED_SESSION_LOOKUPS, lookups)
    writes = {"written": stats.written, "failed": stats.unwritten, "dropped": stats.dropped}
    yield _counts(families.SHARED_SESSION_WRITES, writes)
    yield _gauge(families.REDIS_AWAY, stats.away)


def _gauge(family: Family, value: float) -> Metric:
    return GaugeMetricFamily(family.name, family.help, value)


def _counts(family: Family, counts: Mapping[str, int]) -> Metric:
    metric = CounterMetricFamily(family.name, family.help, labels=family.label_names)
    for value, count in counts.items():
        metric.add_metric([value], count)
    return metric
