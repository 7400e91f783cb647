"""Tables of DynamoDB in the catalog, on moto's server."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.catalog.errors import FederationSourceError, InvalidInputError
from gluepot.catalog.types import print_type
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import plan_crawl
from gluepot.crawlers.databases import dynamodb
from gluepot.crawlers.databases.dynamodb import (
    TableFacts,
    page_items,
    read_rate,
    survey_dynamodb,
    type_of,
)
from gluepot.crawlers.databases.pacing import Pacer
from gluepot.crawlers.model import CrawlState
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.errors import AccessRefusedError
from gluepot.crawlers.targets import DynamoDBTarget
from tests.crawlers.databases.conftest import crawl, crawler_of

if TYPE_CHECKING:
    from tests.crawlers.conftest import Desk

FACTS = TableFacts(
    name="t",
    arn="arn",
    keys=("k",),
    items=1000,
    size_bytes=8_192_000,
    read_units=10,
    on_demand=False,
)


@pytest.fixture
def access(moto_s3: S3Config) -> Access:
    """Return the access to moto's DynamoDB."""
    return Access(s3=moto_s3, endpoints={"dynamodb": moto_s3.endpoint_url or ""})


class Orders:
    """A table with a hash and a range key, and a short way to fill it."""

    def __init__(self, config: S3Config) -> None:
        self.name = f"Orders-{uuid.uuid4().hex}"
        self.client = boto3.client(
            "dynamodb",
            endpoint_url=config.endpoint_url,
            region_name=config.region,
            aws_access_key_id=config.access_key_id,
            aws_secret_access_key=config.secret_access_key,
        )
        keys = (("Id", "HASH", "S"), ("at", "RANGE", "N"))
        made = self.client.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind, _ in keys],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": type_} for name, _, type_ in keys
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.arn: str = made["TableDescription"]["TableArn"]

    def put(self, *items: dict[str, Any]) -> None:
        """Put items, tagged as DynamoDB tags them; their keys are numbers."""
        for number, item in enumerate(items):
            keys = {"Id": {"S": f"k{number}"}, "at": {"N": str(number)}}
            self.client.put_item(TableName=self.name, Item=keys | item)


@pytest.fixture
def orders(moto_s3: S3Config) -> Orders:
    """Return a new empty table."""
    return Orders(moto_s3)


def test_items_become_columns_with_the_keys_first(
    desk: Desk, access: Access, orders: Orders
) -> None:
    orders.put(
        {
            "Name": {"S": "a"},
            "whole": {"N": "1"},
            "real": {"N": "1"},
            "huge": {"N": "12345678901234567890123"},
            "yes": {"BOOL": True},
            "none": {"NULL": True},
            "blob": {"B": b"x"},
            "map": {"M": {"x": {"N": "1"}, "deep": {"M": {"y": {"S": "1"}}}}},
            "list": {"L": [{"N": "1"}, {"N": "2.5"}]},
            "texts": {"SS": ["a"]},
            "numbers": {"NS": ["1", "2.5"]},
            "blobs": {"BS": [b"a"]},
        },
        {"real": {"N": "2.5"}, "map": {"M": {"z": {"BOOL": True}}}, "late": {"L": []}},
    )

    done = crawl(desk, access, DynamoDBTarget(path=orders.name))

    assert done.state is CrawlState.SUCCEEDED, done.error
    (name,) = desk.tables()
    assert name == orders.name.lower().replace("-", "_")
    assert list(desk.columns(name).items()) == [
        ("id", "string"),
        ("at", "bigint"),
        ("name", "string"),
        ("blob", "binary"),
        ("blobs", "array<binary>"),
        ("huge", "decimal(38,0)"),
        ("late", "array<string>"),
        ("list", "array<double>"),
        ("map", "struct<deep:struct<y:string>,x:bigint,z:boolean>"),
        ("none", "string"),
        ("numbers", "array<double>"),
        ("real", "double"),
        ("texts", "array<string>"),
        ("whole", "bigint"),
        ("yes", "boolean"),
    ]
    found = desk.catalog.get_table("db", name)
    assert found.storage_descriptor is not None
    assert found.storage_descriptor.location == orders.arn
    expected = {
        "classification": "dynamodb",
        "compressionType": "none",
        "typeOfData": "table",
        "hashKey": "Id",
        "rangeKey": "at",
        "columnMapping": "id=Id,name=Name",
        "recordCount": "2",
    }
    assert expected.items() <= (found.parameters or {}).items()


