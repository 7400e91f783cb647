"""What the tests of the registry's operations call and send."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import ClientError

from tests.servers.glue import ACCOUNT, REGION

Client: TypeAlias = Any
Reply: TypeAlias = dict[str, Any]

ARN = f"arn:aws:glue:{REGION}:{ACCOUNT}"
ID = {"RegistryName": "events", "SchemaName": "person"}
ARN_ID = {"SchemaArn": f"{ARN}:schema/events/person"}
PERSON = """{
    "type": "record",
    "name": "Person",
    "namespace": "people",
    "fields": [{"name": "name", "type": "string"}]
}"""


def person(*fields: Reply) -> str:
    document = json.loads(PERSON)
    document["fields"] += fields
    return json.dumps(document)


AGE = {"name": "age", "type": "int", "default": 0}
OPTIONAL_AGE = person(AGE)
NEEDED_AGE = person({"name": "age", "type": "int"})
OPTIONAL_CITY = person(AGE, {"name": "city", "type": "string", "default": ""})


def create(glue: Client, **more: Any) -> Reply:  # noqa: ANN401
    request = {
        "RegistryId": {"RegistryName": "events"},
        "SchemaName": "person",
        "DataFormat": "AVRO",
        "Compatibility": "BACKWARD",
        "SchemaDefinition": PERSON,
        "Tags": {"level": "gold"},
        **more,
    }
    made: Reply = glue.create_schema(**{key: item for key, item in request.items() if item})
    return made


def register(glue: Client, definition: str, **schema_id: str) -> Reply:
    made: Reply = glue.register_schema_version(
        SchemaId=schema_id or ID, SchemaDefinition=definition
    )
    return made


def refusal(call: Any, **request: Any) -> tuple[str, str]:  # noqa: ANN401
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def numbers(glue: Client) -> list[int]:
    pages = glue.get_paginator("list_schema_versions").paginate(SchemaId=ID)
    return [one["VersionNumber"] for page in pages for one in page["Schemas"]]
