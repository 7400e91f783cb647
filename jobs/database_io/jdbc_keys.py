"""Bookmarks of JDBC sources: by the script's keys, or by a numeric primary key."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.bookmarks.keys import KeyOrder
from gluepot.jobs.database_io.jdbc_conditions import NOTHING, behind, up_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.bookmarks.keys import KeyRange
    from gluepot.jobs.database_io.jdbc_database import JdbcDatabase
    from gluepot.jobs.database_io.jdbc_dialects import Dialect
    from gluepot.jobs.database_io.jdbc_options import JdbcReading

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TableKeys:
    """The keys of one table, and how they are asked for.

    Attributes:
        database: Where the table is.
        dialect: The engine's SQL.
        table: The table or query.
        order: The keys, as the database spells them.
        schema: Of the table.
    """

    database: JdbcDatabase
    dialect: Dialect
    table: str
    order: KeyOrder
    schema: T.StructType

    def find_last(self, after: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Return the last keys behind those that were read; None where there are none."""
        conditions = [f"{column} IS NOT NULL" for column in self._columns]
        if after is not None:
            conditions.append(self._behind(after))
        texts = ", ".join(
            f"{self.dialect.text.format(value=column)} AS k{at}"
            for at, column in enumerate(self._columns)
        )
        way = "ASC" if self.order.descending else "DESC"
        order = ", ".join(f"{column} {way}" for column in self._columns)
        query = f"{texts} FROM {self.table} WHERE {' AND '.join(conditions)} ORDER BY {order}"
        rows = self.database.rows(self.dialect.first.format(query=query))
        return tuple(str(value) for value in rows[0]) if rows else None

    def condition(self, chosen: KeyRange) -> str:
        """Return the condition of the rows of a range."""
        if chosen.empty or chosen.upto is None:
            return NOTHING
        values = self._literals(chosen.upto)
        end = up_to(self._columns, values, descending=self.order.descending)
        return end if chosen.after is None else f"{self._behind(chosen.after)} AND {end}"

    def check(self) -> None:
        """See that no run would pass over rows without keys.

        Raises:
            InvalidInputError: A key is null in a row, or of a type whose texts are not exact.
        """
        for name in self.order.names:
            if not (self.dialect.any_key or _is_exact(self.schema[name].dataType)):
                raise InvalidInputError(
                    f"jobBookmarkKeys: {name!r} is no whole number or decimal; of"
                    f" {self.database.address.engine} gluepot keeps no other keys"
                )
        missing = " OR ".join(f"{column} IS NULL" for column in self._columns)
        query = self.dialect.first.format(query=f"1 AS k0 FROM {self.table} WHERE {missing}")
        if self.database.rows(query):
            raise InvalidInputError(
                f"jobBookmarkKeys: a row of {self.table} has no value in"
                f" {' or '.join(self.order.names)}, so no run would read it"
            )

    @property
    def _columns(self) -> list[str]:
        return [self.dialect.name(name) for name in self.order.names]

    def _behind(self, after: Sequence[str]) -> str:
        return behind(self._columns, self._literals(after), descending=self.order.descending)

    def _literals(self, values: Sequence[str]) -> list[str]:
        return [
            self.dialect.literal(value, numeric=_is_exact(self.schema[name].dataType))
            for name, value in zip(self.order.names, values, strict=True)
        ]


def find_keys(
    database: JdbcDatabase, dialect: Dialect, reading: JdbcReading, schema: T.StructType
) -> TableKeys | None:
    """Return the keys that a bookmark goes by; None where there are none, and all is read.

    They are those of the script, else the table's primary key where that is one numeric column.

    Raises:
        InvalidInputError: There is no such column, or it has nulls.
    """
    order = reading.keys
    if order is None:
        names = () if reading.is_query else _primary_key(database, dialect, reading.table)
        if len(names) != 1 or names[0] not in schema.names:
            return None
        if not isinstance(schema[names[0]].dataType, T.NumericType):
            return None
        order = KeyOrder(names=names)
    named = tuple(column_named(schema, name, "jobBookmarkKeys") for name in order.names)
    found = TableKeys(
        database=database,
        dialect=dialect,
        table=reading.table,
        order=KeyOrder(names=named, descending=order.descending),
        schema=schema,
    )
    if reading.keys is not None:
        found.check()
    return found


def column_named(schema: T.StructType, name: str, option: str) -> str:
    """Return a column as the database spells it.

    Raises:
        InvalidInputError: There is none.
    """
    if name in schema.names:
        return name
    found = [known for known in schema.names if known.lower() == name.lower()]
    if len(found) != 1:
        raise InvalidInputError(
            f"{option}: there is no column {name!r}.{did_you_mean(name, schema.names)}"
        )
    return found[0]


def _primary_key(database: JdbcDatabase, dialect: Dialect, table: str) -> tuple[str, ...]:
    if not dialect.primary_key:
        logger.warning("What the primary key of %s is, cannot be told; give jobBookmarkKeys", table)
        return ()
    bare = table if dialect.quotes == '""' else table.replace(dialect.quotes[0], "")
    text = dialect.literal(bare, numeric=False)
    return tuple(str(row[0]) for row in database.rows(dialect.primary_key.format(table=text)))


def _is_exact(kind: T.DataType) -> bool:
    return isinstance(kind, T.IntegralType | T.DecimalType)
