"""A statement looked at before anything runs: one SELECT, of allowed parts, and what it reads.

DuckDB's own parser makes the tree, so what is looked at is what would run. The tree is compared
with lists of what is allowed (``allowed``); a part that nobody thought of is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from gluepot.sql.allowed import EXPRESSIONS, FUNCTIONS, NODES, TABLE_FUNCTIONS
from gluepot.sql.attach import open_duckdb
from gluepot.sql.fetched import QueryError
from gluepot.sql.pruning import conditions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.catalog.predicate_tree import Compare, In

MOST_CHARACTERS = 100_000
"""A longer statement is refused unread."""

_Scope = frozenset[str]
_DEEP = "The statement nests too deep"


class StatementError(QueryError):
    """A statement is not one SELECT over tables, or has a part that is not allowed.

    Attributes:
        line: Where, counted from 1; 0 where nothing tells.
        column: Likewise, in characters.
    """

    def __init__(self, sentence: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(sentence)
        self.line = line
        self.column = column


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement that may run.

    Attributes:
        sql: Its text.
        tables: The ``(database, table)`` pairs that it reads.
        conditions: What must hold of columns of these; what is not said here may hold too.
    """

    sql: str
    tables: tuple[tuple[str, str], ...]
    conditions: Mapping[tuple[str, str], tuple[Compare | In, ...]] = field(default_factory=dict)


def read_statement(sql: str) -> Statement:
    """Return a statement that has been looked at.

    Raises:
        StatementError: It is not one SELECT, cannot be parsed, or has a part that is not allowed.
    """
    if len(sql) > MOST_CHARACTERS:
        raise StatementError(f"A statement has at most {MOST_CHARACTERS:,} characters")
    if not sql.strip():
        raise StatementError("There is no statement: SELECT * FROM database.table LIMIT 10")
    tree = _parsed(sql)
    statements = tree["statements"]
    if len(statements) != 1:
        raise StatementError(f"One statement at a time: these are {len(statements)}")
    try:
        found = set(_Reader(sql).read(statements[0], frozenset()))
        conditions = conditions_of(statements[0])
    except RecursionError:
        raise StatementError(_DEEP) from None
    return Statement(sql=sql, tables=tuple(sorted(found)), conditions=conditions)


def place_of(sql: str, offset: int) -> tuple[int, int]:
    r"""Return the line and column, from 1, of an offset in UTF-8.

    >>> place_of("SELECT ä,\n  b", 13)
    (2, 3)
    """
    before = sql.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _parsed(sql: str) -> Any:  # noqa: ANN401 - DuckDB's tree as JSON
    duck = open_duckdb()
    with _parser().cursor() as cursor:
        try:
            ((text,),) = cursor.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
        except (duck.Error, UnicodeError) as error:
            raise StatementError(f"The statement cannot be read: {error}") from error
    try:
        tree = json.loads(text)
    except RecursionError:
        raise StatementError(_DEEP) from None
    if tree.get("error"):
        raise _refused(sql, tree)
    return tree


@cache
def _parser() -> Any:  # noqa: ANN401 - a connection of DuckDB
    # Nothing of a statement runs in it, and it could not leave it.
    options = {"enable_external_access": "false", "autoload_known_extensions": "false"}
    return open_duckdb().connect(config=options)


def _refused(sql: str, tree: dict[str, Any]) -> StatementError:
    if "Only SELECT" in tree["error_message"]:
        return StatementError(
            "Only SELECT is run here: nothing is written, attached, installed or set"
        )
    if "position" not in tree:
        return StatementError(tree["error_message"])
    line, column = place_of(sql, int(tree["position"]))
    sentence = f"{tree['error_message']} (line {line}, column {column})"
    return StatementError(sentence, line=line, column=column)


@dataclass(frozen=True)
class _Reader:
    """Goes through a tree once, with the names that WITH has given where it stands."""

    sql: str

    def read(self, node: Any, scope: _Scope) -> Iterator[tuple[str, str]]:  # noqa: ANN401
        """Yield the tables below a node; refuse whatever is not allowed."""
        if isinstance(node, list):
            for child in node:
                yield from self.read(child, scope)
        if not isinstance(node, dict):
            return
        self._check(node)
        if node.get("type") == "BASE_TABLE":
            yield from self._table(node, scope)
        inner = scope
        entries = (node.get("cte_map") or {}).get("map", ())
        for entry in entries:
            name, query = entry["key"].lower(), entry["value"]
            own = {name} if _is_recursive(query) else set()
            # A name means what WITH has given only behind it: before, it is DuckDB's own.
            yield from self.read(query, inner | own)
            inner |= {name}
        if node.get("type") == "RECURSIVE_CTE_NODE":
            inner |= {str(node["cte_name"]).lower()} if "cte_name" in node else set()
        for key, child in node.items():
            if key != "cte_map":
                yield from self.read(child, inner)

    def _check(self, node: dict[str, Any]) -> None:
        kind = node.get("type")
        if isinstance(kind, str):
            known = EXPRESSIONS if "class" in node else NODES
            found = node.get("class", kind)
            if found not in known:
                self._refuse(node, _spoken(found))
        if node.get("at_clause") is not None:
            self._refuse(node, "AT")
        if kind == "TABLE_FUNCTION":
            self._function(node, node["function"], TABLE_FUNCTIONS, "in FROM")
        elif "function_name" in node:
            self._function(node, node, FUNCTIONS | TABLE_FUNCTIONS, "here")

    def _function(
        self, place: dict[str, Any], call: dict[str, Any], known: frozenset[str], where: str
    ) -> None:
        name = str(call.get("function_name", "")).lower()
        if name not in known:
            self._refuse(place, f"The function {name or 'without a name'}", where)

    def _table(self, node: dict[str, Any], scope: _Scope) -> Iterator[tuple[str, str]]:
        catalog, database, name = (
            str(node.get(key) or "").lower()
            for key in ("catalog_name", "schema_name", "table_name")
        )
        if catalog:
            raise self._error(
                node, f"{catalog}.{database}.{name} is no table: write database.table"
            )
        if database:
            yield database, name
        elif name not in scope:
            raise self._error(node, f"{node['table_name']} names no database: write database.table")

    def _refuse(self, node: dict[str, Any], what: str, where: str = "here") -> None:
        raise self._error(node, f"{what} is not allowed {where}")

    def _error(self, node: dict[str, Any], sentence: str) -> StatementError:
        offset = node.get("query_location")
        if not isinstance(offset, int) or offset > len(self.sql) * 4:
            return StatementError(sentence)
        line, column = place_of(self.sql, offset)
        return StatementError(
            f"{sentence} (line {line}, column {column})", line=line, column=column
        )


def _is_recursive(query: dict[str, Any]) -> bool:
    node = query.get("query_node") or {}
    inner = node.get("node", node)
    return isinstance(inner, dict) and inner.get("type") == "RECURSIVE_CTE_NODE"


def _spoken(kind: str) -> str:
    return {
        "SHOW_REF": "DESCRIBE, SHOW or SUMMARIZE",
        "PARAMETER": "A parameter",
    }.get(kind, kind.replace("_", " ").capitalize())
