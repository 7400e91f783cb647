from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.connection_login import login_of
from gluepot.catalog.connection_probe import try_connection
from gluepot.catalog.errors import (
    FederationSourceError,
    InvalidInputError,
    OperationNotSupportedError,
)

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "s3cr3t"  # noqa: S105


@pytest.fixture
def jdbc(postgres: str) -> dict[str, str]:
    """Return a connection of a running PostgreSQL."""
    url = sa.make_url(postgres)
    return {
        "JDBC_CONNECTION_URL": f"jdbc:postgresql://{url.host}:{url.port}/postgres",
        "USERNAME": url.username or "",
        "PASSWORD": url.password or SECRET,
    }


def test_a_stored_connection_is_really_tried_and_the_time_kept(
    glue: Any,  # noqa: ANN401
    jdbc: dict[str, str],
) -> None:
    given = {"Name": "a", "ConnectionType": "JDBC", "ConnectionProperties": jdbc}
    glue.create_connection(ConnectionInput=given)
    before = glue.get_connection(Name="a")["Connection"]

    glue.test_connection(ConnectionName="a")
    glue.test_connection(ConnectionName="a")

    after = glue.get_connection(Name="a")["Connection"]
    validated = after.pop("LastConnectionValidationTime")
    assert validated > before["LastUpdatedTime"]
    assert after == before


def test_a_sealed_password_that_was_handed_back_opens_the_store(
    glue: Any,  # noqa: ANN401
    jdbc: dict[str, str],
) -> None:
    given = {"Name": "a", "ConnectionType": "JDBC", "ConnectionProperties": jdbc}
    glue.create_connection(ConnectionInput=given)
    glue.put_data_catalog_encryption_settings(
        DataCatalogEncryptionSettings={
            "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True}
        }
    )
    sealed = glue.get_connection(Name="a")["Connection"]["ConnectionProperties"]
    glue.update_connection(Name="a", ConnectionInput={**given, "ConnectionProperties": sealed})

    glue.test_connection(ConnectionName="a")

    assert glue.get_connection(Name="a")["Connection"]["LastConnectionValidationTime"]


def test_a_given_connection_is_tried_without_being_stored(
    glue: Any,  # noqa: ANN401
    jdbc: dict[str, str],
) -> None:
    url = sa.make_url(jdbc["JDBC_CONNECTION_URL"].removeprefix("jdbc:"))
    glue.test_connection(
        TestConnectionInput={
            "ConnectionType": "POSTGRESQL",
            "ConnectionProperties": {
                "HOST": str(url.host),
                "PORT": str(url.port),
                "DATABASE": "postgres",
            },
            "AuthenticationConfiguration": {
                "AuthenticationType": "BASIC",
                "BasicAuthenticationCredentials": {
                    "Username": jdbc["USERNAME"],
                    "Password": jdbc["PASSWORD"],
                },
            },
        }
    )

    assert glue.get_connections()["ConnectionList"] == []


def test_a_refused_login_is_an_error_without_the_password(jdbc: dict[str, str]) -> None:
    url = jdbc["JDBC_CONNECTION_URL"].replace("/postgres", "/no_such_database")

    with pytest.raises(FederationSourceError, match="no_such_database") as found:
        try_connection("JDBC", {**jdbc, "JDBC_CONNECTION_URL": f"{url}?password={SECRET}"})

    assert SECRET not in str(found.value)
    assert found.value.__cause__ is None


def test_a_file_of_sqlite_is_read_and_never_made(tmp_path: Path) -> None:
    good, missing, text = (tmp_path / name for name in ("good.db", "missing.db", "a b.txt"))
    with closing(sqlite3.connect(good)) as connection:
        connection.execute("CREATE TABLE t (a)")
    text.write_text("a text, and longer than the header of a database would be, which is 100 bytes")

    try_connection("JDBC", {"JDBC_CONNECTION_URL": f"jdbc:sqlite:{good}"})
    for path in (missing, text):
        with pytest.raises(FederationSourceError, match="cannot be used"):
            try_connection("JDBC", {"JDBC_CONNECTION_URL": f"jdbc:sqlite:{path}"})

    assert not missing.exists()


def test_a_network_connection_is_a_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        properties = {"HOST": "127.0.0.1", "PORT": str(server.getsockname()[1])}
        try_connection("NETWORK", properties)

    with pytest.raises(FederationSourceError, match="cannot be reached"):
        try_connection("NETWORK", properties)


@pytest.mark.parametrize(
    ("type_", "properties", "error"),
    [
        ("JDBC", {"JDBC_CONNECTION_URL": "jdbc:oracle://h/d"}, OperationNotSupportedError),
        ("JDBC", {"JDBC_CONNECTION_URL": "jdbc:db2://h/d"}, OperationNotSupportedError),
        ("KAFKA", {}, OperationNotSupportedError),
        ("NETWORK", {}, OperationNotSupportedError),
        ("JDBC", {}, InvalidInputError),
        ("JDBC", {"JDBC_CONNECTION_URL": "postgresql://h/d"}, InvalidInputError),
        ("POSTGRESQL", {}, InvalidInputError),
        ("POSTGRESQL", {"HOST": "h", "PORT": "70000"}, InvalidInputError),
    ],
)
def test_what_cannot_be_tried_is_a_typed_error(
    type_: str, properties: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        try_connection(type_, properties)


def test_a_url_gives_host_port_user_and_tls() -> None:
    url = "jdbc:postgresql://[::1]:99/d?user=u&password=p%20q&sslmode=require"

    login = login_of("JDBC", {"JDBC_CONNECTION_URL": url})

    assert (login.host, login.port, login.database) == ("::1", 99, "d")
    assert (login.user, login.password, login.tls) == ("u", "p q", True)


def test_a_password_elsewhere_is_told(glue: Any) -> None:  # noqa: ANN401
    properties = {"JDBC_CONNECTION_URL": "jdbc:postgresql://h/d", "SECRET_ID": "s"}

    with pytest.raises(glue.exceptions.OperationNotSupportedException, match="Secrets Manager"):
        glue.test_connection(
            TestConnectionInput={"ConnectionType": "JDBC", "ConnectionProperties": properties}
        )
    with pytest.raises(glue.exceptions.InvalidInputException, match="either"):
        glue.test_connection()
