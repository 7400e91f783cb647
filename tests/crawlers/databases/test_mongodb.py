"""Collections of MongoDB in the catalog, on a server that speaks its protocol."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from bson import Binary, DatetimeMS, Decimal128, Int64, ObjectId, Regex, encode

from gluepot.catalog.errors import FederationSourceError, InvalidInputError
from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.bson_types import type_of
from gluepot.crawlers.crawl import plan_crawl
from gluepot.crawlers.databases import mongodb
from gluepot.crawlers.databases.mongodb import merge_documents, survey_mongodb
from gluepot.crawlers.model import CrawlState
from gluepot.crawlers.targets import MongoDBTarget
from tests.crawlers.databases.conftest import connected, crawl, crawler_of, cut_at, mongodb_access
from tests.servers.mongodb import PASSWORD

if TYPE_CHECKING:
    from gluepot.crawlers.access import Access
    from tests.crawlers.conftest import Desk

SHOP = MongoDBTarget(connection_name="m", path="shop/%")


def test_documents_become_columns_with_the_types_of_bson(
    desk: Desk,
    mongo: Any,  # noqa: ANN401 - PyMongo's client
    mongo_access: Access,
) -> None:
    mongo.shop.orders.insert_many(
        [
            {
                "_id": ObjectId("5f0000000000000000000001"),
                "Total": 1,
                "big": Int64(5),
                "price": 1.5,
                "paid": True,
                "at": datetime(2020, 1, 1, tzinfo=UTC),
                "data": Binary(b"x"),
                "nothing": None,
                "pattern": Regex("a"),
                "buyer": {"name": "A", "address": {"zip": 1}},
                "lines": [{"sku": "a", "n": 1}, {"sku": "b", "gift": True}],
            },
            {
                "_id": ObjectId("5f0000000000000000000002"),
                "Total": 2.5,
                "big": 3,
                "late": "x",
                "buyer": {"name": "B", "address": {"zip": 1, "city": "C"}},
            },
        ]
    )

    done = crawl(desk, mongo_access, SHOP)

    assert done.state is CrawlState.SUCCEEDED, done.error
    assert desk.columns("shop_orders") == {
        "_id": "string",
        "total": "double",
        "at": "timestamp",
        "big": "bigint",
        "buyer": "struct<address:struct<city:string,zip:int>,name:string>",
        "data": "binary",
        "late": "string",
        "lines": "array<struct<gift:boolean,n:int,sku:string>>",
        "nothing": "string",
        "paid": "boolean",
        "pattern": "string",
        "price": "double",
    }
    table = desk.catalog.get_table("db", "shop_orders")
    assert table.storage_descriptor is not None
    assert table.storage_descriptor.location == "shop.orders"
    expected = {
        "classification": "mongodb",
        "connectionName": "m",
        "typeOfData": "table",
        "recordCount": "2",
    }
    assert expected.items() <= (table.parameters or {}).items()


def test_values_of_two_kinds_are_text_and_both_documents_are_named(
    desk: Desk,
    mongo: Any,  # noqa: ANN401
    mongo_access: Access,
) -> None:
    mongo.shop.t.insert_many([{"_id": 1, "a": {"b": 1}}, {"_id": 2, "a": "text"}])

    done = crawl(desk, mongo_access, SHOP)

    assert desk.columns("shop_t") == {"_id": "int", "a": "string"}
    (warning,) = (text for text in done.warnings if "column a" in text)
    assert "shop.t[1] has struct<b:int>, shop.t[2] has string" in warning


def test_a_sample_is_of_both_ends_and_the_same_the_next_time(
    desk: Desk,
    mongo: Any,  # noqa: ANN401
    mongo_access: Access,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mongodb, "SAMPLE_DOCUMENTS", 20)
    mongo.shop.t.insert_many(
        [{"_id": i, ("old", "middle", "new")[i // 100]: i} for i in range(300)]
    )
    sampled = MongoDBTarget(connection_name="m", path="shop/t", scan_all=False)
    whole = MongoDBTarget(connection_name="m", path="shop/t", scan_all=True)

    done = crawl(desk, mongo_access, sampled)
    again = plan_crawl(crawler_of(sampled), desk.catalog, mongo_access, desk.clock)

    assert list(desk.columns("shop_t")) == ["_id", "new", "old"]
    assert any("a sample of 20 of about 300 documents" in text for text in done.warnings)
    assert not again.pending
    crawl(desk, mongo_access, whole)
    assert list(desk.columns("shop_t")) == ["_id", "middle", "new", "old"]


def test_a_path_chooses_databases_and_collections_and_what_is_dropped_is_noticed(
    desk: Desk,
    mongo: Any,  # noqa: ANN401
    mongo_access: Access,
) -> None:
    for database, name in (("shop", "orders"), ("shop", "old"), ("shop2", "orders")):
        mongo[database][name].insert_one({"a": 1})
    wanted = MongoDBTarget(connection_name="m", path="sh%/o%")
    one = survey_mongodb(
        crawler_of(), MongoDBTarget(connection_name="m", path="shop/orders"), mongo_access
    )
    crawl(desk, mongo_access, wanted)
    before = desk.tables()

    mongo.shop.old.drop()
    crawl(desk, mongo_access, wanted, delete_behavior="DELETE_FROM_DATABASE")

    assert [item.table.location for item in one.tables] == ["shop.orders"]
    assert before == ["shop2_orders", "shop_old", "shop_orders"]
    assert desk.tables() == ["shop2_orders", "shop_orders"]


def test_a_server_that_refuses_or_is_away_is_named_without_the_password(
    mongodb_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongodb, "TIMEOUT_MS", 300)
    secret = f"{PASSWORD}-wrong"

    for access in (mongodb_access(mongodb_port, secret), mongodb_access(1, secret)):
        with pytest.raises(FederationSourceError, match="connection m cannot be used") as failed:
            survey_mongodb(crawler_of(), SHOP, access)
        assert PASSWORD not in str(failed.value)


def test_a_server_that_goes_away_in_the_middle_fails_the_crawl_and_changes_nothing(
    desk: Desk,
    mongo: Any,  # noqa: ANN401
    mongo_access: Access,
    mongodb_port: int,
) -> None:
    mongo.shop.t.insert_one({"a": 1})
    crawl(desk, mongo_access, SHOP)

    with cut_at(mongodb_port, b"estimate") as none, cut_at(mongodb_port, b"find") as port:
        through = crawl(desk, mongodb_access(none), SHOP)
        done = crawl(desk, mongodb_access(port), SHOP, delete_behavior="DELETE_FROM_DATABASE")

    assert through.state is CrawlState.SUCCEEDED, through.error
    assert done.state is CrawlState.FAILED
    assert "cannot be used" in (done.error or "")
    assert desk.tables() == ["shop_t"]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"CONNECTION_URL": f"http://u:{PASSWORD}@h/"},
        {"CONNECTION_URL": f"mongodb://u:{PASSWORD}@:1:2/"},
    ],
)
def test_an_address_that_is_none_is_told_and_not_quoted(properties: dict[str, str]) -> None:
    with pytest.raises((InvalidInputError, FederationSourceError)) as failed:
        survey_mongodb(crawler_of(), SHOP, connected("MONGODB", properties))

    assert PASSWORD not in str(failed.value)


def test_documents_that_are_damaged_are_counted_and_the_rest_goes_on() -> None:
    good = encode({"_id": 1, "at": DatetimeMS(2**62)})
    text = encode({"_id": 2, "text": "abc"}).replace(b"abc", b"a\xffc")

    merge, warnings = merge_documents("shop.t", [good, good[:-3], b"", text])

    assert merge.documents == 2
    assert [column.name for column in merge.merged("shop.t").columns] == ["_id", "at", "text"]
    assert warnings[0].startswith("shop.t: 2 documents cannot be decoded")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal128("12345678901234567890.5"), "decimal(38,18)"),
        (Decimal128("123456789012345678901"), "string"),
        (Decimal128("1E-19"), "string"),
        (Decimal128("NaN"), "string"),
        ({}, "void"),
        ([1, Int64(2)], "array<bigint>"),
        ([1, "a"], "array<string>"),
        ({"a": 1, "A": 2.5}, "struct<a:double>"),
    ],
)
def test_values_that_a_server_may_hold(value: object, expected: str) -> None:
    assert print_type(type_of(value)) == expected
