"""The operations on partitions as boto3 calls them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

WHERE = {"DatabaseName": "flights", "TableName": "days"}
COLUMNS = [{"Name": "a", "Type": "int"}, {"Name": "b", "Parameters": {"k": "v"}}]


def make_table(glue: Any, **keys: str) -> None:  # noqa: ANN401
    """Make ``flights.days`` with these partition keys."""
    glue.create_database(DatabaseInput={"Name": "flights"})
    columns = [{"Name": name, "Type": type_} for name, type_ in keys.items()]
    storage = {"Columns": COLUMNS, "Location": "s3://raw/days/"}
    definition = {"Name": "days", "PartitionKeys": columns, "StorageDescriptor": storage}
    glue.create_table(DatabaseName="flights", TableInput=definition)


def an_input(*values: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    location = f"s3://raw/days/{'/'.join(values)}/"
    return {
        "Values": list(values),
        "StorageDescriptor": {"Columns": COLUMNS, "Location": location},
        **members,
    }


def add(glue: Any, *values: tuple[str, ...]) -> list[dict[str, Any]]:  # noqa: ANN401
    found: list[dict[str, Any]] = []
    for start in range(0, len(values), 100):
        inputs = [an_input(*item) for item in values[start : start + 100]]
        found += glue.batch_create_partition(**WHERE, PartitionInputList=inputs)["Errors"]
    return found


def listed(glue: Any, **options: Any) -> list[tuple[str, ...]]:  # noqa: ANN401
    pages = glue.get_paginator("get_partitions").paginate(**WHERE, **options)
    return [tuple(item["Values"]) for page in pages for item in page["Partitions"]]


def code_of(errors: list[dict[str, Any]], key: str = "PartitionValues") -> list[tuple[str, str]]:
    return [("/".join(error[key]), error["ErrorDetail"]["ErrorCode"]) for error in errors]


EVERYTHING = {
    "Values": ["2013", "é"],
    "LastAccessTime": 1_700_000_000,
    "LastAnalyzedTime": 1_700_000_001,
    "Parameters": {},
    "StorageDescriptor": {
        "Columns": [],
        "Location": "",
        "AdditionalLocations": ["s3://more/"],
        "InputFormat": "in",
        "OutputFormat": "out",
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {"Name": "n", "SerializationLibrary": "l", "Parameters": {"a": ""}},
        "BucketColumns": ["a"],
        "SortColumns": [{"Column": "a", "SortOrder": 0}],
        "Parameters": {"p": "q"},
        "SkewedInfo": {
            "SkewedColumnNames": ["a"],
            "SkewedColumnValues": ["1"],
            "SkewedColumnValueLocationMaps": {"1": "s3://skewed/"},
        },
        "StoredAsSubDirectories": True,
        "SchemaReference": {"SchemaId": {"SchemaName": "s", "RegistryName": "r"}},
    },
}


@pytest.mark.parametrize("given", [EVERYTHING, {"Values": ["2013", "é"]}])
def test_every_member_comes_back_as_it_was_given(glue: Any, given: dict[str, Any]) -> None:  # noqa: ANN401
    make_table(glue, year="int", part="string")

    glue.create_partition(**WHERE, PartitionInput=given)

    found = glue.get_partition(**WHERE, PartitionValues=["2013", "é"])["Partition"]
    for member in ("LastAccessTime", "LastAnalyzedTime"):
        if member in found:
            found[member] = int(found[member].timestamp())
    assert found.pop("CreationTime").tzinfo is not None
    assert found.pop("CatalogId") == "000000000000"
    assert found == {**given, **WHERE}
    assert "CatalogId" in glue.get_partitions(**WHERE)["Partitions"][0]


def test_a_batch_says_what_it_left_out(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int")
    assert add(glue, ("1",)) == []

    errors = add(glue, ("1",), ("2",), ("2",), ("3", "x"))

    assert code_of(errors) == [
        ("1", "AlreadyExistsException"),
        ("2", "AlreadyExistsException"),
        ("3/x", "InvalidInputException"),
    ]
    assert listed(glue) == [("1",), ("2",)]


def test_single_operations_answer_with_glues_errors(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int")
    add(glue, ("1",), ("2",))

    with pytest.raises(glue.exceptions.AlreadyExistsException, match=r"Partition already exists\."):
        glue.create_partition(**WHERE, PartitionInput=an_input("1"))
    missing = {"PartitionValueList": ["9"], "PartitionInput": an_input("9")}
    calls: list[tuple[Any, dict[str, Any]]] = [
        (glue.get_partition, {"PartitionValues": ["9"]}),
        (glue.delete_partition, {"PartitionValues": ["9"]}),
        (glue.update_partition, missing),
    ]
    for call, members in calls:
        with pytest.raises(
            glue.exceptions.EntityNotFoundException, match=r"Cannot find partition\."
        ):
            call(**WHERE, **members)
    with pytest.raises(glue.exceptions.InvalidInputException, match="number of partition keys"):
        glue.create_partition(**WHERE, PartitionInput=an_input("1", "2"))
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.update_partition(**WHERE, PartitionValueList=["1"], PartitionInput=an_input("2"))
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Table none not found"):
        glue.get_partitions(DatabaseName="flights", TableName="none")


def test_updating_replaces_and_renames(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int")
    add(glue, ("1",), ("2",), ("3",))
    before = glue.get_partition(**WHERE, PartitionValues=["1"])["Partition"]

    glue.update_partition(
        **WHERE,
        PartitionValueList=["1"],
        PartitionInput={"Values": ["10"], "Parameters": {"k": "v"}},
    )
    entries = [
        {"PartitionValueList": [old], "PartitionInput": an_input(new)}
        for old, new in (("2", "20"), ("7", "7"), ("3", "20"), ("20", "2"), ("3", "30"))
    ]
    errors = glue.batch_update_partition(**WHERE, Entries=entries)["Errors"]

    assert listed(glue) == [("2",), ("10",), ("30",)]
    assert code_of(errors, "PartitionValueList") == [
        ("7", "EntityNotFoundException"),
        ("3", "AlreadyExistsException"),
    ]
    renamed = glue.get_partition(**WHERE, PartitionValues=["10"])["Partition"]
    assert renamed["CreationTime"] == before["CreationTime"]
    assert renamed["Parameters"] == {"k": "v"}
    assert "StorageDescriptor" not in renamed
    assert listed(glue, Expression="year = 10") == [("10",)]


def test_a_batch_is_got_and_deleted(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int", part="string")
    add(glue, *((str(year), part) for year in range(3) for part in "ab"))
    wanted = [{"Values": ["2", "b"]}, {"Values": ["9", "b"]}, {"Values": ["0", "a"]}]

    found = glue.batch_get_partition(**WHERE, PartitionsToGet=wanted)
    assert [item["Values"] for item in found["Partitions"]] == [["2", "b"], ["0", "a"]]
    assert found["UnprocessedKeys"] == []

    errors = glue.batch_delete_partition(**WHERE, PartitionsToDelete=wanted)["Errors"]
    glue.delete_partition(**WHERE, PartitionValues=["1", "a"])
    assert code_of(errors) == [("9/b", "EntityNotFoundException")]
    assert listed(glue) == [("0", "b"), ("1", "b"), ("2", "a")]


def test_column_schemas_are_left_out_when_asked(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int")
    add(glue, ("1",))
    glue.create_partition(**WHERE, PartitionInput={"Values": ["2"]})

    with_columns = glue.get_partitions(**WHERE)["Partitions"]
    without = glue.get_partitions(**WHERE, ExcludeColumnSchema=True)["Partitions"]

    assert with_columns[0]["StorageDescriptor"].pop("Columns") == COLUMNS
    assert without == with_columns


@pytest.mark.parametrize("total", [1, 3, 10])
@pytest.mark.parametrize("expression", [None, "year >= 3"])
def test_segments_are_disjoint_and_together_everything(
    glue: Any,  # noqa: ANN401
    total: int,
    expression: str | None,
) -> None:
    make_table(glue, year="int", part="string")
    add(glue, *((str(year), str(part)) for year in range(10) for part in range(20)))
    options = {} if expression is None else {"Expression": expression}

    segments = [
        listed(
            glue,
            Segment={"SegmentNumber": number, "TotalSegments": total},
            PaginationConfig={"PageSize": 7},
            **options,
        )
        for number in range(total)
    ]

    found = [values for segment in segments for values in segment]
    assert sorted(found) == sorted(listed(glue, **options))
    assert len(found) == (200 if expression is None else 140)
    assert all(segments), "the parts are of about the same size"


def test_a_segment_beyond_the_total_is_refused(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int")

    with pytest.raises(glue.exceptions.InvalidInputException, match="not less than TotalSegments"):
        glue.get_partitions(**WHERE, Segment={"SegmentNumber": 3, "TotalSegments": 3})


@pytest.mark.parametrize("expression", [None, "part = 'a'", "year > 5"])
def test_pages_neither_repeat_nor_lose_while_others_write(
    glue: Any,  # noqa: ANN401
    expression: str | None,
) -> None:
    make_table(glue, year="int", part="string")
    stay = [(str(year), "a") for year in range(6, 306)]
    add(glue, *stay, *((str(year), "a") for year in range(1000, 1100)))
    options = {} if expression is None else {"Expression": expression}
    done = threading.Event()

    def churn() -> None:
        number = 0
        while not done.is_set():
            number += 1
            add(glue, (str(2000 + number), "b"), (str(-number), "a"))
            gone = [{"Values": [str(1000 + number % 100), "a"]}]
            glue.batch_delete_partition(**WHERE, PartitionsToDelete=gone)

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(churn)
        try:
            found = listed(glue, PaginationConfig={"PageSize": 10}, **options)
        finally:
            done.set()
        writer.result()

    assert len(set(found)) == len(found)
    assert set(stay) <= set(found)


def test_a_token_of_another_request_is_refused(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int")
    add(glue, ("1",), ("2",), ("3",))
    token = glue.get_partitions(**WHERE, MaxResults=1)["NextToken"]

    for options in ({"Expression": "year > 1", "NextToken": token}, {"NextToken": "e30"}):
        with pytest.raises(glue.exceptions.InvalidInputException, match="NextToken"):
            glue.get_partitions(**WHERE, **options)
    assert "NextToken" not in glue.get_partitions(**WHERE, MaxResults=3)


def test_expressions_are_refused_in_glues_words(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int", f="float")
    add(glue, ("odd", "1"))

    for expression, message in (
        ("year = 'x'", '"x" is not an integer.'),
        ("f = 1", "Unknown type : 'float'"),
        ("nosuch = 1", "Invalid partition expression!"),
        ("year ==", "Unsupported expression 'year =='"),
    ):
        with pytest.raises(glue.exceptions.InvalidInputException) as caught:
            glue.get_partitions(**WHERE, Expression=expression)
        assert message in str(caught.value)
    with pytest.raises(ClientError) as stored:
        glue.get_partitions(**WHERE, Expression="year = 1")
    assert stored.value.response["Error"]["Code"] == "InvalidStateException"


def test_partitions_are_read_through_resource_links(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int")
    add(glue, ("1",))
    target = {"CatalogId": "000000000000", "DatabaseName": "flights"}
    glue.create_database(DatabaseInput={"Name": "linked", "TargetDatabase": target})
    link = {"Name": "link", "TargetTable": {**target, "Name": "days"}}
    glue.create_database(DatabaseInput={"Name": "mine"})
    glue.create_table(DatabaseName="mine", TableInput=link)

    for database, table in (("linked", "days"), ("mine", "link")):
        names = {"DatabaseName": database, "TableName": table}
        (found,) = glue.get_partitions(**names)["Partitions"]
        assert (found["DatabaseName"], found["TableName"]) == ("flights", "days")
        assert glue.get_partition(**names, PartitionValues=["1"])["Partition"] == found
        with pytest.raises(glue.exceptions.InvalidInputException, match="resource link"):
            glue.create_partition(**names, PartitionInput=an_input("2"))


def test_batches_of_the_same_partitions_at_once_add_each_once(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int")
    values = [(str(number),) for number in range(100)]

    def create(order: list[tuple[str, ...]]) -> int:
        return 100 - len(add(glue, *order))

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, [values, values[::-1]] * 8))

    assert sum(made) == 100
    assert sorted(listed(glue)) == sorted(values)
