"""A Spark session whose ``sql`` and ``table`` know the catalog as ``gluepot``.

Spark takes no catalog written in Python, so the names are resolved before Spark parses: each
``gluepot.database.table`` becomes a frame of the partitions that the query can use.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.jobs.inputs import find_table
from gluepot.jobs.spark_sql.errors import SqlError
from gluepot.jobs.spark_sql.pruning import Pruning, prune
from gluepot.jobs.spark_sql.reading import TableReader
from gluepot.jobs.spark_sql.scopes import conjuncts_of
from gluepot.jobs.spark_sql.text import (
    CATALOG,
    Edit,
    escaped,
    masked,
    mentions_catalog,
    name_edits,
    read_statement,
    splice,
)
from gluepot.jobs.spark_sql.views import is_view, view_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.catalog.model import Cause, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.spark_sql.text import Relation, Statement
    from gluepot.jobs.stores import Stores

MAX_VIEWS = 100
"""How many views a query may consist of, those within views counted; more is a circle."""


def attach_catalog(
    spark: SparkSession, *, catalog: CatalogStore, stores: Stores, cause: Cause
) -> SparkSession:
    """Return the session after its ``sql`` and ``table`` were taught the catalog's names.

    Args:
        spark: The session; whoever else holds it gets the same.
        catalog: The catalog.
        stores: Where files are read and written.
        cause: Who makes the table versions of CREATE TABLE AS.
    """
    names = CatalogNames(spark, catalog=catalog, stores=stores, cause=cause)
    # The session is used by what it is handed to as well, so it is changed and not wrapped.
    vars(spark).update(sql=names.sql, table=names.table)
    return spark


class CatalogNames:
    """``sql`` and ``table`` of a session, with the catalog's names."""

    def __init__(
        self, spark: SparkSession, *, catalog: CatalogStore, stores: Stores, cause: Cause
    ) -> None:
        self.spark = spark
        self.catalog = catalog
        self.stores = stores
        self.cause = cause
        self._reader = TableReader(spark, catalog=catalog, stores=stores)
        self._spark_sql = partial(type(spark).sql, spark)
        self._spark_table = partial(type(spark).table, spark)

    def table(self, tableName: str) -> DataFrame:  # noqa: N803 - Spark's name
        """Return a table's rows, as ``SparkSession.table`` does.

        Raises:
            SourceError: It is not in the catalog, or cannot be read.
        """
        if not isinstance(tableName, str) or not mentions_catalog(tableName):
            return self._spark_table(tableName)
        return self.sql(f"SELECT * FROM {tableName}")  # noqa: S608 - the user's own name

    def sql(self, sqlQuery: str, args: Any = None, **kwargs: Any) -> DataFrame:  # noqa: ANN401, N803
        """Carry out a statement, as ``SparkSession.sql`` does.

        Raises:
            SourceError: A table is not in the catalog, or cannot be read.
            SqlError: The statement cannot be read or does not fit its table.
            SqlNotSupportedError: Tables of the catalog do not take such a statement.
        """
        if not mentions_catalog(sqlQuery):
            return self._spark_sql(sqlQuery, args, **kwargs)
        text, tables = self._without_views(sqlQuery, kwargs)
        statement = read_statement(masked(text, kwargs))
        if not statement.relations:
            return self._spark_sql(text, args, **kwargs)
        return self._run(text, statement, tables, args, kwargs)

    def _run(
        self,
        text: str,
        statement: Statement,
        tables: Mapping[str, Table],
        args: Any,  # noqa: ANN401
        kwargs: Mapping[str, Any],
    ) -> DataFrame:
        frames: dict[str, Any] = {}
        edits = name_edits(statement)
        for number, relation in enumerate(statement.relations):
            table = tables[relation.name]
            place = f"{CATALOG}_{number}"
            pruning = _pruning(statement, relation, table)
            frames[place] = self._reader.read(table, pruning, detail=relation.detail)
            edits.append(Edit(start=relation.start, end=relation.end, text=f"{{{place}}}"))
        # Spark reads {name} as a parameter only where it is given some.
        kept = str if kwargs else escaped
        return self._spark_sql(splice(text, edits, kept=kept), args, **kwargs, **frames)

    def _without_views(
        self, text: str, kwargs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Table]]:
        """Return the statement with views spelled out, and its tables by name."""
        tables: dict[str, Table] = {}
        views = 0
        while True:
            statement = read_statement(masked(text, kwargs))
            for relation in statement.relations:
                if relation.name not in tables:
                    tables[relation.name] = self._find(relation)
            read = [item for item in statement.relations if is_view(tables[item.name])]
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


def _pruning(statement: Statement, relation: Relation, table: Table) -> Pruning:
    # Pipes look like one query to the parser and are several, one after the other.
    piped = any(token.text == "|>" for token in statement.tokens)
    if relation.node is None or piped or not table.partition_keys:
        return Pruning()
    return prune(conjuncts_of(relation.node), table.partition_keys)
