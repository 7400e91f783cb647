"""Column statistics as boto3 calls them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.catalog.operations.test_partitions import WHERE, add, an_input, make_table

NOW = datetime(2026, 1, 2, tzinfo=UTC)
COUNTS = {"NumberOfNulls": 1, "NumberOfDistinctValues": 2}
LENGTHS = {"MaximumLength": 3, "AverageLength": 1.5, "NumberOfNulls": 0}


def statistics(column: str, type_: str, kind: str, **data: Any) -> dict[str, Any]:  # noqa: ANN401
    member = f"{kind.capitalize()}ColumnStatisticsData"
    return {
        "ColumnName": column,
        "ColumnType": type_,
        "AnalyzedTime": NOW,
        "StatisticsData": {"Type": kind, member: data},
    }


def a_number(unscaled: bytes) -> dict[str, Any]:
    return {"UnscaledValue": unscaled, "Scale": 2}


EACH_KIND = [
    statistics("c0", "bigint", "LONG", MinimumValue=-5, MaximumValue=2**62, **COUNTS),
    statistics("c1", "double", "DOUBLE", MinimumValue=0.5, **COUNTS),
    statistics("c2", "string", "STRING", **LENGTHS, NumberOfDistinctValues=7),
    statistics("c3", "boolean", "BOOLEAN", NumberOfTrues=1, NumberOfFalses=2, NumberOfNulls=0),
    statistics("c4", "date", "DATE", MinimumValue=NOW, **COUNTS),
    statistics("c5", "decimal(9,2)", "DECIMAL", MinimumValue=a_number(b"\xff\x01"), **COUNTS),
    statistics("c6", "binary", "BINARY", **LENGTHS),
    statistics("c7", "array<int>", "LONG", **COUNTS),
]


@pytest.fixture
def table(glue: Any) -> Any:  # noqa: ANN401
    make_table(glue, year="int")
    columns = [{"Name": f"c{number}", "Type": "string"} for number in range(8)]
    definition = {
        "Name": "days",
        "PartitionKeys": [{"Name": "year", "Type": "int"}],
        "StorageDescriptor": {"Columns": columns},
    }
    glue.update_table(DatabaseName="flights", TableInput=definition)
    add(glue, ("1",), ("2",))
    return glue


OWNERS = pytest.mark.parametrize("owner", ["table", "partition"])


def ask(glue: Any, verb: str, owner: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    of = {} if owner == "table" else {"PartitionValues": ["1"]}
    call = getattr(glue, f"{verb}_column_statistics_for_{owner}")
    found: dict[str, Any] = call(**{**WHERE, **of, **members})
    return found


@OWNERS
def test_statistics_of_each_kind_come_back(table: Any, owner: str) -> None:  # noqa: ANN401
    assert ask(table, "update", owner, ColumnStatisticsList=EACH_KIND)["Errors"] == []

    names = [f"C{number}" for number in range(8)]
    found = ask(table, "get", owner, ColumnNames=[*names, "year"])

    assert found["ColumnStatisticsList"] == EACH_KIND
    (missing,) = found["Errors"]
    assert missing["ColumnName"] == "year"
    assert missing["Error"]["ErrorCode"] == "EntityNotFoundException"


@OWNERS
def test_an_update_replaces_and_a_delete_takes_away(table: Any, owner: str) -> None:  # noqa: ANN401
    new = statistics("C0", "int", "LONG", NumberOfNulls=9, NumberOfDistinctValues=9)
    ask(table, "update", owner, ColumnStatisticsList=EACH_KIND[:2])
    ask(table, "update", owner, ColumnStatisticsList=[new])
    ask(table, "delete", owner, ColumnName="c1")
    ask(table, "delete", owner, ColumnName="c1")

    found = ask(table, "get", owner, ColumnNames=["c0", "c1"])

    assert found["ColumnStatisticsList"] == [new]
    assert [item["ColumnName"] for item in found["Errors"]] == ["c1"]


@OWNERS
def test_what_does_not_fit_is_reported_and_the_rest_is_kept(table: Any, owner: str) -> None:  # noqa: ANN401
    two = statistics("c0", "int", "LONG", **COUNTS)
    two["StatisticsData"]["DoubleColumnStatisticsData"] = COUNTS
    faulty = [
        two,
        statistics("c1", "int", "STRING", **LENGTHS, NumberOfDistinctValues=7),
        statistics("nosuch", "int", "LONG", **COUNTS),
        {**EACH_KIND[0], "StatisticsData": {"Type": "LONG"}},
    ]

    errors = ask(table, "update", owner, ColumnStatisticsList=[*faulty, EACH_KIND[2]])["Errors"]

    assert [item["ColumnStatistics"] for item in errors] == faulty
    assert [item["Error"]["ErrorCode"] for item in errors] == [
        "InvalidInputException",
        "InvalidInputException",
        "EntityNotFoundException",
        "InvalidInputException",
    ]
    found = ask(table, "get", owner, ColumnNames=["c0", "c1", "c2"])
    assert found["ColumnStatisticsList"] == [EACH_KIND[2]]


def test_statistics_follow_a_renamed_partition_and_go_with_it(table: Any) -> None:  # noqa: ANN401
    ask(table, "update", "partition", ColumnStatisticsList=EACH_KIND[:1])

    table.update_partition(**WHERE, PartitionValueList=["1"], PartitionInput=an_input("7"))
    renamed = ask(table, "get", "partition", PartitionValues=["7"], ColumnNames=["c0"])
    assert renamed["ColumnStatisticsList"] == EACH_KIND[:1]

    table.delete_partition(**WHERE, PartitionValues=["7"])
    add(table, ("7",))
    again = ask(table, "get", "partition", PartitionValues=["7"], ColumnNames=["c0"])
    assert again["ColumnStatisticsList"] == []


def test_an_owner_that_is_not_there_is_not_found(table: Any) -> None:  # noqa: ANN401
    missing = table.exceptions.EntityNotFoundException

    with pytest.raises(missing, match=r"Cannot find partition\."):
        ask(table, "get", "partition", PartitionValues=["9"], ColumnNames=["c0"])
    with pytest.raises(missing, match="Table none not found"):
        ask(table, "delete", "table", TableName="none", ColumnName="c0")


def test_a_decimal_is_what_was_meant(table: Any) -> None:  # noqa: ANN401
    ask(table, "update", "table", ColumnStatisticsList=[EACH_KIND[5]])

    (found,) = ask(table, "get", "table", ColumnNames=["c5"])["ColumnStatisticsList"]

    number = found["StatisticsData"]["DecimalColumnStatisticsData"]["MinimumValue"]
    unscaled = int.from_bytes(number["UnscaledValue"], signed=True)
    assert Decimal(unscaled).scaleb(-number["Scale"]) == Decimal("-2.55")
