"""Tables and paths that scripts read in a run: choices, partitions, which files, bookmarks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.model import Partition, SerDeInfo, StorageDescriptor
from gluepot.jobs.context import GlueContext
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.run_context.script_run import current_run
from tests.jobs.conftest import CAUSE, csv_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.script_run import ScriptRun
    from gluepot.transforms.frame import DynamicFrame
    from tests.jobs.conftest import Lake

    Begin = Callable[[], AbstractContextManager[ScriptRun]]


def numbers(frame: DynamicFrame, column: str = "col0") -> list[int]:
    return sorted(int(row[0]) for row in frame.toDF().select(column).collect())


def put_numbers(lake: Lake, *keys: str) -> str:
    for at, key in enumerate(keys):
        lake.put(f"in/{key}", f"{at}\n")
    return lake.uri("in/")


def test_values_that_do_not_fit_the_catalog_make_a_choice_with_text(
    job: GlueContext, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = job.create_dynamic_frame.from_catalog("raw", "flights")
    frame.printSchema()

    assert capsys.readouterr().out.splitlines()[1:] == [
        "|-- carrier: string",
        "|-- flight: long",
        "|-- dep_time: choice",
        "|    |-- double",
        "|    |-- string",
        "|-- year: int",
        "|-- day: int",
    ]
    rows = {row["flight"]: row for row in frame.toDF().collect()}
    assert (rows[2]["dep_time"]["double"], rows[2]["dep_time"]["string"]) == (None, "NA")
    assert (rows[3]["dep_time"]["double"], rows[3]["dep_time"]["string"]) == (533.5, None)
    one = job.create_dynamic_frame.from_catalog("raw", "flights", push_down_predicate="day = 2")
    assert one.toDF().dtypes[2] == ("dep_time", "double")


def test_a_json_table_has_the_types_of_its_values_or_the_catalogs(
    job: GlueContext, lake: Lake
) -> None:
    table = csv_table("events", lake.uri("raw/events/"), "id int, price double", "day string")
    serde = SerDeInfo(serialization_library="org.openx.data.jsonserde.JsonSerDe")
    assert table.storage_descriptor is not None
    storage = replace(table.storage_descriptor, serde_info=serde)
    table = replace(table, storage_descriptor=storage, parameters={"classification": "json"})
    lake.catalog.create_table(table, CAUSE)
    lake.put("raw/events/day=1/a.json", '{"id": 1, "price": "x"}\n{"id": 2, "price": 3.5}\n{')
    place = StorageDescriptor(location=lake.uri("raw/events/day=1/"))
    partition = Partition(values=("1",), storage_descriptor=place)
    lake.catalog.partitions.create("raw", "events", [partition])

    found = job.create_dynamic_frame.from_catalog("raw", "events")
    told = job.create_dynamic_frame.from_catalog(
        "raw", "events", additional_options={"useCatalogSchema": True}
    )

    assert found.toDF().dtypes == [
        ("id", "int"),
        ("price", "struct<double:double,string:string>"),
        ("day", "string"),
    ]
    assert (numbers(found, "id"), found.errorsCount()) == ([1, 2], 1)
    assert {row["day"] for row in found.toDF().collect()} == {"1"}
    assert told.toDF().dtypes[1] == ("price", "double")


def test_files_are_chosen_by_exclusions_folders_and_storage_classes(
    job: GlueContext, lake: Lake
) -> None:
    place = put_numbers(lake, "0.csv", "1.tmp", "deep/2.csv", "cold.csv")
    lake.client.put_object(
        Bucket=lake.bucket, Key="in/cold.csv", Body=b"3\n", StorageClass="GLACIER"
    )

    def read(**options: Any) -> list[int]:  # noqa: ANN401
        given = {"paths": [place, place + "deep/"], **options}
        return numbers(job.create_dynamic_frame.from_options("s3", given, format="csv"))

    cold = {"excludeStorageClasses": ["GLACIER"]}
    assert read(**cold) == [0, 1, 2]
    assert read(exclusions='["**.tmp"]', **cold) == [0, 2]
    assert read(exclusions=f'["{place}0*"]', **cold) == [1, 2]
    assert read(paths=[place], **cold) == [0, 1]
    assert read(paths=[place], recurse=True, **cold) == [0, 1, 2]
    with pytest.raises(InvalidInputError, match="exclusions is a JSON list"):
        read(exclusions="**.tmp")


def test_grouped_files_are_read_in_fewer_tasks(
    job: GlueContext, lake: Lake, spark: SparkSession
) -> None:
    place = put_numbers(lake, *(f"{at}.csv" for at in range(6)))
    spark.conf.set("spark.sql.files.openCostInBytes", str(2**27))
    try:
        tasks = {
            size: job.create_dynamic_frame.from_options(
                "s3",
                {"paths": [place], "groupFiles": "inPartition", "groupSize": size},
                format="csv",
            )
            .toDF()
            .select(F.spark_partition_id())
            .distinct()
            .count()
            for size in ("1", "6")
        }
    finally:
        spark.conf.unset("spark.sql.files.openCostInBytes")

    assert tasks == {"1": 6, "6": 2}


def test_a_bounded_run_reads_a_part_and_the_bookmark_moves_over_just_that(
    begin: Begin, lake: Lake, spark: SparkSession
) -> None:
    place = put_numbers(lake, "0.csv", "1.csv", "2.csv", "3.csv")

    def read(**bounds: str) -> list[int]:
        with begin() as run:
            frame = GlueContext(spark).create_dynamic_frame.from_options(
                "s3", {"paths": [place], **bounds}, format="csv", transformation_ctx="in"
            )
            found = numbers(frame) if frame.toDF().columns else []
            run.commit()
        return found

    assert read(boundedFiles="1") == [0]
    assert read(boundedSize="4") == [1, 2]
    assert read() == [3]
    assert read(boundedFiles="5") == []
    with pytest.raises(InvalidInputError, match="choose one"):
        read(boundedFiles="1", boundedSize="1")


def test_bounds_need_a_bookmark(job: GlueContext, lake: Lake) -> None:
    options = {"paths": [put_numbers(lake, "0.csv")], "boundedFiles": "1"}

    with pytest.raises(InvalidInputError, match="bookmark"):
        job.create_dynamic_frame.from_options("s3", options, format="csv", transformation_ctx="in")


def test_a_sample_is_of_few_files_and_moves_no_bookmark(
    begin: Begin, lake: Lake, spark: SparkSession
) -> None:
    place = put_numbers(lake, "a/0.csv", "a/1.csv", "b/2.csv", "c/3.csv")
    nested = {"paths": [place], "recurse": True}
    sampling = {"maxSamplePartitions": 2, "maxSampleFilesPerPartition": 1}
    with begin() as run:
        glue = GlueContext(spark)
        some = glue.create_sample_dynamic_frame_from_options(
            "s3", nested, 10, sampling, "csv", transformation_ctx="in"
        )
        day = glue.create_sample_dynamic_frame_from_catalog(
            "raw", "flights", 1, {"maxSamplePartitions": 1}, transformation_ctx="flights"
        )
        assert numbers(some) == [0, 2]
        assert [row["day"] for row in day.toDF().collect()] == [1]
        run.commit()
    with begin():
        frame = GlueContext(spark).create_dynamic_frame.from_options(
            "s3", nested, format="csv", transformation_ctx="in"
        )
        assert numbers(frame) == [0, 1, 2, 3]


def test_a_script_without_a_catalog_has_no_tables(context: GlueContext) -> None:
    with pytest.raises(LaunchError, match="no catalog"):
        context.create_dynamic_frame.from_catalog("raw", "flights")
    with pytest.raises(LaunchError):
        current_run()
