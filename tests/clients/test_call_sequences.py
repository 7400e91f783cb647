"""Calls of clients that cannot run here, in the order and the shapes in which they make them.

Source: Trino's Glue metastore, AWS's Hive and Spark client, dbt-athena, Airflow's and Terraform's
AWS providers.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

SEGMENTS = 10
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
STORAGE: dict[str, Any] = {
    "Columns": [{"Name": "id", "Type": "bigint", "Comment": "", "Parameters": {"trino_type": "x"}}],
    "Location": "s3://b/t/",
    "InputFormat": f"{PARQUET}.MapredParquetInputFormat",
    "OutputFormat": f"{PARQUET}.MapredParquetOutputFormat",
    "Compressed": False,
    "NumberOfBuckets": 0,
    "SerdeInfo": {"SerializationLibrary": f"{PARQUET}.serde.ParquetHiveSerDe", "Parameters": {}},
    "BucketColumns": [],
    "SortColumns": [],
    "Parameters": {},
    "SkewedInfo": {"SkewedColumnNames": [], "SkewedColumnValueLocationMaps": {}},
    "StoredAsSubDirectories": False,
}
KEYS = [{"Name": "region", "Type": "string"}, {"Name": "day", "Type": "date"}]


def table_input(name: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "Name": name,
        "StorageDescriptor": STORAGE,
        "PartitionKeys": KEYS,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE"},
        **members,
    }


@pytest.fixture
def table(glue: Any) -> Any:  # noqa: ANN401
    """Return the client after ``db.t`` with 84 partitions was made."""
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput=table_input("t"))
    entries = [
        {
            "Values": [f"r{number % 3}", f"2024-01-{number % 28 + 1:02}"],
            "StorageDescriptor": STORAGE,
        }
        for number in range(84)
    ]
    for at in range(0, len(entries), 50):
        found = glue.batch_create_partition(
            DatabaseName="db", TableName="t", PartitionInputList=entries[at : at + 50]
        )
        assert found["Errors"] == []
    return glue


def test_hive_and_trino_read_partitions_by_segments_at_the_same_time(table: Any) -> None:  # noqa: ANN401
    def read(segment: int) -> list[tuple[str, ...]]:
        pages = table.get_paginator("get_partitions").paginate(
            DatabaseName="db",
            TableName="t",
            Expression="(region = 'r1' OR region = 'r2') AND day >= '2024-01-10'",
            Segment={"SegmentNumber": segment, "TotalSegments": SEGMENTS},
            ExcludeColumnSchema=True,
            PaginationConfig={"PageSize": 5},
        )
        found = [item for page in pages for item in page["Partitions"]]
        assert all("Columns" not in item["StorageDescriptor"] for item in found)
        return [tuple(item["Values"]) for item in found]

    with ThreadPoolExecutor(SEGMENTS) as pool:
        segments = list(pool.map(read, range(SEGMENTS)))

    values = sorted(value for segment in segments for value in segment)
    days = [f"2024-01-{day:02}" for day in range(10, 29)]
    assert values == sorted((region, day) for region in ("r1", "r2") for day in days)


def test_hive_falls_back_to_single_partitions_where_a_batch_names_errors(table: Any) -> None:  # noqa: ANN401
    there, new = ["r0", "2024-01-01"], ["r9", "2024-01-01"]
    entries = [{"Values": values, "StorageDescriptor": STORAGE} for values in (there, new)]

    made = table.batch_create_partition(
        DatabaseName="db", TableName="t", PartitionInputList=entries
    )
    asked = table.batch_get_partition(
        DatabaseName="db",
        TableName="t",
        PartitionsToGet=[{"Values": new}, {"Values": ["none", "2024-01-01"]}],
    )
    gone = table.batch_delete_partition(
        DatabaseName="db",
        TableName="t",
        PartitionsToDelete=[{"Values": new}, {"Values": ["none", "2024-01-01"]}],
    )

    (error,) = made["Errors"]
    assert error["PartitionValues"] == there
    assert error["ErrorDetail"]["ErrorCode"] == "AlreadyExistsException"
    assert [item["Values"] for item in asked["Partitions"]] == [new]
    assert asked["UnprocessedKeys"] == []
    (missing,) = gone["Errors"]
    assert missing["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"


def test_trino_writes_column_statistics_by_chunks_and_reads_them_back(table: Any) -> None:  # noqa: ANN401
    columns = [{"Name": f"c{number}", "Type": "bigint"} for number in range(150)]
    wide = table_input("wide", StorageDescriptor={**STORAGE, "Columns": columns})
    table.create_table(DatabaseName="db", TableInput=wide)
    values = ["r0", "2024-01-01"]
    table.create_partition(
        DatabaseName="db",
        TableName="wide",
        PartitionInput={"Values": values, "StorageDescriptor": STORAGE},
    )
    statistics = [
        {
            "ColumnName": column["Name"],
            "ColumnType": "bigint",
            "AnalyzedTime": 1_700_000_000,
            "StatisticsData": {
                "Type": "LONG",
                "LongColumnStatisticsData": {
                    "MinimumValue": -number,
                    "MaximumValue": number,
                    "NumberOfNulls": 0,
                    "NumberOfDistinctValues": 2,
                },
            },
        }
        for number, column in enumerate(columns)
    ]
    names = [column["Name"] for column in columns]
    at = {"DatabaseName": "db", "TableName": "wide"}
    for where, kind in ((at, "table"), ({**at, "PartitionValues": values}, "partition")):
        update = getattr(table, f"update_column_statistics_for_{kind}")
        get = getattr(table, f"get_column_statistics_for_{kind}")
        for place in range(0, 150, 25):
            done = update(**where, ColumnStatisticsList=statistics[place : place + 25])
            assert done["Errors"] == []
        found = [
            item
            for place in range(0, 150, 100)
            for item in get(**where, ColumnNames=names[place : place + 100])["ColumnStatisticsList"]
        ]

        read = {
            item["ColumnName"]: item["StatisticsData"]["LongColumnStatisticsData"]["MinimumValue"]
            for item in found
        }
        assert read == {f"c{number}": -number for number in range(150)}
        getattr(table, f"delete_column_statistics_for_{kind}")(**where, ColumnName="c0")
        left = get(**where, ColumnNames=["c0", "c1"])
        assert [item["ColumnName"] for item in left["ColumnStatisticsList"]] == ["c1"]


def test_trino_keeps_a_function_in_pieces(table: Any) -> None:  # noqa: ANN401
    uris = [{"ResourceType": "FILE", "Uri": f"{number}:{'x' * 1000}"} for number in range(3)]
    function = {
        "FunctionName": "trino__f__1",
        "ClassName": "TrinoFunction",
        "OwnerType": "USER",
        "OwnerName": "me",
        "ResourceUris": uris,
    }
    table.create_user_defined_function(DatabaseName="db", FunctionInput=function)
    table.update_user_defined_function(
        DatabaseName="db", FunctionName="trino__f__1", FunctionInput=function
    )

    pages = table.get_paginator("get_user_defined_functions")
    found = [
        item
        for page in pages.paginate(DatabaseName="db", Pattern="trino__.*")
        for item in page["UserDefinedFunctions"]
    ]

    assert [item["FunctionName"] for item in found] == ["trino__f__1"]
    assert found[0]["ResourceUris"] == uris
    table.delete_user_defined_function(DatabaseName="db", FunctionName="trino__f__1")
    with pytest.raises(table.exceptions.EntityNotFoundException):
        table.get_user_defined_function(DatabaseName="db", FunctionName="trino__f__1")


def test_iceberg_and_trino_update_without_keeping_versions(table: Any) -> None:  # noqa: ANN401
    at = {"DatabaseName": "db", "Name": "t"}
    before = table.get_table(**at)["Table"]["VersionId"]

    table.update_table(
        DatabaseName="db",
        TableInput=table_input("t", Parameters={"metadata_location": "s3://b/1"}),
        SkipArchive=True,
        VersionId=before,
    )

    after = table.get_table(**at)["Table"]
    assert after["VersionId"] != before
    with pytest.raises(table.exceptions.ConcurrentModificationException):
        table.update_table(
            DatabaseName="db", TableInput=table_input("t"), SkipArchive=True, VersionId=before
        )
    assert table.get_table(**at)["Table"]["Parameters"] == {"metadata_location": "s3://b/1"}


def test_terraform_reads_back_what_it_wrote_and_nothing_else(glue: Any) -> None:  # noqa: ANN401
    """Whatever is absent stays absent and whatever is empty stays empty: else it sees a drift."""
    plain: dict[str, Any] = {"Name": "plain"}
    full = {
        "Name": "full",
        "Description": "",
        "LocationUri": "s3://b/full/",
        "Parameters": {},
    }
    for database in (plain, full):
        glue.create_database(DatabaseInput=database)
        found = glue.get_database(Name=database["Name"])["Database"]
        made = {"CreateTime", "CatalogId", "CreateTableDefaultPermissions"}
        assert {key: found[key] for key in found.keys() - made} == database
    bare = {"Name": "bare"}
    rich = table_input("rich", Description="", Owner="me", Retention=0, Parameters={})
    for wanted in (bare, rich):
        glue.create_table(DatabaseName="plain", TableInput=wanted)
        found = glue.get_table(DatabaseName="plain", Name=wanted["Name"])["Table"]
        assert {key: found.get(key) for key in wanted} == wanted
        assert {"Description", "Owner", "PartitionKeys", "StorageDescriptor"} & (
            found.keys() - wanted.keys()
        ) == set()
        indexes = glue.get_partition_indexes(DatabaseName="plain", TableName=wanted["Name"])
        assert indexes["PartitionIndexDescriptorList"] == []
    with pytest.raises(ClientError, match="Table none not found"):
        glue.get_partition_indexes(DatabaseName="plain", TableName="none")


def test_terraform_makes_a_table_with_its_indexes_and_tags(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "db"}, Tags={"team": "a"})
    glue.create_table(
        DatabaseName="db",
        TableInput=table_input("t"),
        PartitionIndexes=[{"IndexName": "by_region", "Keys": ["region"]}],
    )

    (index,) = glue.get_partition_indexes(DatabaseName="db", TableName="t")[
        "PartitionIndexDescriptorList"
    ]
    arn = "arn:aws:glue:us-east-1:000000000000:database/db"

    assert (index["IndexName"], index["Keys"][0]["Name"]) == ("by_region", "region")
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "a"}
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"team": "b", "x": "1"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["x"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "b"}


def test_dbt_swaps_a_tables_version_and_expires_old_ones(table: Any) -> None:  # noqa: ANN401
    for number in range(3):
        changed = table_input("t", Parameters={"run": str(number)})
        table.update_table(DatabaseName="db", TableInput=changed)
    at = {"DatabaseName": "db", "TableName": "t"}
    pages = table.get_paginator("get_table_versions").paginate(**at)
    versions = [item["VersionId"] for page in pages for item in page["TableVersions"]]
    assert versions == ["3", "2", "1", "0"]

    for version in versions[2:]:
        table.delete_table_version(**at, VersionId=version)

    left = table.get_table_versions(**at)["TableVersions"]
    assert [item["VersionId"] for item in left] == ["3", "2"]
    assert left[0]["Table"]["Parameters"] == {"run": "2"}


def test_hive_makes_the_default_database_once_and_lists_by_pattern(glue: Any) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_database(Name="default")
    glue.create_database(DatabaseInput={"Name": "default", "Description": "Default Hive database"})
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": "default"})
    for name in ("sales_a", "sales_b", "other"):
        glue.create_table(DatabaseName="default", TableInput=table_input(name))

    found = glue.get_tables(DatabaseName="default", Expression="sales_.*")["TableList"]

    assert [item["Name"] for item in found] == ["sales_a", "sales_b"]


def test_airflow_makes_or_updates_a_job_and_a_crawler(glue: Any) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_job(JobName="j")
    command = {"Name": "glueetl", "ScriptLocation": "s3://b/j.py"}
    assert glue.create_job(Name="j", Role="r", Command=command)["Name"] == "j"
    glue.update_job(JobName="j", JobUpdate={"Role": "r2", "Command": command})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_crawler(Name="c")
    targets = {"S3Targets": [{"Path": "s3://b/raw/"}]}
    glue.create_crawler(Name="c", Role="r", DatabaseName="db", Targets=targets)
    glue.update_crawler(Name="c", Description="changed")

    assert glue.get_job(JobName="j")["Job"]["Role"] == "r2"
    crawler = glue.get_crawler(Name="c")["Crawler"]
    assert (crawler["State"], crawler["Description"]) == ("READY", "changed")
    metrics = glue.get_crawler_metrics(CrawlerNameList=["c"])["CrawlerMetricsList"]
    assert [item["CrawlerName"] for item in metrics] == ["c"]
