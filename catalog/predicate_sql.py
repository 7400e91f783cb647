"""Partition expressions as SQL over the key columns, so that the index answers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.keys import NULL_CODE, KeyKind, encode
from gluepot.catalog.partition_tables import (
    INDEXED_KEYS,
    KEY_COLUMNS,
    order_columns,
    partitions,
)
from gluepot.catalog.predicate_spans import Spans, leading_key, spans_of
from gluepot.catalog.predicate_tree import (
    And,
    Between,
    Compare,
    Condition,
    Expr,
    In,
    IsNull,
    Like,
    Literal,
    Not,
    Or,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.predicates import Binding

_OPPOSITES = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, kw_only=True)
class CompiledPredicate:
    """An expression as SQL.

    ``complete`` is False when rows that the SQL lets through must still be evaluated: a key
    without a column took part. ``order`` are the columns that matches are read by: those of the
    index that finds them soonest, without the ones that are the same in all matches.
    """

    clause: sa.ColumnElement[bool]
    complete: bool
    order: tuple[str, ...]


def compile_sql(expr: Expr, binding: Binding, *, dialect: str) -> CompiledPredicate:
    """Return the SQL of an expression, true for every row whose key columns are exact and match.

    Args:
        expr: The expression.
        binding: What it means on the table's keys.
        dialect: ``sqlite`` or ``postgresql``: they spell a LIKE that minds case differently.
    """
    compiler = _Compiler(binding, dialect)
    clause = compiler.compile(expr, negated=False)
    spans = spans_of(expr, binding)
    lead = leading_key(spans)
    columns = order_columns(lead)
    clauses = [clause, *_implied(expr, binding, spans, columns)]
    if lead:
        # The index of a later key leaves out tables without it, and is used where that is said.
        clauses.append(partitions.c[KEY_COLUMNS[lead]] != sa.literal_column("''"))
    return CompiledPredicate(
        clause=sa.and_(*clauses),
        complete=all(key.place < INDEXED_KEYS for key in binding.keys.values()),
        order=_unpinned(spans, columns),
    )


class _Compiler:
    """Negations are pushed down to the conditions, where a null is told from a false."""

    def __init__(self, binding: Binding, dialect: str) -> None:
        self.binding = binding
        self.dialect = dialect

    def compile(self, expr: Expr, *, negated: bool) -> sa.ColumnElement[bool]:
        match expr:
            case Not(item):
                return self.compile(item, negated=not negated)
            case And(items):
                join = sa.or_ if negated else sa.and_
                return join(*(self.compile(item, negated=negated) for item in items))
            case Or(items):
                join = sa.and_ if negated else sa.or_
                return join(*(self.compile(item, negated=negated) for item in items))
            case IsNull():
                return sa.true() if negated else sa.false()
            case _:
                return self.condition(expr, negated=negated)

    def condition(self, condition: Condition, *, negated: bool) -> sa.ColumnElement[bool]:
        key = self.binding.key(condition.key)
        if key.place >= INDEXED_KEYS:
            return sa.true()
        column = partitions.c[KEY_COLUMNS[key.place]]
        clause, open_above = self.test(condition, column, negated=negated)
        if open_above and key.kind is not KeyKind.TEXT:
            return sa.and_(clause, column < NULL_CODE)
        return clause

    def test(
        self, condition: Condition, column: sa.Column[Any], *, negated: bool
    ) -> tuple[sa.ColumnElement[bool], bool]:
        """Return the clause, and whether it would let through what sorts after all values."""
        match condition:
            case Compare(name, sign, literal):
                wanted = _OPPOSITES[sign] if negated else sign
                clause = column.op(wanted, is_comparison=True)(self.code(name, literal))
                return clause, wanted in {"<>", ">", ">="}
            case In(name, literals):
                codes = [self.code(name, literal) for literal in literals]
                return (column.not_in(codes) if negated else column.in_(codes)), negated
            case Between(name, low, high):
                least, most = self.code(name, low), self.code(name, high)
                if negated:
                    return sa.or_(column < least, column > most), True
                return sa.and_(column >= least, column <= most), False
            case Like(_, pattern):
                found = self.like(column, pattern.text)
                return (sa.not_(found) if negated else found), False
            case IsNull():
                return (sa.true() if negated else sa.false()), False

    def code(self, name: str, literal: Literal) -> str:
        return encode(self.binding.value(name, literal), self.binding.key(name).kind)

    def like(self, column: sa.Column[Any], pattern: str) -> sa.ColumnElement[bool]:
        if self.dialect == "postgresql":
            return column.like(pattern, escape="")
        # SQLite's LIKE does not tell a from A; its GLOB does, and it uses the index.
        wild = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
        return column.op("GLOB", is_comparison=True)("".join(wild.get(c, c) for c in pattern))


def _implied(
    expr: Expr, binding: Binding, spans: Spans, columns: Sequence[str]
) -> list[sa.ColumnElement[bool]]:
    """Return what the expression says of an index's columns, where it does not say so itself."""
    items: Sequence[Expr] = expr.items if isinstance(expr, And) else (expr,)
    said = {
        binding.key(item.key).place for item in items if isinstance(item, Compare | In | Between)
    }
    found = []
    for place, span in spans.items():
        if place in said or KEY_COLUMNS[place] not in columns:
            continue
        column = partitions.c[KEY_COLUMNS[place]]
        if span.points is not None:
            points = sorted(span.points)
            found.append(column.in_(points) if len(points) > 1 else column == points[0])
            continue
        if span.low is not None:
            found.append(column >= span.low)
        if span.high is not None:
            found.append(column <= span.high)
    return found


def _unpinned(spans: Spans, columns: tuple[str, ...]) -> tuple[str, ...]:
    pinned = {KEY_COLUMNS[place] for place, span in spans.items() if span.pinned}
    return tuple(name for name in columns if name not in pinned)
