"""What a source reads: chosen files only, with types and partition values from the catalog."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.model import NULL_PARTITION, Partition, SerDeInfo, StorageDescriptor
from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.pipelines.driver import run_pipeline
from gluepot.jobs.reading.inputs import SourceInput, list_table, table_format
from gluepot.jobs.reading.sources import read_source
from gluepot.jobs.run_context.stores import Stores
from tests.jobs.conftest import CAUSE, csv_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from gluepot.catalog.model import Table
    from tests.jobs.conftest import Lake


def read(spark: SparkSession, lake: Lake, table: Table, expression: str | None = None) -> DataFrame:
    listed = list_table(lake.catalog, table, expression=expression, stores=Stores(lake.s3))
    source = SourceInput(
        name=table.name,
        table=table,
        format=table_format(table),
        root=str(table.storage_descriptor and table.storage_descriptor.location).rstrip("/"),
        files=tuple(listed),
        options={},
    )
    return read_source(spark, source)


def put_table(lake: Lake, name: str, columns: str, keys: str = "") -> Table:
    table = csv_table(name, lake.uri(f"raw/{name}/"), columns, keys)
    return lake.catalog.create_table(table, CAUSE)


def add_partitions(lake: Lake, name: str, places: dict[tuple[str, ...], str]) -> None:
    lake.catalog.partitions.create(
        "raw",
        name,
        [
            Partition(values=values, storage_descriptor=StorageDescriptor(location=lake.uri(place)))
            for values, place in places.items()
        ],
    )


@pytest.mark.parametrize("partitions", [3, 70])
def test_only_the_files_of_chosen_partitions_are_read(
    spark: SparkSession, lake: Lake, partitions: int
) -> None:
    table = put_table(lake, "logs", "id int", "part int, name string")
    places: dict[tuple[str, ...], str] = {}
    for number in range(partitions):
        place = f"raw/logs/{number}/a b+c%é/"
        lake.put(f"{place}x [1]{{*}}.csv", f"id\n{number}\n")
        lake.put(f"{place}_hidden.csv", "id\n-1\n")
        places[(str(number), NULL_PARTITION if number == 1 else "a b")] = place
    add_partitions(lake, "logs", places)
    lake.put("raw/logs/unknown/x.csv", "id\n-2\n")

    everything = read(spark, lake, table)
    one = read(spark, lake, table, "part = 2")

    rows = sorted((row["id"], row["part"], row["name"]) for row in everything.collect())
    assert rows == [(n, n, None if n == 1 else "a b") for n in range(partitions)]
    assert [tuple(row) for row in one.collect()] == [(2, 2, "a b")]
    assert everything.dtypes == [("id", "int"), ("part", "int"), ("name", "string")]


def test_a_table_without_files_has_its_columns(spark: SparkSession, lake: Lake) -> None:
    table = put_table(lake, "empty", "id int, at timestamp", "day date")

    frame = read(spark, lake, table)

    assert frame.collect() == []
    assert frame.dtypes == [("id", "int"), ("at", "timestamp"), ("day", "date")]


def test_delimiters_quotes_and_gzip_are_those_of_the_catalog(
    spark: SparkSession, lake: Lake
) -> None:
    table = put_table(lake, "quoted", "name string, born date, yes boolean, big decimal(5,2)")
    serde = SerDeInfo(
        serialization_library="org.apache.hadoop.hive.serde2.OpenCSVSerde",
        parameters={"separatorChar": ";", "quoteChar": '"', "escapeChar": "\\"},
    )
    assert table.storage_descriptor is not None
    table = replace(table, storage_descriptor=replace(table.storage_descriptor, serde_info=serde))
    text = 'name;born;yes;big\n"a ""b""; c";2001-02-03;TRUE;1.5\nd;never;NA;99999\n'
    lake.put("raw/quoted/x.csv.gz", gzip.compress(text.encode()))

    rows = [tuple(map(str, row)) for row in read(spark, lake, table).collect()]

    assert rows == [('a "b"; c', "2001-02-03", "True", "1.50"), ("d", "None", "None", "None")]


def test_lines_above_the_header_are_left_out_of_each_partitions_files(
    spark: SparkSession, lake: Lake
) -> None:
    table = put_table(lake, "titled", "id int", "part int")
    table = replace(table, parameters={"classification": "csv", "skip.header.line.count": "3"})
    for part in (1, 2):
        for name in ("a", "b"):
            lake.put(f"raw/titled/{part}/{name}.csv", f"Sales\n\nid\n{part}\n{part}0\n")
    add_partitions(lake, "titled", {(str(part),): f"raw/titled/{part}/" for part in (1, 2)})

    rows = read(spark, lake, table).orderBy("part", "id").collect()

    assert [tuple(row) for row in rows] == [
        (1, 1),
        (1, 1),
        (10, 1),
        (10, 1),
        (2, 2),
        (2, 2),
        (20, 2),
        (20, 2),
    ]


def test_json_fields_keep_their_case_in_the_files(spark: SparkSession, lake: Lake) -> None:
    table = put_table(lake, "events", "tailnum string, at struct<Lat:double>")
    assert table.storage_descriptor is not None
    serde = SerDeInfo(
        serialization_library="org.openx.data.jsonserde.JsonSerDe",
        parameters={"paths": "TailNum,at"},
    )
    table = replace(
        table,
        parameters={"classification": "json"},
        storage_descriptor=replace(table.storage_descriptor, serde_info=serde),
    )
    lake.put("raw/events/x.json", '{"TailNum": "N1", "at": {"Lat": 1.5}}\n')

    (row,) = read(spark, lake, table).collect()

    assert (row["tailnum"], row["at"]["Lat"]) == ("N1", 1.5)


OVERWRITE = """
name: copy
sources:
  flights: { table: raw.flights, partition_predicate: "PREDICATE" }
sinks:
  - input: flights
    format: parquet
    mode: overwrite
    path: s3://BUCKET/curated/copy
    partition_by: [day]
    table: curated.copy
  - { input: flights, mode: overwrite, path: s3://BUCKET/curated/delta, table: curated.delta }
"""

READ_DELTA = """
name: again
sources:
  flights: { table: curated.delta }
sinks:
  - { input: flights, path: s3://BUCKET/curated/again, table: curated.again }
"""


def run(spark: SparkSession, lake: Lake, name: str, text: str) -> None:
    pipeline = load_pipeline(lake.define(name, text))
    run_pipeline(lambda: spark, pipeline, lake.workshop(name))


def test_overwriting_leaves_only_the_new_rows_files_and_partitions(
    spark: SparkSession, lake: Lake
) -> None:
    run(spark, lake, "copy", OVERWRITE.replace("PREDICATE", "day >= 1"))

    run(spark, lake, "copy", OVERWRITE.replace("PREDICATE", "day = 2"))

    for format_, folder in (("parquet", "copy"), ("delta", "delta")):
        rows = spark.read.format(format_).load(lake.uri(f"curated/{folder}")).collect()
        assert [row["flight"] for row in rows] == [3]
    assert len(lake.keys("curated/copy/")) == 1
    (partition,) = lake.catalog.partitions.list("curated", "copy")
    assert partition.values == ("2",)


def test_a_delta_table_of_the_catalog_is_a_source(spark: SparkSession, lake: Lake) -> None:
    run(spark, lake, "copy", OVERWRITE.replace("PREDICATE", "day >= 1"))

    run(spark, lake, "again", READ_DELTA)

    assert spark.read.format("delta").load(lake.uri("curated/again")).count() == 3
