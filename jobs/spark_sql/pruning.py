"""A query's conditions on partition keys, as Glue's partition expressions.

What is left out must be left out by the query too, so a condition is taken only where the catalog
and Spark cannot disagree on it. A string key compared with a number is not: Spark casts the key
('01' = 1), the catalog compares text. Null keys need no care: Spark drops them in every condition
that is taken, as IS NULL is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.keys import KeyKind, NotOfKindError, cast, key_kind
from gluepot.catalog.predicate_tree import (
    And,
    Between,
    Compare,
    In,
    Like,
    Literal,
    Not,
    Or,
    print_predicate,
)
from gluepot.catalog.predicates import parse_predicate
from gluepot.jobs.spark_sql.text import load_sqlglot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlglot import exp

    from gluepot.catalog.model import Column
    from gluepot.catalog.predicate_tree import Expr
    from gluepot.jobs.spark_sql.scopes import Conjunct, Resolver

_INTEGER = re.compile(r"-?[1-9][0-9]{0,17}|0")
_DECIMAL = re.compile(r"-?[0-9]{1,18}([.][0-9]{1,18})?")


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """Which partitions a query can use.

    Attributes:
        expression: What the catalog evaluates.
        rest: Conditions on partition keys alone that only Spark can say, over the keys' names.
    """

    expression: Expr | None = None
    rest: tuple[str, ...] = ()


def prune(conjuncts: Iterable[Conjunct], keys: Sequence[Column]) -> Pruning:
    """Return what the conditions of a query say about a table's partitions."""
    by_name = {key.name.lower(): key for key in keys}
    expression: Expr | None = None
    rest = []
    for conjunct in conjuncts:
        reader = _Reader(conjunct.resolve, by_name)
        found = reader.read(conjunct.condition)
        if found is not None:
            both = found if expression is None else And((expression, found))
            # One that is too long for the catalog prunes nothing; Spark still filters by it.
            expression = both if _is_taken(both) else expression
        if reader.read(conjunct.condition, weaken=False) is not None or conjunct.padded:
            continue
        if (text := reader.spell(conjunct.condition)) is not None:
            rest.append(text)
    return Pruning(expression=expression, rest=tuple(rest))


def _is_taken(expression: Expr) -> bool:
    try:
        parse_predicate(print_predicate(expression))
    except InvalidInputError:
        return False
    return True


