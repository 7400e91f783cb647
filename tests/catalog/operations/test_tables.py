from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluepot.catalog.model import (
    Column,
    Database,
    Order,
    Partition,
    SerDeInfo,
    StorageDescriptor,
    Table,
)
from gluepot.catalog.wire import from_wire, to_wire
from tests.catalog.conftest import CLI

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.store import CatalogStore

STORAGE: dict[str, Any] = {
    "Columns": [
        {"Name": "Id", "Type": "bigint", "Comment": "", "Parameters": {"iceberg.field.id": "1"}},
        {"Name": "untyped"},
    ],
    "Location": "s3://raw/t/",
    "AdditionalLocations": [],
    "InputFormat": "i",
    "OutputFormat": "o",
    "Compressed": False,
    "NumberOfBuckets": -1,
    "SerdeInfo": {"Name": "n", "SerializationLibrary": "l", "Parameters": {"a": ""}},
    "BucketColumns": [],
    "SortColumns": [{"Column": "Id", "SortOrder": 0}],
    "Parameters": {},
    "SkewedInfo": {
        "SkewedColumnNames": [],
        "SkewedColumnValues": ["x"],
        "SkewedColumnValueLocationMaps": {"x": "s3://y/"},
    },
    "StoredAsSubDirectories": True,
}
FULL: dict[str, Any] = {
    "Name": "Trips",
    "Description": "",
    "Owner": "anna",
    "Retention": 3,
    "StorageDescriptor": STORAGE,
    "PartitionKeys": [{"Name": "year", "Type": "int"}],
    "ViewOriginalText": "",
    "ViewExpandedText": "v",
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"k": "\u2028 \u00e9"},
    "ViewDefinition": {
        "IsProtected": False,
        "SubObjects": ["arn:aws:glue:us-east-1:000000000000:table/d/t"],
        "Representations": [{"Dialect": "SPARK", "DialectVersion": "3", "ViewOriginalText": "a"}],
    },
}
SET_BY_THE_STORE = {
    *("DatabaseName", "CreateTime", "UpdateTime", "CreatedBy", "CatalogId", "VersionId"),
    *("IsRegisteredWithLakeFormation", "IsMultiDialectView"),
}


def make(glue: Any, *names: str) -> None:  # noqa: ANN401
    for name in names:
        glue.create_table(DatabaseName="d", TableInput={"Name": name})


def listed(glue: Any, **request: Any) -> list[str]:  # noqa: ANN401
    pages = glue.get_paginator("get_tables").paginate(DatabaseName="d", **request)
    return [table["Name"] for page in pages for table in page["TableList"]]


def given_members(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in SET_BY_THE_STORE}


def test_a_table_comes_back_as_it_was_written(database: Any) -> None:  # noqa: ANN401
    database.create_table(DatabaseName="D", TableInput=FULL)

    found = database.get_table(DatabaseName="d", Name="TRIPS")["Table"]

    assert given_members(found) == FULL | {"Name": "trips"}
    assert {key: found[key] for key in ("DatabaseName", "CreatedBy", "CatalogId", "VersionId")} == {
        "DatabaseName": "d",
        "CreatedBy": "arn:aws:iam::000000000000:root",
        "CatalogId": "000000000000",
        "VersionId": "0",
    }
    assert found["CreateTime"] == found["UpdateTime"]
    assert found["IsMultiDialectView"] is True


def test_what_is_absent_stays_absent(database: Any) -> None:  # noqa: ANN401
    make(database, "bare")

    found = given_members(database.get_table(DatabaseName="d", Name="bare")["Table"])

    assert found == {"Name": "bare", "Retention": 0}


