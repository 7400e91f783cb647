"""Types of SQL engines as Hive's: by what the engine itself calls them.

Every value that a column may hold fits the type it gets; where Hive has none that big, the note
says so. What has no type of its own in Hive (json, uuid, enums, ranges, times of day) is string,
as JDBC drivers hand it out.

Source: AWS Glue's and Spark's mappings of JDBC types, and the engines' manuals.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    MAX_PRECISION,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    Array,
    Decimal,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_ARRAY_DEPTH = 6
"""How deep PostgreSQL lets arrays nest."""

_FLOAT_BITS = 24
_SPELLED = re.compile(r"(?P<before>[^(]*)(\((?P<sizes>[^)]*)\))?(?P<after>.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class HiveType:
    """A type, and what a person should know about it, or nothing."""

    type: Type
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class _Spelled:
    """An engine's type: its name in lower case without sizes, and the sizes."""

    name: str
    sizes: tuple[int, ...]


_BLOBS = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bytea", "image")
_SHAPES = (
    *("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring"),
    *("multipolygon", "geometrycollection"),
)

_COMMON: Mapping[str, Type] = {
    "boolean": BOOLEAN,
    "bool": BOOLEAN,
    "smallint": SMALLINT,
    "int": INT,
    "integer": INT,
    "bigint": BIGINT,
    "real": FLOAT,
    "float": DOUBLE,
    "double": DOUBLE,
    "double precision": DOUBLE,
    "date": DATE,
    **dict.fromkeys(_BLOBS, BINARY),
    **dict.fromkeys(
        (
            *("timestamp", "timestamp without time zone", "timestamp with time zone"),
            *("timestamptz", "timestamp with local time zone", "datetime"),
        ),
        TIMESTAMP,
    ),
}

_POSTGRESQL: Mapping[str, Type] = {
    **_COMMON,
    "int2": SMALLINT,
    "int4": INT,
    "int8": BIGINT,
    "float4": FLOAT,
    "float8": DOUBLE,
    "oid": BIGINT,
    "xid": BIGINT,
    "money": Decimal(19, 2),
    "varbyte": BINARY,
    "binary varying": BINARY,
}

_MYSQL: Mapping[str, Type] = {
    **_COMMON,
    "tinyint": TINYINT,
    "tinyint unsigned": SMALLINT,
    "smallint unsigned": INT,
    "mediumint": INT,
    "mediumint unsigned": INT,
    "int unsigned": BIGINT,
    "bigint unsigned": Decimal(20, 0),
    "float": FLOAT,
    "float unsigned": FLOAT,
    "double unsigned": DOUBLE,
    "year": INT,
    **dict.fromkeys(_SHAPES, BINARY),
}

_SQLSERVER: Mapping[str, Type] = {
    **_COMMON,
    "bit": BOOLEAN,
    "tinyint": SMALLINT,
    "money": Decimal(19, 4),
    "smallmoney": Decimal(10, 4),
    "datetime2": TIMESTAMP,
    "smalldatetime": TIMESTAMP,
    "datetimeoffset": TIMESTAMP,
    # A number of the row's version, whatever its name says.
    "timestamp": BINARY,
    "rowversion": BINARY,
}

_ORACLE: Mapping[str, Type] = {
    **_COMMON,
    "integer": Decimal(38, 0),
    "float": DOUBLE,
    "binary_float": FLOAT,
    "binary_double": DOUBLE,
    # It has a time of day.
    "date": TIMESTAMP,
    **dict.fromkeys(("raw", "long raw", "bfile"), BINARY),
}

_SNOWFLAKE: Mapping[str, Type] = {
    **_COMMON,
    **dict.fromkeys(("int", "integer", "bigint", "smallint", "tinyint", "byteint"), Decimal(38, 0)),
    "real": DOUBLE,
    **dict.fromkeys(("timestamp_ntz", "timestamp_ltz", "timestamp_tz"), TIMESTAMP),
}

_OF_ENGINE: Mapping[str, Mapping[str, Type]] = {
    "postgresql": _POSTGRESQL,
    "redshift": _POSTGRESQL,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "sqlserver": _SQLSERVER,
    "oracle": _ORACLE,
    "snowflake": _SNOWFLAKE,
}

_UNSIZED: Mapping[str, Decimal] = {
    "postgresql": Decimal(38, 18),
    "oracle": Decimal(38, 10),
    "sqlserver": Decimal(18, 0),
    "snowflake": Decimal(38, 0),
    "redshift": Decimal(18, 0),
}
"""What a decimal without sizes is; PostgreSQL's and Oracle's take any number of digits."""

_DECIMALS = frozenset({"numeric", "decimal", "dec", "number", "fixed"})


