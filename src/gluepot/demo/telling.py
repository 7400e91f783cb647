"""What the demo prints: tables found, runs, the rule that fails, and what to look at next."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.cli.output import print_table, say
from gluepot.crawlers.model import ChangeKind
from gluepot.jobs.runs.state import RunKind
from gluepot.sql.query import select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.jobs.runs.state import Run
    from gluepot.services import Services

AIRLINES = """
SELECT airline, count(*) AS flights, round(avg(dep_delay), 1) AS mean_departure_delay_min,
       round(100 * avg(arrived_late::int), 1) AS late_percent
FROM curated.flights GROUP BY airline ORDER BY flights DESC LIMIT 5
"""


def tell_night(services: Services, runs: Iterable[Run]) -> None:
    """Print what each run of a chain did."""
    for run in runs:
        seconds = "" if run.duration is None else f" in {run.duration.total_seconds():.1f} s"
        say(f"\n{run.kind} {run.name}: {run.state}{seconds}")
        if run.error is not None:
            say(f"  {run.error.message}")
        if run.kind is RunKind.CRAWL:
            _tell_crawl(services, run)
        else:
            _tell_job(run)
            _tell_quality(services, run)
        sys.stdout.flush()


def _tell_crawl(services: Services, run: Run) -> None:
    crawl = services.crawlers.get_crawl(run.id)
    rows = [
        (
            f"{report.database}.{report.name}",
            report.format,
            sum(not column.is_partition_key for column in report.columns),
            report.objects,
            report.partitions or "",
            _change(report.change, report.partitions_added),
        )
        for report in crawl.tables
    ]
    print_table(["table", "format", "columns", "objects", "partitions", "change"], rows)


def _change(change: ChangeKind, partitions_added: int) -> str:
    if change is not ChangeKind.ADD and partitions_added:
        return f"{partitions_added} partitions added"
    return change.lower()


def _tell_job(run: Run) -> None:
    for one in run.metrics.get("passes", ()):
        for source, read in one["sources"].items():
            rows = "" if read["rows"] is None else f"{read['rows']:,} rows, "
            say(f"  read   {source}: {rows}{read['files']:,} files")
        for sink in one["sinks"]:
            say(f"  wrote  {sink['table']}: {sink['rows']:,} rows")


def _tell_quality(services: Services, run: Run) -> None:
    for gate in services.jobs.list_gates(run_id=run.id):
        rules = gate.result["rules"]
        held = sum(rule["passed"] for rule in rules)
        say(f"  rules  {gate.gate}: {gate.result['verdict']}, {held} of {len(rules)} hold")
        for rule in rules:
            if not rule["passed"]:
                say(f"         fails: {rule['sentence']}")
                say(f"         because: {rule['description']}")
        say(f"         report: {_here(gate.html_report)}")


def _here(path: str | Path) -> str:
    """Return a path as it is written where the demo was started."""
    return os.path.relpath(path, Path.cwd().parent)


def tell_result(services: Services) -> None:
    """Print rows of the result and the commands to go on with."""
    counts = " UNION ALL ".join(
        f"SELECT '{database}.{table.name}' AS \"table\", count(*) AS rows"  # noqa: S608 - our names
        f" FROM {database}.{table.name}"
        for database in ("curated",)
        for table in services.catalog.list_tables(database)
    )
    print_table(*select(services, f"{counts} ORDER BY 1"))
    say("")
    print_table(*select(services, AIRLINES))
    say("\nLook further:\n")
    command = os.path.relpath(Path(sys.executable).parent / "gluepot")
    say(f"  cd {Path.cwd().name}")
    for line in (
        "catalog ls raw",
        "catalog show raw.flights",
        "catalog history curated.flights",
        "crawl explain raw.flights.dep_delay",
        "run ls",
        "query 'SELECT origin, count(*) AS flights FROM curated.flights GROUP BY origin'",
        "job run flights",
    ):
        say(f"  {command} {line}")
    say("\nJobs, crawlers and triggers are the YAML files of conf/: change one and run it again.")