def test_a_schema_reference_comes_back(database: Any) -> None:  # noqa: ANN401
    database.create_registry(RegistryName="r")
    schema = {"SchemaName": "s", "RegistryId": {"RegistryName": "r"}}
    database.create_schema(**schema, DataFormat="AVRO", SchemaDefinition='"int"')
    reference = {"SchemaId": {"SchemaName": "s", "RegistryName": "r"}, "SchemaVersionNumber": 1}
    storage = STORAGE | {"SchemaReference": reference}
    database.create_table(DatabaseName="d", TableInput={"Name": "t", "StorageDescriptor": storage})

    found = database.get_table(DatabaseName="d", Name="t")["Table"]

    assert found["StorageDescriptor"] == storage


def test_times_that_a_client_sets_come_back(database: Any) -> None:  # noqa: ANN401
    times = {"LastAccessTime": 1700000000.25, "LastAnalyzedTime": 1700000001}
    database.create_table(DatabaseName="d", TableInput={"Name": "t", **times})

    found = database.get_table(DatabaseName="d", Name="t")["Table"]

    assert {key: found[key].timestamp() for key in times} == times


def test_the_store_loses_no_member_of_the_model() -> None:
    model = botocore.session.get_session().get_service_model("glue")
    classes: dict[str, type] = {
        "DatabaseInput": Database,
        "TableInput": Table,
        "PartitionInput": Partition,
        "StorageDescriptor": StorageDescriptor,
        "Column": Column,
        "SerDeInfo": SerDeInfo,
        "Order": Order,
    }
    least: dict[str, dict[str, Any]] = {
        "DatabaseInput": {"Name": "d"},
        "TableInput": {"DatabaseName": "d", "Name": "t"},
        "PartitionInput": {"Values": []},
        "Column": {"Name": "c"},
        "Order": {"Column": "c", "SortOrder": 1},
    }
    samples = {"string": "x", "integer": 1, "boolean": False, "timestamp": 1.5}
    for name, cls in classes.items():
        members: dict[str, Any] = {}
        shape_members: Any = model.shape_for(name)
        for key, shape in shape_members.members.items():
            empty: Any = [] if shape.type_name == "list" else {}
            members[key] = samples.get(shape.type_name, empty)
        if "SerdeInfo" in members:
            members["SkewedInfo"] = {"SkewedColumnNames": ["a"]}
        wire = least.get(name, {}) | members

        assert to_wire(from_wire(cls, wire)) == wire, name


def test_an_update_replaces_the_whole_definition(database: Any) -> None:  # noqa: ANN401
    database.create_table(DatabaseName="d", TableInput=FULL)
    before = database.get_table(DatabaseName="d", Name="trips")["Table"]

    database.update_table(DatabaseName="d", TableInput={"Name": "TRIPS", "Owner": "bo"})

    after = database.get_table(DatabaseName="d", Name="trips")["Table"]
    assert given_members(after) == {"Name": "trips", "Owner": "bo", "Retention": 0}
    assert after["VersionId"] == "1"
    assert after["CreateTime"] == before["CreateTime"] < after["UpdateTime"]


def test_a_stale_version_is_refused(database: Any) -> None:  # noqa: ANN401
    make(database, "t")
    new = {"Name": "t", "Description": "new"}
    database.update_table(DatabaseName="d", TableInput=new, VersionId="0")

    with pytest.raises(
        database.exceptions.ConcurrentModificationException,
        match=r"Update table failed due to concurrent modifications\.",
    ):
        database.update_table(DatabaseName="d", TableInput={"Name": "t"}, VersionId="0")

    found = database.get_table(DatabaseName="d", Name="t")["Table"]
    assert (found["VersionId"], found["Description"]) == ("1", "new")


def test_skip_archive_advances_the_version_and_keeps_none(database: Any) -> None:  # noqa: ANN401
    make(database, "t")

    database.update_table(DatabaseName="d", TableInput={"Name": "t"}, SkipArchive=True)

    versions = database.get_table_versions(DatabaseName="d", TableName="t")["TableVersions"]
    assert [version["VersionId"] for version in versions] == ["1"]


def test_a_table_is_not_renamed(database: Any) -> None:  # noqa: ANN401
    make(database, "t")

    with pytest.raises(database.exceptions.InvalidInputException, match="cannot be renamed"):
        database.update_table(DatabaseName="d", Name="t", TableInput={"Name": "u"})


