"""What SQL engines keep, and the Hive types that hold it: the engines themselves are asked."""

from __future__ import annotations

import re
from decimal import Decimal as Number
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.types import Decimal, Primitive, parse_type, print_type
from gluepot.crawlers.databases.jdbc import survey_jdbc
from gluepot.crawlers.databases.jdbc_metadata import read_by_dialect, read_tables
from gluepot.crawlers.databases.jdbc_paths import read_path
from gluepot.crawlers.databases.jdbc_types import hive_type
from gluepot.crawlers.targets import JdbcTarget
from tests.crawlers.databases.conftest import crawler_of, jdbc, run_sql

if TYPE_CHECKING:
    from pathlib import Path

POSTGRESQL = {
    "smallint": "smallint",
    "integer": "int",
    "bigint": "bigint",
    "serial": "int",
    "real": "float",
    "double precision": "double",
    "numeric": "decimal(38,18)",
    "numeric(10,2)": "decimal(10,2)",
    "numeric(38,10)": "decimal(38,10)",
    "numeric(50,20)": "decimal(38,8)",
    "numeric(1000,500)": "decimal(38,0)",
    "numeric(5,-2)": "decimal(7,0)",
    "numeric(2,5)": "decimal(5,5)",
    "money": "decimal(19,2)",
    "boolean": "boolean",
    "bit": "boolean",
    "bit(8)": "string",
    "bit varying(8)": "string",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp(3) with time zone": "timestamp",
    "time": "string",
    "time with time zone": "string",
    "interval": "string",
    "bytea": "binary",
    "text": "string",
    "varchar(10)": "string",
    "char(3)": "string",
    "json": "string",
    "jsonb": "string",
    "uuid": "string",
    "inet": "string",
    "xml": "string",
    "int4range": "string",
    "tsvector": "string",
    "point": "string",
    "oid": "bigint",
    "mood": "string",
    "pair": "string",
    "money_amount": "decimal(12,4)",
    "vip_amount": "decimal(12,4)",
    "vip_amount[]": "array<decimal(12,4)>",
    "integer[]": "array<int>",
    "text[][]": "array<array<string>>",
    "numeric(8,3)[]": "array<decimal(8,3)>",
    "mood[]": "array<string>",
    "timestamp[]": "array<timestamp>",
}

MARIADB = {
    "tinyint": "tinyint",
    "tinyint(1)": "boolean",
    "boolean": "boolean",
    "tinyint unsigned": "smallint",
    "smallint": "smallint",
    "smallint unsigned": "int",
    "mediumint": "int",
    "mediumint unsigned": "int",
    "int": "int",
    "int(5) unsigned zerofill": "bigint",
    "bigint": "bigint",
    "bigint unsigned": "decimal(20,0)",
    "decimal": "decimal(10,0)",
    "decimal(12,3) unsigned": "decimal(12,3)",
    "decimal(65,30)": "decimal(38,3)",
    "float": "float",
    "double": "double",
    "double(8,2) unsigned": "double",
    "bit": "boolean",
    "bit(12)": "binary",
    "year": "int",
    "date": "date",
    "datetime(6)": "timestamp",
    "timestamp null": "timestamp",
    "time": "string",
    "char(3)": "string",
    "varchar(10)": "string",
    "longtext": "string",
    "enum('a)','tinyint(1)')": "string",
    "set('x','y')": "string",
    "json": "string",
    "uuid": "string",
    "inet6": "string",
    "binary(4)": "binary",
    "varbinary(4)": "binary",
    "mediumblob": "binary",
    "point": "binary",
}

SQLITE = {
    "INTEGER": "bigint",
    "TINYINT": "bigint",
    "UNSIGNED BIG INT": "bigint",
    "REAL": "double",
    "FLOAT": "double",
    "NUMERIC": "double",
    "DECIMAL(10,5)": "decimal(10,5)",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DATETIME": "timestamp",
    "VARCHAR(20)": "string",
    "NVARCHAR(5)": "string",
    "TEXT": "string",
    "STRING": "string",
    "BLOB": "binary",
    "": "string",
}

OTHERS = [
    ("sqlserver", "TINYINT", "smallint"),
    ("sqlserver", "TIMESTAMP", "binary"),
    ("sqlserver", "DATETIMEOFFSET(7)", "timestamp"),
    ("sqlserver", "FLOAT(24)", "float"),
    ("sqlserver", "FLOAT(53)", "double"),
    ("sqlserver", "MONEY", "decimal(19,4)"),
    ("sqlserver", "UNIQUEIDENTIFIER", "string"),
    ("sqlserver", 'NVARCHAR(50) COLLATE "SQL_Latin1"', "string"),
    ("sqlserver", "BIT", "boolean"),
    ("oracle", "NUMBER(10, 2)", "decimal(10,2)"),
    ("oracle", "NUMBER", "decimal(38,10)"),
    ("oracle", "DATE", "timestamp"),
    ("oracle", "TIMESTAMP(6) WITH TIME ZONE", "timestamp"),
    ("oracle", "BINARY_DOUBLE", "double"),
    ("oracle", "LONG RAW", "binary"),
    ("oracle", "VARCHAR2(20 CHAR)", "string"),
    ("snowflake", "DECIMAL(38, 0)", "decimal(38,0)"),
    ("snowflake", "TIMESTAMP_NTZ(9)", "timestamp"),
    ("snowflake", "VARIANT", "string"),
    ("redshift", "SUPER", "string"),
    ("redshift", "DOUBLE PRECISION", "double"),
]

