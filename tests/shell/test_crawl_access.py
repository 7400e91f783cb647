"""What a crawl is handed: things that clients put into the catalog, opened by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from gluepot.catalog.errors import (
    EntityNotFoundError,
    InvalidInputError,
    OperationNotSupportedError,
)
from gluepot.services import open_services
from gluepot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.crawlers.access import Access
    from tests.servers.glue import GlueServer

PASSWORD = "sealed-s3cr3t"  # noqa: S105
PROTO = 'syntax = "proto3"; message A { int32 a = 1; }'
NEWER = 'syntax = "proto3"; message A { int32 a = 1; string b = 2; }'


@pytest.fixture
def access(glue_server: GlueServer) -> Iterator[Access]:
    """Yield the access of a process beside the server, over the same database."""
    url = SecretStr(glue_server.database_url)
    with open_services(Settings(home=glue_server.home, catalog_url=url)) as services:
        yield services.access


def put_connection(glue: Any, name: str, **properties: str) -> None:  # noqa: ANN401
    where = {"JDBC_CONNECTION_URL": "jdbc:postgresql://h/d", "USERNAME": "u"}
    glue.create_connection(
        ConnectionInput={
            "Name": name,
            "ConnectionType": "JDBC",
            "ConnectionProperties": where | properties,
        }
    )


def test_a_connection_is_opened_with_its_password_and_does_not_show_it(
    glue: Any,  # noqa: ANN401
    access: Access,
) -> None:
    put_connection(glue, "pg", PASSWORD=PASSWORD)

    opened = access.connection("pg")

    assert (opened.name, opened.type) == ("pg", "JDBC")
    assert opened.properties["PASSWORD"] == PASSWORD
    assert opened.properties["USERNAME"] == "u"
    assert PASSWORD not in repr(opened)


def test_a_password_that_is_kept_elsewhere_is_told(
    glue: Any,  # noqa: ANN401
    access: Access,
) -> None:
    put_connection(glue, "pg", SECRET_ID="s")  # noqa: S106

    with pytest.raises(OperationNotSupportedError, match="Secrets Manager"):
        access.connection("pg")


def test_a_classifier_is_handed_over_as_it_was_given(
    glue: Any,  # noqa: ANN401
    access: Access,
) -> None:
    given = {"Name": "logs", "Classification": "log", "GrokPattern": "%{WORD:a}"}
    glue.create_classifier(GrokClassifier=given)

    assert access.classifier("logs") == {"GrokClassifier": given}


def test_the_newest_version_of_a_protobuf_schema_is_found(
    glue: Any,  # noqa: ANN401
    access: Access,
) -> None:
    glue.create_registry(RegistryName="r")
    for name, format_, text in (("a", "PROTOBUF", PROTO), ("b", "AVRO", '"int"')):
        glue.create_schema(
            RegistryId={"RegistryName": "r"},
            SchemaName=name,
            DataFormat=format_,
            Compatibility="NONE",
            SchemaDefinition=text,
        )
    glue.register_schema_version(
        SchemaId={"RegistryName": "r", "SchemaName": "a"}, SchemaDefinition=NEWER
    )

    assert access.schema("r/a") == NEWER
    with pytest.raises(InvalidInputError, match="AVRO, not PROTOBUF"):
        access.schema("r/b")
    with pytest.raises(InvalidInputError, match="registry/schema"):
        access.schema("a")


def test_what_is_not_there_is_named(access: Access) -> None:
    for look_up, name in (
        (access.connection, "c"),
        (access.classifier, "c"),
        (access.schema, "r/s"),
    ):
        with pytest.raises(EntityNotFoundError, match=name):
            look_up(name)
