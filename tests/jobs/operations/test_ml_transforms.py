"""Definitions of ML transforms through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.ml_store import LabelFile, MLStore
from gluepot.services import utc_now
from tests.jobs.operations.ml_cases import COLUMNS, PARAMETERS, TABLES, make, make_table, paged
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.glue import GlueServer


def teach(server: GlueServer, transform_id: str) -> None:
    """Let a transform learn from a file of labels, without the work."""
    engine = open_engine(server.database_url)
    file = LabelFile(uri="s3://b/k", content=b"", label_count=7)
    MLStore(engine, utc_now).learn(transform_id, [file], "{}", cause="test", known=[])
    engine.dispose()


def test_a_transform_is_made_changed_and_deleted(glue: Any) -> None:  # noqa: ANN401
    make_table(glue)

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


def test_labels_make_a_transform_ready(glue_server: GlueServer, glue: Any) -> None:  # noqa: ANN401
    taught, other = make(glue, "taught"), make(glue, "other")

    teach(glue_server, taught)

    found = glue.get_ml_transform(TransformId=taught)
    assert (found["Status"], found["LabelCount"]) == ("READY", 7)
    assert found["LastModifiedOn"] > found["CreatedOn"]
    ready = glue.list_ml_transforms(Filter={"Status": "READY"})["TransformIds"]
    assert ready == [taught]
    by_status = {"Sort": {"Column": "STATUS", "SortDirection": "DESCENDING"}}
    assert glue.list_ml_transforms(**by_status)["TransformIds"] == [taught, other]


def test_tuning_keeps_a_transform_ready_and_another_primary_key_does_not(
    glue_server: GlueServer,
    glue: Any,  # noqa: ANN401
) -> None:
    make_table(glue)
    transform_id = make(glue, "people")
    teach(glue_server, transform_id)
    by_id = {"PrimaryKeyColumnName": "id", "PrecisionRecallTradeoff": 0.1}
    tuned = {"TransformType": "FIND_MATCHES", "FindMatchesParameters": by_id}

    glue.update_ml_transform(TransformId=transform_id, Parameters=tuned)

    assert glue.get_ml_transform(TransformId=transform_id)["Status"] == "READY"
    by_name = {"TransformType": "FIND_MATCHES", "FindMatchesParameters": {}}
    by_name["FindMatchesParameters"] = {"PrimaryKeyColumnName": "name"}
    glue.update_ml_transform(TransformId=transform_id, Parameters=by_name)
    found = glue.get_ml_transform(TransformId=transform_id)
    assert (found["Status"], found["LabelCount"]) == ("NOT_READY", 7)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (COLUMNS[1:], "Schema should contain given primary key: id."),
        (
            [*COLUMNS, {"Name": "odd", "Type": "array<"}],
            "Input source column odd has an invalid data type defined in the catalog.",
        ),
        (
            COLUMNS + [{"Name": f"c{number}", "Type": "int"} for number in range(99)],
            "has 101 columns; a transform takes at most 100",
        ),
    ],
    ids=["no primary key", "no type", "too many columns"],
)
def test_a_table_that_does_not_fit_is_refused(
    glue: Any,  # noqa: ANN401
    columns: list[dict[str, str]],
    said: str,
) -> None:
    make_table(glue, columns)

    with pytest.raises(glue.exceptions.InvalidInputException, match=said):
        make(glue, "people")


def test_there_are_no_more_transforms_than_the_settings_allow(
    database_url: str, tmp_path: Path
) -> None:
    limits = {"ml_transforms": 1}
    with thread_server(database_url, tmp_path / "home", limits=limits) as server:
        glue = server.client()
        make(glue, "one")

        with pytest.raises(glue.exceptions.ResourceNumberLimitExceededException):
            make(glue, "two")

        (only,) = glue.list_ml_transforms()["TransformIds"]
        glue.delete_ml_transform(TransformId=only)
        make(glue, "two")


def test_a_transform_has_the_tags_that_its_arn_is_given(glue: Any) -> None:  # noqa: ANN401
    transform_id = make(glue, "people", Tags={"a": "1"})
    arn = f"arn:aws:glue:us-east-1:000000000000:mlTransform/{transform_id}"

    glue.tag_resource(ResourceArn=arn, TagsToAdd={"b": "2"})

    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "1", "b": "2"}
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert glue.list_ml_transforms(Tags={"b": "2"})["TransformIds"] == [transform_id]
    assert glue.list_ml_transforms(Tags={"a": "1"})["TransformIds"] == []
