from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.servers.glue import ACCOUNT, REGION

PERSON = """{
    "type": "record",
    "name": "Person",
    "namespace": "people",
    "fields": [{"name": "name", "type": "string"}]
}"""
SPACED = PERSON.replace('"people"', '  "people"')


def person(*fields: dict[str, Any]) -> str:
    document = json.loads(PERSON)
    document["fields"] += fields
    return json.dumps(document)


OPTIONAL_AGE = person({"name": "age", "type": "int", "default": 0})
NEEDED_AGE = person({"name": "age", "type": "int"})
ID = {"RegistryName": "events", "SchemaName": "person"}


@pytest.fixture
def schema(glue: Any) -> Any:
    glue.create_registry(RegistryName="events", Description="all of them", Tags={"team": "a"})
    return glue.create_schema(
        RegistryId={"RegistryName": "events"},
        SchemaName="person",
        DataFormat="AVRO",
        Compatibility="BACKWARD",
        SchemaDefinition=PERSON,
        Tags={"level": "gold"},
    )


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_schema_is_created_with_its_first_version(glue: Any, schema: Any) -> None:
    arn = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    wanted = {
        "RegistryName": "events",
        "RegistryArn": f"{arn}:registry/events",
        "SchemaName": "person",
        "SchemaArn": f"{arn}:schema/events/person",
        "DataFormat": "AVRO",
        "Compatibility": "BACKWARD",
        "SchemaCheckpoint": 1,
        "LatestSchemaVersion": 1,
        "NextSchemaVersion": 2,
        "SchemaStatus": "AVAILABLE",
    }
    assert schema.items() >= {**wanted, "SchemaVersionStatus": "AVAILABLE"}.items()
    assert schema["Tags"] == {"level": "gold"}

    found = glue.get_schema(SchemaId=ID)

    assert found.items() >= wanted.items()
    assert found["CreatedTime"].endswith("Z")
    assert glue.get_tags(ResourceArn=schema["SchemaArn"])["Tags"] == {"level": "gold"}
