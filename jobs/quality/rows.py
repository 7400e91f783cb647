"""Rows with what rules said of them, kept as a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StringType

from gluepot.jobs.writing.ledger import Ledger
from gluepot.jobs.writing.sinks import check_target
from gluepot.jobs.writing.target import Target
from gluepot.transforms.paths import quote
from gluepot.transforms.quality.running.rows import ROW_RESULT
from gluepot.transforms.quality.values import MASK

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructField

    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.transforms.quality.running import Evaluation

CONTEXT = "DataQualityContext"
"""The column of the gate, context or ruleset whose rules they are."""
RUN = "data_quality_run"
"""The partition key: the run that has looked at the rows."""


class Which(StrEnum):
    """Which rows are kept, in AWS Glue's words."""

    ALL = "ALL"
    PASSED_ONLY = "PASSED_ONLY"
    FAILED_ONLY = "FAILED_ONLY"


@dataclass(frozen=True, kw_only=True)
class RowTarget:
    """Where rows go.

    Attributes:
        path: A folder, or ``s3://bucket/prefix``: Parquet files, in a folder for each run.
        table: ``database.table`` that they become in the catalog, or None.
        which: Which rows.
        most: How many at most; None for all of them.
    """

    path: str
    table: str | None = None
    which: Which = Which.FAILED_ONLY
    most: int | None = None

    @property
    def sink(self) -> Target:
        """Return it as a sink of a job."""
        return Target(
            name="rows of data quality",
            key=self.path.rstrip("/"),
            path=self.path,
            format="parquet",
            partition_by=(RUN,),
            table=self.table,
        )


@dataclass(frozen=True, kw_only=True)
class KeptRows:
    """Rows that were written.

    Attributes:
        path: Where they lie.
        failing: How many rows broke a rule; None where what was written does not tell.
    """

    path: str
    failing: int | None


def check_row_target(workshop: Workshop, target: RowTarget) -> None:
    """See that the place can be had before any work is done for it.

    Raises:
        SinkError: It cannot.
    """
    check_target(target.sink, workshop.stores)


def write_rows(
    workshop: Workshop, evaluation: Evaluation, target: RowTarget, *, mask: Collection[str] = ()
) -> KeptRows:
    """Write rows beside those of earlier runs, with Glue's columns and the failed rules' ids.

    Args:
        workshop: The run's tools.
        evaluation: What rules said.
        target: Which rows, and where to.
        mask: Columns whose values are not kept: texts are masked, and others null.

    Raises:
        SinkError: They cannot be written.
        AccessDeniedError: The run's user may not make the table.
    """
    rows = evaluation.row_outcomes(with_ids=True)
    if target.which is not Which.ALL:
        wanted = "Passed" if target.which is Which.PASSED_ONLY else "Failed"
        rows = rows.where(F.col(ROW_RESULT) == wanted)
    if target.most is not None:
        rows = rows.limit(target.most)
    told = _masked(rows, mask).withColumns(
        {CONTEXT: F.lit(evaluation.options.context), RUN: F.lit(workshop.run_id)}
    )
    written = Ledger(workshop, bookmark=False).write(told, target.sink)
    all_failing = target.which is Which.FAILED_ONLY and (
        target.most is None or written.rows < target.most
    )
    return KeptRows(path=target.path, failing=written.rows if all_failing else None)


def _masked(rows: DataFrame, mask: Collection[str]) -> DataFrame:
    hidden = {name.casefold() for name in mask}
    return rows.select(
        *(
            _hidden(field) if field.name.casefold() in hidden else F.col(quote(field.name))
            for field in rows.schema.fields
        )
    )


def _hidden(field: StructField) -> Column:
    shown = MASK if isinstance(field.dataType, StringType) else None
    return F.lit(shown).cast(field.dataType).alias(field.name)
