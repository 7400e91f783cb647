from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from botocore.parsers import create_parser
from botocore.session import Session

from gluepot.catalog.errors import InvalidInputError, SerializationError, ValidationError
from gluepot.catalog.registry_words import REGISTRY_OPERATIONS
from gluepot.catalog.service_model import Stored, glue_model

MODEL = glue_model()


def read(operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401  # noqa: ANN401
    found = MODEL.operation(operation)
    assert found is not None
    return found.read(request)


def write(operation: str, **reply: Any) -> dict[str, Any]:  # noqa: ANN401  # noqa: ANN401
    found = MODEL.operation(operation)
    assert found is not None
    return found.write(reply)


def test_every_operation_of_the_model_can_be_read_and_written() -> None:
    service = Session().get_service_model("glue")

    assert MODEL.names == tuple(sorted(service.operation_names))
    for name in MODEL.names:
        model = MODEL.operation(name)
        assert model is not None
        shape: Any = service.operation_model(name).input_shape
        required = shape.required_members
        if required:
            with pytest.raises((InvalidInputError, ValidationError)) as found:
                model.read({})
            told = 1 if name in REGISTRY_OPERATIONS else len(required)
            assert str(found.value).startswith(f"{told} validation error")
        else:
            assert model.read({}) == {}
        assert model.write(None) == {}


def test_unknown_and_null_members_are_left_out() -> None:
    found = read("GetTable", DatabaseName="a", Name="b", CatalogId=None, NewInTwoYears={"x": 1})

    assert found == {"DatabaseName": "a", "Name": "b"}


@pytest.mark.parametrize(
    ("operation", "request_", "says"),
    [
        (
            "GetTable",
            {"DatabaseName": "", "Name": "b"},
            (
                "1 validation error detected: Value '' at 'databaseName' failed to satisfy"
                " constraint: Member must have length greater than or equal to 1"
            ),
        ),
        (
            "GetTables",
            {"DatabaseName": "a", "MaxResults": 101},
            (
                "Value '101' at 'maxResults' failed to satisfy constraint:"
                " Member must have value less than or equal to 100"
            ),
        ),
        (
            "CreateTable",
            {
                "DatabaseName": "a",
                "TableInput": {"Name": "b", "StorageDescriptor": {"Columns": [{}]}},
            },
            (
                "Value null at 'tableInput.storageDescriptor.columns.1.member.name' failed to"
                " satisfy constraint: Member must not be null"
            ),
        ),
        (
            "GetDatabases",
            {"ResourceShareType": "MINE"},
            (
                "Value 'MINE' at 'resourceShareType' failed to satisfy constraint:"
                " Member must satisfy enum value set: [ALL, FEDERATED, FOREIGN]"
            ),
        ),
        (
            "GetTable",
            {"DatabaseName": "a\n", "Name": "b"},
            "Member must satisfy regular expression pattern",
        ),
        (
            "BatchDeleteTable",
            {"DatabaseName": "a", "TablesToDelete": ["t"] * 101},
            (
                "Value at 'tablesToDelete' failed to satisfy constraint:"
                " Member must have length less than or equal to 100"
            ),
        ),
    ],
)
def test_a_broken_rule_is_told_in_aws_s_words(
    operation: str, request_: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInputError) as found:
        read(operation, **request_)

    assert says in str(found.value)


@pytest.mark.parametrize(
    ("operation", "request_", "says"),
    [
        ("GetTable", {"DatabaseName": 1, "Name": "b"}, "databaseName must be a string"),
        ("GetTables", {"DatabaseName": "a", "MaxResults": "5"}, "maxResults must be a whole"),
        ("GetTables", {"DatabaseName": "a", "MaxResults": True}, "maxResults must be a whole"),
        ("GetTables", {"DatabaseName": "a", "MaxResults": 1 << 31}, "whole number of 32 bits"),
        ("CreateTable", {"DatabaseName": "a", "TableInput": []}, "tableInput must be an object"),
        ("BatchDeleteTable", {"DatabaseName": "a", "TablesToDelete": {}}, "must be a list"),
        (
            "CreateTable",
            {"DatabaseName": "a", "TableInput": {"Name": "b", "LastAccessTime": 1e300}},
            "tableInput.lastAccessTime must be seconds since 1970",
        ),
        (
            "UpdateColumnStatisticsForTable",
            {"DatabaseName": "a", "TableName": "b", "ColumnStatisticsList": [7]},
            "columnStatisticsList.1.member must be an object",
        ),
    ],
)
def test_a_member_of_another_json_type_is_told_by_its_path(
    operation: str, request_: dict[str, Any], says: str
) -> None:
    with pytest.raises(SerializationError) as found:
        read(operation, **request_)

    assert says in str(found.value)


def test_what_stands_in_a_map_is_never_shown() -> None:
    with pytest.raises(InvalidInputError) as found:
        read(
            "CreateConnection",
            ConnectionInput={
                "Name": "c",
                "ConnectionType": "JDBC",
                "ConnectionProperties": {"PASSWORD": "hunter2" * 1000},
            },
        )

    assert "hunter2" not in str(found.value)


def test_characters_beyond_the_first_plane_match_as_in_java() -> None:
    assert read("GetTable", DatabaseName="\U0001f600", Name="b")["DatabaseName"] == "\U0001f600"


@pytest.mark.parametrize(("sent", "expected"), [(5, 5), (1.5, 1.5), ("1970-01-01T00:00:05Z", 5.0)])
def test_a_time_is_a_number_of_seconds(sent: object, expected: float) -> None:
    table = {"Name": "b", "LastAccessTime": sent}

    found = read("CreateTable", DatabaseName="a", TableInput=table)

    assert found["TableInput"]["LastAccessTime"] == expected


def test_a_reply_is_what_botocore_reads() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
    reply = write(
        "GetTable",
        Table={"Name": "b", "CreateTime": moment, "Description": None, "Parameters": {"a": "b"}},
    )

    assert reply == {
        "Table": {"Name": "b", "CreateTime": moment.timestamp(), "Parameters": {"a": "b"}}
    }
    shape: Any = Session().get_service_model("glue").operation_model("GetTable").output_shape
    parsed = create_parser("json").parse(
        {"status_code": 200, "headers": {}, "body": orjson.dumps(reply)}, shape
    )
    assert parsed["Table"]["CreateTime"] == moment


@pytest.mark.parametrize(
    "reply",
    [
        {"Tabel": {}},
        {"Table": {"Name": "b", "Nmae": "c"}},
        {"Table": {}},
        {"Table": {"Name": 5}},
        {"Table": {"Name": "b", "CreateTime": "now"}},
        {"Table": {"Name": "b", "PartitionKeys": {}}},
        {"Table": {"Name": "b", "Parameters": []}},
        {"Table": {"Name": "b", "IsRegisteredWithLakeFormation": 0}},
    ],
)
def test_a_reply_outside_the_model_is_a_fault(reply: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="reply"):
        write("GetTable", **reply)


def test_a_stored_document_is_not_checked_again() -> None:
    stored = Stored({"Name": "b", "Parameters": {"a": "b"}})

    assert write("GetTable", Table=stored)["Table"] is stored


def test_operations_that_are_not_the_catalog_s_say_validation_exception() -> None:
    for operation in ("GetCrawler", "CreateTrigger", "GetJob"):
        with pytest.raises(ValidationError):
            read(operation, Name="", JobName="")


def test_keys_of_a_map_may_be_newer_than_the_model() -> None:
    connection = {
        "Name": "c",
        "ConnectionType": "JDBC",
        "ConnectionProperties": {"A_KEY_OF_NEXT_YEAR": "x"},
    }

    assert read("CreateConnection", ConnectionInput=connection)["ConnectionInput"] == connection


@pytest.mark.parametrize(
    ("operation", "request_", "says"),
    [
        (
            "CreateRegistry",
            {"RegistryName": "x" * 256},
            (
                "The resource name contains too many or too few characters."
                " Parameter Name: registryName"
            ),
        ),
        (
            "CreateRegistry",
            {"RegistryName": "a b"},
            (
                "The parameter value contains one or more characters that are not valid."
                " Parameter Name: registryName"
            ),
        ),
        (
            "GetSchemaVersion",
            {"SchemaVersionId": "00000000-0000-0000-0000-00000000000p"},
            (
                "The parameter value contains one or more characters that are not valid."
                " Parameter Name: SchemaVersionId"
            ),
        ),
        (
            "CreateRegistry",
            {"RegistryName": "a", "Tags": {str(number): "x" for number in range(51)}},
            "New Tags cannot be empty or more than 50",
        ),
        (
            "CreateSchema",
            {"SchemaName": "a", "DataFormat": "CSV"},
            "Data format is not valid.",
        ),
        (
            "CreateSchema",
            {"SchemaName": "a", "DataFormat": "AVRO", "Compatibility": "SOME"},
            "Compatibility is not valid.",
        ),
    ],
)
def test_the_schema_registry_has_words_of_its_own(
    operation: str, request_: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInputError) as found:
        read(operation, **request_)

    assert str(found.value) == says


def test_equal_lists_of_one_request_are_each_checked() -> None:
    operation = glue_model().operation("BatchCreatePartition")
    assert operation is not None

    def request(*names: Any) -> dict[str, Any]:  # noqa: ANN401
        storages = [{"Columns": [{"Name": "a"}, {"Name": name, "Type": None}]} for name in names]
        inputs = [{"StorageDescriptor": storage} for storage in storages]
        return {"DatabaseName": "d", "TableName": "t", "PartitionInputList": inputs}

    found = operation.read(request("b", "b", "c"))
    lists = [item["StorageDescriptor"]["Columns"] for item in found["PartitionInputList"]]
    assert lists == [[{"Name": "a"}, {"Name": name}] for name in ("b", "b", "c")]
    for names in (("b", "", "", "b"), ("b", 1, True, "b")):
        with pytest.raises((InvalidInputError, SerializationError)) as caught:
            operation.read(request(*names))
        assert str(caught.value).count("storageDescriptor.columns.2.member.name") == 2