class _Reader:
    """Reads the conditions of one scope on one table's keys."""

    def __init__(self, resolve: Resolver, keys: Mapping[str, Column]) -> None:
        self._resolve = resolve
        self._keys = keys
        self._ast = load_sqlglot().exp
        ast = self._ast
        self._signs = {
            ast.EQ: "=",
            ast.NEQ: "<>",
            ast.LT: "<",
            ast.LTE: "<=",
            ast.GT: ">",
            ast.GTE: ">=",
        }

    def read(self, node: exp.Expr, *, weaken: bool = True) -> Expr | None:
        """Return a condition as the catalog's, or None where they might differ.

        With ``weaken``, an AND may lose a side: what is left lets more rows through, not fewer.
        """
        ast = self._ast
        if isinstance(node, ast.Paren):
            return self.read(node.this, weaken=weaken)
        if isinstance(node, ast.Not):
            inner = self.read(node.this, weaken=False)
            return None if inner is None else Not(inner)
        if isinstance(node, ast.And | ast.Or):
            return self._joined(node, weaken=weaken)
        if isinstance(node, ast.Binary) and type(node) in self._signs:
            return self._compare(node)
        return self._listed(node) if isinstance(node, ast.In | ast.Between | ast.Like) else None

    def _joined(self, node: exp.Connector, *, weaken: bool) -> Expr | None:
        sides = [self.read(side, weaken=weaken) for side in (node.left, node.right)]
        there = tuple(side for side in sides if side is not None)
        if isinstance(node, self._ast.Or):
            return Or(there) if len(there) == len(sides) else None
        if len(there) == len(sides):
            return And(there)
        return there[0] if there and weaken else None

    def _compare(self, node: exp.Binary) -> Expr | None:
        sign = self._signs[type(node)]
        for one, other, found in (
            (node.left, node.right, sign),
            (node.right, node.left, {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(sign, sign)),
        ):
            key = self._key(one)
            value = None if key is None else self._literal(other, key)
            if key is not None and value is not None:
                return Compare(key.name.lower(), found, value)
        return None

    def _listed(self, node: exp.Expr) -> Expr | None:
        ast = self._ast
        values = {
            ast.In: node.expressions,
            ast.Between: [node.args.get("low"), node.args.get("high")],
            ast.Like: [node.args.get("expression")],
        }[type(node)]
        known = {"this", "expressions", "low", "high", "expression", "negate"}
        key = self._key(node.this)
        if key is None or not values or {name for name, arg in node.args.items() if arg} - known:
            return None
        literals = [self._literal(value, key) for value in values]
        found = [literal for literal in literals if literal is not None]
        if len(found) < len(literals):
            return None
        name = key.name.lower()
        condition: Expr | None
        if isinstance(node, ast.In):
            condition = In(name, tuple(found))
        elif isinstance(node, ast.Between):
            condition = Between(name, *found)
        else:
            condition = self._like(key, found[0])
        return Not(condition) if condition is not None and node.args.get("negate") else condition

    def _like(self, key: Column, pattern: Literal) -> Expr | None:
        # Spark escapes by a backslash, the catalog not at all.
        if key_kind(key) is not KeyKind.TEXT or "\\" in pattern.text:
            return None
        return Like(key.name.lower(), pattern)

    def _key(self, node: exp.Expr) -> Column | None:
        if not isinstance(node, self._ast.Column):
            return None
        name = self._resolve(node)
        return None if name is None else self._keys.get(name)

    def _literal(self, node: exp.Expr, key: Column) -> Literal | None:
        """Return a constant that compares with the key alike here and there."""
        ast = self._ast
        kind = key_kind(key)
        dated = isinstance(node, ast.Cast | ast.TryCast) and node.to.this == ast.DataType.Type.DATE
        if dated:
            node = node.this
        negative = isinstance(node, ast.Neg)
        literal = node.this if negative else node
        if not isinstance(literal, ast.Literal) or (dated and kind is not KeyKind.DATE):
            return None
        found = Literal(f"-{literal.this}" if negative else literal.this, bool(literal.is_string))
        return found if not (negative and found.quoted) and _fits(found, key, kind) else None

    def spell(self, node: exp.Expr) -> str | None:
        """Return a condition on keys alone as Spark SQL over their names, else None."""
        ast = self._ast
        if node.find(ast.Query, ast.AggFunc, ast.Window, ast.Placeholder, ast.Parameter):
            return None
        copied = ast.Paren(this=node.copy())
        columns = list(copied.find_all(ast.Column))
        names = [self._resolve(column) for column in columns]
        if not columns or any(name not in self._keys for name in names):
            return None
        for column, name in zip(columns, names, strict=True):
            column.replace(ast.column(name, quoted=True))
        return str(copied.sql(dialect="spark"))


def _fits(literal: Literal, key: Column, kind: KeyKind) -> bool:
    match kind:
        case KeyKind.TEXT:
            # A char is padded with blanks.
            return literal.quoted and not (key.type or "").lower().startswith("char")
        case KeyKind.INTEGER:
            return _INTEGER.fullmatch(literal.text) is not None
        case KeyKind.DECIMAL:
            return not literal.quoted and _DECIMAL.fullmatch(literal.text) is not None
        case KeyKind.DATE:
            return literal.quoted and _is_date(literal.text)
        case _:
            # Timestamps depend on the session's time zone.
            return False


def _is_date(text: str) -> bool:
    try:
        cast(text, KeyKind.DATE)
    except NotOfKindError:
        return False
    return True
