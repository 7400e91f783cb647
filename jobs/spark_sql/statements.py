"""What kind of statement names tables of the catalog, and what it says beside its query."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gluepot.jobs.spark_sql.errors import SqlError, SqlNotSupportedError
from gluepot.jobs.spark_sql.text import load_sqlglot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

    from gluepot.jobs.spark_sql.text import Relation, Statement

_CHANGING = {"UPDATE", "DELETE", "MERGE", "OPTIMIZE", "VACUUM"}
_READING = {"SELECT", "FROM", "VALUES", "TABLE", "(", "WITH", "EXPLAIN", "DESCRIBE", "DESC"}
_OF_DELTA = {"HISTORY", "DETAIL"}
_PROPERTIES = "FileFormatProperty", "PartitionedByProperty", "LocationProperty"


class Kind(Enum):
    """What a statement does with tables of the catalog."""

    READ = "read"
    CHANGE = "change"
    INSERT = "insert"
    CREATE_TABLE = "create table"
    CREATE_VIEW = "create view"


@dataclass(frozen=True, kw_only=True)
class Insert:
    """``INSERT INTO|OVERWRITE``: its query, and which columns that fills.

    Attributes:
        query: The query's text.
        columns: Those named; empty where it is by place.
        by_name: Whether the query's own names say.
        static: Values that the PARTITION clause gives, by folded key.
        partition: Whether there is a PARTITION clause.
        overwrite: Whether rows that are there go.
    """

    query: str
    columns: tuple[str, ...]
    by_name: bool
    static: dict[str, str]
    partition: bool
    overwrite: bool


@dataclass(frozen=True, kw_only=True)
class CreateTable:
    """``CREATE TABLE ... AS``: its query, and how the table is to lie.

    Attributes:
        query: The query's text.
        format: As it is written, in lower case.
        partition_by: Columns that become folders.
        location: As it is written, or None.
        exist_ok: Whether a table that is there is left alone.
    """

    query: str
    format: str
    partition_by: tuple[str, ...]
    location: str | None
    exist_ok: bool


@dataclass(frozen=True, kw_only=True)
class CreateView:
    """``CREATE TEMPORARY VIEW ... AS``."""

    query: str
    name: str
    replace: bool
    everywhere: bool


def kind_of(statement: Statement) -> Kind:
    """Return what a statement does.

    Raises:
        SqlNotSupportedError: It is of a kind that tables of the catalog do not take.
    """
    ast = load_sqlglot().exp
    words = [token.text.upper() for token in statement.tokens[:2]]
    # Hive's FROM ... INSERT ... INSERT reads like a query with odd names.
    inserts = any(token.text.upper() == "INSERT" for token in statement.tokens)
    plain = statement.tree is not None and words[0] != "FROM"
    if words[0] == "EXPLAIN" and not isinstance(statement.tree, ast.Query | None):
        raise SqlNotSupportedError("EXPLAIN of tables of the catalog takes queries only")
    if isinstance(statement.tree, ast.Insert) and plain:
        return Kind.INSERT
    if isinstance(statement.tree, ast.Create):
        return _created(statement, statement.tree)
    if words[0] in _CHANGING or (words[0] in {"DESCRIBE", "DESC"} and words[-1] in _OF_DELTA):
        return Kind.CHANGE
    # A tree that is none is of a query whose syntax only Spark knows.
    if words[0] in _READING and (plain or not inserts):
        return Kind.READ
    name = statement.relations[0].name
    raise SqlNotSupportedError(
        f"{words[0]} of {name}: of tables of the catalog, Spark SQL takes queries, DESCRIBE,"
        " INSERT, CREATE TABLE AS, and of Delta tables UPDATE, DELETE, MERGE, OPTIMIZE and VACUUM;"
        " definitions are changed by Glue's API"
    )


def _created(statement: Statement, tree: exp.Create) -> Kind:
    ast = load_sqlglot().exp
    target = target_of(statement)
    if str(tree.kind).upper() == "VIEW":
        properties = tree.args.get("properties")
        if target is None and properties is not None and properties.find(ast.TemporaryProperty):
            return Kind.CREATE_VIEW
        raise SqlNotSupportedError(
            "Of tables of the catalog Spark SQL makes temporary views only: CREATE TEMPORARY VIEW"
        )
    if target is None:
        return Kind.READ  # a table elsewhere, of rows from here
    if tree.expression is None:
        raise SqlNotSupportedError(
            f"CREATE TABLE {target.name} needs AS and a query; empty tables are made by Glue's API"
        )
    return Kind.CREATE_TABLE


def target_of(statement: Statement) -> Relation | None:
    """Return the table of the catalog that a statement writes, or None where it writes none."""
    ast = load_sqlglot().exp
    if not statement.relations:
        return None
    if statement.tree is None or not isinstance(statement.tree.this, ast.Expr):
        return statement.relations[0]
    written = statement.tree.this.find(ast.Table)
    return next((item for item in statement.relations if item.node is written), None)


def read_insert(statement: Statement, target: Relation) -> Insert:
    """Return the parts of an INSERT.

    Raises:
        SqlNotSupportedError: It has a clause that is not carried out.
    """
    tree = statement.tree
    if tree is None or target.node is None:
        raise SqlNotSupportedError(f"This INSERT INTO {target.name} is not understood")
    if tree.args.get("where") or tree.args.get("exists"):
        raise SqlNotSupportedError(f"INSERT of {target.name} with REPLACE WHERE or IF NOT EXISTS")
    partition = target.node.args.get("partition")
    named = [item.name.lower() for item in getattr(tree.this, "expressions", [])]
    return Insert(
        query=_query_of_insert(statement, target),
        columns=tuple(named),
        by_name=bool(tree.args.get("by_name")),
        static=_static(partition),
        partition=partition is not None,
        overwrite=bool(tree.args.get("overwrite")),
    )


def _static(partition: exp.Expr | None) -> dict[str, str]:
    ast = load_sqlglot().exp
    found = {}
    for item in partition.expressions if partition is not None else ():
        if isinstance(item, ast.EQ) and isinstance(item.expression, ast.Literal):
            found[item.this.name.lower()] = str(item.expression.this)
        elif not isinstance(item, ast.Column):
            raise SqlNotSupportedError(f"PARTITION ({item.sql('spark')}): only constants are taken")
    return found


def _query_of_insert(statement: Statement, target: Relation) -> str:
    """Return the query behind the target, with the WITH before INSERT."""
    tokens = statement.tokens
    words = [token.text.upper() for token in tokens]
    at = next(place for place, item in enumerate(tokens) if item.start >= target.end)
    while at < len(tokens):
        if words[at] == "PARTITION":
            at = _behind(tokens, at + 1)
        elif words[at : at + 2] == ["BY", "NAME"]:
            at += 2
        elif words[at] == "(" and words[at + 1] not in _READING:
            at = _behind(tokens, at)
        else:
            insert = tokens[words.index("INSERT")].start
            return statement.text[:insert] + statement.text[tokens[at].start :]
    raise SqlError(f"INSERT INTO {target.name} has no query")


def _behind(tokens: Sequence[Token], at: int) -> int:
    """Return the place behind the bracket that opens at ``at``."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place + 1
    return len(tokens)


