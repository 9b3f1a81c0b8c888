"""Spans of suggestions: their phases, their numbers, and nothing that somebody wrote."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from inkling.service.engine.job import PhaseTimes
from inkling.service.http.app import create_app
from inkling.service.http.routes.suggestions import server_timing
from inkling.service.monitoring import trace_export
from inkling.service.monitoring.trace_export import TracingError, tracing_of
from inkling.service.monitoring.tracing import Tracing
from tests.programs.serving import AppClient, ServedFake, app_client, fake_app, settings

SECRET = "Zanzibar"
PHASES = ["queue", "tokenize", "prefill", "decode"]
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Traces:
    """An application whose spans are kept."""

    def __init__(self, client: AppClient, model: ServedFake, kept: InMemorySpanExporter) -> None:
        self.client, self.model, self._kept = client, model, kept

    def take(self) -> Sequence[ReadableSpan]:
        """The spans since the last time, children before their parent."""
        found = self._kept.get_finished_spans()
        self._kept.clear()
        return found


@pytest.fixture
def traces() -> Iterator[Traces]:
    kept, provider, model = InMemorySpanExporter(), TracerProvider(), ServedFake()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    app = fake_app(settings(), model)
    app.state.tracing = Tracing(provider.get_tracer("test"))
    with app_client(app) as client:
        yield Traces(client, model, kept)
    provider.shutdown()


def test_a_suggestion_has_a_span_with_a_child_for_each_phase(traces: Traces) -> None:
    response = traces.client.suggest(prefix="one two three ", session_id="draft")
    *phases, whole = traces.take()
    assert [phase.name for phase in phases] == PHASES
    assert whole.name == "suggestion"
    assert whole.parent is None
    assert whole.context is not None
    assert {phase.parent.span_id for phase in phases if phase.parent} == {whole.context.span_id}
    answered = response.json()
    assert whole.attributes is not None
    assert {name: whole.attributes[f"inkling.{name}"] for name in ("outcome", "suggestions")} == {
        "outcome": "answered",
        "suggestions": len(answered["suggestions"]),
    }
    assert whole.attributes["inkling.prefix_tokens"] == answered["session"]["prefix_tokens"]
    assert whole.attributes["inkling.cached_tokens"] == answered["session"]["cached_tokens"]
    assert whole.attributes["inkling.computed_tokens"] == answered["usage"]["computed_tokens"]
    assert whole.attributes["inkling.decode_steps"] == answered["usage"]["decode_steps"]


def test_the_phases_lie_one_after_the_other_within_the_suggestion_and_last_as_long_as_is_told(
    traces: Traces,
) -> None:
    response = traces.client.suggest(prefix="one two three ")
    *phases, whole = traces.take()
    times = [(span.start_time or 0, span.end_time or 0) for span in phases]
    edges = [whole.start_time or 0, *(edge for pair in times for edge in pair), whole.end_time or 0]
    assert edges == sorted(edges)
    lengths = [(end - start) / 1e9 for start, end in times]
    assert server_timing(PhaseTimes(*lengths)) == response.headers["server-timing"]


def test_a_span_holds_no_text_and_no_id(traces: Traces) -> None:
    headers = {"X-Request-ID": f"req-{SECRET}", "baggage": f"user={SECRET}", "tracestate": f"a={SECRET}"}
    headers["traceparent"] = f"00-{TRACE}-{SPAN}-01"
    body = {"session_id": f"d-{SECRET}", "user_id": f"u-{SECRET}", "context": {"subject": SECRET}}
    traces.client.suggest(headers, prefix=f"{SECRET} is ", **body)
    traces.model.failure = ValueError(SECRET)
    traces.client.suggest(headers, prefix=f"{SECRET} is far ", **body)
    spans = traces.take()
    assert len(spans) == 6
    for span in spans:
        assert SECRET not in span.to_json()
        assert not span.events
        assert span.name in [*PHASES, "suggestion"]
        for name, value in (span.attributes or {}).items():
            assert name == "inkling.outcome" or isinstance(value, int), name


def test_a_failure_is_an_error_without_its_message(traces: Traces) -> None:
    traces.model.failure = ValueError("no")
    assert traces.client.suggest(prefix="a ").status_code == 500
    (whole,) = traces.take()
    assert whole.attributes == {"inkling.outcome": "failed"}
    assert (whole.status.is_ok, whole.status.description) == (False, None)


def test_a_request_that_is_replaced_says_so(traces: Traces) -> None:
    traces.model.gate.clear()
    first = threading.Thread(target=lambda: traces.client.suggest(prefix="a ", session_id="one"))
    first.start()
    assert traces.model.started.wait(20)
    second = threading.Thread(target=lambda: traces.client.suggest(prefix="a b ", session_id="one"))
    second.start()
    try:
        first.join(0.2)
    finally:
        traces.model.gate.set()
        first.join(20)
        second.join(20)
    outcomes = [(span.attributes or {}).get("inkling.outcome") for span in traces.take()]
    assert [outcome for outcome in outcomes if outcome] == ["superseded", "answered"]


def test_the_trace_of_the_request_goes_on(traces: Traces) -> None:
    traces.client.suggest({"traceparent": f"00-{TRACE}-{SPAN}-01"}, prefix="a ")
    spans = traces.take()
    assert {f"{span.context.trace_id:032x}" for span in spans if span.context} == {TRACE}
    assert spans[-1].parent is not None
    assert f"{spans[-1].parent.span_id:016x}" == SPAN
    for given in ("00-zz-01", f"00-{'0' * 32}-{SPAN}-01", "z" * 300, ""):
        assert traces.client.suggest({"traceparent": given}, prefix="a ").status_code == 200
        assert traces.take()[-1].parent is None


def test_what_is_not_sampled_leaves_nothing() -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider(sampler=ALWAYS_OFF)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    app = fake_app(settings())
    app.state.tracing = Tracing(provider.get_tracer("test"))
    with app_client(app) as client:
        assert client.suggest(prefix="a ").status_code == 200
    assert kept.get_finished_spans() == ()


# What switches it on


def test_nothing_is_traced_unless_the_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert tracing_of(settings())._tracer is None


def test_there_must_be_somewhere_to_send_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_TRACES_EXPORTER", raising=False)
    with pytest.raises(TracingError, match="OTEL_TRACES_EXPORTER"):
        create_app(settings(traces=True))
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "no-such-exporter")
    with pytest.raises(TracingError, match="no exporter no-such-exporter"):
        create_app(settings(traces=True))


def test_a_named_exporter_gets_all_spans_by_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = InMemorySpanExporter()
    entry = SimpleNamespace(load=lambda: lambda: kept)
    monkeypatch.setattr(trace_export, "entry_points", lambda **given: [entry] * (given["name"] == "kept"))
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "kept")
    with app_client(fake_app(settings(traces=True))) as client:
        assert client.suggest(prefix=f"{SECRET} is ").status_code == 200
    spans = kept.get_finished_spans()
    assert [span.name for span in spans] == [*PHASES, "suggestion"]
    assert spans[-1].resource.attributes["service.name"] == "inkling"


@pytest.mark.lengthy
def test_spans_that_cannot_be_made_are_one_line() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    command = [sys.executable, "-m", "inkling.service", "--port", "0", "--traces"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "OTEL_TRACES_EXPORTER" in line
