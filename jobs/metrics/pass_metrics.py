"""Rows, bytes, files and seconds of a run, as its record keeps them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gluepot.jobs.lineage.notes import PassLineage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.metrics.observed import RowCount
    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.jobs.writing.ledger import Ledger
    from gluepot.jobs.writing.target import Target, Written

SMALL_FILE_BYTES = 16 * 2**20
"""Below this, opening a file takes longer than reading it."""


class PassMetrics:
    """The figures of one pass; ``record`` adds them to those of the run.

    A run's record holds ``passes`` one by one, and totals: ``rows_in`` (None where a source was
    never read to its end), ``bytes_in``, ``files_in``, ``small_files_in``, ``rows_out``,
    ``bytes_out``, ``files_out``. Sources and sinks of the catalog have their ``table`` and its
    ``table_version`` there; of Delta and Iceberg tables that were written, ``version`` too.
    """

    def __init__(self, workshop: Workshop, ledger: Ledger) -> None:
        self._workshop = workshop
        self._began = time.monotonic()
        self._sources: dict[str, dict[str, Any]] = {}
        self._sinks: list[dict[str, Any]] = []
        self._lineage = PassLineage()
        self._head = {
            "bookmark_version": ledger.version,
            "repeats_run_id": ledger.repeated_run_id,
        }

    def add_input(self, name: str, source: SourceInput) -> None:
        """Note one source; the rows follow when they have gone through."""
        small = sum(file.size < SMALL_FILE_BYTES for file in source.files)
        table = source.table
        self._sources[name] = {
            "files": len(source.files),
            "small_files": small,
            "bytes": source.bytes,
            "rows": None,
            "path": source.root,
            "table": None if table is None else f"{table.database_name}.{table.name}",
            "table_version": None if table is None else table.version_id,
        }
        self._lineage.read(name, source)

    def add_rows(self, counts: Mapping[str, RowCount]) -> None:
        """Note how many rows went through."""
        for name, count in counts.items():
            self._sources[name]["rows"] = count.rows
            self._lineage.count(name, count.mark, count.rows)

    def add_sink(self, target: Target, written: Written, *, seconds: float) -> None:
        """Note what a sink did."""
        self._lineage.wrote(target, written)
        self._sinks.append(
            {
                "sink": target.name,
                "path": target.path,
                "table": target.table,
                "table_version": self._table_version(target.table),
                "format": target.format,
                "rows": written.rows,
                "bytes": written.bytes,
                "files": written.files,
                "version": written.version,
                "skipped": written.skipped,
                "seconds": round(seconds, 3),
            }
        )

    def _table_version(self, table: str | None) -> str | None:
        # Somebody who may only write is not asked whether he may read what he has written.
        if table is None or self._workshop.guard is not None:
            return None
        found = self._workshop.catalog.find_table(*table.split(".", 1))
        return None if found is None else found.version_id

    def add_database_source(self, name: str, place: str | None = None) -> None:
        """Note a source without files; its rows follow when they have gone through.

        ``place`` is a table of the catalog, or a connection's kind and table.
        """
        self._lineage.read_database(name, place or name)
        self._sources[name] = {"files": 0, "small_files": 0, "bytes": 0, "rows": None}

    def add_database_sink(  # noqa: PLR0913 - the figures
        self, name: str, place: str, kind: str, *, rows: int | None, seconds: float, skipped: bool
    ) -> None:
        """Note what a sink without files did; ``rows`` is None where the database tells none."""
        self._lineage.wrote_database(place, rows)
        self._sinks.append(
            {
                "sink": name,
                "path": place,
                "table": None,
                "format": kind,
                "rows": rows,
                "bytes": 0,
                "files": 0,
                "version": None,
                "skipped": skipped,
                "seconds": round(seconds, 3),
            }
        )

    def record(self) -> None:
        """Add this pass to the run's record."""
        seconds = round(time.monotonic() - self._began, 3)
        one = {
            **self._head,
            "sources": self._sources,
            "sinks": self._sinks,
            "seconds": seconds,
        }
        passes = [*self._workshop.metrics.get("passes", ()), one]
        self._workshop.jobs.lineage.note(self._workshop.run_id, *self._lineage.datasets())
        self._workshop.note(passes=passes, **_totals(passes))


def _totals(passes: list[dict[str, Any]]) -> dict[str, Any]:
    sources = [source for one in passes for source in one["sources"].values()]
    # What an earlier run had written counts as that run's.
    sinks = [sink for one in passes for sink in one["sinks"] if not sink["skipped"]]
    counted = ("rows", "bytes", "files", "small_files")
    totals = {f"{name}_in": _sum(sources, name) for name in counted}
    return totals | {f"{name}_out": _sum(sinks, name) for name in ("rows", "bytes", "files")}


def _sum(parts: list[dict[str, Any]], name: str) -> int | None:
    # A source without files that was never read is none; a sink of unknown rows has some.
    values = [part[name] for part in parts if part["files"] or part[name] or "sink" in part]
    return None if None in values else sum(values)
