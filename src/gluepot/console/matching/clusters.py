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
from gluepot.sql.isolated import run_isolated
from gluepot.sql.order import Bounds
from gluepot.sql.types import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.services import Services

MATCH_ID = "match_id"
CONFIDENCE = "match_confidence_score"
BOUNDS = Bounds(seconds=20)
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


def clusters_of(  # noqa: PLR0913 - a page of clusters
    catalog: CatalogStore, stores: Stores, table: str, order: str, *, start: int, limit: int
) -> Clusters:
    """Return clusters of more than one record.

    Args:
        catalog: Knows the table; a guarded one asks whether it may be read.
        stores: Where its files are, and which of them may be read.
        table: ``database.table``.
        order: One of ORDERS.
        start: How many to pass over.
        limit: How many at most.

    Raises:
        AccessDeniedError: A policy, or where its files lie, does not let it be read.
        EntityNotFoundError: There is no such table.
        InvalidInputError: It has no match ids.
        QueryError: It cannot be read, or that takes too much.
    """
    view, columns = _view(catalog, table)
    has_confidence = CONFIDENCE in columns
    sure = f"min({CONFIDENCE})" if has_confidence else "NULL"
    by = "sure, size DESC" if order == "least sure" and has_confidence else "size DESC, sure"
    found = run_isolated(
        catalog,
        stores,
        f"WITH grouped AS (SELECT {MATCH_ID} AS id, count(*) AS size, {sure} AS sure FROM {view}"  # noqa: S608 - our words
        f" GROUP BY {MATCH_ID}), sums AS (SELECT coalesce(sum(size), 0) AS records,"
        " count(*) FILTER (size > 1) AS clusters,"
        " coalesce(sum(size) FILTER (size > 1), 0) AS matched FROM grouped),"
        f" page AS (SELECT id, size, sure FROM grouped WHERE size > 1 ORDER BY {by}, id"
        f" LIMIT {limit} OFFSET {start})"
        f" SELECT sums.*, page.* FROM sums LEFT JOIN page ON true ORDER BY {by}, id",
        BOUNDS,
    )
    records, clusters, matched = found.rows[0][:3]
    return Clusters(
        found=tuple(
            Cluster(match_id=id_, size=size, confidence=sure)
            for *_, id_, size, sure in found.rows
            if size is not None
        ),
        records=records,
        clusters=clusters,
        matched=matched,
        has_confidence=has_confidence,
    )


def members_of(
    catalog: CatalogStore, stores: Stores, table: str, match_id: str, *, limit: int
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns of a table, and the records with a match id; it raises as the above."""
    view, _ = _view(catalog, table)
    wanted = f"{MATCH_ID}::VARCHAR = {literal(match_id)}"
    found = run_isolated(
        catalog,
        stores,
        f"SELECT * FROM {view} WHERE {wanted} LIMIT {limit}",  # noqa: S608 - quoted
        BOUNDS,
    )
    return [name for name, _ in found.columns], list(found.rows)


def _view(catalog: CatalogStore, table: str) -> tuple[str, frozenset[str]]:
    """Return the quoted name of a table with match ids, and its columns."""
    database, _, name = table.partition(".")
    storage = catalog.get_linked_table(database, name).storage_descriptor
    found = [column.name for column in (storage.columns if storage else None) or ()]
    if MATCH_ID not in found:
        raise InvalidInputError(f"{table} has no column {MATCH_ID}; it has {found}")
    return f"{quoted(database)}.{quoted(name)}", frozenset(found)


def records_beside(
    services: Services, table: str, key: str, ids: Sequence[str], *, most: int
) -> Any:  # noqa: ANN401 - pyarrow's table
    """Return the records with some ids, first and in their order, and others of the same table.

    Raises:
        EntityNotFoundError: There is no such table.
        QueryError: It cannot be read.
    """
    with _opened(services, table, key) as ask:
        name = quoted(key)
        wanted = f"{name}::VARCHAR"
        return ask(
            f"(SELECT * FROM rows WHERE {wanted} IN (?, ?) LIMIT 2) UNION ALL"  # noqa: S608
            f" (SELECT * FROM rows WHERE {wanted} NOT IN (?, ?) LIMIT {most})",
            [*ids, *ids],
        )


@contextlib.contextmanager
def _opened(
    services: Services, table: str, needs: str
) -> Iterator[Callable[[str, Sequence[Any]], Any]]:
    database, _, name = table.partition(".")
    known = services.catalog.get_linked_table(database, name)
    duck = open_duckdb()
    connection = duck.connect()
    connection.execute("SET enable_progress_bar = false").fetchall()
    try:
        with tempfile.TemporaryDirectory(prefix="gluepot-match-") as folder:
            stores, place = shown_stores(services), Path(folder)
            attach(connection, services.catalog, stores, (database, name), known, place)
            view = f"{quoted(database)}.{quoted(name)}"
            connection.execute(f"CREATE VIEW rows AS SELECT * FROM {view}")  # noqa: S608
            columns = [row[0] for row in connection.execute("DESCRIBE rows").fetchall()]
            if needs not in columns:
                raise InvalidInputError(f"{table} has no column {needs}; it has {columns}")
            yield lambda sql, values: connection.sql(sql, params=list(values)).to_arrow_table()
    except (duck.Error, OSError) as error:
        raise QueryError(f"{table} cannot be read: {error}") from error
    finally:
        connection.close()
