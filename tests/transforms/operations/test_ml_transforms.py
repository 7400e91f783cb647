"""Definitions of ML transforms through the API."""

from __future__ import annotations

from typing import Any

import pytest

PARAMETERS = {
    "TransformType": "FIND_MATCHES",
    "FindMatchesParameters": {"PrimaryKeyColumnName": "id", "PrecisionRecallTradeoff": 0.9},
}
TABLES = [{"DatabaseName": "d", "TableName": "t"}]


def make(glue: Any, name: str, **members: Any) -> str:  # noqa: ANN401
    given = {"Name": name, "Role": "r", "InputRecordTables": TABLES, "Parameters": PARAMETERS}
    made: str = glue.create_ml_transform(**{**given, **members})["TransformId"]
    return made


def paged(glue: Any, operation: str, member: str, **request: Any) -> list[Any]:  # noqa: ANN401
    found: list[Any] = []
    token: dict[str, str] = {}
    while True:
        page = getattr(glue, operation)(MaxResults=2, **request, **token)
        found += page[member]
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


def test_a_transform_is_made_changed_and_deleted(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "d"})
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]
    table = {"Name": "t", "StorageDescriptor": {"Columns": columns}}
    glue.create_table(DatabaseName="d", TableInput=table)

    transform_id = make(glue, "people", WorkerType="G.1X", NumberOfWorkers=3, Tags={"a": "1"})

    found = glue.get_ml_transform(TransformId=transform_id)
    assert len(transform_id) == 44
    assert found["Parameters"] == PARAMETERS
    assert found["InputRecordTables"] == TABLES
    assert found["Schema"] == [
        {"Name": "id", "DataType": "bigint"},
        {"Name": "name", "DataType": "string"},
    ]
    assert (found["Status"], found["LabelCount"]) == ("NOT_READY", 0)
    assert (found["Timeout"], found["MaxRetries"], found["NumberOfWorkers"]) == (2880, 0, 3)
    assert "MaxCapacity" not in found
    glue.update_ml_transform(TransformId=transform_id, Name="persons", MaxCapacity=2.0)
    changed = glue.get_ml_transform(TransformId=transform_id)
    assert (changed["Name"], changed["MaxCapacity"]) == ("persons", 2.0)
    assert "WorkerType" not in changed
    make(glue, "people")
    with pytest.raises(
        glue.exceptions.AlreadyExistsException, match=r"Transform with name people already exists."
    ):
        glue.update_ml_transform(TransformId=transform_id, Name="people")
    assert glue.delete_ml_transform(TransformId=transform_id)["TransformId"] == transform_id
    for operation in ("get", "update", "delete"):
        with pytest.raises(
            glue.exceptions.EntityNotFoundException, match="Cannot find MLTransform in account"
        ):
            getattr(glue, f"{operation}_ml_transform")(TransformId=transform_id)
    make(glue, "persons")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"InputRecordTables": TABLES * 2}, "Exactly one input record table"),
        ({"InputRecordTables": []}, "Exactly one input record table"),
        ({"Parameters": {"TransformType": "FIND_MATCHES"}}, "have not been set"),
        (
            {"Parameters": {"TransformType": "FIND_MATCHES", "FindMatchesParameters": {}}},
            "A primary key must be specified",
        ),
        ({"MaxCapacity": 1.0, "WorkerType": "G.1X", "NumberOfWorkers": 1}, "at the same time"),
        ({"WorkerType": "G.1X"}, "Both WorkerType and NumberOfWorkers"),
        ({"MaxRetries": -1}, "non-negative"),
    ],
    ids=lambda item: str(item)[:30],
)
def test_a_wrong_definition_is_refused(glue: Any, members: dict[str, Any], said: str) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.InvalidInputException, match=said):
        make(glue, "people", **members)

    assert glue.list_ml_transforms()["TransformIds"] == []


def test_transforms_are_filtered_sorted_and_paged(glue: Any) -> None:  # noqa: ANN401
    names = ["c", "a", "e", "b", "d"]
    ids = {name: make(glue, name, Tags={"even": str(name in "bd")}) for name in names}

    def names_of(**request: Any) -> list[str]:  # noqa: ANN401
        return [item["Name"] for item in paged(glue, "get_ml_transforms", "Transforms", **request)]

    def by(column: str, direction: str = "ASCENDING") -> dict[str, Any]:
        return {"Sort": {"Column": column, "SortDirection": direction}}

    assert sorted(paged(glue, "list_ml_transforms", "TransformIds")) == sorted(ids.values())
    assert names_of(**by("NAME")) == sorted(names)
    assert names_of(**by("NAME", "DESCENDING")) == sorted(names, reverse=True)
    assert names_of(**by("CREATED")) == names
    assert names_of(**by("LAST_MODIFIED", "DESCENDING")) == names[::-1]
    assert len(names_of(**by("STATUS"))) == 5
    assert names_of(Filter={"Name": "b"}) == ["b"]
    assert names_of(Filter={"Status": "READY"}) == []
    made = glue.get_ml_transform(TransformId=ids["a"])["CreatedOn"]
    assert names_of(Filter={"CreatedBefore": made}, **by("CREATED")) == ["c"]
    assert len(names_of(Filter={"TransformType": "FIND_MATCHES", "Schema": []})) == 5
    tagged = glue.list_ml_transforms(Tags={"even": "True"}, **by("NAME"))
    assert tagged["TransformIds"] == [ids["b"], ids["d"]]
