"""A server's dispatcher called without HTTP, over an empty catalog or one that has some of all."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import sqlalchemy as sa
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from pydantic import SecretStr

from gluepot.catalog.access.model import HttpRequest
from gluepot.server.wiring import dispatcher_of
from gluepot.services import open_services
from gluepot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.server.dispatch import Dispatcher, HttpReply

PARSER = create_parser("json")
BOTOCORE = ServiceModel(Loader().load_service_model("glue", "service-2"))
STORAGE = {"Columns": [{"Name": "c", "Type": "int"}], "Location": "s3://bucket/a/"}
FILLING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CreateDatabase", {"DatabaseInput": {"Name": "a"}}),
    (
        "CreateTable",
        {
            "DatabaseName": "a",
            "TableInput": {
                "Name": "a",
                "StorageDescriptor": STORAGE,
                "PartitionKeys": [{"Name": "a", "Type": "string"}],
            },
        },
    ),
    (
        "CreatePartition",
        {
            "DatabaseName": "a",
            "TableName": "a",
            "PartitionInput": {"Values": ["a"], "StorageDescriptor": STORAGE},
        },
    ),
    (
        "CreateUserDefinedFunction",
        {
            "DatabaseName": "a",
            "FunctionInput": {"FunctionName": "a", "ClassName": "a", "OwnerName": "a"},
        },
    ),
    (
        "CreateConnection",
        {
            "ConnectionInput": {
                "Name": "a",
                "ConnectionType": "JDBC",
                "ConnectionProperties": {
                    "JDBC_CONNECTION_URL": "jdbc:postgresql://localhost/a",
                    "USERNAME": "a",
                    "PASSWORD": "a",
                },
            }
        },
    ),
    ("CreateRegistry", {"RegistryName": "a"}),
    (
        "CreateSchema",
        {
            "RegistryId": {"RegistryName": "a"},
            "SchemaName": "a",
            "DataFormat": "AVRO",
            "Compatibility": "NONE",
            "SchemaDefinition": '{"type": "string"}',
        },
    ),
    (
        "CreateCrawler",
        {
            "Name": "a",
            "Role": "a",
            "DatabaseName": "a",
            "Targets": {"S3Targets": [{"Path": "s3://bucket/a/"}]},
        },
    ),
    ("CreateClassifier", {"JsonClassifier": {"Name": "a", "JsonPath": "$[*]"}}),
    (
        "CreateJob",
        {"Name": "a", "Role": "a", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/a"}},
    ),
    ("CreateTrigger", {"Name": "a", "Type": "ON_DEMAND", "Actions": [{"JobName": "a"}]}),
    ("CreateWorkflow", {"Name": "a"}),
    ("CreateSecurityConfiguration", {"Name": "a", "EncryptionConfiguration": {}}),
)
"""Some of everything, all of the name that the random requests use."""


@dataclass(frozen=True, kw_only=True)
class Direct:
    """Calls of the Glue API without a network."""

    dispatcher: Dispatcher
    engine: sa.Engine
    tables: sa.MetaData

    def post(self, target: str, body: bytes) -> HttpReply:
        """Return the reply to raw bytes."""
        request = HttpRequest(
            method="POST",
            path="/",
            query="",
            headers=(
                ("x-amz-target", target),
                ("content-type", "application/x-amz-json-1.1"),
            ),
            body=body,
            source="127.0.0.1",
        )
        return self.dispatcher.answer(request, str(uuid.uuid4()))

    def call(self, operation: str, request: Any) -> HttpReply:  # noqa: ANN401
        """Return the reply to a request, which need not be valid."""
        return self.post(f"AWSGlue.{operation}", orjson.dumps(request))

    def digest(self) -> str:
        """Return a fingerprint of everything in the database."""
        found = hashlib.sha256()
        with self.engine.connect() as connection:
            for table in self.tables.sorted_tables:
                # Not by a column: the order of JSON columns is not defined on PostgreSQL.
                rows = sorted(repr(tuple(row)) for row in connection.execute(sa.select(table)))
                found.update(repr((table.name, rows)).encode())
        return found.hexdigest()


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Direct]:
    """Yield a dispatcher over an empty catalog."""
    settings = Settings(home=tmp_path / "home", catalog_url=SecretStr(database_url))
    with open_services(settings) as services:
        tables = sa.MetaData()
        tables.reflect(services.engine)
        yield Direct(dispatcher=dispatcher_of(services), engine=services.engine, tables=tables)


@pytest.fixture
def filled(empty: Direct) -> Direct:
    """Return a dispatcher over a catalog that has one of everything gluepot can make."""
    for operation, request in FILLING:
        reply = empty.call(operation, request)
        assert reply.error_code in {None, "OperationNotSupportedException"}, reply.body
    return empty


def check_reply(operation: str, reply: HttpReply) -> None:
    """Assert that a reply is one that AWS Glue could give, as botocore reads it."""
    shape = BOTOCORE.operation_model(operation).output_shape
    headers = {"x-amzn-requestid": reply.request_id}
    raw = {"status_code": reply.status, "headers": headers, "body": reply.body}

    parsed = PARSER.parse(raw, shape)  # type: ignore[arg-type]  # none: no members

    if reply.status == 200:
        assert set(parsed) - {"ResponseMetadata"} == set(orjson.loads(reply.body))
    else:
        check_error(operation, reply)
        assert parsed["Error"]["Code"] == reply.error_code
        assert parsed["Error"]["Message"]


def check_error(operation: str, reply: HttpReply) -> None:
    """Assert that a reply is a typed error in Glue's shape, and not a fault of ours."""
    body = orjson.loads(reply.body)
    assert 400 <= reply.status < 500, (operation, body)
    assert body["__type"] == reply.error_code
    assert body["__type"].endswith("Exception")
    assert body["Message"]
