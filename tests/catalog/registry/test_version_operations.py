from __future__ import annotations

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import jsonpatch
from botocore.exceptions import ClientError

from tests.catalog.registry.calls import (
    AGE,
    ARN_ID,
    ID,
    NEEDED_AGE,
    OPTIONAL_AGE,
    OPTIONAL_CITY,
    PERSON,
    Client,
    Reply,
    create,
    numbers,
    person,
    refusal,
    register,
)

if TYPE_CHECKING:
    from tests.servers.glue import GlueServer


def test_a_definition_that_says_the_same_is_the_same_version(glue: Client, schema: Reply) -> None:
    spelled = json.dumps({**json.loads(PERSON), "name": "people.Person", "namespace": "x"})

    again = register(glue, spelled)

    assert again["SchemaVersionId"] == schema["SchemaVersionId"]
    assert (again["VersionNumber"], again["Status"]) == (1, "AVAILABLE")


def test_an_incompatible_version_is_kept_as_a_failure(glue: Client, schema: Reply) -> None:
    assert schema
    failed = register(glue, NEEDED_AGE)

    assert (failed["VersionNumber"], failed["Status"]) == (2, "FAILURE")
    stored = glue.get_schema_version(SchemaVersionId=failed["SchemaVersionId"])
    assert (stored["Status"], stored["SchemaDefinition"]) == ("FAILURE", NEEDED_AGE)
    found = glue.get_schema(SchemaId=ID)
    assert (found["LatestSchemaVersion"], found["NextSchemaVersion"]) == (1, 3)
    again = register(glue, NEEDED_AGE)
    assert (again["SchemaVersionId"], again["Status"]) == (failed["SchemaVersionId"], "FAILURE")


def test_a_failed_definition_can_come_again_under_another_mode(glue: Client, schema: Reply) -> None:
    assert schema
    failed = register(glue, NEEDED_AGE)
    glue.update_schema(
        SchemaId=ID, SchemaVersionNumber={"VersionNumber": 1}, Compatibility="FORWARD"
    )

    taken = register(glue, NEEDED_AGE)

    assert (taken["VersionNumber"], taken["Status"]) == (3, "AVAILABLE")
    found = glue.get_schema_by_definition(SchemaId=ID, SchemaDefinition=NEEDED_AGE)
    assert found["SchemaVersionId"] == taken["SchemaVersionId"] != failed["SchemaVersionId"]


def test_each_mode_is_really_checked(glue: Client) -> None:
    glue.create_registry(RegistryName="events")
    outcomes = {}
    for mode in ("NONE", "BACKWARD", "FORWARD", "FULL"):
        create(glue, Compatibility=mode, SchemaName=mode)
        key = {**ID, "SchemaName": mode}
        made = [register(glue, one, **key) for one in (NEEDED_AGE, OPTIONAL_AGE, OPTIONAL_CITY)]
        outcomes[mode] = [one["Status"] for one in made]

    good = "AVAILABLE"
    assert outcomes == {
        "NONE": [good, good, good],
        "BACKWARD": ["FAILURE", good, good],
        "FORWARD": [good, good, good],
        "FULL": ["FAILURE", good, good],
    }


def test_the_modes_for_all_versions_look_back_to_the_checkpoint(
    glue: Client, schema: Reply
) -> None:
    # Version 1 has no age, version 2 a default for it, version 3 needs it: 3 reads 2 but not 1.
    assert schema
    assert register(glue, OPTIONAL_AGE)["Status"] == "AVAILABLE"
    first = {"VersionNumber": 1}
    glue.update_schema(SchemaId=ID, SchemaVersionNumber=first, Compatibility="BACKWARD_ALL")
    assert register(glue, NEEDED_AGE)["Status"] == "FAILURE"

    second = {"VersionNumber": 2}
    glue.update_schema(SchemaId=ID, SchemaVersionNumber=second)

    assert register(glue, NEEDED_AGE)["Status"] == "AVAILABLE"


