from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.catalog.registry.calls import (
    ARN,
    ARN_ID,
    ID,
    OPTIONAL_AGE,
    PERSON,
    Client,
    Reply,
    create,
    refusal,
    register,
)


def test_a_registry_is_created_described_changed_and_deleted(glue: Client) -> None:
    made = glue.create_registry(RegistryName="r.1-$#", Description="first", Tags={"a": "b"})
    arn = f"{ARN}:registry/r.1-$#"
    assert (
        made.items()
        >= {
            "RegistryName": "r.1-$#",
            "RegistryArn": arn,
            "Description": "first",
            "Tags": {"a": "b"},
        }.items()
    )

    glue.update_registry(RegistryId={"RegistryArn": arn}, Description="second")
    found = glue.get_registry(RegistryId={"RegistryName": "r.1-$#"})

    assert (found["Description"], found["Status"]) == ("second", "AVAILABLE")
    assert isinstance(found["CreatedTime"], str)
    assert found["UpdatedTime"] >= found["CreatedTime"]
    gone = glue.delete_registry(RegistryId={"RegistryName": "r.1-$#"})
    assert (gone["RegistryArn"], gone["Status"]) == (arn, "DELETING")
    assert refusal(glue.get_registry, RegistryId={"RegistryName": "r.1-$#"}) == (
        "EntityNotFoundException",
        "Registry is not found. RegistryName: r.1-$#",
    )


def test_a_registry_goes_with_its_schemas_and_their_tags(glue: Client, schema: Reply) -> None:
    glue.delete_registry(RegistryId={"RegistryName": "events"})

    assert refusal(glue.get_schema, SchemaId=ID)[0] == "EntityNotFoundException"
    assert refusal(glue.get_schema_version, SchemaVersionId=schema["SchemaVersionId"])[0] == (
        "EntityNotFoundException"
    )
    glue.create_registry(RegistryName="events")
    create(glue, Tags=None)
    assert glue.get_tags(ResourceArn=schema["SchemaArn"])["Tags"] == {}


def test_registries_are_refused_in_glues_words(glue: Client, schema: Reply) -> None:
    assert schema
    assert refusal(glue.create_registry, RegistryName="events") == (
        "AlreadyExistsException",
        "Registry already exists. RegistryName: events",
    )
    both = {"RegistryName": "events", "RegistryArn": f"{ARN}:registry/events"}
    assert refusal(glue.get_registry, RegistryId=both) == (
        "InvalidInputException",
        "One of registryName or registryArn has to be provided, both cannot be provided.",
    )
    assert (
        "Parameter Name: registryArn"
        in (refusal(glue.get_registry, RegistryId={"RegistryArn": f"{ARN}:database/x"})[1])
    )
    other = {"RegistryArn": ARN.replace("000", "999") + ":registry/events"}
    assert refusal(glue.get_registry, RegistryId=other)[0] == "EntityNotFoundException"
    assert refusal(glue.update_registry, RegistryId={"RegistryName": "x"}, Description="")[0] == (
        "EntityNotFoundException"
    )
    assert refusal(glue.delete_registry, RegistryId={"RegistryName": "x"})[0] == (
        "EntityNotFoundException"
    )


def test_there_are_no_more_registries_than_the_quota(glue: Client) -> None:
    for number in range(10):
        glue.create_registry(RegistryName=f"r{number}")

    assert refusal(glue.create_registry, RegistryName="one-more") == (
        "ResourceNumberLimitExceededException",
        "More registries cannot be created. The maximum limit has been reached.",
    )


def test_registries_are_listed_by_pages(glue: Client) -> None:
    for name in ("c", "a", "b"):
        glue.create_registry(RegistryName=name)

    pages = glue.get_paginator("list_registries").paginate(PaginationConfig={"PageSize": 2})

    assert [[one["RegistryName"] for one in page["Registries"]] for page in pages] == [
        ["a", "b"],
        ["c"],
    ]


def test_a_schema_is_created_with_its_first_version(glue: Client, schema: Reply) -> None:
    wanted = {
        "RegistryName": "events",
        "RegistryArn": f"{ARN}:registry/events",
        "SchemaName": "person",
        "SchemaArn": f"{ARN}:schema/events/person",
        "DataFormat": "AVRO",
        "Compatibility": "BACKWARD",
        "SchemaCheckpoint": 1,
        "LatestSchemaVersion": 1,
        "NextSchemaVersion": 2,
        "SchemaStatus": "AVAILABLE",
    }
    assert schema.items() >= {**wanted, "SchemaVersionStatus": "AVAILABLE"}.items()
    assert schema["Tags"] == {"level": "gold"}

    found = glue.get_schema(SchemaId=ARN_ID)

    assert found.items() >= wanted.items()
    assert glue.get_tags(ResourceArn=schema["SchemaArn"])["Tags"] == {"level": "gold"}


def test_the_default_registry_is_made_when_it_is_needed(glue: Client) -> None:
    assert refusal(glue.get_registry, RegistryId={})[0] == "EntityNotFoundException"

    made = create(glue, RegistryId=None)

    assert made["RegistryName"] == "default-registry"
    assert glue.get_registry(RegistryId={})["RegistryName"] == "default-registry"
    assert create(glue, RegistryId=None, SchemaName="two")["RegistryName"] == "default-registry"