def read_create_table(statement: Statement, target: Relation) -> CreateTable:
    """Return the parts of a CREATE TABLE AS.

    Raises:
        SqlNotSupportedError: It has a clause that is not carried out.
    """
    ast = load_sqlglot().exp
    tree = statement.tree
    if not isinstance(tree, ast.Create) or tree.args.get("replace"):
        raise SqlNotSupportedError(f"CREATE OR REPLACE TABLE {target.name}: drop the table first")
    properties = tree.args.get("properties")
    given = {type(item).__name__: item for item in (properties.expressions if properties else ())}
    for name, item in given.items():
        if name not in _PROPERTIES:
            raise SqlNotSupportedError(
                f"CREATE TABLE {target.name} takes USING, PARTITIONED BY and LOCATION, not"
                f" {item.sql('spark')}"
            )
    kind, keys, place = (given.get(name) for name in _PROPERTIES)
    return CreateTable(
        query=_query_behind_as(statement, target.end),
        format=(kind.name.lower() if kind is not None else "parquet"),
        partition_by=tuple(item.name for item in keys.this.expressions) if keys is not None else (),
        location=place.name if place is not None else None,
        exist_ok=bool(tree.args.get("exists")),
    )


def read_create_view(statement: Statement) -> CreateView:
    """Return the parts of a CREATE TEMPORARY VIEW AS.

    Raises:
        SqlNotSupportedError: It names the view's columns.
    """
    ast = load_sqlglot().exp
    tree = statement.tree
    if not isinstance(tree, ast.Create) or not isinstance(tree.this, ast.Table):
        raise SqlNotSupportedError("CREATE TEMPORARY VIEW with a list of columns: name them in AS")
    name = tree.this
    return CreateView(
        query=_query_behind_as(statement, name.parts[-1].meta["end"] + 1),
        name=name.name,
        replace=bool(tree.args.get("replace")),
        everywhere=tree.args["properties"].find(ast.GlobalProperty) is not None,
    )


def _query_behind_as(statement: Statement, begin: int) -> str:
    tokens = statement.tokens
    at = next(place for place, item in enumerate(tokens) if item.start >= begin)
    while tokens[at].text.upper() != "AS":
        at = _behind(tokens, at) if tokens[at].text == "(" else at + 1
    return statement.text[tokens[at + 1].start :]
