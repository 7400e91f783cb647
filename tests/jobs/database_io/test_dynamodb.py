from __future__ import annotations

import gzip
import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.databases.pacing import Pacer
from gluepot.jobs.database_io.aws_login import AwsLogin
from gluepot.jobs.database_io.dynamodb_put import Put
from gluepot.jobs.database_io.dynamodb_scan import Scan
from gluepot.jobs.database_io.reading import read_database
from gluepot.jobs.database_io.writing import write_database
from gluepot.jobs.errors import SinkError, SourceError
from gluepot.transforms import gluetypes
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.context import GlueContext
    from tests.jobs.conftest import Lake

LOGIN = AwsLogin(region="us-east-1")


@pytest.fixture
def dynamodb(moto_s3: S3Config, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    """Return a client of moto's DynamoDB, which the environment leads everybody to."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", str(moto_s3.endpoint_url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def table(dynamodb: Any) -> str:  # noqa: ANN401
    """Return the name of a new table with the key ``id``, a number."""
    name = f"t{uuid.uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def put(dynamodb: Any, table: str, *items: Mapping[str, Any]) -> None:  # noqa: ANN401
    for item in items:
        dynamodb.put_item(TableName=table, Item=item)


def read(context: GlueContext, table: str, **more: Any) -> DynamicFrame:  # noqa: ANN401
    options = {"dynamodb.input.tableName": table, **more}
    return read_database(context, "dynamodb", options)


def test_items_of_all_segments_are_read_with_choices_of_their_types(
    glue_context: GlueContext,
    dynamodb: Any,  # noqa: ANN401
    table: str,
) -> None:
    put(dynamodb, table, *({"id": {"N": str(at)}} for at in range(30)))
    put(
        dynamodb,
        table,
        {"id": {"N": "100"}, "v": {"S": "x"}, "m": {"M": {"a": {"NS": ["1", "5000000000"]}}}},
        {"id": {"N": "5000000000"}, "v": {"N": "7"}, "l": {"L": [{"N": "1.5"}, {"NULL": True}]}},
        {"id": {"N": "101"}, "v": {"N": "5000000000"}, "b": {"BOOL": True}, "raw": {"B": b"z"}},
    )

    frame = read(glue_context, table, **{"dynamodb.splits": "3"})

    types = {field.name: field.dataType for field in frame.schema()}
    assert isinstance(types["id"], gluetypes.LongType)
    assert isinstance(types["v"], gluetypes.ChoiceType)
    assert set(types["v"].choices) == {"long", "string"}
    rows = {row["id"]: row for row in frame.toDF().collect()}
    assert len(rows) == 33
    assert (rows[100]["v"]["string"], rows[5000000000]["v"]["long"]) == ("x", 7)
    assert sorted(rows[100]["m"]["a"]) == [1, 5000000000]
    assert rows[5000000000]["l"] == [1.5, None]
    assert (rows[101]["b"], bytes(rows[101]["raw"]), rows[101]["v"]["long"]) == (
        True,
        b"z",
        5000000000,
    )


def test_what_is_read_can_be_written_back(
    glue_context: GlueContext,
    spark: SparkSession,
    dynamodb: Any,  # noqa: ANN401
    table: str,
) -> None:
    put(dynamodb, table, {"id": {"N": "1"}, "v": {"S": "x"}}, {"id": {"N": "2"}, "v": {"N": "3"}})
    options = {"dynamodb.output.tableName": table, "dynamodb.output.numParallelTasks": "1"}

    write_database(read(glue_context, table), "dynamodb", options)
    many = spark.sql(
        "SELECT 1 + id % 60 id, timestamp'2024-05-01 12:00:00' at, map('k', id) m,"
        " struct(1.5bd x, null y) s, array('a', null) l, null nothing FROM range(100)"
    )
    write_database(DynamicFrame(many.where("id > 2")), "dynamodb", options)

    items = {int(item["id"]["N"]): item for item in dynamodb.scan(TableName=table)["Items"]}
    assert (items[1]["v"], items[2]["v"], len(items)) == ({"S": "x"}, {"N": "3"}, 60)
    kept = items[60]
    assert kept["at"] == {"S": "2024-05-01 12:00:00"}
    assert kept["s"] == {"M": {"x": {"N": "1.5"}}}
    assert kept["l"] == {"L": [{"S": "a"}, {"NULL": True}]}
    assert "nothing" not in kept


def test_a_table_that_is_not_there_is_told(
    glue_context: GlueContext,
    spark: SparkSession,
    dynamodb: Any,  # noqa: ANN401, ARG001
) -> None:
    with pytest.raises(SourceError, match=r"nowhere.*ResourceNotFoundException"):
        read(glue_context, "nowhere")
    with pytest.raises(SinkError, match=r"nowhere.*ResourceNotFoundException"):
        write_database(
            DynamicFrame(spark.range(1)), "dynamodb", {"dynamodb.output.tableName": "nowhere"}
        )


def test_a_row_without_its_key_is_told(spark: SparkSession, table: str) -> None:
    with pytest.raises(SinkError, match="ValueError: a row has no value in 'id', a key of"):
        write_database(
            DynamicFrame(spark.sql("SELECT 1 other")),
            "dynamodb",
            {"dynamodb.output.tableName": table},
        )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"dynamodb.splits": "0"}, "dynamodb.splits is a whole number from 1 to 1000000"),
        ({"dynamodb.throughput.read.percent": "2"}, "from 0.1 to 1.5"),
        ({"dynamodb.split": "1"}, "Did you mean 'dynamodb.splits'"),
        ({"dynamodb.export": "x", "dynamodb.s3.bucket": "b"}, "is ddb or s3"),
    ],
)
def test_wrong_options_are_refused(
    glue_context: GlueContext, options: dict[str, str], told: str
) -> None:
    with pytest.raises(InvalidInputError, match=told):
        read(glue_context, "t", **options)


class Replies:
    """A client that gives replies in their turn, and keeps what it was asked."""

    def __init__(self, *replies: dict[str, Any]) -> None:
        self.replies = list(replies)
        self.asked: list[dict[str, Any]] = []

    def scan(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401, D102
        self.asked.append(request)
        return self.replies.pop(0)

    batch_write_item = export_table_to_point_in_time = describe_export = scan


def test_a_scan_keeps_to_its_share_of_the_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    used = {"Items": [], "ConsumedCapacity": {"CapacityUnits": 20.0}}
    client = Replies(used | {"LastEvaluatedKey": {"id": 1}}, used)
    monkeypatch.setattr(
        "gluepot.jobs.database_io.dynamodb_scan.Pacer",
        lambda rate: Pacer(rate, clock=lambda: 100.0, sleep=slept.append),
    )
    scan = Scan(login=LOGIN, table="t", segments=2, units_per_second=10.0, page_items=5)

    assert list(scan.pages(client, 1)) == [[], []]
    assert slept == [2.0]
    assert client.asked[1]["ExclusiveStartKey"] == {"id": 1}
    assert client.asked[0] | {"Segment": 1, "TotalSegments": 2, "Limit": 5} == client.asked[0]


def test_items_that_were_left_are_put_again_until_the_tries_are_used_up() -> None:
    slept: list[float] = []
    left = {"UnprocessedItems": {"t": [{"PutRequest": {"Item": {"id": {"N": "2"}}}}]}}
    sink = Put(login=LOGIN, table="t", keys=("id",), kind="", units_per_second=1e9, retries=2)
    items = [{"id": {"N": "1"}}, {"id": {"N": "2"}}]

    client = Replies(left, left, {})
    sink.put(client, items, Pacer(1e9), slept.append)
    assert client.asked[2]["RequestItems"] == left["UnprocessedItems"]
    assert 0 < slept[0] < slept[1]

    with pytest.raises(RuntimeError, match=r"1 items .* after 3 tries"):
        sink.put(Replies(left, left, left), items, Pacer(1e9), slept.append)


def export(lake: Lake, number: str, *items: dict[str, Any]) -> None:
    text = "\n".join(json.dumps({"Item": item}) for item in items)
    folder = f"exports/AWSDynamoDB/{number}"
    lake.put(f"{folder}/data/a.json.gz", gzip.compress(text.encode()))
    lake.put(f"{folder}/manifest-summary.json", "{}")


def test_an_export_is_read_as_it_is_or_as_what_it_stands_for(
    glue_context: GlueContext, lake: Lake
) -> None:
    export(lake, "01-a", {"id": {"N": "1"}, "m": {"M": {"a": {"S": "x"}}}})
    options = {
        "dynamodb.export": "s3",
        "dynamodb.s3.bucket": lake.bucket,
        "dynamodb.s3.prefix": "exports",
    }

    raw = read_database(glue_context, "dynamodb", options)
    simple = read_database(
        glue_context, "dynamodb", {**options, "dynamodb.simplifyDDBJson": "true"}
    )
    flat = read_database(glue_context, "dynamodb", {**options, "dynamodb.unnestDDBJson": True})

    assert raw.toDF().select("Item.id.N").collect()[0][0] == "1"
    assert simple.toDF().collect()[0].m.a == "x"
    assert flat.toDF().columns == ["id", "m.a"]

    export(lake, "02-b", {"id": {"N": "1"}})
    with pytest.raises(SourceError, match=r"2 exports, 01-a, 02-b"):
        read_database(glue_context, "dynamodb", options)


def test_an_export_is_made_waited_for_and_read(
    glue_context: GlueContext, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(lake, "01-a", {"id": {"N": "1"}, "d": {"N": "1.5"}})
    export(lake, "02-b", {"id": {"N": "2"}})
    begun = {"ExportArn": "arn:export", "ExportStatus": "IN_PROGRESS"}
    manifest = "exports/AWSDynamoDB/01-a/manifest-files.json"
    made = {**begun, "ExportStatus": "COMPLETED", "ExportManifest": manifest}
    client = Replies({"ExportDescription": begun}, {"ExportDescription": made})
    place = "gluepot.jobs.database_io"
    monkeypatch.setattr(f"{place}.dynamodb_table.open_client", lambda *_: client)
    monkeypatch.setattr(f"{place}.dynamodb_export._POLL_SECONDS", 0.0)

    frame = read_database(glue_context, "dynamodb", export_options(lake.bucket, "arn:t"))

    assert [row["d"] for row in frame.toDF().collect()] == ["1.5"]
    assert client.asked[0] == {
        "TableArn": "arn:t",
        "S3Bucket": lake.bucket,
        "S3Prefix": "made",
        "ExportFormat": "DYNAMODB_JSON",
    }


def test_an_export_that_fails_says_why(
    glue_context: GlueContext,
    dynamodb: Any,  # noqa: ANN401
    table: str,
) -> None:
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]

    with pytest.raises(SourceError, match=r"cannot be exported: .*PointInTimeRecovery"):
        read_database(glue_context, "dynamodb", export_options("nowhere", arn))


def export_options(bucket: str, arn: str) -> dict[str, Any]:
    return {
        "dynamodb.export": "ddb",
        "dynamodb.tableArn": arn,
        "dynamodb.s3.bucket": bucket,
        "dynamodb.s3.prefix": "made",
        "dynamodb.unnestDDBJson": True,
    }
