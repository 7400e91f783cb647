"""Conditions of a query that hold for every row which a table gives to its result.

A row that breaks such a condition may be left out at the source. WHERE conditions and those of
inner joins qualify; the ON of a left, semi or anti join does for its right side alone. Conditions
around a subquery or a CTE hold inside it for columns that it passes on as they are, unless a
LIMIT, a window or a sample in between looks at rows that they drop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gluepot.jobs.spark_sql.text import load_sqlglot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlglot import exp

    Resolver: TypeAlias = Callable[[exp.Column], str | None]
    """From a column, as a condition names it, to the source's own; None for columns of others."""

_OUTER = {"LEFT", "RIGHT", "FULL"}
_HALVES = {"SEMI", "ANTI"}


@dataclass(frozen=True)
class Conjunct:
    """A condition, which of its columns are the table's, and what stands between.

    ``padded`` says that the condition may also meet a row of nulls in the table's stead, as an
    outer join makes them: then only a condition that refuses nulls may leave rows out.
    """

    condition: exp.Expr
    resolve: Resolver
    padded: bool


def conjuncts_of(source: exp.Expr) -> Iterator[Conjunct]:
    """Yield the conditions that hold for the rows of a table of a parsed query."""
    select = _select_of(source)
    if select is None or not _is_plain(source):
        return
    resolve = _resolver(source)
    padded = any(_side(join) in _OUTER for join in select.args.get("joins") or ())
    for condition in _conditions(select, source):
        yield Conjunct(condition, resolve, padded)
    around = _source_of(select)
    if around is None or not _is_transparent(select):
        return
    # Grouping sets make rows whose keys are null.
    padded = padded or bool(select.args.get("group"))
    for outer in conjuncts_of(around):
        passed = _through(select, outer.resolve, resolve)
        yield Conjunct(outer.condition, passed, padded or outer.padded)


def _select_of(source: exp.Expr) -> exp.Select | None:
    """Return the query that reads ``source`` directly in its FROM or a JOIN."""
    ast = load_sqlglot().exp
    place = source.parent
    if not isinstance(place, ast.From | ast.Join) or place.this is not source:
        return None
    select: exp.Select | None = place.parent
    return select if isinstance(select, ast.Select) else None


def _is_plain(source: exp.Expr) -> bool:
    alias = source.args.get("alias")
    renamed = alias is not None and alias.args.get("columns")
    return not renamed and not any(source.args.get(key) for key in ("sample", "pivots", "joins"))


def _conditions(select: exp.Select, source: exp.Expr) -> Iterator[exp.Expr]:
    joins: Sequence[exp.Join] = select.args.get("joins") or ()
    own = next((join for join in joins if join.this is source), None)
    if own is not None and (_side(own) == "LEFT" or _kind(own) in _HALVES):
        yield from _split(own.args.get("on"))
    if own is not None and _kind(own) in _HALVES:
        return  # its columns are not there behind the join
    where = select.args.get("where")
    yield from _split(where.this if where is not None else None)
    for join in joins:
        if _side(join) not in _OUTER and _kind(join) not in _HALVES:
            yield from _split(join.args.get("on"))


def _split(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    ast = load_sqlglot().exp
    todo = [condition] if condition is not None else []
    while todo:
        found = todo.pop()
        if isinstance(found, ast.And):
            todo += [found.expression, found.this]
        elif isinstance(found, ast.Paren):
            todo.append(found.this)
        else:
            yield found


def _side(join: exp.Join) -> str:
    return (join.side or "").upper()


def _kind(join: exp.Join) -> str:
    return (join.kind or "").upper()


def _resolver(source: exp.Expr) -> Resolver:
    ast = load_sqlglot().exp
    alias = source.alias.lower()
    names = [alias]
    if not alias and isinstance(source, ast.Table):
        names = [part.name.lower() for part in source.parts]

    def resolve(column: exp.Column) -> str | None:
        *qualifier, name = (part.name.lower() for part in column.parts)
        # A bare name of a partition key is this table's, or ambiguous and refused by Spark.
        return name if not qualifier or qualifier == names[-len(qualifier) :] else None

    return resolve


def _source_of(select: exp.Select) -> exp.Expr | None:
    """Return where a query's rows are read by one other query: its subquery, or a CTE's name."""
    ast = load_sqlglot().exp
    parent = select.parent
    around: exp.Expr | None = parent
    if isinstance(parent, ast.Subquery):
        return around
    if not isinstance(parent, ast.CTE) or parent.args["alias"].args.get("columns"):
        return None
    name = parent.alias.lower()
    root = select.root()
    used = [item for item in root.find_all(ast.Table) if _is_bare(item, name)]
    same = [item for item in root.find_all(ast.CTE) if item.alias.lower() == name]
    only: exp.Table | None = used[0] if len(used) == len(same) == 1 else None
    return only


def _is_bare(table: exp.Table, name: str) -> bool:
    return table.name.lower() == name and not table.db


def _is_transparent(select: exp.Select) -> bool:
    """Return whether dropping rows behind ``select`` is the same as dropping them before it."""
    ast = load_sqlglot().exp
    if any(select.args.get(key) for key in ("limit", "offset", "qualify", "sample", "match")):
        return False
    return not any(item.find(ast.Window) for item in select.expressions)


def _through(select: exp.Select, outer: Resolver, inner: Resolver) -> Resolver:
    def resolve(column: exp.Column) -> str | None:
        name = outer(column)
        passed = None if name is None else _passed_on(select, name)
        return None if passed is None else inner(passed)

    return resolve


def _passed_on(select: exp.Select, name: str) -> exp.Column | None:
    """Return the column that a query passes on under ``name`` as it is."""
    ast = load_sqlglot().exp
    stars = []
    for item in select.expressions:
        star = item.find(ast.Star) if isinstance(item, ast.Star | ast.Column) else None
        if star is not None:
            stars.append(item)
            if any(star.args.values()):
                return None  # EXCEPT and the like
        elif item.alias_or_name.lower() == name:
            found = item.unalias()
            return found if isinstance(found, ast.Column) else None
    if len(stars) != 1:
        return None
    qualifier = stars[0].args.get("table") if isinstance(stars[0], ast.Column) else None
    column: exp.Column = ast.column(name, table=qualifier.copy() if qualifier is not None else None)
    return column
