"""What is looked at again: new folders only, or what a bucket's events tell."""

from __future__ import annotations

import gzip
import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import deltalake
import pyarrow as pa
import pytest

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.model import Crawler, CrawlState
from gluepot.crawlers.sources.s3 import S3Objects
from gluepot.crawlers.targets import Target
from tests.crawlers.conftest import new_bucket
from tests.crawlers.test_memory import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.objects import ObjectInfo
    from tests.crawlers.conftest import Desk, Place

CSV = "id,amount\n1,2.5\n2,3.5\n"
ONLY_NEW = {
    "recrawl_behavior": "CRAWL_NEW_FOLDERS_ONLY",
    "update_behavior": "LOG",
    "delete_behavior": "LOG",
}


def fill(place: Place) -> None:
    for day in range(1, 4):
        place.put(f"sales/day={day}/a.csv", CSV)


def test_new_folders_join_and_everything_else_stays_unseen(desk: Desk, folder: Place) -> None:
    fill(folder)
    desk.crawl(folder, **ONLY_NEW)
    folder.put("sales/day=1/a.csv", "id,amount,late\n1,2,3\n4,5,6\n")
    folder.source.delete([f"{folder.root}/sales/day=2/a.csv"])
    folder.put("sales/day=4/a.csv", CSV)
    folder.put("people/a.json", '{"id": 1}\n')

    crawl = desk.crawl(folder, **ONLY_NEW)

    assert crawl.summary["objects_read"] == 2
    assert sorted(desk.values("sales")) == [("1",), ("2",), ("3",), ("4",)]
    assert desk.columns("sales") == {"id": "bigint", "amount": "double"}
    assert desk.tables() == ["people", "sales"]
    assert desk.versions("sales") == ["0"]


def test_a_new_folder_that_does_not_fit_its_table_is_left_out(desk: Desk, folder: Place) -> None:
    fill(folder)
    desk.crawl(folder, **ONLY_NEW)
    folder.put("sales/day=4/a.csv", "id,amount\nx,words\ny,words\n")

    crawl = desk.crawl(folder, **ONLY_NEW)

    assert ("4",) not in desk.values("sales")
    assert any("sales" in text for text in crawl.warnings)


class Queue:
    """A queue of moto's, and what S3 would send to it."""

    def __init__(self, s3: S3Config) -> None:
        self.client: Any = boto3.client(
            "sqs",
            endpoint_url=s3.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=s3.access_key_id,
            aws_secret_access_key=s3.secret_access_key,
        )
        name = f"q-{uuid.uuid4().hex}"
        self.url = self.client.create_queue(QueueName=name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"

    def tell(self, uri: str, *, event: str = "ObjectCreated:Put") -> None:
        """Send what S3 sends when an object has changed."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        record = {
            "eventSource": "aws:s3",
            "eventName": event,
            "s3": {"bucket": {"name": bucket}, "object": {"key": key, "sequencer": "01"}},
        }
        self.client.send_message(QueueUrl=self.url, MessageBody=json.dumps({"Records": [record]}))

    def left(self) -> int:
        """Return how many messages are in the queue, hidden ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)


@pytest.fixture
def lake(moto_s3: S3Config) -> Place:
    place = new_bucket(moto_s3)
    return replace(place, s3=replace(place.s3, sqs_endpoint_url=moto_s3.endpoint_url))


