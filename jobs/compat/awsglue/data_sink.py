"""DataSink, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.script_sinks import DataSink

__all__ = ["DataSink"]
