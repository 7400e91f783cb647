"""CustomSql: a number that SQL computes, or the rows that it returns."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.running.asks import rows_asked, rows_key
from gluepot.transforms.quality.running.complying import share_verdict
from gluepot.transforms.quality.running.frame import Frame, UndecidableError
from gluepot.transforms.quality.running.references import FOUND
from gluepot.transforms.quality.running.tables import PRIMARY, bounded
from gluepot.transforms.quality.running.verdict import Check, Verdict, unmet
from gluepot.transforms.spark_errors import SPARK_ERRORS, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.transforms.quality.dqdl.tree import Rule
    from gluepot.transforms.quality.running.asks import Measured
    from gluepot.transforms.quality.running.verdict import Planning

NO_COLUMN = (
    "The output from CustomSQL must contain at least one column that matches the input dataset."
    " Ensure that matching columns are returned from the SQL."
)
EMPTY = "Custom SQL rule could not be evaluated due to data frame being empty"
_SELECTED = "__gluepot_selected_{}"


def custom_sql(planning: Planning, rule: Rule) -> Check:
    """Return the plan of CustomSql, whichever form it has."""
    if rule.condition is not None:
        return Check(decide=lambda _: _scalar(planning, rule), queries=1)
    selected = _Selected(planning, rule)
    return Check(asked=rows_asked(), decide=selected.decide, join=selected.join, queries=1)


def scalar_of(planning: Planning, statement: str) -> float | None:
    """Return the one number that a statement computes.

    Raises:
        UndecidableError: The SQL is wrong, or returns anything else.
    """
    with _views(planning):
        try:
            rows = _query(planning, statement).limit(2).collect()
        except SPARK_ERRORS as error:
            raise UndecidableError(f"Error executing SQL statement: {reason(error)}") from error
    if len(rows) != 1 or len(rows[0]) != 1:
        raise UndecidableError("Custom SQL must return one row of one number")
    value = rows[0][0]
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError) as error:
        raise UndecidableError(
            f"Custom SQL must return a number, not {type(value).__name__}"
        ) from error


def _scalar(planning: Planning, rule: Rule) -> Verdict:
    value = scalar_of(planning, rule.values[0])
    if value is None:
        return Verdict(result=Result.FAIL, message=unmet(None))
    shown = int(value) if value.is_integer() else value
    metric = "Dataset.*.CustomSQL"
    return bounded(planning, rule, metric, value, unmet(shown), of=rule.values[0])


@dataclass(frozen=True)
class _Selected:
    """The form that selects rows: those pass whose columns SQL returns."""

    planning: Planning
    rule: Rule

    def decide(self, found: Measured) -> Verdict:
        rows = found.count(rows_key())
        if not rows:
            return Verdict(result=Result.FAIL, message=EMPTY)
        try:
            marked = self.join(self.planning.frame.dataframe, FOUND)
            complied = marked.agg(F.count(F.when(F.col(FOUND), 1))).collect()[0][0]
        except SPARK_ERRORS as error:
            raise UndecidableError(f"Error executing SQL statement: {reason(error)}") from error
        share = complied / rows
        metric = "Dataset.*.CustomSQL.Compliance"
        return share_verdict(self.planning, self.rule, metric, share, unmet(share, sign="."))

    def join(self, dataframe: DataFrame, name: str) -> DataFrame:
        """Return the frame with a column of whether its row was selected.

        Raises:
            UndecidableError: SQL returns no column of the frame, or others too.
        """
        with _views(self.planning):
            query = _query(self.planning, self.rule.values[0])
            columns = query.columns
        self._check(columns)
        frame, chosen = Frame(dataframe), Frame(query)
        keys = [chosen.column(each).alias(_SELECTED.format(at)) for at, each in enumerate(columns)]
        known = query.select(*keys).distinct().withColumn(name, F.lit(True))  # noqa: FBT003
        on = [
            frame.column(each).eqNullSafe(F.col(_SELECTED.format(at)))
            for at, each in enumerate(columns)
        ]
        own = [frame.column(each) for each in dataframe.columns]
        mark = F.coalesce(F.col(name), F.lit(False))  # noqa: FBT003
        joined = dataframe.join(known, reduce(and_, on), "left")
        return joined.select(*own, mark.alias(name))

    def _check(self, columns: list[str]) -> None:
        foreign = [name for name in columns if not self.planning.frame.has(name)]
        if len(foreign) == len(columns):
            raise UndecidableError(NO_COLUMN)
        if foreign:
            raise UndecidableError(
                "The columns returned from the SQL statement should only belong to the primary"
                f" table. Columns not found: {', '.join(foreign)}"
            )


def _query(planning: Planning, statement: str) -> DataFrame:
    """Return what a statement selects; one that changes anything is no query, and not run."""
    plain = statement.strip().rstrip(";")
    session = planning.frame.dataframe.sparkSession
    # In parentheses only a query is SQL; the line's end ends a comment, should there be one.
    return session.sql(f"SELECT * FROM (\n{plain}\n)")  # noqa: S608 - SQL is what a rule is


@contextmanager
def _views(planning: Planning) -> Iterator[None]:
    """Let SQL name the frame as ``primary``, and the additional ones by their aliases.

    Views of the same names are put back afterwards. On Spark Connect the names stay, because a
    plan looks them up when it runs.
    """
    session = planning.frame.dataframe.sparkSession
    # An alias that SQL could only name in quotes is for the other rules.
    sources = planning.options.sources
    frames = {alias: each for alias, each in sources.items() if alias.isidentifier()}
    frames[PRIMARY] = planning.frame.dataframe
    before = {name: _view(session, name) for name in frames}
    for name, dataframe in frames.items():
        dataframe.createOrReplaceTempView(name)
    try:
        yield
    finally:
        for name, view in before.items() if not _is_remote(session) else ():
            if view is None:
                session.catalog.dropTempView(name)
            else:
                view.createOrReplaceTempView(name)


def _view(session: SparkSession, name: str) -> DataFrame | None:
    try:
        return session.table(name) if session.catalog.getTable(name).isTemporary else None
    except SPARK_ERRORS:
        return None


def _is_remote(session: SparkSession) -> bool:
    return "connect" in type(session).__module__
