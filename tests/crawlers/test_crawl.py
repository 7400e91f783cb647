"""Whole crawls: what is written, what a second one changes, and what stays as it was."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import deltalake
import pyarrow as pa
import pytest
from pyarrow import parquet

from gluepot.catalog.model import Cause, Database, Table
from gluepot.crawlers.model import ChangeKind, CrawlState
from tests.crawlers.conftest import new_bucket

if TYPE_CHECKING:
    from gluepot.crawlers.sources.config import S3Config
    from tests.crawlers.conftest import Desk, Place

CSV = "id,name\n1,a\n2,b\n"
ME = Cause(kind="cli", id="me")


def parquet_bytes(**columns: pa.Array) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def land(place: Place) -> None:
    """Write three tables: partitioned CSV, Parquet, and gzipped JSON lines."""
    for day in ("1", "2", "3"):
        place.put(f"raw/flights/year=2013/day={day}/f.csv", "dep,carrier\n517,UA\nNA,AA\n")
    place.put("raw/planes/planes.parquet", parquet_bytes(tail=["N1"], seats=pa.array([5])))
    rows = b'{"origin": "EWR", "temp": 39.02}\n{"origin": "JFK", "temp": 1}\n'
    place.put("raw/weather/w.json.gz", gzip.compress(rows))
    place.put("raw/_SUCCESS", "done")
    place.put("raw/.hidden/x.csv", "a,b\n1,2\n")


def test_a_crawl_registers_what_lies_there(desk: Desk, place: Place) -> None:
    land(place)

    crawl = desk.crawl(place, uri=f"{place.root}/raw")

    assert crawl.state is CrawlState.SUCCEEDED, crawl.error
    assert desk.tables() == ["flights", "planes", "weather"]
    assert desk.columns("flights") == {"dep": "bigint", "carrier": "string"}
    assert desk.keys("flights") == {"year": "int", "day": "int"}
    assert desk.values("flights") == [("2013", "1"), ("2013", "2"), ("2013", "3")]
    assert desk.columns("planes") == {"tail": "string", "seats": "bigint"}
    assert desk.columns("weather") == {"origin": "string", "temp": "double"}
    assert crawl.summary["objects_skipped"] == {"hidden": 2}


def test_crawling_again_changes_nothing(any_desk: Desk, folder: Place) -> None:
    land(folder)
    any_desk.crawl(folder, uri=f"{folder.root}/raw")

    again = any_desk.crawl(folder, uri=f"{folder.root}/raw")

    assert {report.change for report in again.tables} == {ChangeKind.NONE}
    assert again.summary["partitions_added"] == again.summary["partitions_changed"] == 0
    assert any_desk.versions("flights") == ["0"]
    assert not any_desk.plan(folder, uri=f"{folder.root}/raw").pending


def test_a_new_day_adds_a_partition_and_no_version(any_desk: Desk, folder: Place) -> None:
    land(folder)
    any_desk.crawl(folder, uri=f"{folder.root}/raw")
    folder.put("raw/flights/year=2013/day=4/f.csv", "dep,carrier\n600,DL\n")

    crawl = any_desk.crawl(folder, uri=f"{folder.root}/raw")

    assert any_desk.values("flights")[-1] == ("2013", "4")
    assert any_desk.versions("flights") == ["0"]
    assert crawl.summary["partitions_added"] == 1


def test_a_changed_file_makes_a_version_with_a_diff(any_desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", CSV)
    any_desk.crawl(folder, uri=f"{folder.root}/t")
    folder.put("t/a.csv", "id,name,born\n1.5,a,2001-02-03\n2,b,\n")

    crawl = any_desk.crawl(folder, uri=f"{folder.root}/t")

    assert any_desk.columns("t") == {"id": "double", "name": "string", "born": "date"}
    assert any_desk.versions("t") == ["0", "1"]
    newest = next(any_desk.catalog.list_versions("db", "t"))
    assert newest.cause == Cause(kind="crawl", id=crawl.id)
    assert newest.diff is not None
    assert [item.name for item in newest.diff.columns.added] == ["born"]
    assert any("born" in line for line in crawl.tables[0].diff)


def test_more_rows_of_the_same_shape_make_no_version(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", CSV)
    desk.crawl(folder, uri=f"{folder.root}/t")
    folder.put("t/a.csv", CSV + "3,c\n" * 100)
    folder.put("t/b.csv", CSV)

    desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.versions("t") == ["0"]


def test_a_plan_writes_nothing(desk: Desk, folder: Place) -> None:
    land(folder)

    plan = desk.plan(folder)

    assert plan.pending
    assert desk.tables() == []
    assert "every Parquet footer" in plan.summary["sampling"]


@pytest.mark.parametrize(
    ("text", "library", "parameters"),
    [
        (CSV, "lazy.LazySimpleSerDe", {"field.delim": ","}),
        (
            'id,name\n1,"a,b"\n2,b\n',
            "OpenCSVSerde",
            {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
        ),
        (
            "n,at\nNA,2013-01-01T10:00:00Z\n5,NA\n",
            "lazy.LazySimpleSerDe",
            {
                "field.delim": ",",
                "serialization.null.format": "NA",
                "timestamp.formats": "yyyy-MM-dd'T'HH:mm:ss'Z'",
            },
        ),
        ('{"b": 1, "a": 2}\n', "JsonSerDe", {"paths": "a,b"}),
    ],
)
def test_serdes_are_those_that_glue_writes(
    desk: Desk, folder: Place, text: str, library: str, parameters: dict[str, str]
) -> None:
    folder.put("t/a", text)

    desk.crawl(folder, uri=f"{folder.root}/t")

    storage = desk.catalog.get_table("db", "t").storage_descriptor
    assert storage is not None
    assert storage.serde_info is not None
    assert str(storage.serde_info.serialization_library).endswith(library)
    assert storage.serde_info.parameters == parameters
    assert storage.input_format == "org.apache.hadoop.mapred.TextInputFormat"


def test_parameters_are_those_that_glue_writes(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", CSV)

    crawl = desk.crawl(folder, uri=f"{folder.root}/t", exclusions=("**.tmp",))

    table = desk.catalog.get_table("db", "t")
    assert table.table_type == "EXTERNAL_TABLE"
    assert table.parameters == {
        "classification": "csv",
        "compressionType": "none",
        "typeOfData": "file",
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": "c",
        "CRAWL_RUN_ID": crawl.id,
        "sizeKey": str(len(CSV)),
        "objectCount": "1",
        "recordCount": "2",
        "averageRecordSize": str(len(CSV) // 2),
        "delimiter": ",",
        "columnsOrdered": "true",
        "areColumnsQuoted": "false",
        "skip.header.line.count": "1",
        "exclusions": '["**.tmp"]',
    }


def test_parquet_tables_have_hives_parquet_formats(desk: Desk, folder: Place) -> None:
    folder.put("t/a.parquet", parquet_bytes(n=pa.array([1])))

    desk.crawl(folder, uri=f"{folder.root}/t")

    storage = desk.catalog.get_table("db", "t").storage_descriptor
    assert storage is not None
    package = "org.apache.hadoop.hive.ql.io.parquet"
    assert storage.input_format == f"{package}.MapredParquetInputFormat"
    assert storage.output_format == f"{package}.MapredParquetOutputFormat"
    assert storage.serde_info is not None
    assert storage.serde_info.serialization_library == f"{package}.serde.ParquetHiveSerDe"
    assert storage.location == f"{folder.root}/t/"


def test_types_of_files_widen_and_conflicts_name_both_files(desk: Desk, folder: Place) -> None:
    folder.put("t/a.parquet", parquet_bytes(n=pa.array([1], pa.int32()), v=pa.array(["x"])))
    folder.put("t/b.parquet", parquet_bytes(n=pa.array([1.5]), v=pa.array(["y"])))
    for name in "cdefgh":
        folder.put(f"t/{name}.parquet", parquet_bytes(n=pa.array([1]), v=pa.array(["y"])))
    folder.put("t/z.parquet", parquet_bytes(n=pa.array([2]), v=pa.array([5])))

    crawl = desk.crawl(folder, uri=f"{folder.root}/t", combine_compatible_schemas=True)

    assert desk.columns("t") == {"n": "double", "v": "string"}
    conflict = next(text for text in crawl.warnings if text.startswith("column v"))
    assert "a.parquet" in conflict
    assert "z.parquet" in conflict


def test_one_odd_value_makes_a_column_text_and_not_a_second_table(
    desk: Desk, folder: Place
) -> None:
    folder.put("t/a.csv", CSV)
    folder.put("t/b.csv", "id,name\nx7,a\n8,b\n")

    crawl = desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.columns("t") == {"id": "string", "name": "string"}
    assert crawl.warnings == (
        "column id: a.csv has bigint, b.csv has string; it is registered as string",
    )


def test_columns_of_one_name_and_of_none_are_told_apart(desk: Desk, folder: Place) -> None:
    folder.put("t/a.json", '{"Id": 1, "id": 2, "": 3}\n')

    crawl = desk.crawl(folder, uri=f"{folder.root}/t")

    # The JSON serde knows names in lower case only, so both are one column to it.
    assert desk.columns("t") == {"id": "int", "_": "int"}
    assert any("'Id'" in text and "'id'" in text for text in crawl.warnings)


def test_lines_above_a_header_are_skipped_with_it(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", "# by hand\nid,name\n1,a\n2,b\n")

    desk.crawl(folder, uri=f"{folder.root}/t")

    assert (desk.catalog.get_table("db", "t").parameters or {})["skip.header.line.count"] == "2"


def test_a_partition_value_that_cannot_be_stored_is_left_out_by_name(
    desk: Desk, folder: Place
) -> None:
    folder.put("t/k=a/a.csv", CSV)
    folder.put("t/k=%01/a.csv", CSV)

    crawl = desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.values("t") == [("a",)]
    assert any("k=%01/ is left out" in text for text in crawl.warnings)


def test_what_people_wrote_survives_a_crawl(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", CSV)
    desk.crawl(folder, uri=f"{folder.root}/t")
    table = desk.catalog.get_table("db", "t")
    mine = {**(table.parameters or {}), "owner_team": "ops"}
    desk.catalog.update_table(replace(table, description="people", parameters=mine), ME)

    desk.crawl(folder, uri=f"{folder.root}/t")

    found = desk.catalog.get_table("db", "t")
    assert (found.description, found.version_id) == ("people", "1")
    assert (found.parameters or {})["owner_team"] == "ops"


def test_members_that_a_crawl_knows_nothing_of_survive_it(desk: Desk, folder: Place) -> None:
    folder.put("t/k=1/a.csv", CSV)
    desk.crawl(folder, uri=f"{folder.root}/t")
    table = desk.catalog.get_table("db", "t")
    storage = table.storage_descriptor
    assert storage is not None
    first, *rest = storage.columns or ()
    annotated = (replace(first, parameters={"iceberg.field.id": "1"}), *rest)
    mine = replace(
        table,
        storage_descriptor=replace(storage, columns=annotated, others={"SkewedInfo": {}}),
        others={"LastAccessTime": 1.5},
    )
    desk.catalog.update_table(mine, ME)
    (partition,) = desk.catalog.partitions.list("db", "t")
    read = replace(partition, others={"LastAnalyzedTime": 2.5})
    desk.catalog.partitions.update("db", "t", [read])
    folder.put("t/k=1/b.csv", CSV)

    desk.crawl(folder, uri=f"{folder.root}/t")

    found = desk.catalog.get_table("db", "t")
    assert found.others == {"LastAccessTime": 1.5}
    assert found.storage_descriptor is not None
    assert found.storage_descriptor.others == {"SkewedInfo": {}}
    assert (found.storage_descriptor.columns or ())[0] == annotated[0]
    (partition,) = desk.catalog.partitions.list("db", "t")
    assert partition.others == {"LastAnalyzedTime": 2.5}
    assert (partition.parameters or {})["objectCount"] == "2"


def test_a_table_of_another_place_is_never_touched(desk: Desk, folder: Place) -> None:
    desk.catalog.create_database(Database(name="db"))
    desk.catalog.create_table(Table(database_name="db", name="t", description="mine"), ME)
    folder.put("t/a.csv", CSV)

    desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.catalog.get_table("db", "t").version_id == "0"
    assert [len(name) for name in desk.tables()] == [1, 34]


@pytest.mark.parametrize(
    ("behavior", "partitions", "marked"),
    [("DEPRECATE_IN_DATABASE", 2, True), ("DELETE_FROM_DATABASE", 1, False), ("LOG", 2, False)],
)
def test_partitions_whose_objects_are_gone_follow_the_policy(
    desk: Desk, folder: Place, behavior: str, partitions: int, *, marked: bool
) -> None:
    uris = [folder.put(f"t/day={day}/a.csv", CSV) for day in (1, 2)]
    desk.crawl(folder, uri=f"{folder.root}/t")
    folder.source.delete(uris[1:])

    for _ in range(2):
        crawl = desk.crawl(folder, uri=f"{folder.root}/t", delete_behavior=behavior)

    found = list(desk.catalog.partitions.list("db", "t"))
    assert len(found) == partitions
    assert ("DEPRECATED_BY_CRAWLER" in (found[-1].parameters or {})) is marked
    assert crawl.summary["partitions_removed"] == 0


@pytest.mark.parametrize(
    ("behavior", "tables", "versions"),
    [("DEPRECATE_IN_DATABASE", 2, 2), ("DELETE_FROM_DATABASE", 1, 0), ("LOG", 2, 1)],
)
def test_tables_whose_objects_are_gone_follow_the_policy(
    desk: Desk, folder: Place, behavior: str, tables: int, versions: int
) -> None:
    folder.put("a/x.csv", CSV)
    gone = folder.put("b/x.json", '{"k": 1}\n')
    desk.crawl(folder)
    folder.source.delete([gone])

    for _ in range(2):
        desk.crawl(folder, delete_behavior=behavior)

    assert len(desk.tables()) == tables
    if versions:
        assert len(desk.versions("b")) == versions


def test_a_deprecated_table_that_comes_back_is_as_before(desk: Desk, folder: Place) -> None:
    folder.put("a/x.csv", CSV)
    gone = folder.put("b/x.json", '{"k": 1}\n')
    desk.crawl(folder)
    folder.source.delete([gone])
    desk.crawl(folder)
    folder.put("b/x.json", '{"k": 1}\n')

    desk.crawl(folder)

    assert "DEPRECATED_BY_CRAWLER" not in (desk.catalog.get_table("db", "b").parameters or {})


def test_log_only_leaves_a_changed_table_and_says_so(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", CSV)
    desk.crawl(folder, uri=f"{folder.root}/t")
    folder.put("t/a.csv", "id,name,x\n1,a,5\n2,b,6\n")

    crawl = desk.crawl(folder, uri=f"{folder.root}/t", update_behavior="LOG")

    assert desk.versions("t") == ["0"]
    assert any("only logs" in text for text in crawl.warnings)


def test_new_partition_keys_replace_the_old_partitions(any_desk: Desk, folder: Place) -> None:
    old = [folder.put(f"t/day={day}/a.csv", CSV) for day in (1, 2)]
    any_desk.crawl(folder, uri=f"{folder.root}/t")
    folder.source.delete(old)
    for day in (1, 2):
        folder.put(f"t/month=1/day={day}/a.csv", CSV)

    any_desk.crawl(folder, uri=f"{folder.root}/t")

    assert any_desk.keys("t") == {"month": "int", "day": "int"}
    assert any_desk.values("t") == [("1", "1"), ("1", "2")]


def test_a_key_type_widens_when_a_value_asks_for_it_and_never_narrows(
    any_desk: Desk, folder: Place
) -> None:
    folder.put("t/k=1/a.csv", CSV)
    wide = folder.put("t/k=x/a.csv", CSV)
    any_desk.crawl(folder, uri=f"{folder.root}/t")
    folder.source.delete([wide])

    any_desk.crawl(folder, uri=f"{folder.root}/t", delete_behavior="DELETE_FROM_DATABASE")

    assert any_desk.keys("t") == {"k": "string"}
    assert any_desk.versions("t") == ["0"]


def test_exclusions_and_skipped_objects_are_counted(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", CSV)
    folder.put("t/b.tmp", "junk")
    folder.put("t/empty.csv", "")
    folder.put("t/_temporary/x.csv", CSV)

    crawl = desk.crawl(folder, uri=f"{folder.root}/t", exclusions=("**.tmp",))

    assert crawl.summary["objects_skipped"] == {"excluded": 1, "empty": 1, "hidden": 1}
    assert crawl.summary["objects"] == 1


def test_archived_objects_are_skipped_counted_and_reported(desk: Desk, moto_s3: S3Config) -> None:
    bucket_place = new_bucket(moto_s3)
    bucket_place.put("t/a.csv", CSV)
    client = bucket_place.source._client  # type: ignore[attr-defined]
    bucket = bucket_place.root.removeprefix("s3://")
    client.put_object(Bucket=bucket, Key="t/b.csv", Body=b"x", StorageClass="GLACIER")

    crawl = desk.crawl(bucket_place, uri=f"{bucket_place.root}/t")

    assert crawl.summary["objects_skipped"] == {"archived": 1}
    assert any("archived" in text for text in crawl.warnings)


def test_a_damaged_delta_table_is_named_and_its_files_are_no_table_of_their_own(
    desk: Desk, folder: Place
) -> None:
    folder.put("d/_delta_log/00000000000000000000.json", "{}")
    folder.put("d/part-0.parquet", parquet_bytes(n=pa.array([1])))
    folder.put("t/a.csv", CSV)

    crawl = desk.crawl(folder)

    assert desk.tables() == ["t"]
    assert f"{folder.root}/d" in crawl.warnings[0]
    assert "is in no table" in crawl.warnings[0]
    assert crawl.summary["objects_skipped"] == {"of a table that tells its files itself": 1}


def test_a_delta_table_among_other_folders_is_registered_by_its_log(
    desk: Desk, place: Place
) -> None:
    place.put("raw/t/a.csv", CSV)
    options = (
        {}
        if place.s3.endpoint_url is None
        else {
            "AWS_ENDPOINT_URL": place.s3.endpoint_url,
            "AWS_ACCESS_KEY_ID": place.s3.access_key_id or "",
            "AWS_SECRET_ACCESS_KEY": place.s3.secret_access_key or "",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
            "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
        }
    )
    deltalake.write_deltalake(
        f"{place.root}/raw/orders",
        pa.table({"id": [1, 2], "day": ["a", "b"]}),
        partition_by=["day"],
        storage_options=options,
    )

    desk.crawl(place, uri=f"{place.root}/raw/")

    assert desk.tables() == ["orders", "t"]
    assert (desk.catalog.get_table("db", "orders").parameters or {})["classification"] == "delta"
    assert set(desk.columns("orders")) >= {"id"}


def test_the_record_is_kept_and_explains(any_desk: Desk, folder: Place) -> None:
    land(folder)

    crawl = any_desk.crawl(folder, uri=f"{folder.root}/raw")

    assert any_desk.crawlers.get_crawl(crawl.id) == crawl
    _, report = any_desk.crawlers.explain_table("DB", "Flights")
    reasons = {column.name: column.reason for column in report.columns}
    assert "'NA' taken for null" in reasons["dep"]
    assert "all 3 values" in reasons["day"]
    assert any("header" in reason for reason in report.reasons)