def test_a_disabled_schema_takes_no_version(glue: Client) -> None:
    glue.create_registry(RegistryName="events")
    create(glue, Compatibility="DISABLED")

    assert refusal(register, glue=glue, definition=OPTIONAL_AGE) == (
        "InvalidInputException",
        (
            "Compatibility DISABLED does not allow versioning. SchemaId: SchemaId(schemaArn=null,"
            " schemaName=person, registryName=events)"
        ),
    )
    assert register(glue, PERSON)["VersionNumber"] == 1


def test_versions_are_found_by_id_and_by_number(glue: Client, schema: Reply) -> None:
    second = register(glue, OPTIONAL_AGE, **ARN_ID)

    by_id = glue.get_schema_version(SchemaVersionId=second["SchemaVersionId"])
    by_number = glue.get_schema_version(SchemaId=ID, SchemaVersionNumber={"VersionNumber": 2})
    latest = glue.get_schema_version(SchemaId=ARN_ID, SchemaVersionNumber={"LatestVersion": True})

    for found in (by_id, by_number, latest):
        found.pop("ResponseMetadata")
    assert by_id == by_number == latest
    assert by_id["SchemaDefinition"] == OPTIONAL_AGE
    assert (by_id["DataFormat"], by_id["SchemaArn"]) == ("AVRO", schema["SchemaArn"])
    assert isinstance(by_id["CreatedTime"], str)


def test_versions_are_refused_in_glues_words(glue: Client, schema: Reply) -> None:
    get = glue.get_schema_version
    version_id = schema["SchemaVersionId"]
    assert refusal(get, SchemaVersionId=version_id, SchemaId=ID)[1] == (
        "No other input parameters can be specified when fetching by SchemaVersionId."
    )
    both = {"LatestVersion": True, "VersionNumber": 1}
    assert refusal(get, SchemaId=ID, SchemaVersionNumber=both)[1] == (
        "Only one of VersionNumber or LatestVersion is required."
    )
    assert refusal(get, SchemaId=ID)[1] == "One of version number (or) latest version is required."
    assert refusal(get)[1].startswith("At least one of (registryName and schemaName)")
    assert refusal(get, SchemaId=ID, SchemaVersionNumber={"VersionNumber": 7}) == (
        "EntityNotFoundException",
        (
            "Schema version is not found. RegistryName: events, SchemaName: person,"
            " SchemaArn: null, VersionNumber: 7, isLatestVersion: false"
        ),
    )
    missing = {**ID, "SchemaName": "x"}
    assert refusal(register, glue=glue, definition=PERSON, **missing)[0] == (
        "EntityNotFoundException"
    )
    assert "is invalid: it is not JSON" in refusal(register, glue=glue, definition="{")[1]


def test_versions_are_listed_newest_first_by_pages(glue: Client, schema: Reply) -> None:
    assert schema
    register(glue, OPTIONAL_AGE)
    register(glue, OPTIONAL_CITY)

    pages = list(
        glue.get_paginator("list_schema_versions").paginate(
            SchemaId=ID, PaginationConfig={"PageSize": 2}
        )
    )

    assert [[one["VersionNumber"] for one in page["Schemas"]] for page in pages] == [[3, 2], [1]]
    assert {one["Status"] for page in pages for one in page["Schemas"]} == {"AVAILABLE"}


def test_the_difference_of_two_versions_is_a_json_patch(glue: Client, schema: Reply) -> None:
    assert schema
    register(glue, OPTIONAL_AGE)

    def diff(first: int, second: int) -> str:
        found: str = glue.get_schema_versions_diff(
            SchemaId=ID,
            FirstSchemaVersionNumber={"VersionNumber": first},
            SecondSchemaVersionNumber={"VersionNumber": second},
            SchemaDiffType="SYNTAX_DIFF",
        )["Diff"]
        return found

    assert jsonpatch.apply_patch(json.loads(PERSON), diff(1, 2)) == json.loads(OPTIONAL_AGE)
    assert jsonpatch.apply_patch(json.loads(OPTIONAL_AGE), diff(2, 1)) == json.loads(PERSON)
    assert diff(1, 1) == "[]"


PROTO = 'syntax = "proto3";\nmessage A { int32 a = 1; }'


