"""Which of a table's partitions are wanted, and reading them page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.partition_batches import keys_of
from gluepot.catalog.partition_rows import STORED, table_prefix
from gluepot.catalog.partition_tables import order_columns, partitions
from gluepot.catalog.predicate_sql import compile_sql
from gluepot.catalog.predicates import bind, evaluate_bound, parse_predicate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.predicate_tree import Expr
    from gluepot.catalog.predicates import Binding
    from gluepot.catalog.table_rows import TableRow

_IDENTITY = ("identity",)
_FIRST_BYTES = 256


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One of ``total`` disjoint parts of a table's partitions; ``number`` counts from 0."""

    number: int
    total: int

    def clause(self, table_id: int) -> sa.ColumnElement[bool]:
        """Return which of a table's partitions are in it: those with digests in its range."""
        low = table_prefix(table_id) + bytes([_FIRST_BYTES * self.number // self.total])
        if self.number + 1 == self.total:
            high = table_prefix(table_id + 1)
        else:
            last = _FIRST_BYTES * (self.number + 1) // self.total
            high = table_prefix(table_id) + bytes([last])
        return sa.and_(partitions.c.identity >= low, partitions.c.identity < high)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """The rows of a table that are wanted, and the order in which they are read."""

    clause: sa.ColumnElement[bool]
    order: tuple[str, ...]
    complete: bool = True
    """Whether the clause alone decides about rows whose key columns are exact."""
    inexact: bool = False
    """Whether the table has rows of the other kind, which the clause all lets through."""
    bound: tuple[Expr, Binding] | None = None

    @property
    def decides(self) -> bool:
        """Return whether the clause alone decides about all rows."""
        return self.bound is None or (self.complete and not self.inexact)

    def accepts(self, row: Any) -> bool:  # noqa: ANN401
        """Return whether a row that the clause let through is wanted."""
        if self.bound is None or (self.complete and row.exact):
            return True
        return evaluate_bound(*self.bound, orjson.loads(row.key_values))


def filter_of(
    connection: sa.Connection,
    row: TableRow,
    expression: str | None = None,
    segment: Segment | None = None,
) -> Filter:
    """Return the filter of a partition expression and a segment; a blank expression is none.

    Raises:
        InvalidInputError: The expression is not one, or does not fit the keys, or the segment's
            number is not below their total.
    """
    clauses = [partitions.c.table_id == row.id]
    if segment is not None:
        if segment.number >= segment.total:
            raise InvalidInputError(
                f"SegmentNumber {segment.number} is not less than TotalSegments {segment.total}"
            )
        clauses.append(segment.clause(row.id))
    if expression is None or not expression.strip():
        if segment is None:
            return Filter(clause=clauses[0], order=order_columns(0))
        # A segment is a range of the index of digests, so all of them together read a table once.
        return Filter(clause=clauses[1], order=_IDENTITY)
    expr = parse_predicate(expression)
    binding = bind(expr, keys_of(row))
    compiled = compile_sql(expr, binding, dialect=connection.dialect.name)
    faulty = sa.select(partitions.c.id).where(clauses[0], sa.not_(partitions.c.exact)).limit(1)
    inexact = connection.scalar(faulty) is not None
    matches = sa.or_(compiled.clause, sa.not_(partitions.c.exact)) if inexact else compiled.clause
    return Filter(
        clause=sa.and_(*clauses, matches),
        order=order_columns(0) if inexact else compiled.order,
        complete=compiled.complete,
        inexact=inexact,
        bound=(expr, binding),
    )


def read_page(
    connection: sa.Connection, filter_: Filter, after: Sequence[Any] | None, limit: int
) -> list[sa.Row[Any]]:
    """Return the next ``limit`` wanted rows after a place, fewer only at the end.

    Raises:
        InvalidStateError: A partition's value is not of the type of its key, and the expression
            asks for that key.
    """
    found: list[sa.Row[Any]] = []
    while True:
        page = connection.execute(_page_query(filter_, after, limit)).all()
        found += page if filter_.decides else filter(filter_.accepts, page)
        if len(page) < limit or len(found) >= limit:
            return found[:limit]
        after = place_of(filter_, page[-1])


def place_of(filter_: Filter, row: sa.Row[Any]) -> list[Any]:
    """Return the place of a row in the order of a filter, as JSON data."""
    values = (getattr(row, name) for name in filter_.order)
    return [value.hex() if isinstance(value, bytes) else value for value in values]


def _page_query(filter_: Filter, after: Sequence[Any] | None, limit: int) -> sa.Select[Any]:
    # A key held to one value is no part of the order: beside an equality the databases do not use
    # it to find where the page begins.
    columns = [partitions.c[name] for name in filter_.order]
    read = {column.key: column for column in (*STORED, partitions.c.exact, *columns)}
    query = sa.select(*read.values()).where(filter_.clause).order_by(*columns).limit(limit)
    if after is None:
        return query
    last = [
        bytes.fromhex(value) if column is partitions.c.identity else value
        for column, value in zip(columns, after, strict=True)
    ]
    return query.where(sa.tuple_(*columns) > sa.tuple_(*last))
