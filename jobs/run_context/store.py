"""What jobs keep in the database: definitions, bookmarks, and the results of quality rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.definitions import DefinitionStore
from gluepot.jobs.bookmarks.store import BookmarkStore
from gluepot.jobs.lineage.notes import LineageNotes
from gluepot.jobs.quality.model import GateResult
from gluepot.jobs.quality.store import QualityStore
from gluepot.jobs.quality.tables import quality_results

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlalchemy as sa

__all__ = ["GateResult", "JobStore"]


class JobStore:
    """Bookmarks, quality results, lineage, and the definitions of jobs that are not files."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self.bookmarks = BookmarkStore(engine, clock)
        self.definitions = DefinitionStore(engine, clock)
        self.lineage = LineageNotes(engine, clock)
        self.quality = QualityStore(engine, clock)

    def record_gate(self, result: GateResult) -> GateResult:
        """Keep what rules found, and return it with its ids."""
        return self.quality.record(result)

    def list_gates(
        self,
        *,
        job_name: str | None = None,
        run_id: str | None = None,
        gate: str | None = None,
        limit: int = 100,
    ) -> list[GateResult]:
        """Return the newest results first, of one job, run or gate if asked."""
        wanted = {"job_name": job_name, "run_id": run_id, "gate": gate}
        where = [
            quality_results.c[name] == value for name, value in wanted.items() if value is not None
        ]
        return self.quality.list(where=where, limit=limit)
