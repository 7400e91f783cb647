from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlglot

from gluepot.catalog.ddl import hive_ddl, partitions_ddl, spark_ddl
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.model import (
    Column,
    Order,
    Partition,
    SerDeInfo,
    StorageDescriptor,
    Table,
)
from gluepot.catalog.table_format import table_format

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
ODD = 'it\'s a \\ "back`slash"\n\tand more'


NESTED = Column(name="tags", type="struct<a b:array<int>,m:map<string,decimal(10,2)>>")


def odd_table(location: str, *more: Column, classification: str = "csv") -> Table:
    """Return a partitioned table with everything that needs care in a statement."""
    return Table(
        database_name="odd",
        name="days",
        description=ODD,
        table_type="EXTERNAL_TABLE",
        storage_descriptor=StorageDescriptor(
            columns=(Column(name="na`me", type="string", comment=ODD), *more),
            location=location,
            input_format="org.apache.hadoop.mapred.TextInputFormat",
            output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            serde_info=SerDeInfo(serialization_library=LAZY, parameters={"field.delim": "|"}),
            bucket_columns=("na`me",),
            sort_columns=(Order(column="na`me", sort_order=1),),
            number_of_buckets=4,
        ),
        partition_keys=(Column(name="day", type="date"), Column(name="hour", type="int")),
        parameters={
            "classification": classification,
            "note": ODD,
            "skip.header.line.count": "1",
        },
    )


def described(spark: SparkSession, table: Table) -> dict[str, tuple[str, str]]:
    """Return what Spark says of the table that its statement made."""
    spark.sql("CREATE DATABASE odd")
    try:
        spark.sql(spark_ddl(table).rstrip(";"))
        rows = spark.sql("DESCRIBE TABLE EXTENDED odd.days").collect()
    finally:
        spark.sql("DROP DATABASE odd CASCADE")
    return {row.col_name: (row.data_type, row.comment) for row in rows}


def parsed(spark: SparkSession, statement: str) -> str:
    """Return Spark's plan of a statement; its parser takes Hive's dialect too."""
    session: Any = spark
    plan = session._jsparkSession.sessionState().sqlParser().parsePlan(statement.rstrip(";"))
    return str(plan.toString())


def test_spark_makes_the_table_that_its_statement_says(spark: SparkSession, tmp_path: Path) -> None:
    table = odd_table(f"file://{tmp_path}/days")

    found = described(spark, table)

    assert found["na`me"] == ("string", ODD)
    assert found["day"][0] == "date"
    assert found["hour"][0] == "int"
    assert found["Comment"][0] == ODD
    assert found["Provider"][0] == "csv"
    assert ODD in found["Table Properties"][0]
    assert "sep=|" in found["Storage Properties"][0]
    assert "header=true" in found["Storage Properties"][0]


def test_nested_types_are_spelled_for_spark(spark: SparkSession, tmp_path: Path) -> None:
    table = odd_table(f"file://{tmp_path}/days", NESTED, classification="parquet")

    found = described(spark, table)

    assert found["tags"][0] == "struct<a b:array<int>,m:map<string,decimal(10,2)>>"
    assert found["Provider"][0] == "parquet"


def test_hive_s_statement_says_everything(spark: SparkSession) -> None:
    plan = parsed(spark, hive_ddl(odd_table("s3://raw/days/", NESTED)))

    assert "CreateTable" in plan
    for part in (LAZY, "s3://raw/days/", "field.delim -> |", "TextInputFormat", ODD, "day", "4"):
        assert part in plan


def test_partitions_are_added_one_by_one(spark: SparkSession) -> None:
    storage = StorageDescriptor(location="s3://raw/it's/")
    added = [
        Partition(values=("2013-01-01", "7"), storage_descriptor=storage),
        Partition(values=("2013-01-02", "o'clock")),
    ]

    statements = list(partitions_ddl(odd_table("s3://raw/days/"), added))

    plans = [parsed(spark, statement) for statement in statements]
    assert "2013-01-01" in plans[0]
    assert "s3://raw/it's/" in plans[0]
    assert "o'clock" in plans[1]


def test_a_view_keeps_its_text() -> None:
    view = Table(
        database_name="flights",
        name="late",
        table_type="VIRTUAL_VIEW",
        view_original_text="SELECT * FROM days WHERE delay > 0;",
    )

    for statement in (hive_ddl(view), spark_ddl(view)):
        assert statement == "CREATE VIEW `flights`.`late` AS\nSELECT * FROM days WHERE delay > 0;"
        assert sqlglot.parse_one(statement, dialect="spark").key == "create"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (
            Table(
                database_name="a",
                name="v",
                table_type="VIRTUAL_VIEW",
                view_original_text="/* Presto View: eyJ9 */",
                view_expanded_text="/* Presto View */",
            ),
            "a.v is a view of Athena or Trino",
        ),
        (Table(database_name="a", name="t", parameters={"classification": "csv"}), "no columns"),
        (Table(database_name="a", name="t", parameters={"classification": "xml"}), "format xml"),
        (Table(database_name="a", name="t"), "format unknown"),
    ],
)
def test_what_no_statement_can_make_is_refused(table: Table, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        spark_ddl(table)


@pytest.mark.parametrize(
    ("parameters", "library", "expected"),
    [
        ({"table_type": "ICEBERG", "classification": "parquet"}, None, "iceberg"),
        ({"spark.sql.sources.provider": "delta"}, LAZY, "delta"),
        ({"spark.sql.sources.provider": "hive", "classification": "orc"}, None, "orc"),
        ({"classification": "TSV"}, None, "csv"),
        ({"classification": "UNKNOWN"}, "org.openx.data.jsonserde.JsonSerDe", "json"),
        ({}, "org.apache.hadoop.hive.serde2.OpenCSVSerde", "csv"),
        ({}, "org.apache.hadoop.hive.ql.io.orc.OrcSerde", "orc"),
        ({}, None, None),
        ({"classification": "combined_apache"}, "com.amazonaws.glue.serde.GrokSerDe", "grok"),
        ({"classification": "books"}, "com.amazonaws.glue.serde.xml.XmlSerDe", "xml"),
    ],
)
def test_the_format_is_found_by_parameters_then_by_serde(
    parameters: dict[str, str], library: str | None, expected: str | None
) -> None:
    storage = StorageDescriptor(serde_info=SerDeInfo(serialization_library=library))
    table = Table(database_name="a", name="t", parameters=parameters, storage_descriptor=storage)

    assert table_format(table) == expected


@pytest.mark.parametrize(
    ("input_format", "expected"),
    [
        ("org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat", "symlink"),
        ("org.apache.hudi.hadoop.HoodieParquetInputFormat", "hudi"),
        ("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "parquet"),
    ],
)
def test_what_lists_the_files_goes_before_what_is_in_them(input_format: str, expected: str) -> None:
    storage = StorageDescriptor(input_format=input_format)
    parameters = {"classification": "parquet"}
    table = Table(database_name="a", name="t", parameters=parameters, storage_descriptor=storage)

    assert table_format(table) == expected