def test_a_definition_is_checked_without_being_kept(glue: Client) -> None:
    def check(data_format: str, definition: str) -> tuple[bool, str]:
        found = glue.check_schema_version_validity(
            DataFormat=data_format, SchemaDefinition=definition
        )
        return found["Valid"], found.get("Error", "")

    assert check("AVRO", PERSON) == check("JSON", "{}") == check("PROTOBUF", PROTO) == (True, "")
    faulty = [
        ("AVRO", '"strin"', "is not defined"),
        ("JSON", '{"type": "strin"}', "at /type"),
        ("PROTOBUF", PROTO.replace("= 1", "= "), "line 2, column 23"),
    ]
    for data_format, definition, fault in faulty:
        valid, error = check(data_format, definition)
        assert not valid
        assert fault in error
    assert glue.list_schemas()["Schemas"] == []


def test_versions_are_deleted_one_by_one_or_by_a_range(glue: Client, schema: Reply) -> None:
    assert schema
    for place in range(5):
        register(glue, person(*({**AGE, "name": f"f{one}"} for one in range(place + 1))))
    delete = glue.delete_schema_versions
    assert "is the checkpoint" in refusal(delete, SchemaId=ID, Versions="1-3")[1]
    assert "ends before it begins" in refusal(delete, SchemaId=ID, Versions="4-3")[1]
    assert numbers(glue) == [6, 5, 4, 3, 2, 1]

    assert delete(SchemaId=ID, Versions="3")["SchemaVersionErrors"] == []
    errors = delete(SchemaId=ID, Versions="3-5")["SchemaVersionErrors"]

    assert [one["VersionNumber"] for one in errors] == [3]
    assert errors[0]["ErrorDetails"]["ErrorCode"] == "EntityNotFoundException"
    assert numbers(glue) == [6, 2, 1]
    glue.update_schema(SchemaId=ID, SchemaVersionNumber={"VersionNumber": 2})
    errors = delete(SchemaId=ID, Versions="1")["SchemaVersionErrors"]
    assert "goes only with the schema" in errors[0]["ErrorDetails"]["ErrorMessage"]
    assert delete(SchemaId=ID, Versions="6-99999")["SchemaVersionErrors"][0]["VersionNumber"]
    assert numbers(glue) == [2, 1]
    assert register(glue, OPTIONAL_CITY)["VersionNumber"] == 7


def test_pairs_hang_on_versions(glue: Client, schema: Reply) -> None:
    version_id = schema["SchemaVersionId"]
    for value in ("kafka", "kinesis"):
        pair = {"MetadataKey": "transport", "MetadataValue": value}
        put = glue.put_schema_version_metadata(SchemaVersionId=version_id, MetadataKeyValue=pair)
    assert (put["SchemaVersionId"], put["MetadataKey"]) == (version_id, "transport")
    owner = {"MetadataKey": "owner", "MetadataValue": "me@x.org"}
    latest = {"LatestVersion": True}
    put = glue.put_schema_version_metadata(
        SchemaId=ID, SchemaVersionNumber=latest, MetadataKeyValue=owner
    )
    assert (put["SchemaName"], put["LatestVersion"]) == ("person", True)

    found = glue.query_schema_version_metadata(SchemaVersionId=version_id)["MetadataInfoMap"]

    assert found["owner"]["MetadataValue"] == "me@x.org"
    assert found["transport"]["MetadataValue"] == "kafka"
    others = found["transport"]["OtherMetadataValueList"]
    assert [one["MetadataValue"] for one in others] == ["kinesis"]
    one = glue.query_schema_version_metadata(
        SchemaVersionId=version_id, MetadataList=[{"MetadataKey": "owner"}]
    )
    assert set(one["MetadataInfoMap"]) == {"owner"}


def test_pairs_come_by_pages(glue: Client, schema: Reply) -> None:
    request = {"SchemaVersionId": schema["SchemaVersionId"]}
    for number in range(3):
        pair = {"MetadataKey": f"k{number}", "MetadataValue": "v"}
        glue.put_schema_version_metadata(**request, MetadataKeyValue=pair)

    first = glue.query_schema_version_metadata(**request, MaxResults=2)
    second = glue.query_schema_version_metadata(
        **request, MaxResults=2, NextToken=first["NextToken"]
    )

    assert [*first["MetadataInfoMap"], *second["MetadataInfoMap"]] == ["k0", "k1", "k2"]
    assert "NextToken" not in second