@pytest.fixture
def queue(moto_s3: S3Config) -> Queue:
    return Queue(moto_s3)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the places that are listed from now on."""
    places: list[str] = []
    list_pages = S3Objects.list_pages

    def noted(self: S3Objects, uri: str) -> Iterator[Sequence[ObjectInfo]]:
        places.append(uri)
        return list_pages(self, uri)

    monkeypatch.setattr(S3Objects, "list_pages", noted)
    return places


def crawler(place: Place, queue: Queue) -> dict[str, Any]:
    target = Target(uri=f"{place.root}/", event_queue_arn=queue.arn)
    return {"targets": (target,), "recrawl_behavior": "CRAWL_EVENT_MODE"}


def test_events_tell_which_folders_are_looked_at(
    desk: Desk, lake: Place, queue: Queue, listed: list[str]
) -> None:
    fill(lake)
    first = desk.crawl(lake, **crawler(lake, queue))
    listed.clear()
    for name in ("sales/day=3/b.csv", "sales/day=4/a.csv"):
        queue.tell(lake.put(name, CSV))
    queue.tell(f"{lake.root}/sales/day=2/a.csv", event="ObjectRemoved:Delete")
    lake.source.delete([f"{lake.root}/sales/day=2/a.csv"])

    crawl = desk.crawl(lake, **crawler(lake, queue), delete_behavior="DELETE_FROM_DATABASE")

    assert first.summary["objects"] == 3
    assert sorted(listed) == [f"{lake.root}/sales/day={day}/" for day in (2, 3, 4)]
    assert (crawl.summary["objects"], crawl.summary["objects_read"]) == (4, 3)
    assert sorted(desk.values("sales")) == [("1",), ("3",), ("4",)]
    assert queue.left() == 0


def test_without_events_nothing_is_listed(
    desk: Desk, lake: Place, queue: Queue, listed: list[str]
) -> None:
    fill(lake)
    desk.crawl(lake, **crawler(lake, queue))
    listed.clear()

    crawl = desk.crawl(lake, **crawler(lake, queue))

    assert crawl.state is CrawlState.SUCCEEDED
    assert listed == []
    assert [table.change for table in crawl.tables] == ["NONE"]


def test_events_of_a_crawl_that_fails_come_back(
    desk: Desk, lake: Place, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(lake)
    desk.crawl(lake, **crawler(lake, queue))
    queue.tell(lake.put("sales/day=4/a.csv", CSV))

    def failing(*_arguments: object, **_options: object) -> None:
        raise GluepotError("lost")

    with monkeypatch.context() as patched:
        patched.setattr("gluepot.crawlers.crawl.apply_change", failing)
        failed = desk.crawl(lake, **crawler(lake, queue))
    again = desk.crawl(lake, **crawler(lake, queue))

    assert (failed.state, failed.error) == (CrawlState.FAILED, "lost")
    assert again.state is CrawlState.SUCCEEDED
    assert ("4",) in desk.values("sales")


def test_a_plan_leaves_the_events_to_the_crawl(desk: Desk, lake: Place, queue: Queue) -> None:
    fill(lake)
    desk.crawl(lake, **crawler(lake, queue))
    queue.tell(lake.put("sales/day=4/a.csv", CSV))

    planned = desk.plan(lake, remember=True, **crawler(lake, queue))
    desk.crawl(lake, **crawler(lake, queue))

    assert planned.pending
    assert ("4",) in desk.values("sales")


def test_a_commit_to_a_delta_table_is_told_by_its_log(
    desk: Desk, lake: Place, queue: Queue
) -> None:
    fill(lake)
    options = {
        "AWS_ENDPOINT_URL": str(lake.s3.endpoint_url),
        "AWS_ACCESS_KEY_ID": str(lake.s3.access_key_id),
        "AWS_SECRET_ACCESS_KEY": str(lake.s3.secret_access_key),
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
    }
    place = f"{lake.root}/orders"
    deltalake.write_deltalake(place, pa.table({"id": [1]}), storage_options=options)
    desk.crawl(lake, **crawler(lake, queue))
    table = pa.table({"id": [2], "late": [True]})
    deltalake.write_deltalake(
        place, table, mode="append", schema_mode="merge", storage_options=options
    )
    queue.tell(f"{place}/_delta_log/00000000000000000001.json")
    queue.tell(lake.put("sales/day=4/a.csv", CSV))

    desk.crawl(lake, **crawler(lake, queue))

    assert set(desk.columns("orders")) == {"id", "late"}
    assert len(desk.values("sales")) == 4
    assert desk.tables() == ["orders", "sales"]


def test_a_message_that_says_nothing_of_s3_is_named_and_stays(
    desk: Desk, lake: Place, queue: Queue
) -> None:
    fill(lake)
    desk.crawl(lake, **crawler(lake, queue))
    queue.client.send_message(QueueUrl=queue.url, MessageBody="not JSON")
    queue.tell(lake.put("sales/day=4/a.csv", parquet_bytes(a=[1]).decode("latin-1")))

    crawl = desk.crawl(lake, **crawler(lake, queue))

    assert any("message" in text for text in crawl.warnings)
    assert queue.left() == 1


def test_an_inventory_is_read_instead_of_listing(
    desk: Desk, lake: Place, listed: list[str]
) -> None:
    fill(lake)
    bucket = lake.root.removeprefix("s3://")
    when = "2026-01-01T00:00:00.000Z"
    rows = [f'"{bucket}","sales/day%3D{day}/a.csv","24","{when}"' for day in (1, 3)]
    data = gzip.compress("\n".join(rows).encode())
    lake.put("_inventory/data/1.csv.gz", data)
    manifest = {
        "sourceBucket": bucket,
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "version": "2016-11-30",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, LastModifiedDate",
        "files": [{"key": "_inventory/data/1.csv.gz", "size": len(data)}],
    }
    uri = lake.put("_inventory/manifest.json", json.dumps(manifest))
    target = Target(uri=f"{lake.root}/sales/", inventory_uri=uri)

    crawl = desk.crawl(lake, targets=(target,))

    assert crawl.error is None
    assert listed == []
    assert sorted(desk.values("sales")) == [("1",), ("3",)]


def test_the_queue_of_a_crawler_must_be_there(desk: Desk, lake: Place, queue: Queue) -> None:
    gone = replace(Target(uri=f"{lake.root}/"), event_queue_arn=f"{queue.arn}-that-is-not-there")
    made = Crawler(name="c", database="db", targets=(gone,), recrawl_behavior="CRAWL_EVENT_MODE")

    crawl = desk.crawl(lake, targets=made.targets, recrawl_behavior=made.recrawl_behavior)

    assert crawl.state is CrawlState.FAILED
    assert "Queue arn:aws:sqs" in (crawl.error or "")
