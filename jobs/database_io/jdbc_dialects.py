"""What SQL engines spell in their own ways: names, texts, and numbers that rows are divided by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One engine's SQL.

    Attributes:
        quotes: What stands before and behind a name.
        bucket: A number from 0 to ``{n}`` - 1 by the hash of ``{field}``; empty where unknown.
        remainder: The same by a numeric expression ``{value}``, which may be negative.
        text: A value ``{value}`` as a text that ``literal`` gives back unchanged.
        first: A query ``{query}`` without its SELECT, cut to its first row.
        any_key: Whether keys of bookmarks may be other than numbers: their texts are exact.
        primary_key: A query of the columns of a table's primary key, in order; the table is
            ``{table}`` as a text; empty where gluepot does not know one.
        backslashes: Whether a backslash in a text is an escape.
    """

    quotes: str = '""'
    bucket: str = ""
    remainder: str = "MOD(MOD(FLOOR({value}), {n}) + {n}, {n})"
    text: str = "CAST({value} AS VARCHAR(64))"
    first: str = "SELECT {query} FETCH FIRST 1 ROWS ONLY"
    any_key: bool = False
    primary_key: str = ""
    backslashes: bool = False

    def name(self, name: str) -> str:
        """Return a name in quotes."""
        before, behind = self.quotes[0], self.quotes[1]
        return f"{before}{name.replace(behind, behind * 2)}{behind}"

    def literal(self, text: str, *, numeric: bool) -> str:
        """Return a value as it stands in a query.

        Raises:
            InvalidInputError: It is to be a number, and is none.
        """
        if numeric:
            if _NUMBER.fullmatch(text) is None:
                raise InvalidInputError(f"{text[:40]!r} is not a number, as its key is")
            return text
        escaped = text.replace("\\", "\\\\") if self.backslashes else text
        return "'" + escaped.replace("'", "''") + "'"


_POSTGRESQL_KEY = """
SELECT a.attname AS name FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indisprimary AND i.indrelid = to_regclass({table})
"""
_MYSQL_KEY = """
SELECT column_name AS name FROM information_schema.columns
WHERE column_key = 'PRI'
  AND concat(table_schema, '.', table_name)
      = if(instr({table}, '.') > 0, {table}, concat(database(), '.', {table}))
"""

ANSI = Dialect()
_DIALECTS: Mapping[str, Dialect] = {
    "postgresql": Dialect(
        bucket="MOD(ABS(CAST(HASHTEXT(CAST({field} AS text)) AS bigint)), {n})",
        remainder="MOD(MOD(CAST(FLOOR({value}) AS numeric), {n}) + {n}, {n})",
        text="CAST({value} AS text)",
        first="SELECT {query} LIMIT 1",
        any_key=True,
        primary_key=_POSTGRESQL_KEY,
    ),
    "mysql": Dialect(
        quotes="``",
        bucket="MOD(CRC32({field}), {n})",
        text="CAST({value} AS CHAR)",
        first="SELECT {query} LIMIT 1",
        any_key=True,
        primary_key=_MYSQL_KEY,
        backslashes=True,
    ),
    "sqlserver": Dialect(
        quotes="[]",
        bucket="ABS(CAST(CHECKSUM({field}) AS bigint)) % {n}",
        remainder="((CAST(FLOOR({value}) AS bigint) % {n}) + {n}) % {n}",
        first="SELECT TOP 1 {query}",
    ),
    "oracle": Dialect(bucket="ORA_HASH({field}, {n} - 1)", text="TO_CHAR({value})"),
    "redshift": Dialect(text="CAST({value} AS varchar)", first="SELECT {query} LIMIT 1"),
}


def dialect_of(engine: str) -> Dialect:
    """Return an engine's SQL; plain SQL for engines that are not known."""
    return _DIALECTS.get(engine, ANSI)