def test_a_schema_without_a_definition_waits_for_its_first_version(glue: Client) -> None:
    made = create(glue, RegistryId=None, SchemaDefinition=None, Compatibility="DISABLED")
    key = {"RegistryName": "default-registry", "SchemaName": "person"}
    assert (made["SchemaStatus"], made["NextSchemaVersion"]) == ("PENDING", 1)
    assert "SchemaVersionId" not in made
    latest = {"LatestVersion": True}
    assert refusal(glue.get_schema_version, SchemaId=key, SchemaVersionNumber=latest)[0] == (
        "EntityNotFoundException"
    )

    first = register(glue, PERSON, **key)

    assert (first["VersionNumber"], first["Status"]) == (1, "AVAILABLE")
    found = glue.get_schema(SchemaId=key)
    assert (found["SchemaStatus"], found["SchemaCheckpoint"]) == ("AVAILABLE", 1)


def test_schemas_are_refused_in_glues_words(glue: Client, schema: Reply) -> None:
    assert schema
    with pytest.raises(ClientError, match=r"Schema already exists\. SchemaName: person"):
        create(glue)
    with pytest.raises(ClientError, match="Schema definition of AVRO data format is invalid: at"):
        create(glue, SchemaName="x", SchemaDefinition='{"type": "strin"}')
    with pytest.raises(ClientError, match=r"Registry is not found\. RegistryName: none"):
        create(glue, RegistryId={"RegistryName": "none"})
    for schema_id in ({}, {"SchemaName": "person"}):
        assert refusal(glue.get_schema, SchemaId=schema_id) == (
            "InvalidInputException",
            "At least one of (registryName and schemaName) or schemaArn has to be provided.",
        )
    assert "both cannot be provided" in refusal(glue.get_schema, SchemaId={**ID, **ARN_ID})[1]
    assert refusal(glue.get_schema, SchemaId={**ID, "SchemaName": "x"}) == (
        "EntityNotFoundException",
        "Schema is not found. RegistryName: events, SchemaName: x, SchemaArn: null",
    )
    assert refusal(glue.delete_schema, SchemaId={**ID, "SchemaName": "x"})[0] == (
        "EntityNotFoundException"
    )


def test_a_schema_that_is_refused_leaves_nothing_behind(glue: Client) -> None:
    glue.create_registry(RegistryName="events")

    with pytest.raises(ClientError):
        create(glue, SchemaDefinition="no json")

    assert glue.list_schemas()["Schemas"] == []
    assert create(glue)["LatestSchemaVersion"] == 1


def test_schemas_are_listed_by_registry_or_all(glue: Client, schema: Reply) -> None:
    assert schema
    for name in ("c", "a", "b"):
        create(glue, RegistryId=None, SchemaName=name)

    def names(**request: Any) -> list[list[str]]:  # noqa: ANN401
        pages = glue.get_paginator("list_schemas").paginate(
            PaginationConfig={"PageSize": 2}, **request
        )
        return [[one["SchemaName"] for one in page["Schemas"]] for page in pages]

    assert names() == [["a", "b"], ["c", "person"]]
    assert names(RegistryId={"RegistryName": "events"}) == [["person"]]
    assert names(RegistryId={}) == [["a", "b"], ["c"]]
    assert refusal(glue.list_schemas, RegistryId={"RegistryName": "x"})[0] == (
        "EntityNotFoundException"
    )


def test_a_schema_is_changed_with_a_checkpoint(glue: Client, schema: Reply) -> None:
    assert schema
    register(glue, OPTIONAL_AGE)
    assert refusal(glue.update_schema, SchemaId=ID, Description="x")[1] == (
        "One of version number (or) compatibility is required."
    )
    assert "needs a checkpoint" in refusal(glue.update_schema, SchemaId=ID, Compatibility="NONE")[1]
    number = {"VersionNumber": 9}
    assert refusal(glue.update_schema, SchemaId=ID, SchemaVersionNumber=number)[0] == (
        "EntityNotFoundException"
    )

    changed = glue.update_schema(
        SchemaId=ARN_ID,
        SchemaVersionNumber={"LatestVersion": True},
        Compatibility="FULL_ALL",
        Description="people",
    )

    assert (changed["SchemaName"], changed["RegistryName"]) == ("person", "events")
    found = glue.get_schema(SchemaId=ID)
    assert (found["SchemaCheckpoint"], found["Compatibility"]) == (2, "FULL_ALL")
    assert found["Description"] == "people"


def test_a_deleted_schema_is_gone_with_its_versions(glue: Client, schema: Reply) -> None:
    gone = glue.delete_schema(SchemaId=ID)

    assert (gone["SchemaArn"], gone["Status"]) == (schema["SchemaArn"], "DELETING")
    assert refusal(glue.get_schema_version, SchemaVersionId=schema["SchemaVersionId"]) == (
        "EntityNotFoundException",
        f"Schema version is not found. SchemaVersionId: {schema['SchemaVersionId']}",
    )
    assert refusal(glue.get_tags, ResourceArn=schema["SchemaArn"])[0] == "EntityNotFoundException"
