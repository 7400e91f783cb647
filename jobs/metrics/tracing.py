"""Traces of OpenTelemetry, where somebody has asked for them; otherwise nothing is imported."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

ENDPOINT = "GLUEPOT_TRACES_ENDPOINT"
PARENT = "GLUEPOT_TRACEPARENT"
"""Variables by which the process of a run knows where its spans go, and what they belong to."""

Attribute = str | int | float | bool | None


@dataclass(kw_only=True)
class _Tracing:
    """What this process traces by; nothing until ``configure``."""

    provider: TracerProvider | None = None
    endpoint: str = ""


_tracing = _Tracing()


def configure(endpoint: str, *, service: str, exporter: SpanExporter | None = None) -> None:
    """Send the spans of this process to a collector.

    Args:
        endpoint: Where OTLP over HTTP is taken, such as ``http://host:4318/v1/traces``.
        service: What collectors call this process.
        exporter: Used instead of one to ``endpoint``, and at the end of each span.

    Raises:
        InvalidInputError: The packages of OpenTelemetry are not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import (  # noqa: PLC0415
            BatchSpanProcessor,
            SimpleSpanProcessor,
        )
    except ImportError as error:
        raise InvalidInputError(
            "Traces need OpenTelemetry: install gluepot[otel], or leave telemetry.endpoint out"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint))
        if exporter is None
        else SimpleSpanProcessor(exporter)
    )
    _tracing.provider, _tracing.endpoint = provider, endpoint


def configure_child() -> None:
    """Trace this process as the one that started it says, if it does."""
    endpoint = os.environ.get(ENDPOINT)
    if endpoint is not None:
        configure(endpoint, service="gluepot-run")


def shut_down() -> None:
    """Send what was not sent yet, and trace no more."""
    provider, _tracing.provider = _tracing.provider, None
    if provider is not None:
        provider.shutdown()


@contextlib.contextmanager
def span(
    name: str, *, parent: str | None = None, began_ns: int | None = None, **attributes: Attribute
) -> Iterator[Span | None]:
    """Make the block a span; an error that leaves it is noted by its class alone.

    Args:
        name: What is done.
        parent: A W3C ``traceparent`` that it belongs to; without one, the span around it.
        began_ns: When it began, if that was before; nanoseconds since 1970.
        **attributes: Put under ``gluepot.``; None is left out.
    """
    if _tracing.provider is None:
        yield None
        return
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

    tracer = _tracing.provider.get_tracer("gluepot")
    known = {f"gluepot.{key}": value for key, value in attributes.items() if value is not None}
    with tracer.start_as_current_span(
        name,
        context=_context_of(parent),
        attributes=known,
        start_time=began_ns,
        # Sentences of errors may hold a caller's data.
        record_exception=False,
        set_status_on_exception=False,
    ) as found:
        try:
            yield found
        except BaseException as error:
            found.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def note(found: Span | None, **attributes: Attribute) -> None:
    """Put attributes on a span, if there is one."""
    if found is not None:
        for key, value in attributes.items():
            if value is not None:
                found.set_attribute(f"gluepot.{key}", value)


def child_environment() -> dict[str, str]:
    """Return the variables that let a child's spans belong to the present one; none when off."""
    if _tracing.provider is None:
        return {}
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    parent = carrier.get("traceparent")
    return {ENDPOINT: _tracing.endpoint} | ({} if parent is None else {PARENT: parent})


def parent_of_process() -> str | None:
    """Return what the spans of this process belong to, as the one that started it says."""
    return os.environ.get(PARENT)


def _context_of(parent: str | None) -> Any:  # noqa: ANN401
    if parent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator().extract({"traceparent": parent})
