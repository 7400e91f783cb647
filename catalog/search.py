"""Searching the tables of a catalog: filters, words, an order; all of it one SQL query a page."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.search_text import property_name, words_of
from gluepot.catalog.table_rows import CURRENT, TableRow, table_row
from gluepot.catalog.tables import databases, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gluepot.catalog.calls import Document

Place: TypeAlias = list[Any]
"""Where a row stands in the order, as JSON data."""

_EQUALS = "EQUALS"
_SECOND = timedelta(seconds=1)
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_EQUALS": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_EQUALS": operator.le,
}
_TIMES: Mapping[str, sa.Column[datetime]] = {
    "createtime": tables.c.create_time,
    "updatetime": tables.c.update_time,
}
_OTHER_TIMES = frozenset({"lastaccesstime", "lastanalyzedtime"})
_SPELLINGS = {"database": "databasename", "columnname": "column", "columns": "column"}
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class _Order:
    """Columns to sort by, the last of which no two rows share, and a row's values of them."""

    columns: tuple[sa.Column[Any], ...]
    values: Callable[[TableRow], Place]

    def read(self, place: Place) -> list[sa.ColumnElement[Any]]:
        """Return a place as SQL values."""
        return [
            sa.literal(_time(value) if column.name.endswith("_time") else value, column.type)
            for column, value in zip(self.columns, place, strict=True)
        ]


_BY_DATABASE = _Order(
    columns=(databases.c.name, tables.c.name), values=lambda row: [row.database_name, row.name]
)
_ORDERS: Mapping[str, _Order] = {
    "databasename": _BY_DATABASE,
    "name": _Order(columns=(tables.c.name, tables.c.id), values=lambda row: [row.name, row.id]),
    "createtime": _Order(
        columns=(tables.c.create_time, tables.c.id),
        values=lambda row: [row.create_time.isoformat(), row.id],
    ),
    "updatetime": _Order(
        columns=(tables.c.update_time, tables.c.id),
        values=lambda row: [row.update_time.isoformat(), row.id],
    ),
}


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for, and in which order it is given; ``parse_search`` makes one."""

    clauses: tuple[sa.ColumnElement[bool], ...]
    order: _Order
    descending: bool

    def rows(
        self, connection: sa.Connection, catalog: str, after: Place | None, limit: int
    ) -> list[TableRow]:
        """Return the next tables of a catalog that match."""
        query = CURRENT.where(databases.c.catalog == catalog, *self.clauses).limit(limit)
        columns = self.order.columns
        query = query.order_by(
            *(column.desc() if self.descending else column for column in columns)
        )
        if after is not None:
            here, last = sa.tuple_(*columns), sa.tuple_(*self.order.read(after))
            query = query.where(here < last if self.descending else here > last)
        return [table_row(row) for row in connection.execute(query)]

    def place(self, row: TableRow) -> Place:
        """Return where a row stands in the order."""
        return self.order.values(row)


def parse_search(filters: Sequence[Document], text: str | None, sort: Sequence[Document]) -> Search:
    """Return the search that the members of a SearchTables request describe.

    Raises:
        InvalidInputError: A filter or the order asks for something that is not searched.
    """
    clauses = [_filter(item) for item in filters]
    if text is not None:
        clauses += _text_clauses(text)
    criterion = sort[0] if sort else {}
    name = property_name(criterion.get("FieldName", "DatabaseName"))
    order = _ORDERS.get(_SPELLINGS.get(name, name))
    if order is None:
        raise InvalidInputError(
            f"Tables cannot be sorted by {criterion['FieldName']!r}; they can by"
            " Name, DatabaseName, CreateTime and UpdateTime"
        )
    return Search(
        clauses=tuple(clauses), order=order, descending=criterion.get("Sort", "ASC") == "DESC"
    )


def _filter(item: Document) -> sa.ColumnElement[bool]:
    key, value = item.get("Key"), item.get("Value")
    if key is None or value is None:
        raise InvalidInputError("A filter of SearchTables needs both a Key and a Value")
    comparator = item.get("Comparator", _EQUALS)
    name = property_name(key)
    name = _SPELLINGS.get(name, name)
    if name in _TIMES:
        return _time_clause(_TIMES[name], comparator, value)
    if name in _OTHER_TIMES:
        raise InvalidInputError(
            f"Tables cannot be filtered by {key}; of the times they can by CreateTime, UpdateTime"
        )
    if comparator != _EQUALS:
        raise InvalidInputError(f"Comparator {comparator} is for times; {key} is compared by words")
    # A value without any word in it is no property's.
    words = words_of(value)
    return sa.and_(*(_contains(f"{name}={word}") for word in words)) if words else sa.false()


def _time_clause(
    column: sa.Column[datetime], comparator: str, value: str
) -> sa.ColumnElement[bool]:
    moment = _time(value)
    if comparator == _EQUALS:
        # Callers know times to the second; what is stored goes further.
        return sa.and_(column >= moment, column < moment + _SECOND)
    clause: sa.ColumnElement[bool] = _COMPARE[comparator](column, moment)
    return clause


def _time(value: str) -> datetime:
    try:
        if value.replace(".", "", 1).isdigit():
            moment = datetime.fromtimestamp(float(value), UTC)
        else:
            moment = datetime.fromisoformat(value)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        # Whatever is asked about a time, the second after it is one too.
        return moment + _SECOND - _SECOND
    except (ValueError, OverflowError, OSError):
        raise InvalidInputError(
            f"{value!r} is not a time; right is 2013-01-31T12:00:00Z, or seconds since 1970"
        ) from None


def _text_clauses(text: str) -> list[sa.ColumnElement[bool]]:
    """Return what a text asks for: each of its words, and its quoted parts as phrases."""
    phrases = [" ".join(words_of(part)) for part in _QUOTED.findall(text)]
    wanted = [*filter(None, phrases), *words_of(_QUOTED.sub(" ", text))]
    # A text without any word in it is in no table.
    return [_contains(words) for words in wanted] or [sa.false()]


def _contains(words: str) -> sa.ColumnElement[bool]:
    return tables.c.search.contains(f" {words} ", autoescape=True)