@functools.lru_cache(maxsize=4096)
def hive_type(engine: str, raw: str) -> HiveType:
    """Return the Hive type of an engine's type, as the engine spells it.

    Args:
        engine: Such as ``postgresql``.
        raw: Such as ``numeric(10,2)``, ``int(10) unsigned`` or ``text[]``.

    >>> hive_type("postgresql", "numeric(10,2)[]").type
    Array(element=Decimal(precision=10, scale=2))
    >>> hive_type("mysql", "bigint(20) unsigned").type
    Decimal(precision=20, scale=0)
    """
    text = raw.strip().lower()
    depth = 0
    while text.endswith("[]"):
        text, depth = text[:-2], depth + 1
    found = _scalar(engine, _spelled(text, engine))
    for _ in range(min(depth, MAX_ARRAY_DEPTH)):
        found = HiveType(type=Array(found.type), note=found.note)
    return found


def _spelled(text: str, engine: str) -> _Spelled:
    found = _SPELLED.fullmatch(text)
    assert found is not None  # noqa: S101 - every part of the expression may be empty
    name = " ".join(f"{found['before']} {found['after'].partition(' collate ')[0]}".split())
    if engine in {"mysql", "mariadb"}:
        name = name.removesuffix(" zerofill")
    sizes = (item.split()[0] for item in (found["sizes"] or "").split(",") if item.strip())
    whole = [int(size) for size in sizes if re.fullmatch(r"-?\d{1,5}", size, re.ASCII)]
    return _Spelled(name=name, sizes=tuple(whole))


def _scalar(engine: str, spelled: _Spelled) -> HiveType:
    if spelled.name.removesuffix(" unsigned") in _DECIMALS:
        return _decimal(engine, spelled.sizes)
    special = _SPECIAL.get(engine)
    found = special(spelled) if special is not None else None
    if found is None:
        found = _OF_ENGINE.get(engine, _COMMON).get(spelled.name)
    return HiveType(type=STRING if found is None else found)


def _decimal(engine: str, sizes: tuple[int, ...]) -> HiveType:
    """Return a decimal with room for every digit, as far as Hive's 38 go.

    A negative scale drops digits before the point; one that is larger than the precision means
    zeros behind it.
    """
    if not sizes:
        if engine == "sqlite":
            return HiveType(type=DOUBLE)
        type_ = _UNSIZED.get(engine, Decimal(10, 0))
        limited = engine in {"postgresql", "oracle"}
        return HiveType(type=type_, note="it has no limit of digits there" if limited else "")
    precision, scale = sizes[0], sizes[1] if len(sizes) > 1 else 0
    whole = max(precision - scale, 0)
    behind = max(scale, 0)
    if whole + behind <= MAX_PRECISION:
        return HiveType(type=Decimal(max(whole + behind, 1), behind))
    kept = max(MAX_PRECISION - whole, 0)
    note = f"it has {whole + behind} digits there, of which a decimal holds {MAX_PRECISION}"
    return HiveType(type=Decimal(MAX_PRECISION, min(kept, MAX_PRECISION)), note=note)


def _postgresql_type(spelled: _Spelled) -> Type | None:
    # One bit is a truth value to JDBC drivers; more of them are their text.
    return BOOLEAN if spelled.name == "bit" and spelled.sizes in {(), (1,)} else None


def _mysql_type(spelled: _Spelled) -> Type | None:
    if spelled.name == "bit":
        return BOOLEAN if spelled.sizes in {(), (1,)} else BINARY
    # BOOLEAN is a name for this one.
    return BOOLEAN if spelled.name == "tinyint" and spelled.sizes == (1,) else None


def _sqlserver_type(spelled: _Spelled) -> Type | None:
    small = spelled.name == "float" and spelled.sizes and spelled.sizes[0] <= _FLOAT_BITS
    return FLOAT if small else None


def _sqlite_type(spelled: _Spelled) -> Type:
    """Return a type by SQLite's rules of affinity, and dates by the names people give them.

    Source: "Datatypes in SQLite", section 3.1; integers there have 64 bits whatever their name.
    """
    name = spelled.name
    if name in _SQLITE_NAMES:
        return _SQLITE_NAMES[name]
    parts = (type_ for part, type_ in _SQLITE_PARTS if part in name)
    return next(parts, STRING)


_SQLITE_NAMES: Mapping[str, Type] = {
    "boolean": BOOLEAN,
    "bool": BOOLEAN,
    "date": DATE,
    "datetime": TIMESTAMP,
    "timestamp": TIMESTAMP,
    "binary": BINARY,
    "varbinary": BINARY,
}
_SQLITE_PARTS: tuple[tuple[str, Type], ...] = (
    ("int", BIGINT),
    *((part, STRING) for part in ("char", "clob", "text")),
    ("blob", BINARY),
    *((part, DOUBLE) for part in ("real", "floa", "doub")),
)
"""The first that stands in the name decides."""

_SPECIAL: Mapping[str, Callable[[_Spelled], Type | None]] = {
    "postgresql": _postgresql_type,
    "redshift": _postgresql_type,
    "mysql": _mysql_type,
    "mariadb": _mysql_type,
    "sqlserver": _sqlserver_type,
    "sqlite": _sqlite_type,
}
"""What a name alone does not tell; None leaves it to the name."""
