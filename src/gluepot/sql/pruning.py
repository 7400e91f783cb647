"""Which partitions a statement can need: what its WHERE says of a table's partition keys.

Only what is certain is taken: a table that stands in the statement once, alone in its FROM, and
comparisons of a column with a constant that must all hold. All else is left to DuckDB, which
filters the rows in any case.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from gluepot.catalog.predicate_tree import And, Compare, In, Literal, print_predicate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.catalog.model import Table
    from gluepot.catalog.predicate_tree import Expr

_SIGNS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
}
_NUMBERS = frozenset({"tinyint", "smallint", "int", "bigint"})
# Of others, such as dates, DuckDB and the catalog may compare texts in different ways.
_TEXTS = frozenset({"string"})


def conditions_of(tree: Any) -> dict[tuple[str, str], tuple[Compare | In, ...]]:  # noqa: ANN401
    """Return what must hold of tables' columns, by database and table, of DuckDB's tree."""
    times = Counter(_name(node) for node in _dictionaries(tree) if node.get("type") == "BASE_TABLE")
    found = {}
    for node in _dictionaries(tree):
        source = node.get("from_table")
        if node.get("type") != "SELECT_NODE" or not isinstance(source, dict):
            continue
        if source.get("type") == "BASE_TABLE" and times[_name(source)] == 1:
            found[_name(source)] = tuple(_conditions(node.get("where_clause")))
    return found


def partition_expression(table: Table, conditions: tuple[Compare | In, ...]) -> str | None:
    """Return the conditions on partition keys as an expression of GetPartitions, or None.

    >>> from gluepot.catalog.model import Column, Table
    >>> table = Table(database_name="d", name="t", partition_keys=(Column(name="y", type="int"),))
    >>> partition_expression(table, (Compare("y", "=", Literal("2013", quoted=False)),))
    'y = 2013'
    """
    kinds = {key.name.lower(): key.type or "string" for key in table.partition_keys or ()}
    wanted: list[Expr] = [each for each in conditions if _fits(each, kinds)]
    return print_predicate(And(tuple(wanted))) if wanted else None


def _fits(condition: Compare | In, kinds: Mapping[str, str]) -> bool:
    kind = kinds.get(condition.key.lower())
    values = condition.values if isinstance(condition, In) else (condition.value,)
    if kind in _NUMBERS:
        return not any(value.quoted for value in values)
    return kind in _TEXTS and all(value.quoted for value in values)


def _conditions(node: Any) -> Iterator[Compare | In]:  # noqa: ANN401 - DuckDB's tree
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    if kind == "CONJUNCTION_AND":
        for child in node["children"]:
            yield from _conditions(child)
    elif kind in _SIGNS:
        column, value = _column(node["left"]), _constant(node["right"])
        if column is not None and value is not None:
            yield Compare(column, _SIGNS[kind], value)
    elif kind == "COMPARE_IN":
        column = _column(node["children"][0])
        values = [_constant(child) for child in node["children"][1:]]
        known = tuple(value for value in values if value is not None)
        if column is not None and known and len(known) == len(values):
            yield In(column, known)


def _column(node: Any) -> str | None:  # noqa: ANN401
    # With a dot in it, it may be a member of a struct.
    names: list[str] = node["column_names"] if node.get("class") == "COLUMN_REF" else []
    return names[0] if len(names) == 1 else None


def _constant(node: Any) -> Literal | None:  # noqa: ANN401
    literal = node.get("literal") if node.get("class") == "CONSTANT" else None
    if not isinstance(literal, dict) or literal.get("kind") not in {"INTEGER", "STRING"}:
        return None
    return Literal(str(literal["text"]), quoted=literal["kind"] == "STRING")


def _name(node: Mapping[str, Any]) -> tuple[str, str]:
    return str(node.get("schema_name") or "").lower(), str(node.get("table_name") or "").lower()


def _dictionaries(node: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _dictionaries(child)
    elif isinstance(node, list):
        for child in node:
            yield from _dictionaries(child)
