from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.table_format import table_format
from gluepot.jobs.errors import SinkError
from gluepot.transforms import DynamicFrame
from gluepot.transforms.collection import DynamicFrameCollection
from tests.jobs.conftest import CAUSE, csv_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.catalog.model import Table
    from gluepot.jobs.context import GlueContext
    from tests.jobs.conftest import Lake

ROWS = "SELECT 1 AS id, 'a,\\nb' AS name, TIMESTAMP'2020-01-02 03:04:05' AS at, '7' AS day"
SERDES = {
    "csv": "OpenCSVSerde",
    "json": "JsonSerDe",
    "avro": "AvroSerDe",
    "parquet": "ParquetHiveSerDe",
    "orc": "OrcSerde",
}


def frame_of(spark: SparkSession, sql: str) -> DynamicFrame:
    return DynamicFrame(spark.sql(sql), None, "rows")


def sink(
    context: GlueContext,
    lake: Lake,
    table: str,
    kind: str,
    *keys: str,
    **options: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    found = context.getSink(
        connection_type="s3",
        path=lake.uri(f"out/{table}/"),
        enableUpdateCatalog=True,
        partitionKeys=list(keys),
        **options,
    )
    found.setCatalogInfo(catalogDatabase="curated", catalogTableName=table)
    found.setFormat(kind)
    return found


def types(table: Table) -> dict[str, str | None]:
    assert table.storage_descriptor is not None
    columns = (*(table.storage_descriptor.columns or ()), *(table.partition_keys or ()))
    return {column.name: column.type for column in columns}


def partitions(lake: Lake, table: str) -> list[tuple[str, ...]]:
    return sorted(item.values for item in lake.catalog.partitions.list("curated", table))


@pytest.mark.parametrize("kind", SERDES)
def test_a_missing_table_is_made_and_read_back_by_its_definition(
    kind: str, context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    sink(context, lake, kind, kind, "day").writeFrame(frame_of(spark, ROWS))

    made = lake.catalog.get_table("curated", kind)
    storage = made.storage_descriptor
    assert storage is not None
    assert storage.serde_info is not None
    assert str(storage.serde_info.serialization_library).rpartition(".")[2] == SERDES[kind]
    assert storage.location == lake.uri(f"out/{kind}/")
    assert table_format(made) == kind
    at = "string" if kind == "avro" else "timestamp"
    assert types(made) == {"id": "int", "name": "string", "at": at, "day": "string"}
    assert partitions(lake, kind) == [("7",)]

    read = context.create_dynamic_frame.from_catalog(database="curated", table_name=kind)
    at_second = "CAST(CAST(at AS timestamp) AS string)"
    (row,) = read.toDF().selectExpr("id", "name", at_second, "day").collect()
    assert tuple(row) == (1, "a,\nb", "2020-01-02 03:04:05", "7")


def test_the_schema_of_avro_stands_in_its_table(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    sink(context, lake, "a", "avro").writeFrame(frame_of(spark, "SELECT 1 AS id"))

    made = lake.catalog.get_table("curated", "a")
    assert made.storage_descriptor is not None
    assert made.storage_descriptor.serde_info is not None
    serde = made.storage_descriptor.serde_info.parameters or {}
    assert '"name":"id"' in serde["avro.schema.literal"]


def test_csv_of_numbers_alone_needs_no_quotes(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    sink(context, lake, "n", "csv").writeFrame(frame_of(spark, "SELECT 1 AS id, 2.5D AS x"))

    made = lake.catalog.get_table("curated", "n")
    assert made.storage_descriptor is not None
    assert made.storage_descriptor.serde_info is not None
    assert str(made.storage_descriptor.serde_info.serialization_library).endswith("LazySimpleSerDe")
    assert (made.parameters or {})["skip.header.line.count"] == "1"


def test_update_in_database_puts_the_frames_columns_in_place_of_the_tables(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    target = sink(context, lake, "t", "json", "day")
    target.writeFrame(frame_of(spark, "SELECT 1 AS id, 'x' AS old, '1' AS day"))
    target.writeFrame(frame_of(spark, "SELECT 2L AS id, 'y' AS new, '2' AS day"))

    found = lake.catalog.get_table("curated", "t")
    assert types(found) == {"id": "bigint", "new": "string", "day": "string"}
    assert partitions(lake, "t") == [("1",), ("2",)]


def test_a_table_without_partitions_keeps_its_columns(
    context: GlueContext, lake: Lake, spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    target = sink(context, lake, "u", "json")
    target.writeFrame(frame_of(spark, "SELECT 1 AS id"))
    made = lake.catalog.get_table("curated", "u")
    target.writeFrame(frame_of(spark, "SELECT 2 AS id, 'y' AS new"))

    assert lake.catalog.get_table("curated", "u") == made
    assert "curated.u stays as it is" in caplog.text


def test_log_adds_partitions_only_where_the_table_has_all_columns(
    context: GlueContext, lake: Lake, spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    sink(context, lake, "v", "parquet", "day").writeFrame(
        frame_of(spark, "SELECT 1 AS id, 'x' AS name, '1' AS day")
    )
    made = lake.catalog.get_table("curated", "v")
    target = sink(context, lake, "v", "parquet", "day", updateBehavior="LOG")

    target.writeFrame(frame_of(spark, "SELECT 2 AS id, '2' AS day"))
    target.writeFrame(frame_of(spark, "SELECT 3 AS id, 1 AS more, '3' AS day"))

    assert lake.catalog.get_table("curated", "v") == made
    assert partitions(lake, "v") == [("1",), ("2",)]
    assert "it lacks columns more" in caplog.text


def test_other_partition_keys_than_the_tables_end_the_job_before_a_row_is_written(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    rows = frame_of(spark, "SELECT 1 AS id, '1' AS day, '2' AS hour")
    sink(context, lake, "w", "json", "day", "hour").writeFrame(rows)
    before = lake.keys("out/w/")

    with pytest.raises(SinkError, match=r"partitionKeys are \[hour, day\].*\[day, hour\]"):
        sink(context, lake, "w", "json", "hour", "day").writeFrame(rows)
    assert lake.keys("out/w/") == before


def test_nothing_is_updated_unless_it_is_asked_for(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    target = context.getSink("s3", path=lake.uri("out/x/"), partitionKeys=["day"])
    target.setCatalogInfo(catalogDatabase="curated", catalogTableName="x")
    target.setFormat("glueparquet", compression="gzip")
    target.writeFrame(frame_of(spark, ROWS))

    assert lake.catalog.find_table("curated", "x") is None
    (key,) = lake.keys("out/x/")
    assert key.startswith("out/x/day=7/part-00000-")
    assert key.endswith(".gz.parquet")


def test_frames_of_a_collection_become_tables_of_their_names(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    frames = {name: frame_of(spark, f"SELECT '{name}' AS name") for name in ("r", "r_items")}
    target = sink(context, lake, "root", "json", useFrameName=True)

    target.write(DynamicFrameCollection(frames, context))

    assert [item.name for item in lake.catalog.list_tables("curated")] == ["r", "r_items"]
    place = lake.catalog.get_table("curated", "r_items").storage_descriptor
    assert place is not None
    assert place.location == lake.uri("out/root/r_items/")


def test_an_iceberg_table_is_registered_by_its_newest_metadata(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    target = sink(context, lake, "ice", "iceberg", "day")
    target.writeFrame(frame_of(spark, "SELECT 1 AS id, '1' AS day"))
    target.writeFrame(frame_of(spark, "SELECT 2 AS id, 'x' AS more, '2' AS day"))
    context.write_dynamic_frame.from_catalog(
        frame=frame_of(spark, "SELECT 3 AS id, '1' AS day"),
        database="curated",
        table_name="ice",
        additional_options={"enableUpdateCatalog": True},
    )

    found = lake.catalog.get_table("curated", "ice")
    metadata = (found.parameters or {})["metadata_location"]
    assert metadata.endswith("/metadata/v4.metadata.json")
    read = context.create_dynamic_frame.from_catalog(database="curated", table_name="ice")
    rows = sorted((row["id"], row["more"]) for row in read.toDF().collect())
    assert rows == [(1, None), (2, "x"), (3, None)]


def test_rows_go_into_a_table_as_its_files_are_read(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    table = csv_table("landed", lake.uri("raw/landed/"), "id int, name string", "day int")
    assert table.storage_descriptor is not None
    lake.catalog.create_table(table, CAUSE)
    rows = "SELECT 1 AS id, 'a,b' AS name, 3 AS Day"

    context.write_dynamic_frame.from_catalog(
        frame=frame_of(spark, rows),
        database="raw",
        table_name="landed",
        additional_options={"enableUpdateCatalog": True, "updateBehavior": "LOG"},
    )

    (key,) = lake.keys("raw/landed/")
    assert key.startswith("raw/landed/day=3/")
    body = lake.client.get_object(Bucket=lake.bucket, Key=key)["Body"].read()
    assert body == b'id,name\n1,"a,b"\n'
    assert lake.catalog.get_table("raw", "landed").partition_keys == table.partition_keys
    read = context.create_dynamic_frame.from_catalog(database="raw", table_name="landed")
    assert [tuple(row) for row in read.toDF().collect()] == [(1, "a,b", 3)]


def test_two_writes_to_one_sink_both_stay(
    context: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    for number in (1, 2):
        context.write_dynamic_frame.from_options(
            frame=frame_of(spark, f"SELECT {number} AS id"),
            connection_type="s3",
            connection_options={"path": lake.uri("out/twice/")},
            format="json",
            transformation_ctx="twice",
        )

    rows = spark.read.json(lake.uri("out/twice/")).collect()
    assert sorted(row["id"] for row in rows) == [1, 2]