def test_crawling_twice_changes_nothing_though_items_come_in_no_order(
    desk: Desk, access: Access, orders: Orders
) -> None:
    fields: list[dict[str, Any]] = [
        {f"f{(i * 7) % 10}": {"N": str(i)}, "m": {"M": {f"x{i % 3}": {"S": "a"}}}}
        for i in range(40)
    ]
    orders.put(*fields)
    target = DynamoDBTarget(path=orders.name)
    crawl(desk, access, target)
    orders.put(*reversed(fields))

    again = plan_crawl(crawler_of(target), desk.catalog, access, desk.clock)

    assert not again.pending


def test_a_sample_is_taken_from_many_places_and_told(
    access: Access, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "SAMPLE_ITEMS", 16)
    orders.put(*({"a": {"N": str(number)}} for number in range(60)))

    parts = [
        survey_dynamodb(crawler_of(), DynamoDBTarget(path=orders.name, scan_all=scan), access)
        for scan in (True, False)
    ]

    told = [part.tables[0].table.reasons[1] for part in parts]
    assert told[0].startswith("all 60 of about 60 items")
    assert told[1].startswith("a sample of 1")
    assert any("a sample of" in text for text in parts[1].tables[0].table.warnings)
    assert parts[0].tables[0].table.warnings == ()


def test_a_table_that_is_gone_is_named_and_other_targets_go_on(
    desk: Desk, access: Access, orders: Orders
) -> None:
    orders.put({"a": {"S": "x"}})

    alone = crawl(desk, access, DynamoDBTarget(path="no-such-table"))
    both = crawl(
        desk, access, DynamoDBTarget(path="no-such-table"), DynamoDBTarget(path=orders.name)
    )

    assert alone.state is CrawlState.FAILED
    assert "no-such-table" in (alone.error or "")
    assert both.state is CrawlState.SUCCEEDED, both.error
    assert len(desk.tables()) == 1
    assert any("no-such-table" in text for text in both.warnings)


def test_a_service_that_is_away_is_told_without_the_keys(
    moto_s3: S3Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "ATTEMPTS", 1)
    away = Access(s3=moto_s3, endpoints={"dynamodb": "http://127.0.0.1:1"})

    with pytest.raises(FederationSourceError, match=r"127\.0\.0\.1:1") as failed:
        survey_dynamodb(crawler_of(), DynamoDBTarget(path="t"), away)

    assert str(moto_s3.secret_access_key) not in str(failed.value)


def test_a_profile_that_is_not_there_is_told() -> None:
    access = Access(s3=S3Config(region="us-east-1", profile="no-such-profile"))

    with pytest.raises(AccessRefusedError, match="no-such-profile"):
        survey_dynamodb(crawler_of(), DynamoDBTarget(path="t"), access)


@pytest.mark.parametrize("rate", [0.0, 0.05, 1.6])
def test_a_rate_that_glue_does_not_know_is_refused(access: Access, rate: float) -> None:
    with pytest.raises(InvalidInputError, match=r"0\.1 to 1\.5"):
        survey_dynamodb(crawler_of(), DynamoDBTarget(path="t", scan_rate=rate), access)


def test_a_scan_takes_its_share_of_the_capacity() -> None:
    on_demand = replace(FACTS, read_units=40_000, on_demand=True)

    assert read_rate(FACTS, None) == 5
    assert read_rate(FACTS, 1.5) == 15
    assert read_rate(on_demand, None) == 10_000
    # Items of 8,192 bytes take a unit each, so five of them a second.
    assert page_items(FACTS, 5) == 5
    assert page_items(FACTS, 0.1) == 1
    assert page_items(on_demand, 10_000) == 1_000


def test_a_reader_waits_until_what_it_spent_has_come_in() -> None:
    now = 100.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    pacer = Pacer(5, clock=lambda: now, sleep=sleep)

    for units in (10, 0.5, 4.5):
        pacer.wait()
        pacer.spend(units)
    pacer.wait()

    assert now == 103.0


def test_what_is_nested_too_deep_is_text() -> None:
    value: dict[str, Any] = {"N": "1"}
    for _ in range(500):
        value = {"M": {"a": value}}

    text = print_type(type_of(value))

    assert text.count("struct<") == 33
    assert text.endswith(f"string{'>' * 33}")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("9223372036854775807", "bigint"),
        ("9223372036854775808", "decimal(38,0)"),
        ("-0.5", "double"),
        ("1E125", "double"),
        ("99999999999999999999999999999999999999", "decimal(38,0)"),
    ],
)
def test_numbers_get_the_narrowest_type_that_holds_them(number: str, expected: str) -> None:
    assert print_type(type_of({"N": number})) == expected