def test_faults_have_the_services_names_and_words(database: Any) -> None:  # noqa: ANN401
    make(database, "t")

    with pytest.raises(database.exceptions.AlreadyExistsException, match="Table already exists"):
        make(database, "T")
    missing = database.exceptions.EntityNotFoundException
    calls: tuple[Callable[[], Any], ...] = (
        lambda: database.get_table(DatabaseName="d", Name="nope"),
        lambda: database.update_table(DatabaseName="d", TableInput={"Name": "nope"}),
        lambda: database.delete_table(DatabaseName="d", Name="nope"),
        lambda: database.get_table_versions(DatabaseName="d", TableName="nope"),
    )
    for call in calls:
        with pytest.raises(missing, match=r"Table nope not found\."):
            call()
    calls = (
        lambda: database.get_table(DatabaseName="nope", Name="t"),
        lambda: database.create_table(DatabaseName="nope", TableInput={"Name": "t"}),
        lambda: database.update_table(DatabaseName="nope", TableInput={"Name": "t"}),
        lambda: database.batch_delete_table(DatabaseName="nope", TablesToDelete=["t"]),
    )
    for call in calls:
        with pytest.raises(missing, match=r"Database nope not found\."):
            call()


def test_iceberg_metadata_is_refused_with_what_to_do(database: Any) -> None:  # noqa: ANN401
    with pytest.raises(database.exceptions.InvalidInputException, match="PyIceberg"):
        database.create_table(
            DatabaseName="d",
            TableInput={"Name": "t"},
            OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE"}},
        )
    with pytest.raises(database.exceptions.InvalidInputException, match="TableInput is needed"):
        database.create_table(DatabaseName="d", Name="t")

    assert listed(database) == []


def test_deleted_tables_are_gone_and_missing_ones_are_told(database: Any) -> None:  # noqa: ANN401
    make(database, "a", "b", "c")

    database.delete_table(DatabaseName="d", Name="C")
    reply = database.batch_delete_table(DatabaseName="d", TablesToDelete=["z", "B", "nope"])

    assert [item["TableName"] for item in reply["Errors"]] == ["z", "nope"]
    assert reply["Errors"][0]["ErrorDetail"] == {
        "ErrorCode": "EntityNotFoundException",
        "ErrorMessage": "Table z not found.",
    }
    assert database.batch_delete_table(DatabaseName="d", TablesToDelete=["a"])["Errors"] == []
    assert listed(database) == []


def test_tables_come_in_pages_by_name_while_others_come_and_go(database: Any) -> None:  # noqa: ANN401
    make(database, *"fbdace")

    first = database.get_tables(DatabaseName="d", MaxResults=2)
    database.delete_table(DatabaseName="d", Name="b")
    make(database, "aa", "ca")
    token = first["NextToken"]
    second = database.get_tables(DatabaseName="d", MaxResults=9, NextToken=token)

    assert [table["Name"] for table in first["TableList"]] == ["a", "b"]
    assert [table["Name"] for table in second["TableList"]] == ["c", "ca", "d", "e", "f"]
    assert "NextToken" not in second


CHOICES = {
    "a.*": ["abc", "abd"],
    "*": ["abc", "abd", "b_c", "xabc"],
    "ab*": ["abc", "abd"],
    "*abc": ["abc", "xabc"],
    "ABC": ["abc"],
    "abc|b_c": ["abc", "b_c"],
    "ab[d-z]": ["abd"],
    "b": [],
    ".*b.+": ["abc", "abd", "b_c", "xabc"],
    "abcd?": ["abc"],
    "x?abc": ["abc", "xabc"],
    "abc{1}": ["abc"],
    "(a+)+$": [],
}


def test_names_are_chosen_by_a_whole_match_or_a_glob(database: Any) -> None:  # noqa: ANN401
    make(database, "abc", "abd", "b_c", "xabc")

    for expression, found in CHOICES.items():
        assert listed(database, Expression=expression) == found, expression
        pages = {"PageSize": 1}
        assert listed(database, Expression=expression, PaginationConfig=pages) == found, expression


