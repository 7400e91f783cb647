"""What jobs keep in the database: definitions, bookmarks, and the results of quality gates."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.scope import Scope
from gluepot.jobs.bookmarks import BookmarkStore
from gluepot.jobs.job_tables import quality_results
from gluepot.jobs.lineage.notes import LineageNotes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What a quality gate of one run found.

    Attributes:
        run_id: The run.
        job_name: Its job.
        gate: The gate's name.
        on_failure: ``fail`` or ``warn``.
        passed: Whether every rule held.
        result: Rules and what was observed, as JSON.
        html_report: Where the report for people lies.
        json_report: Where the report for programs lies.
        created_at: Set by the store.
    """

    run_id: str
    job_name: str
    gate: str
    on_failure: str
    passed: bool
    result: Mapping[str, Any]
    html_report: str
    json_report: str
    created_at: datetime | None = None


class JobStore:
    """Bookmarks, quality results, lineage, and the definitions of jobs that are not files."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._scope = Scope(engine=engine, clock=clock)
        self.bookmarks = BookmarkStore(engine, clock)
        self.definitions = DefinitionStore(engine, clock)
        self.lineage = LineageNotes(engine, clock)

    def record_gate(self, result: GateResult) -> None:
        """Keep what a gate found."""
        row = asdict(result) | {"created_at": self._scope.clock()}
        with self._scope.writing() as connection:
            connection.execute(sa.insert(quality_results).values(row))

    def list_gates(
        self,
        *,
        job_name: str | None = None,
        run_id: str | None = None,
        gate: str | None = None,
        limit: int = 100,
    ) -> list[GateResult]:
        """Return the newest results first, of one job, run or gate if asked."""
        query = sa.select(quality_results).order_by(quality_results.c.number.desc()).limit(limit)
        if job_name is not None:
            query = query.where(quality_results.c.job_name == job_name)
        if run_id is not None:
            query = query.where(quality_results.c.run_id == run_id)
        if gate is not None:
            query = query.where(quality_results.c.gate == gate)
        with self._scope.reading() as connection:
            return [_gate(row) for row in connection.execute(query)]


def _gate(row: sa.Row[Any]) -> GateResult:
    return GateResult(**{item.name: getattr(row, item.name) for item in fields(GateResult)})
