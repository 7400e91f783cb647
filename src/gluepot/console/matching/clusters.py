"""Records that were found to be the same, in a table with match ids."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.console.lake import shown_stores
from gluepot.sql.attach import attach, open_duckdb
from gluepot.sql.fetched import QueryError
from gluepot.sql.types import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gluepot.services import Services

MATCH_ID = "match_id"
CONFIDENCE = "match_confidence_score"
ORDERS = ("largest", "least sure")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Records with one match id; ``confidence`` is None where the table does not have it."""

    match_id: Any
    size: int
    confidence: float | None


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """A page of clusters of more than one record, and how many there are."""

    found: tuple[Cluster, ...]
    records: int
    clusters: int
    matched: int
    has_confidence: bool


def clusters_of(services: Services, table: str, order: str, *, start: int, limit: int) -> Clusters:
    """Return clusters of more than one record.

    Args:
        services: Their catalog and S3.
        table: ``database.table``.
        order: One of ORDERS.
        start: How many to pass over.
        limit: How many at most.

    Raises:
        EntityNotFoundError: There is no such table.
        InvalidInputError: It has no match ids.
        QueryError: It cannot be read.
    """
    with _opened(services, table) as (ask, columns):
        has_confidence = CONFIDENCE in columns
        sure = f"min({CONFIDENCE})" if has_confidence else "NULL"
        made = f"SELECT {MATCH_ID} AS id, count(*) AS size, {sure} AS sure"
        grouped = f"({made} FROM rows GROUP BY {MATCH_ID})"
        by = "sure, size DESC" if order == "least sure" and has_confidence else "size DESC, sure"
        sums = "coalesce(sum(size), 0), count(*) FILTER (size > 1)"
        ((records, clusters, matched),) = ask(
            f"SELECT {sums}, coalesce(sum(size) FILTER (size > 1), 0) FROM {grouped}"  # noqa: S608
        )
        rows = ask(
            f"SELECT id, size, sure FROM {grouped} WHERE size > 1"  # noqa: S608 - our words
            f" ORDER BY {by}, id LIMIT {limit} OFFSET {start}"
        )
    return Clusters(
        found=tuple(Cluster(match_id=id_, size=size, confidence=sure) for id_, size, sure in rows),
        records=int(records),
        clusters=int(clusters),
        matched=int(matched),
        has_confidence=has_confidence,
    )


def members_of(
    services: Services, table: str, match_id: str, *, limit: int
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns of a table, and the records with a match id; it raises as the above."""
    with _opened(services, table) as (ask, columns):
        rows = ask(
            f"SELECT * FROM rows WHERE {MATCH_ID}::VARCHAR = ? LIMIT {limit}",  # noqa: S608
            [match_id],
        )
    return columns, rows


def records_beside(
    services: Services, table: str, key: str, ids: Sequence[str], *, most: int
) -> Any:  # noqa: ANN401 - pyarrow's table
    """Return the records with some ids, first and in their order, and others of the same table.

    Raises:
        EntityNotFoundError: There is no such table.
        QueryError: It cannot be read.
    """
    with _opened(services, table, needs=key) as (ask, _):
        name = quoted(key)
        wanted = f"{name}::VARCHAR"
        return ask(
            f"(SELECT * FROM rows WHERE {wanted} IN (?, ?) LIMIT 2) UNION ALL"  # noqa: S608
            f" (SELECT * FROM rows WHERE {wanted} NOT IN (?, ?) LIMIT {most})",
            [*ids, *ids],
            as_table=True,
        )


@contextlib.contextmanager
def _opened(
    services: Services, table: str, *, needs: str = MATCH_ID
) -> Iterator[tuple[Any, list[str]]]:
    database, _, name = table.partition(".")
    known = services.catalog.get_linked_table(database, name)
    duck = open_duckdb()
    connection = duck.connect()
    connection.execute("SET enable_progress_bar = false").fetchall()

    def ask(sql: str, values: Sequence[Any] = (), *, as_table: bool = False) -> Any:  # noqa: ANN401
        # Arrow knows times with zones; DuckDB's own rows need a package for them.
        found = connection.sql(sql, params=list(values)).to_arrow_table()
        columns = (column.to_pylist() for column in found.columns)
        return found if as_table else list(zip(*columns, strict=True))

    try:
        with tempfile.TemporaryDirectory(prefix="gluepot-match-") as folder:
            place = Path(folder)
            stores = shown_stores(services)
            attach(connection, services.catalog, stores, (database, name), known, place)
            view = f"{quoted(database)}.{quoted(name)}"
            connection.execute(f"CREATE VIEW rows AS SELECT * FROM {view}")  # noqa: S608
            columns = [row[0] for row in connection.execute("DESCRIBE rows").fetchall()]
            if needs not in columns:
                raise InvalidInputError(f"{table} has no column {needs}; it has {columns}")
            yield ask, columns
    except (duck.Error, OSError) as error:
        raise QueryError(f"{table} cannot be read: {error}") from error
    finally:
        connection.close()