def test_what_is_no_regular_expression_is_refused(database: Any) -> None:  # noqa: ANN401
    for expression in ("(", "[", "(?<=a)b", "\\1"):
        with pytest.raises(database.exceptions.InvalidInputException, match="regular expression"):
            database.get_tables(DatabaseName="d", Expression=expression)


def test_only_the_attributes_asked_for_are_given(database: Any) -> None:  # noqa: ANN401
    database.create_table(DatabaseName="d", TableInput=FULL)

    def asked(*names: str) -> set[str]:
        (table,) = database.get_tables(DatabaseName="d", AttributesToGet=names)["TableList"]
        return set(table)

    assert asked("NAME") == {"Name", "DatabaseName"}
    assert asked("NAME", "TABLE_TYPE") == {"Name", "DatabaseName", "TableType"}
    assert "StorageDescriptor" in asked("NAME", "DEFAULT")


def test_a_table_is_made_with_its_partition_indexes_or_not_at_all(database: Any) -> None:  # noqa: ANN401
    keyed = {"Name": "t", "PartitionKeys": [{"Name": "k", "Type": "int"}]}
    index = {"Keys": ["k"], "IndexName": "i"}

    with pytest.raises(database.exceptions.InvalidInputException, match="nope"):
        database.create_table(
            DatabaseName="d",
            TableInput=keyed,
            PartitionIndexes=[index, {"Keys": ["nope"], "IndexName": "j"}],
        )
    assert listed(database) == []
    database.create_table(DatabaseName="d", TableInput=keyed, PartitionIndexes=[index])

    (found,) = database.get_partition_indexes(DatabaseName="d", TableName="t")[
        "PartitionIndexDescriptorList"
    ]
    assert (found["IndexName"], found["IndexStatus"]) == ("i", "ACTIVE")


def test_what_an_engine_may_read_of_partitions_is_all(database: Any) -> None:  # noqa: ANN401
    database.create_table(DatabaseName="d", TableInput=FULL)
    where = {"CatalogId": "000000000000", "DatabaseName": "d", "TableName": "trips"}
    inputs = [{"Values": [str(year)]} for year in (2013, 2014)]
    database.batch_create_partition(**where, PartitionInputList=inputs)
    asked = {**where, "SupportedPermissionTypes": ["COLUMN_PERMISSION"]}

    page = database.get_unfiltered_partitions_metadata(**asked, MaxResults=1)
    rest = database.get_unfiltered_partitions_metadata(
        **asked, MaxResults=1, NextToken=page["NextToken"]
    )
    one = database.get_unfiltered_partition_metadata(**asked, PartitionValues=["2014"])

    (second,) = rest["UnfilteredPartitions"]
    assert page["UnfilteredPartitions"][0]["Partition"]["Values"] == ["2013"]
    assert second["AuthorizedColumns"] == one["AuthorizedColumns"] == ["Id", "untyped", "year"]
    assert second["Partition"] == one["Partition"]
    assert "NextToken" not in rest


def test_what_governed_tables_had_is_accepted_and_says_nothing(database: Any) -> None:  # noqa: ANN401
    database.create_table(DatabaseName="d", TableInput={"Name": "t"}, TransactionId="1")

    asked = {"TransactionId": "1", "QueryAsOfTime": 0, "IncludeStatusDetails": True}
    found = database.get_table(DatabaseName="d", Name="t", **asked)["Table"]

    assert found["Name"] == "t"
    assert database.get_tables(DatabaseName="d", TransactionId="1", QueryAsOfTime=0)["TableList"]