def test_pairs_are_bounded_and_can_be_removed(glue: Client, schema: Reply) -> None:
    version_id = schema["SchemaVersionId"]

    def pair(number: int) -> Reply:
        return {
            "SchemaVersionId": version_id,
            "MetadataKeyValue": {"MetadataKey": f"k{number}", "MetadataValue": "v"},
        }

    for number in range(10):
        glue.put_schema_version_metadata(**pair(number))
    assert refusal(glue.put_schema_version_metadata, **pair(1)) == (
        "AlreadyExistsException",
        (
            f"Resource already exist for schema version id: {version_id}, metadata key: k1,"
            " metadata value: v"
        ),
    )
    assert refusal(glue.put_schema_version_metadata, **pair(10)) == (
        "ResourceNumberLimitExceededException",
        "Your resource limits for Schema Version Metadata have been exceeded.",
    )

    removed = glue.remove_schema_version_metadata(**pair(1))

    assert removed["MetadataKey"] == "k1"
    assert refusal(glue.remove_schema_version_metadata, **pair(1))[0] == "EntityNotFoundException"
    glue.put_schema_version_metadata(**pair(10))
    only_key = {"SchemaVersionId": version_id, "MetadataKeyValue": {"MetadataKey": "a"}}
    assert "needs both" in refusal(glue.put_schema_version_metadata, **only_key)[1]


def serialize(glue: Client, definition: str) -> str:
    """Do what the open serializers do before they write their first record."""
    try:
        found = glue.get_schema_by_definition(SchemaId=ID, SchemaDefinition=definition)
    except glue.exceptions.EntityNotFoundException:
        try:
            found = register(glue, definition)
        except glue.exceptions.EntityNotFoundException:
            found = create(glue, SchemaDefinition=definition)
            found["Status"] = found["SchemaVersionStatus"]
    version_id: str = found["SchemaVersionId"]
    polled = glue.get_schema_version(SchemaVersionId=version_id)
    assert polled["Status"] == found["Status"] == "AVAILABLE"
    pair = {"MetadataKey": "x-amz-meta-transport", "MetadataValue": "topic"}
    with contextlib.suppress(glue.exceptions.AlreadyExistsException):
        glue.put_schema_version_metadata(SchemaVersionId=version_id, MetadataKeyValue=pair)
    return version_id


def test_a_serializer_registers_its_schemas_by_itself(glue: Client) -> None:
    glue.create_registry(RegistryName="events")

    first, second, again = (serialize(glue, one) for one in (PERSON, OPTIONAL_AGE, PERSON))

    assert first == again != second
    assert numbers(glue) == [2, 1]
    found = glue.query_schema_version_metadata(SchemaVersionId=second)
    assert found["MetadataInfoMap"]["x-amz-meta-transport"]["MetadataValue"] == "topic"


def test_versions_registered_at_once_have_numbers_of_their_own(
    glue: Client, glue_server: GlueServer, schema: Reply
) -> None:
    assert schema
    clients = [glue_server.client() for _ in range(4)]
    texts = [person({**AGE, "name": f"f{number}"}) for number in range(12)]

    def add(number: int) -> Reply:
        return register(clients[number % 4], texts[number // 2])

    with ThreadPoolExecutor(max_workers=8) as pool:
        made = list(pool.map(add, range(24)))

    by_text = {(one["VersionNumber"], one["SchemaVersionId"]) for one in made}
    assert len(by_text) == 12
    assert sorted(number for number, _ in by_text) == list(range(2, 14))
    assert numbers(glue) == list(range(13, 0, -1))
    assert glue.get_schema(SchemaId=ID)["NextSchemaVersion"] == 14


def test_a_schema_that_many_create_at_once_is_made_once(glue_server: GlueServer) -> None:
    clients = [glue_server.client() for _ in range(6)]

    def attempt(client: Client) -> str:
        try:
            create(client, RegistryId=None)
        except ClientError as error:
            code: str = error.response["Error"]["Code"]
            return code
        return "made"

    with ThreadPoolExecutor(max_workers=6) as pool:
        outcomes = sorted(pool.map(attempt, clients))

    assert outcomes == ["AlreadyExistsException"] * 5 + ["made"]
