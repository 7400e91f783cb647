from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from bson import Decimal128, Int64, ObjectId, Timestamp

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io.mongodb_login import MongoLogin
from gluepot.jobs.database_io.mongodb_source import _bounds
from gluepot.jobs.database_io.mongodb_values import from_bson, to_bson
from gluepot.jobs.database_io.reading import read_database
from gluepot.jobs.database_io.writing import write_database
from gluepot.jobs.errors import SinkError, SourceError
from gluepot.transforms import gluetypes
from gluepot.transforms.frame import DynamicFrame
from tests.servers import mongodb

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.context import GlueContext

KEY = ObjectId("0123456789abcdef01234567")


def options(port: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    place = {"uri": f"mongodb://127.0.0.1:{port}/", "database": "shop", "collection": "orders"}
    return {**place, "username": mongodb.USER, "password": mongodb.PASSWORD, **more}


def test_documents_are_read_with_choices_of_their_types(
    glue_context: GlueContext,
    mongo: Any,  # noqa: ANN401
    mongodb_port: int,
) -> None:
    at = datetime(2024, 5, 1, 12, tzinfo=UTC)
    mongo.shop.orders.insert_many(
        [
            {"_id": KEY, "v": 1, "at": at, "lines": [{"n": Int64(1)}, {"n": "x"}]},
            {"_id": "text", "v": Int64(5_000_000_000), "raw": b"z"},
        ]
    )

    frame = read_database(glue_context, "mongodb", options(mongodb_port))

    rows = {
        row["_id"]: row for row in frame.toDF().selectExpr("*", "cast(at as string) t").collect()
    }
    first, second = rows[str(KEY)], rows["text"]
    assert (first["v"], second["v"]) == (1, 5_000_000_000)
    assert (first["t"], bytes(second["raw"])) == ("2024-05-01 12:00:00", b"z")
    assert [line["n"].asDict() for line in first["lines"]] == [
        {"long": 1, "string": None},
        {"long": None, "string": "x"},
    ]


def test_each_document_is_in_one_range(
    glue_context: GlueContext,
    mongo: Any,  # noqa: ANN401
    mongodb_port: int,
) -> None:
    mongo.shop.orders.insert_many([{"n": at} for at in range(50)])
    parts = {"partitionerOptions.numberOfPartitions": "4"}
    login = MongoLogin(uri="mongodb://", database="shop", collection="orders")

    frame = read_database(glue_context, "documentdb", options(mongodb_port, **parts))

    assert sorted(row["n"] for row in frame.toDF().collect()) == list(range(50))
    assert len(_bounds(mongo, login, parts)) == 3
    mongo.shop.orders.insert_one({"_id": 5})
    assert _bounds(mongo, login, parts) == ()


def test_what_is_read_can_be_written_back(
    glue_context: GlueContext,
    spark: SparkSession,
    mongo: Any,  # noqa: ANN401
    mongodb_port: int,
) -> None:
    orders = mongo.shop.orders
    orders.insert_many([{"_id": KEY, "v": 1, "gone": 1}, {"_id": 2, "v": "x"}])
    frame = read_database(glue_context, "mongodb", options(mongodb_port))

    write_database(frame.drop_fields(["gone"]), "mongodb", options(mongodb_port))
    assert list(orders.find().sort("v")) == [{"_id": KEY, "v": 1}, {"_id": 2, "v": "x"}]

    changed = spark.sql("SELECT 2 _id, 'y' w")
    write_database(DynamicFrame(changed), "mongodb", options(mongodb_port, replaceDocument="false"))
    assert orders.find_one({"_id": 2}) == {"_id": 2, "v": "x", "w": "y"}


def test_rows_become_documents_of_their_types(
    spark: SparkSession,
    mongo: Any,  # noqa: ANN401
    mongodb_port: int,
) -> None:
    made = spark.sql(
        "SELECT struct('0123456789abcdef01234567' oid) ref, date'2024-05-01' day,"
        " map('k', array(1L)) m, cast(null as string) nothing"
    )

    write_database(DynamicFrame(made), "mongodb", options(mongodb_port, maxBatchSize="1"))

    found = mongo.shop.orders.find_one({}, {"_id": 0})
    assert found == {
        "ref": KEY,
        "day": datetime(2024, 5, 1),  # noqa: DTZ001 - as PyMongo hands it out
        "m": {"k": [1]},
        "nothing": None,
    }


def test_decimals_and_times_of_bson_are_those_of_python() -> None:
    # FerretDB has neither of the two.
    held = {"d": Decimal128("1.50"), "n": Decimal128("NaN"), "t": Timestamp(86_400, 1)}

    assert from_bson(held) == {
        "d": Decimal("1.50"),
        "n": "NaN",
        "t": datetime(1970, 1, 2, tzinfo=UTC),
    }
    assert to_bson(Decimal("1.5"), gluetypes.DecimalType(), extended=True) == Decimal128("1.5")


def test_a_refused_login_is_told_without_the_password(
    glue_context: GlueContext, spark: SparkSession, mongodb_port: int
) -> None:
    wrong = options(mongodb_port, password="hidden-s3cr3t")  # noqa: S106
    with pytest.raises(SourceError, match=r"(?i)auth") as source:
        read_database(glue_context, "mongodb", wrong)
    with pytest.raises(SinkError, match=r"(?i)auth") as sink:
        write_database(DynamicFrame(spark.range(1)), "mongodb", wrong)
    assert "s3cr3t" not in f"{source.value}{sink.value}"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"uri": "http://h"}, "needs the option uri"),
        ({"uri": "mongodb://h", "database": "d"}, "needs the option collection"),
        ({"uri": "mongodb://h", "databse": "d"}, "Did you mean 'database'"),
    ],
)
def test_wrong_options_are_refused(
    glue_context: GlueContext, given: dict[str, str], told: str
) -> None:
    with pytest.raises(InvalidInputError, match=told):
        read_database(glue_context, "mongodb", given)
