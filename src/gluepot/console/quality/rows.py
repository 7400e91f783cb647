"""The rows that break a rule: those that the run has kept, or those of the table as it is now."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.console.quality.broken_rows import broken_condition
from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.sql.fetched import QueryError
from gluepot.sql.isolated import run_isolated
from gluepot.sql.order import Bounds
from gluepot.sql.storage import arrow_filesystem
from gluepot.sql.types import quoted
from gluepot.transforms.quality.showing import show
from gluepot.transforms.quality.values import MASK, json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gluepot.catalog.model import Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.transforms.quality.masking import Masking
    from gluepot.transforms.quality.result import RuleResult

KEPT_IN = "data_quality_run"
BOUNDS = Bounds(seconds=20)


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
    stores: Stores, path: str, run_id: str, hidden: Masking, *, limit: int
) -> Rows | None:
    """Return the first rows that a run has kept; None where they are gone.

    Raises:
        FileRootError: They lie where files of this machine are not shown.
        QueryError: They cannot be read.
    """
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import dataset  # noqa: PLC0415

    place = normalize_uri(f"{path.rstrip('/')}/{KEPT_IN}={run_id}")
    scheme, _, bare = place.partition("://")
    try:
        if scheme == "file" and stores.roots is not None:
            stores.roots.check(place)
        files = arrow_filesystem(place, stores.s3)
        found = dataset.dataset(bare, filesystem=files, format="parquet")
        if scheme == "file" and stores.roots is not None:
            for file in found.files:
                stores.roots.check(file)
        rows = found.head(limit)
        count = found.count_rows()
    except FileNotFoundError:
        return None
    except (OSError, pa.ArrowException) as error:
        raise QueryError(f"{place} cannot be read: {error}") from error
    values = (tuple(row.values()) for row in rows.to_pylist())
    return _shown(rows.column_names, values, count, hidden, ())


def rows_now(  # noqa: PLR0913 - a page of rows
    catalog: CatalogStore,
    stores: Stores,
    table: str,
    rule: RuleResult,
    hidden: Masking,
    *,
    start: int,
    limit: int,
) -> Rows | None:
    """Return rows of a table as it is now that break a rule; None where no SQL tells which.

    Raises:
        AccessDeniedError: A policy does not let the table be read.
        EntityNotFoundError: There is no such table.
        FileRootError: It has files on this machine that are not shown.
        QueryError: It cannot be read, or has no such column any more, or that takes too much.
    """
    condition = broken_condition(rule)
    if condition is None:
        return None
    database, _, name = table.partition(".")
    count, there = _free_names(catalog.get_linked_table(database, name))
    view = f"{quoted(database)}.{quoted(name)}"
    wanted = _plain(f"SELECT * FROM {view} QUALIFY {condition}")  # noqa: S608 - quoted
    # One statement, so that the count is of the rows that are shown.
    found = run_isolated(
        catalog,
        stores,
        f"SELECT counted.*, page.* FROM (SELECT count(*) AS {count} FROM ({wanted})) AS counted"  # noqa: S608
        f" LEFT JOIN (SELECT true AS {there}, * FROM ({wanted}) LIMIT {limit} OFFSET {start})"
        " AS page ON true",
        BOUNDS,
    )
    names = [column for column, _ in found.columns[2:]]
    values = (row[2:] for row in found.rows if row[1])
    shown = _shown(names, values, found.rows[0][0], hidden, rule.columns)
    return replace(shown, sql=wanted)


def _free_names(table: Table) -> tuple[str, str]:
    """Return two names, quoted, that no column has."""
    storage = table.storage_descriptor
    columns = (*(storage.columns or () if storage else ()), *(table.partition_keys or ()))
    taken = {column.name.casefold() for column in columns}
    free = (name for number in itertools.count() if (name := f"own {number}") not in taken)
    return quoted(next(free)), quoted(next(free))


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
