"""Runs that evaluate rulesets on a table, or recommend one: queued, and read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.runs.state import RunKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

TIMEOUT = 2880
"""Minutes after which a run is ended, unless it says other; Glue's own figure."""
WORKERS = 5
"""Workers of type G.1X, unless a run says other; Glue's own figure."""
ONLY_NEW = "onlyNew"
"""The additional option of a table by which a run reads what no earlier one has read."""
GATE = "Gate"
"""The member of a request that names a job and one of its gates, which is evaluated again."""
RESULT_IDS = "result_ids"
RECOMMENDED = "recommended_ruleset"
EVIDENCE = "recommended_with_evidence"
"""Members of a run's metrics: what came of it."""


class Task(StrEnum):
    """What a run does."""

    EVALUATION = "EVALUATION"
    RECOMMENDATION = "RECOMMENDATION"


@dataclass(frozen=True, kw_only=True)
class TableSource:
    """A table of the catalog, and which of its rows.

    Attributes:
        database: The database.
        table: The table.
        predicate: Which partitions, in Spark SQL.
        options: Further options of Glue's ``from_catalog``, such as ``catalogPartitionPredicate``.
        only_new: Whether only what no earlier run has read.
        query: Spark SQL that makes the rows of the table's; it calls them ``primary``, or by the
            table's name.
    """

    database: str
    table: str
    predicate: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    only_new: bool = False
    query: str | None = None

    @property
    def name(self) -> str:
        """Return ``database.table``."""
        return f"{self.database}.{self.table}"


def table_source(source: Mapping[str, Any]) -> TableSource:
    """Return AWS Glue's DataSource as the table that it names.

    Raises:
        InvalidInputError: It names none, or two.
    """
    named = [source[kind] for kind in ("GlueTable", "DataQualityGlueTable") if kind in source]
    if len(named) != 1:
        raise InvalidInputError("DataSource names one table: GlueTable or DataQualityGlueTable")
    options = dict(named[0].get("AdditionalOptions", {}))
    return TableSource(
        database=named[0]["DatabaseName"],
        table=named[0]["TableName"],
        predicate=options.pop("pushDownPredicate", ""),
        only_new=is_true(options.pop(ONLY_NEW, False)),
        options=options,
        query=named[0].get("PreProcessingQuery"),
    )


def enqueue_task(  # noqa: PLR0913  what tasks differ in
    runs: RunStore,
    task: Task,
    name: str,
    request: Mapping[str, Any],
    *,
    owner: str | None = None,
    lease: timedelta | None = None,
    subject: Subject = Subject.TABLE,
) -> Run:
    """Record a run for the next free worker, or for ``owner`` at once.

    Args:
        runs: Where it is recorded.
        task: What it does.
        name: Of what: ``database.table``, or a path.
        request: Members of AWS Glue's request: DataSource, RulesetNames and such.
        owner: Who carries it out, where that is known already.
        lease: Of the owner.
        subject: What ``name`` is.
    """
    run = runs.enqueue(
        RunKind.QUALITY,
        name,
        owner=owner,
        lease=lease,
        max_retries=0,
        settings={
            "Task": task.value,
            "Subject": subject.value,
            "Timeout": request.get("Timeout", TIMEOUT),
            "WorkerType": "G.1X",
            "NumberOfWorkers": request.get("NumberOfWorkers", WORKERS),
            "Request": dict(request),
        },
    )
    if run is None:
        raise AssertionError("a run without a unique key is always recorded")
    return run


def task_of(run: Run) -> Task:
    """Return what a run of data quality does."""
    return Task(run.settings["Task"])


def request_of(run: Run) -> Mapping[str, Any]:
    """Return the members of AWS Glue's request that a run was started with."""
    found: Mapping[str, Any] = run.settings["Request"]
    return found
