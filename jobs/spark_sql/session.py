"""A Spark session whose ``sql`` and ``table`` know the catalog as ``gluepot``.

Spark takes no catalog written in Python, so the names are resolved before Spark parses: each
``gluepot.database.table`` becomes a frame of the partitions that the query can use.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AccessDeniedError, EntityNotFoundError
from gluepot.catalog.table_format import table_format as known_format
from gluepot.jobs.reading.inputs import find_table, location_of
from gluepot.jobs.spark_sql.errors import SqlError, SqlNotSupportedError
from gluepot.jobs.spark_sql.pruning import Pruning, prune
from gluepot.jobs.spark_sql.reading import TableReader
from gluepot.jobs.spark_sql.scopes import conjuncts_of
from gluepot.jobs.spark_sql.short_names import ALIASES, in_full
from gluepot.jobs.spark_sql.statements import (
    Kind,
    kind_of,
    read_create_table,
    read_create_view,
    read_insert,
    target_of,
)
from gluepot.jobs.spark_sql.text import (
    CATALOG,
    Edit,
    escaped,
    masked,
    mentions_catalog,
    name_edits,
    quoted,
    read_statement,
    splice,
)
from gluepot.jobs.spark_sql.views import is_view, view_text
from gluepot.jobs.spark_sql.writing import TableWriter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.catalog.model import Cause, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.run_context.guarded_catalog import Guard
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.spark_sql.statements import CreateView
    from gluepot.jobs.spark_sql.text import Relation, Statement

MAX_VIEWS = 100
"""How many views a query may consist of, those within views counted; more is a circle."""


def attach_catalog(
    spark: SparkSession,
    *,
    catalog: CatalogStore,
    stores: Stores,
    cause: Cause,
    guard: Guard | None = None,
) -> SparkSession:
    """Return the session after its ``sql`` and ``table`` were taught the catalog's names.

    Args:
        spark: The session; whoever else holds it gets the same.
        catalog: The catalog.
        stores: Where files are read and written.
        cause: Who makes the table versions of CREATE TABLE AS.
        guard: Asked before anything is written; None where all may be.
    """
    names = CatalogNames(spark, catalog=catalog, stores=stores, cause=cause, guard=guard)
    # The session is used by what it is handed to as well, so it is changed and not wrapped.
    vars(spark).update(sql=names.sql, table=names.table)
    return spark


class CatalogNames:
    """``sql`` and ``table`` of a session, with the catalog's names."""

    def __init__(
        self,
        spark: SparkSession,
        *,
        catalog: CatalogStore,
        stores: Stores,
        cause: Cause,
        guard: Guard | None,
    ) -> None:
        self.spark = spark
        self.catalog = catalog
        self._writer = TableWriter(catalog=catalog, stores=stores, cause=cause, guard=guard)
        self._reader = TableReader(spark, catalog=catalog, stores=stores)
        self._spark_sql = partial(type(spark).sql, spark)
        self._spark_table = partial(type(spark).table, spark)

    def table(self, tableName: str) -> DataFrame:  # noqa: N803 - Spark's name
        """Return a table's rows, as ``SparkSession.table`` does.

        Raises:
            SourceError: It is not in the catalog, or cannot be read.
        """
        if not isinstance(tableName, str):
            return self._spark_table(tableName)
        query = self._in_full(f"SELECT * FROM {tableName}")  # noqa: S608 - the user's own name
        return self.sql(query) if mentions_catalog(query) else self._spark_table(tableName)

    def sql(self, sqlQuery: str, args: Any = None, **kwargs: Any) -> DataFrame:  # noqa: ANN401, N803
        """Carry out a statement, as ``SparkSession.sql`` does.

        Raises:
            SourceError: A table is not in the catalog, or cannot be read.
            SqlError: The statement cannot be read or does not fit its table.
            SqlNotSupportedError: Tables of the catalog do not take such a statement.
        """
        query = self._in_full(sqlQuery, kwargs)
        if not mentions_catalog(query):
            return self._spark_sql(query, args, **kwargs)
        text, tables = self._without_views(query, kwargs)
        statement = read_statement(masked(text, kwargs))
        if not statement.relations:
            return self._spark_sql(text, args, **kwargs)
        return self._run(text, statement, tables, args, kwargs)

    def _in_full(self, text: str, kwargs: Collection[str] = ()) -> str:
        return in_full(
            text,
            aliases=[name for name in ALIASES if not self._is_sparks(name)],
            mask=lambda given: masked(given, kwargs),
            is_database=self._is_database,
            knows_table=self._knows_table,
        )

    def _is_sparks(self, catalog: str) -> bool:
        return self.spark.conf.get(f"spark.sql.catalog.{catalog}", None) is not None

    def _is_database(self, name: str) -> bool:
        try:
            self.catalog.get_database(name)
        except (EntityNotFoundError, AccessDeniedError):
            return False
        return True

    def _knows_table(self, database: str, table: str) -> bool:
        return self.spark.catalog.tableExists(f"{quoted(database)}.{quoted(table)}")

    def _run(
        self,
        text: str,
        statement: Statement,
        tables: Mapping[str, Table],
        args: Any,  # noqa: ANN401
        kwargs: Mapping[str, Any],
    ) -> DataFrame:
        kind = kind_of(statement)
        target = None if kind is Kind.READ else target_of(statement)
        if kind is Kind.CREATE_VIEW:
            return self._create_view(read_create_view(self._given(statement, text)), args, kwargs)
        if target is None:
            return self._read(text, statement, tables, args, kwargs)
        table = tables.get(target.name)
        if kind is Kind.CREATE_TABLE:
            wanted = read_create_table(self._given(statement, text), target)
            if table is None or not wanted.exist_ok:
                rows = self.sql(wanted.query, args, **kwargs)
                self._writer.create(target.database, target.table, wanted, rows)
            return self._nothing()
        if table is None:
            raise AssertionError("a table that is changed was looked up")
        if known_format(table) == "delta":
            self._writer.check(table)
            return self._read(text, statement, tables, args, kwargs, target=target)
        if kind is Kind.INSERT:
            insert = read_insert(self._given(statement, text), target)
            self._writer.insert(table, insert, self.sql(insert.query, args, **kwargs))
            return self._nothing()
        raise SqlNotSupportedError(
            f"{statement.word} of {target.name}: only Delta tables take it, and this one is"
            f" {known_format(table)}"
        )

    def _read(  # noqa: PLR0913 - a statement, what is known of it, and what was given with it
        self,
        text: str,
        statement: Statement,
        tables: Mapping[str, Table],
        args: Any,  # noqa: ANN401
        kwargs: Mapping[str, Any],
        *,
        target: Relation | None = None,
    ) -> DataFrame:
        """Have Spark carry out a statement with a frame, or Delta's own name, for each table."""
        frames: dict[str, Any] = {}
        named: list[Edit] = []
        edits = name_edits(statement)
        for number, relation in enumerate(statement.relations):
            table = tables[relation.name]
            place = f"{CATALOG}_{number}"
            if known_format(table) == "delta" and (relation is target or relation.timed):
                path = f"delta.{quoted(location_of(table))}"
                named.append(Edit(start=relation.start, end=relation.end, text=path))
                continue
            pruning = _pruning(statement, relation, table)
            frames[place] = self._reader.read(table, pruning, detail=relation.detail)
            edits.append(Edit(start=relation.start, end=relation.end, text=f"{{{place}}}"))
        # Spark reads {name} as a parameter only where it is given some.
        read = escaped if frames or kwargs else str
        edits += [replace(edit, text=read(edit.text)) for edit in named]
        kept = str if kwargs else read
        return self._spark_sql(splice(text, edits, kept=kept), args, **kwargs, **frames)

    def _create_view(
        self,
        wanted: CreateView,
        args: Any,  # noqa: ANN401
        kwargs: Mapping[str, Any],
    ) -> DataFrame:
        # Spark would keep the view's text, and with it names that are gone after this statement.
        rows = self.sql(wanted.query, args, **kwargs)
        if wanted.everywhere:
            make = (
                rows.createOrReplaceGlobalTempView if wanted.replace else rows.createGlobalTempView
            )
        else:
            make = rows.createOrReplaceTempView if wanted.replace else rows.createTempView
        make(wanted.name)
        return self._nothing()

    def _given(self, statement: Statement, text: str) -> Statement:
        """Return the statement with its text as it was given; names were masked to parse it."""
        return replace(statement, text=text)

    def _nothing(self) -> DataFrame:
        return self.spark.createDataFrame([], "")

    def _without_views(
        self, text: str, kwargs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Table]]:
        """Return the statement with views spelled out, and its tables by name."""
        tables: dict[str, Table] = {}
        views = 0
        while True:
            statement = read_statement(masked(text, kwargs))
            new = _new_table(statement)
            for relation in statement.relations:
                if relation is not new and relation.name not in tables:
                    tables[relation.name] = self._find(relation)
            if new is not None and (found := self.catalog.find_table(new.database, new.table)):
                tables[new.name] = found
            read = [
                item
                for item in statement.relations
                if item.name in tables and is_view(tables[item.name])
            ]
            if not read:
                return text, tables
            views += len(read)
            if views > MAX_VIEWS:
                raise SqlError(f"The view {read[0].name} reads from itself, or from too many")
            edits = name_edits(statement)
            for relation in read:
                query = view_text(tables[relation.name])
                query = escaped(query) if kwargs else query
                # A line of its own: the view's text may end in a comment.
                edits.append(Edit(start=relation.start, end=relation.end, text=f"({query}\n)"))
                text = splice(text, edits)

    def _find(self, relation: Relation) -> Table:
        return find_table(self.catalog, relation.name, relation.database, relation.table)


def _new_table(statement: Statement) -> Relation | None:
    """Return the table that a CREATE TABLE makes, which need not be there."""
    created = statement.word == "CREATE" and statement.tree is not None
    return target_of(statement) if created else None


def _pruning(statement: Statement, relation: Relation, table: Table) -> Pruning:
    # Pipes look like one query to the parser and are several, one after the other.
    piped = any(token.text == "|>" for token in statement.tokens)
    if relation.node is None or piped or not table.partition_keys:
        return Pruning()
    return prune(conjuncts_of(relation.node), table.partition_keys)
