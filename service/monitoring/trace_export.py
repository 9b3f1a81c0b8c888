"""Where spans go: what the standard variables OTEL_* say, and nowhere unless the setting `traces` is on."""

import os
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from inkling.service.monitoring.tracing import Tracing
from inkling.service.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_VARIABLE = "OTEL_TRACES_EXPORTER"
_GROUP = "opentelemetry_traces_exporter"
_NAME = "inkling"


class TracingError(Exception):
    """Spans cannot be made; the message says why, in one line."""


def tracing_of(settings: Settings) -> Tracing:
    """What makes the spans that the settings ask for.

    A provider that a program has set before is used as it is. Raises `TracingError`.
    """
    if not settings.traces:
        return Tracing()
    exporters = exporters_named()
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import get_tracer_provider

    present = get_tracer_provider()
    if isinstance(present, TracerProvider):
        return Tracing(present.get_tracer(_NAME))
    name = os.environ.get("OTEL_SERVICE_NAME") or _NAME
    # Not made the provider of the whole process: no library shall make spans of its own.
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter()))
    return Tracing(provider.get_tracer(_NAME), provider.shutdown)


def exporters_named() -> Sequence["Callable[[], SpanExporter]"]:
    """The exporters that the environment names, not yet made. Raises `TracingError`."""
    try:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.trace import get_tracer_provider
    except ModuleNotFoundError:
        raise TracingError("--traces needs OpenTelemetry: run pip install 'inkling[otel]'") from None
    names = [name.strip() for name in os.environ.get(_VARIABLE, "").split(",") if name.strip()]
    if not names and not isinstance(get_tracer_provider(), TracerProvider):
        raise TracingError(
            f"--traces has nowhere to send to: set {_VARIABLE}, for instance to otlp or console"
        )
    return [_exporter(name) for name in names if name != "none"]


def _exporter(name: str) -> "Callable[[], SpanExporter]":
    found = list(entry_points(group=_GROUP, name=name))
    if not found:
        raise TracingError(
            f"there is no exporter {name} ({_VARIABLE}): install its package, "
            "such as opentelemetry-exporter-otlp-proto-http for otlp"
        )
    exporter: Callable[[], SpanExporter] = found[0].load()
    return exporter
