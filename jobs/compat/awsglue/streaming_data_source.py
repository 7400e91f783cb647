"""StreamingDataSource, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.streaming.reading import StreamingDataSource

__all__ = ["StreamingDataSource"]