BITS = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}


def columns_of(url: str, path: str) -> dict[str, str]:
    """Return what a crawl makes of the one table of a path."""
    survey = survey_jdbc(crawler_of(), JdbcTarget(connection_name="c", path=path), jdbc(url))
    (found,) = survey.tables
    return {column.name: print_type(column.type) for column in found.table.columns}


def test_every_type_of_postgresql_has_the_hive_type_that_holds_it(postgres_url: str) -> None:
    run_sql(
        postgres_url,
        "CREATE TYPE mood AS ENUM ('sad', 'happy')",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE DOMAIN money_amount AS numeric(12,4) CHECK (VALUE > 0)",
        "CREATE DOMAIN vip_amount AS money_amount CHECK (VALUE > 100)",
        f"CREATE TABLE t ({', '.join(f'c{i} {name}' for i, name in enumerate(POSTGRESQL))})",
    )

    found = columns_of(postgres_url, f"{sa.make_url(postgres_url).database}/public/t")

    assert dict(zip(POSTGRESQL, found.values(), strict=True)) == POSTGRESQL


def test_every_type_of_mariadb_has_the_hive_type_that_holds_it(mariadb_url: str) -> None:
    columns = ", ".join(f"c{i} {name}" for i, name in enumerate(MARIADB))
    run_sql(mariadb_url, f"CREATE TABLE t ({columns})")

    found = columns_of(mariadb_url, f"{sa.make_url(mariadb_url).database}/t")

    assert dict(zip(MARIADB, found.values(), strict=True)) == MARIADB


def test_every_type_of_sqlite_has_the_hive_type_that_holds_it(sqlite_file: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    run_sql(url, f"CREATE TABLE t ({', '.join(f'c{i} {name}' for i, name in enumerate(SQLITE))})")

    found = columns_of(url, "shop/t")

    assert dict(zip(SQLITE, found.values(), strict=True)) == SQLITE


@pytest.mark.parametrize(("engine", "raw", "expected"), OTHERS)
def test_types_of_engines_that_are_not_here(engine: str, raw: str, expected: str) -> None:
    assert print_type(hive_type(engine, raw).type) == expected


def test_the_largest_numbers_that_mariadb_keeps_fit_their_hive_types(mariadb_url: str) -> None:
    kinds = [name for name in MARIADB if re.match(r"(?!po)[a-z]*int\b(?!\(1\))", name)]
    kinds = [*kinds, "decimal(38,7)"]
    columns = ", ".join(f"c{i} {name}" for i, name in enumerate(kinds))
    run_sql(
        mariadb_url,
        f"CREATE TABLE t ({columns})",
        # Out of strict mode the engine cuts each number to the largest that it can keep.
        "SET sql_mode = ''",
        f"INSERT INTO t VALUES ({', '.join(['1' + '0' * 60] * len(kinds))})",  # noqa: S608
        f"INSERT INTO t VALUES ({', '.join(['-1' + '0' * 60] * len(kinds))})",  # noqa: S608
    )
    found = columns_of(mariadb_url, f"{sa.make_url(mariadb_url).database}/t")
    engine = sa.create_engine(mariadb_url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM t")).all()
    engine.dispose()

    assert len(rows) == 2
    for row in rows:
        assert all(map(fits, found.values(), row))


def fits(text: str, value: Any) -> bool:  # noqa: ANN401 - numbers of several kinds
    """Return whether a number is one of a Hive type's."""
    type_ = parse_type(text)
    if isinstance(type_, Decimal):
        _, digits, exponent = Number(value).as_tuple()
        assert isinstance(exponent, int)
        return -exponent <= type_.scale and len(digits) + exponent <= type_.precision - type_.scale
    assert isinstance(type_, Primitive)
    bound = 1 << BITS[type_.name]
    return bool(-bound <= value < bound)


def test_a_dialect_tells_the_same_as_the_catalog_of_the_engine(
    postgres_url: str, mariadb_url: str
) -> None:
    shared = "a smallint, b integer, c bigint, d numeric(10,2), e varchar(5), f date, g timestamp"
    for url, has_schemas in ((postgres_url, True), (mariadb_url, False)):
        run_sql(url, f"CREATE TABLE t ({shared})", "CREATE VIEW v AS SELECT b, e FROM t")
        made = sa.make_url(url)
        name, engine = made.database or "", made.drivername.partition("+")[0]
        path = read_path(f"{name}/%", has_schemas=has_schemas)
        connector = sa.create_engine(url)
        with connector.connect() as connection:
            direct = read_tables(connection, engine, name, path)
            told = read_by_dialect(connection, name, path)
        connector.dispose()

        assert [(item.names, item.is_view) for item in direct] == sorted(
            (item.names, item.is_view) for item in told
        )
        types = [
            {item.name: [hive_type(engine, c.raw_type).type for c in item.columns] for item in one}
            for one in (direct, told)
        ]
        assert types[0] == types[1]


@given(
    st.sampled_from(["postgresql", "mysql", "sqlite", "oracle", "sqlserver", "snowflake", "db2"]),
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"(numeric|decimal|number)\(-?\d{1,5}(, ?-?\d{1,5})?\)(\[\]){0,9}"),
    ),
)
def test_whatever_an_engine_calls_a_type_the_catalog_can_hold_it(engine: str, raw: str) -> None:
    found = hive_type(engine, raw)

    assert parse_type(print_type(found.type)) == found.type