def test_dialects_of_a_view_are_added_replaced_and_dropped(database: Any) -> None:  # noqa: ANN401
    def view(*texts: tuple[str, str]) -> dict[str, Any]:
        views = [{"Dialect": dialect, "ViewOriginalText": text} for dialect, text in texts]
        return {"Name": "t", "ViewDefinition": {"Representations": views}}

    def update(action: str, *texts: tuple[str, str]) -> list[tuple[str, str]]:
        database.update_table(DatabaseName="d", TableInput=view(*texts), ViewUpdateAction=action)
        found = database.get_table(DatabaseName="d", Name="t")["Table"]["ViewDefinition"]
        return [(item["Dialect"], item["ViewOriginalText"]) for item in found["Representations"]]

    database.create_table(DatabaseName="d", TableInput=view(("SPARK", "1")))

    assert update("ADD", ("ATHENA", "2")) == [("SPARK", "1"), ("ATHENA", "2")]
    assert update("REPLACE", ("SPARK", "3")) == [("SPARK", "3"), ("ATHENA", "2")]
    assert update("DROP", ("SPARK", "")) == [("ATHENA", "2")]
    assert update("ADD_OR_REPLACE", ("SPARK", "4")) == [("ATHENA", "2"), ("SPARK", "4")]
    with pytest.raises(database.exceptions.AlreadyExistsException):
        update("ADD", ("SPARK", "5"))
    with pytest.raises(database.exceptions.EntityNotFoundException):
        update("REPLACE", ("REDSHIFT", "5"))


def test_what_an_engine_may_read_is_all_of_a_table(database: Any) -> None:  # noqa: ANN401
    database.create_table(DatabaseName="d", TableInput=FULL)

    found = database.get_unfiltered_table_metadata(
        CatalogId="000000000000",
        DatabaseName="d",
        Name="trips",
        SupportedPermissionTypes=["COLUMN_PERMISSION"],
    )

    assert found["AuthorizedColumns"] == ["Id", "untyped", "year"]
    assert found["Table"]["Name"] == "trips"
    assert found["ResourceArn"] == "arn:aws:glue:us-east-1:000000000000:table/d/trips"
    assert found["CellFilters"] == []


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
storages = st.fixed_dictionaries(
    {},
    optional={
        "Columns": st.lists(
            st.fixed_dictionaries(
                {"Name": words.filter(bool)},
                optional={
                    "Type": words,
                    "Comment": words,
                    "Parameters": st.dictionaries(words.filter(bool), words),
                },
            ),
            max_size=3,
        ),
        "Location": words,
        "Compressed": st.booleans(),
        "NumberOfBuckets": st.integers(-(2**31), 2**31 - 1),
        "Parameters": st.dictionaries(words.filter(bool), words),
        "SkewedInfo": st.just({"SkewedColumnNames": []}),
        "SchemaReference": st.just({"SchemaVersionNumber": 7}),
    },
)
definitions = st.fixed_dictionaries(
    {"Name": st.just("t")},
    optional={
        "Description": words,
        "LastAccessTime": st.integers(0, 10**9),
        "Retention": st.integers(0, 9),
        "StorageDescriptor": storages,
        "PartitionKeys": st.just([]),
        "TableType": words,
        "Parameters": st.dictionaries(words.filter(bool), words),
        "TargetTable": st.just({"DatabaseName": "x", "Name": "y"}),
    },
)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(definitions, definitions)
def test_definitions_survive_the_store_its_objects_and_its_versions(
    catalog: CatalogStore, first: dict[str, Any], second: dict[str, Any]
) -> None:
    name = {"DatabaseName": "flights"}
    with catalog.transaction() as store:
        store.tables.create("flights", first, CLI)
        store.tables.update("flights", second, CLI)
        store.restore_table("flights", "t", "0", CLI)
        restored = store.tables.get("flights", "t").definition
        store.update_table(store.get_version("flights", "t", "1").table, CLI)
        through_objects = store.tables.get("flights", "t").definition
        diffs = [version.diff for version in store.list_versions("flights", "t")]
        store.tables.delete("flights", "t")

    assert json.loads(json.dumps(restored)) == first | name
    assert through_objects == second | name
    assert not (first == second and any(diffs))
