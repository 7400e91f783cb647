"""Tables found by words and facets.

What facets say of a table is read out of its definition once a version, and kept in memory: to take
ten thousand definitions apart for each page would be most of a second. Which tables there are, at
which version, and which words are in them, is asked of the database each time.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.scope import ROOT
from gluepot.catalog.search_text import words_of
from gluepot.catalog.table_rows import CURRENT, TableRow, table_row
from gluepot.catalog.tables import databases, table_versions, tables
from gluepot.jobs.quality.tables import quality_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.catalog.calls import Document

Place = tuple[str, str]
"""A database and a table: behind it the next page begins."""

PAGE = 100
MANY = 12
"""Values of a facet that are shown."""
UNKNOWN = "unknown"
UPDATED = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
FACETS = ("database", "classification", "partitioned", "quality", "updated", "by")
MOST_WORDS = 12

# Words of the kept text that stand for properties and not for their values.
_PROPERTIES = ("name", "description", "owner", "tabletype", "databasename", "location", "column")
_OPEN = ("delta", "iceberg", "hudi")
_OLDER = "older"
_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which tables are looked for.

    Attributes:
        words: Each must be in a table; a part of its name, or the beginning of another word.
        facets: By the names of FACETS; what is not there is not asked for.
        within: The only databases that may be seen; None for all.
        now: From which ages are counted.
    """

    words: tuple[str, ...] = ()
    facets: Mapping[str, str]
    within: frozenset[str] | None = None
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Found:
    """The tables that were looked for.

    Attributes:
        count: How many.
        facets: How many have each value of each facet.
        rows: The next of them, by database and name; one more than a page if there are more.
    """

    count: int
    facets: Mapping[str, Mapping[str, int]]
    rows: Sequence[TableRow]


def wanted_words(text: str) -> tuple[str, ...]:
    """Return the words that a text asks for.

    Raises:
        InvalidInputError: They are too many.
    """
    found = tuple(dict.fromkeys(words_of(text)))
    if len(found) > MOST_WORDS:
        raise InvalidInputError(f"A search has at most {MOST_WORDS} words; these are {len(found)}")
    return found


def find_tables(connection: sa.Connection, wanted: Wanted, after: Place | None = None) -> Found:
    """Return how many tables are looked for, with which facets, and a page of them by name."""
    checked = _checked(connection)
    ages = [(wanted.now - age, name) for name, age in UPDATED.items()]
    kinds: Counter[tuple[str, ...]] = Counter()
    ids: list[int] = []
    asked = [(at, wanted.facets[name]) for at, name in enumerate(FACETS) if name in wanted.facets]
    having = _with_words(connection, wanted.words) if wanted.words else None
    for row in _KNOWN.tables(connection):
        if having is not None and row.id not in having:
            continue
        if wanted.within is not None and row.database not in wanted.within:
            continue
        quality = "yes" if (row.database, row.name) in checked else "no"
        age = next((name for since, name in ages if row.updated >= since), _OLDER)
        kind = (row.database, row.format, row.partitioned, quality, age, row.by)
        if asked and any(kind[at] != value for at, value in asked):
            continue
        kinds[kind] += 1
        if len(ids) <= PAGE and (after is None or (row.database, row.name) > after):
            ids.append(row.id)
    query = CURRENT.where(tables.c.id.in_(ids)).order_by(databases.c.name, tables.c.name)
    return Found(
        count=kinds.total(),
        facets={name: _counts(kinds, at) for at, name in enumerate(FACETS)},
        rows=[table_row(row) for row in connection.execute(query)],
    )


def _counts(kinds: Counter[tuple[str, ...]], at: int) -> dict[str, int]:
    found: Counter[str] = Counter()
    for kind, count in kinds.items():
        found[kind[at]] += count
    return _ordered(FACETS[at], found)


@dataclass(frozen=True)
class _Known:
    """A table, and what facets it has by its definition."""

    id: int
    version: int
    database: str
    name: str
    updated: datetime
    format: str
    partitioned: str
    by: str


class _AllKnown:
    """The tables of each database server's catalog, read again only where they have changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: WeakKeyDictionary[sa.Engine, tuple[object, list[_Known]]] = WeakKeyDictionary()

    def tables(self, connection: sa.Connection) -> list[_Known]:
        """Return all tables of the account's own catalog, by database and name."""
        mark = tuple(connection.execute(_MARK).one())
        with self._lock:
            last, known = self._of.get(connection.engine, (None, []))
            if last != mark:
                known = _read(connection, {each.id: each for each in known})
                self._of[connection.engine] = (mark, known)
        return known


_KNOWN = _AllKnown()

