"""Hive types in DuckDB's spelling."""

from __future__ import annotations

import re

from gluepot.catalog.types import (
    Array,
    Char,
    Decimal,
    Map,
    Primitive,
    Struct,
    Type,
    Varchar,
    parse_type,
)

_NAMES = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "binary": "BLOB",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP",
    "timestamp with local time zone": "TIMESTAMPTZ",
}


def duckdb_type(text: str | None) -> str:
    """Return DuckDB's name of a Hive type; what DuckDB has no type for is read as text.

    >>> duckdb_type("array<struct<a:int,b:decimal(10,2)>>")
    'STRUCT("a" INTEGER, "b" DECIMAL(10,2))[]'
    """
    return _spell(parse_type(text or "string"))


def _spell(type_: Type) -> str:
    match type_:
        case Primitive(name):
            return _NAMES.get(name, "VARCHAR")
        case Decimal(precision, scale):
            return f"DECIMAL({precision},{scale})"
        case Array(element):
            return f"{_spell(element)}[]"
        case Map(key, value):
            return f"MAP({_spell(key)}, {_spell(value)})"
        case Struct(fields):
            members = ", ".join(f"{quoted(item.name)} {_spell(item.type)}" for item in fields)
            return f"STRUCT({members})"
        case Char() | Varchar() | _:
            return "VARCHAR"


_TOKENS = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "a": "%p",
    "XXX": "%z",
    "SSSSSSSSS": "%n",
    "SSSSSS": "%f",
    "SSS": "%g",
}
_PATTERN = re.compile(r"'([^']*)'|([A-Za-z])\2*")


def timestamp_formats(hive: str) -> list[str]:
    """Return the serde property ``timestamp.formats`` (Java patterns) as strptime's.

    >>> timestamp_formats("yyyy-MM-dd'T'HH:mm:ss'Z',dd/MM/yyyy")
    ['%Y-%m-%dT%H:%M:%SZ', '%d/%m/%Y']
    """
    return [_PATTERN.sub(_strptime_token, item) for item in hive.split(",") if item]


def _strptime_token(found: re.Match[str]) -> str:
    return found[1] if found[1] is not None else _TOKENS.get(found[0], found[0])


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Return text, a list or a dictionary as an SQL literal; a dictionary becomes a struct."""
    if isinstance(value, dict):
        members = (f"{literal(name)}: {literal(item)}" for name, item in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    return "'" + str(value).replace("'", "''") + "'"
