"""The rows that break a rule: those that the run has kept, or those of the table as it is now."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.console.quality.broken_rows import broken_condition
from gluepot.sql.attach import attach, open_duckdb
from gluepot.sql.fetched import QueryError
from gluepot.sql.storage import arrow_filesystem
from gluepot.sql.types import quoted
from gluepot.transforms.quality.showing import show
from gluepot.transforms.quality.values import MASK, json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gluepot.services import Services
    from gluepot.transforms.quality.masking import Masking
    from gluepot.transforms.quality.result import RuleResult

KEPT_IN = "data_quality_run"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A page of rows.

    Attributes:
        columns: Their names; those that the rule reads come first.
        rows: Their values, as they are shown.
        count: How many there are in all.
        sql: What was asked; None where files were read.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Mapping[str, Any], ...], ...]
    count: int
    sql: str | None = None


def kept_rows(
    services: Services, path: str, run_id: str, hidden: Masking, *, limit: int
) -> Rows | None:
    """Return the first rows that a run has kept; None where they are gone.

    Raises:
        QueryError: They cannot be read.
    """
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import dataset  # noqa: PLC0415

    folder = f"{path.rstrip('/')}/{KEPT_IN}={run_id}"
    place = folder.replace("s3a://", "s3://")
    try:
        files = arrow_filesystem(place, services.s3)
        bare = place.removeprefix("s3://").removeprefix("file://")
        found = dataset.dataset(bare, filesystem=files, format="parquet")
        rows = found.head(limit)
        count = found.count_rows()
    except FileNotFoundError:
        return None
    except (OSError, pa.ArrowException) as error:
        raise QueryError(f"{place} cannot be read: {error}") from error
    values = (tuple(row.values()) for row in rows.to_pylist())
    return _shown(rows.column_names, values, count, hidden, ())


def rows_now(  # noqa: PLR0913 - a page of rows
    services: Services, table: str, rule: RuleResult, hidden: Masking, *, start: int, limit: int
) -> Rows | None:
    """Return rows of a table as it is now that break a rule; None where no SQL tells which.

    Raises:
        QueryError: The table cannot be read, or has no such column any more.
    """
    condition = broken_condition(rule)
    if condition is None:
        return None
    database, _, name = table.partition(".")
    duck = open_duckdb()
    connection = duck.connect()
    connection.execute("SET enable_progress_bar = false").fetchall()
    known = services.catalog.get_linked_table(database, name)
    wanted = f"FROM {quoted(database)}.{quoted(name)} QUALIFY {condition}"
    try:
        with tempfile.TemporaryDirectory(prefix="gluepot-rows-") as folder:
            attach(connection, services.catalog, services.s3, (database, name), known, Path(folder))
            ((count,),) = connection.execute(
                f"SELECT count(*) FROM (SELECT 1 {_plain(wanted)})"  # noqa: S608 - quoted
            ).fetchall()
            # Arrow knows times with zones; DuckDB's own rows need a package for them.
            found = connection.sql(
                f"SELECT * {_plain(wanted)} LIMIT {limit} OFFSET {start}"
            ).to_arrow_table()
            values = zip(*(column.to_pylist() for column in found.columns), strict=True)
            shown = _shown(found.column_names, values, count, hidden, rule.columns)
    except (duck.Error, OSError) as error:
        raise QueryError(f"{table} cannot be asked: {error}") from error
    finally:
        connection.close()
    return Rows(
        columns=shown.columns, rows=shown.rows, count=count, sql=f"SELECT * {_plain(wanted)}"
    )


def _plain(wanted: str) -> str:
    # QUALIFY wants a window function.
    return wanted if " OVER (" in wanted else wanted.replace(" QUALIFY ", " WHERE ", 1)


def _shown(
    names: Iterable[str],
    rows: Iterable[tuple[Any, ...]],
    count: int,
    hidden: Masking,
    first: Iterable[str],
) -> Rows:
    columns = list(names)
    front = [name.casefold() for name in first]
    order = sorted(range(len(columns)), key=lambda at: (columns[at].casefold() not in front, at))
    covered = {at for at in order if hidden.covers(columns[at])}
    told = tuple(tuple(_value(MASK if at in covered else row[at]) for at in order) for row in rows)
    return Rows(columns=tuple(columns[at] for at in order), rows=told, count=count)


def _value(value: object) -> Mapping[str, Any]:
    try:
        found = show(json_value(value))
    except GluepotError:
        found = show(str(value))
    return {"text": found.text, "absent": found.absent}