# Whatever happens to a table: there are more or fewer, or one was updated later than all before.
_MARK = sa.select(
    sa.func.count(),
    sa.func.max(tables.c.id),
    sa.func.sum(tables.c.version),
    sa.func.max(tables.c.update_time),
).select_from(tables)


def _read(connection: sa.Connection, old: Mapping[int, _Known]) -> list[_Known]:
    query = (
        sa.select(
            tables.c.id,
            tables.c.version,
            databases.c.name.label("database"),
            tables.c.name,
            tables.c.update_time,
        )
        .join(databases, databases.c.id == tables.c.database_id)
        .where(databases.c.catalog == ROOT)
        .order_by(databases.c.name, tables.c.name)
    )
    rows = connection.execute(query).all()
    new = [row.id for row in rows if not _is_same(old.get(row.id), row)]
    said: dict[int, Document] = {}
    for start in range(0, len(new), _BATCH):
        said |= _definitions(connection, new[start : start + _BATCH])
    found = [
        _known(row, said[row.id]) if row.id in said else old.get(row.id)  # one that went is none
        for row in rows
    ]
    return [each for each in found if each is not None]


def _is_same(old: _Known | None, row: Any) -> bool:  # noqa: ANN401 - a row of the query above
    return old is not None and (old.version, old.updated) == (row.version, row.update_time)


def _definitions(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Document]:
    same = sa.and_(
        table_versions.c.table_id == tables.c.id, table_versions.c.version == tables.c.version
    )
    query = sa.select(tables.c.id, table_versions.c.definition).join(table_versions, same)
    rows = connection.execute(query.where(tables.c.id.in_(ids)))
    return {row.id: row.definition for row in rows}


def _known(row: Any, definition: Document) -> _Known:  # noqa: ANN401 - likewise
    parameters = definition.get("Parameters") or {}
    crawler, owner = parameters.get("UPDATED_BY_CRAWLER"), definition.get("Owner")
    return _Known(
        id=row.id,
        version=row.version,
        database=row.database,
        name=row.name,
        updated=row.update_time,
        format=format_of(definition),
        partitioned="yes" if definition.get("PartitionKeys") else "no",
        by=f"crawler {crawler}" if crawler else f"owner {owner}" if owner else "somebody",
    )


def format_of(definition: Document) -> str:
    """Return a table's format in a word: that of its log before that of its files."""
    if definition.get("TableType") == "VIRTUAL_VIEW":
        return "view"
    parameters = definition.get("Parameters") or {}
    for key in ("table_type", "spark.sql.sources.provider"):
        word = str(parameters.get(key, "")).lower()
        if word in _OPEN:
            return word
    return str(parameters.get("classification") or UNKNOWN).lower()


def _checked(connection: sa.Connection) -> set[tuple[str, str]]:
    column = quality_results.c.table
    names = connection.scalars(sa.select(column).where(column.is_not(None)).distinct())
    return {(database, name) for database, _, name in (each.partition(".") for each in names)}


def verdicts(connection: sa.Connection, names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the newest quality result of each table that has one: its id and its verdict."""
    columns = quality_results.c
    newest = (
        sa.select(sa.func.max(columns.number).label("number"))
        .where(columns.table.in_(list(names)))
        .group_by(columns.table)
        .subquery()
    )
    verdict = columns.result["verdict"].as_string()
    query = sa.select(columns.table, columns.id, verdict).join(
        newest, newest.c.number == columns.number
    )
    return {table: (number, said) for table, number, said in connection.execute(query)}


def _with_words(connection: sa.Connection, words: Sequence[str]) -> set[int]:
    dialect = connection.dialect.name
    query = sa.select(tables.c.id).where(*(_has_word(dialect, word) for word in words))
    return set(connection.scalars(query))


def _has_word(dialect: str, word: str) -> sa.ColumnElement[bool]:
    # The kept text names its properties too; a word that begins one is compared as a whole.
    whole = any(name.startswith(word) for name in _PROPERTIES)
    # LIKE goes through the text without regard to case, five times slower; both are lower case.
    place = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return sa.or_(
        place(tables.c.name, word) > 0,
        place(tables.c.search, f" {word} " if whole else f" {word}") > 0,
    )


def _ordered(name: str, counts: Mapping[str, int]) -> dict[str, int]:
    if name == "updated":
        return {key: counts[key] for key in (*UPDATED, _OLDER) if key in counts}
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def marks(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """Return a text in parts, each with whether it is one of the words that were looked for.

    >>> marks("customer_id", ["id", "cust"])
    [('cust', True), ('omer_', False), ('id', True)]
    """
    found = [re.escape(word) for word in sorted(words, key=len, reverse=True)]
    if not found:
        return [(text, False)]
    parts = re.split(f"({'|'.join(found)})", text, flags=re.IGNORECASE)
    return [(part, at % 2 == 1) for at, part in enumerate(parts) if part]
