from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.engine import open_engine

if TYPE_CHECKING:
    from tests.servers.glue import GlueServer

SECRET = "s3cr3t-pässword"  # noqa: S105

WAREHOUSE: dict[str, Any] = {
    "Name": "Warehouse",
    "Description": "",
    "ConnectionType": "JDBC",
    "MatchCriteria": ["a", "b"],
    "ConnectionProperties": {
        "JDBC_CONNECTION_URL": "jdbc:postgresql://db.internal:5432/sales",
        "USERNAME": "etl",
        "PASSWORD": SECRET,
    },
    "PhysicalConnectionRequirements": {"SubnetId": "s-1", "SecurityGroupIdList": []},
}

SHOP: dict[str, Any] = {
    "Name": "shop",
    "ConnectionType": "SALESFORCE",
    "ConnectionProperties": {"INSTANCE_ID": "https://x.example", "ROLE_ARN": "arn:x"},
    "SparkProperties": {"apiKey": SECRET, "entity": "account", "secretId": "where"},
    "AuthenticationConfiguration": {
        "AuthenticationType": "OAUTH2",
        "SecretArn": "arn:aws:secretsmanager:us-east-1:1:secret:x",
        "OAuth2Properties": {
            "OAuth2GrantType": "CLIENT_CREDENTIALS",
            "OAuth2ClientApplication": {"UserManagedClientApplicationClientId": "id"},
            "TokenUrl": "https://x.example/token",
            "TokenUrlParametersMap": {"audience": "a", "client_secret": SECRET},
            "OAuth2Credentials": {"AccessToken": "t0ken-of-access"},
        },
    },
}


def shown(glue: Any, name: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    connection: dict[str, Any] = glue.get_connection(Name=name, **options)["Connection"]
    return connection


def stored_text(server: GlueServer) -> str:
    """Return everything that the database holds of definitions."""
    engine = open_engine(server.database_url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM definitions")).all()
    engine.dispose()
    return str(rows)


def test_a_connection_comes_back_as_it_was_given(glue: Any) -> None:  # noqa: ANN401
    before = datetime.now(UTC)

    reply = glue.create_connection(ConnectionInput=WAREHOUSE)

    found = shown(glue, "Warehouse")
    assert reply["CreateConnectionStatus"] == "READY"
    assert {key: found[key] for key in WAREHOUSE} == WAREHOUSE
    assert found.keys() - WAREHOUSE.keys() == {
        "ConnectionSchemaVersion",
        "CreationTime",
        "LastUpdatedTime",
        "LastUpdatedBy",
        "Status",
    }
    assert before <= found["CreationTime"] == found["LastUpdatedTime"] <= datetime.now(UTC)


def test_a_hidden_password_is_in_no_reply_and_nowhere_in_the_database(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
) -> None:
    glue.create_connection(ConnectionInput=WAREHOUSE)
    glue.create_connection(ConnectionInput=SHOP)

    hidden = [shown(glue, name, HidePassword=True) for name in ("Warehouse", "shop")]
    listed = glue.get_connections(HidePassword=True)["ConnectionList"]

    assert listed == hidden
    assert hidden[0]["ConnectionProperties"].keys() == {"JDBC_CONNECTION_URL", "USERNAME"}
    assert hidden[1]["SparkProperties"] == {"entity": "account", "secretId": "where"}
    for text in (str(hidden), stored_text(glue_server)):
        assert SECRET not in text
        assert "t0ken-of-access" not in text


def test_secrets_come_back_to_those_who_may_read_them(glue: Any) -> None:  # noqa: ANN401
    glue.create_connection(ConnectionInput=SHOP)

    found = shown(glue, "shop")

    assert found["SparkProperties"] == SHOP["SparkProperties"]
    oauth = found["AuthenticationConfiguration"]["OAuth2Properties"]
    given = SHOP["AuthenticationConfiguration"]["OAuth2Properties"]
    assert oauth == {key: given[key] for key in given if key != "OAuth2Credentials"}
    assert found["ConnectionSchemaVersion"] == 2


def test_a_url_with_a_password_in_it_is_a_secret(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
) -> None:
    url = f"jdbc:postgresql://db/sales?user=etl&password={SECRET}"
    properties = {"JDBC_CONNECTION_URL": url}
    glue.create_connection(ConnectionInput={**WAREHOUSE, "ConnectionProperties": properties})

    assert shown(glue, "Warehouse")["ConnectionProperties"] == properties
    assert shown(glue, "Warehouse", HidePassword=True)["ConnectionProperties"] == {}
    assert SECRET not in stored_text(glue_server)


def test_passwords_stay_sealed_where_the_settings_say_so(glue: Any) -> None:  # noqa: ANN401
    glue.create_connection(ConnectionInput=WAREHOUSE)
    glue.create_connection(ConnectionInput=SHOP)

    glue.put_data_catalog_encryption_settings(
        DataCatalogEncryptionSettings={
            "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True}
        }
    )

    properties = shown(glue, "Warehouse")["ConnectionProperties"]
    assert properties.keys() == {"JDBC_CONNECTION_URL", "USERNAME", "ENCRYPTED_PASSWORD"}
    assert properties == shown(glue, "Warehouse")["ConnectionProperties"]
    assert SECRET not in str(glue.get_connections()["ConnectionList"])


def test_an_update_replaces_the_whole_definition(glue: Any) -> None:  # noqa: ANN401
    glue.create_connection(ConnectionInput=WAREHOUSE)
    made = shown(glue, "Warehouse")
    given = {"Name": "Warehouse", "ConnectionType": "KAFKA", "ConnectionProperties": {}}

    glue.update_connection(Name="Warehouse", ConnectionInput=given)

    found = shown(glue, "Warehouse")
    assert "Description" not in found
    assert {key: found[key] for key in given} == given
    assert found["CreationTime"] == made["CreationTime"] < found["LastUpdatedTime"]


def test_an_update_cannot_rename(glue: Any) -> None:  # noqa: ANN401
    glue.create_connection(ConnectionInput=WAREHOUSE)

    with pytest.raises(glue.exceptions.InvalidInputException, match="cannot be renamed"):
        glue.update_connection(Name="Warehouse", ConnectionInput=SHOP)


def test_names_are_taken_once_and_missing_ones_are_told(glue: Any) -> None:  # noqa: ANN401
    glue.create_connection(ConnectionInput=WAREHOUSE)

    with pytest.raises(glue.exceptions.AlreadyExistsException) as taken:
        glue.create_connection(ConnectionInput=WAREHOUSE)
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Connection x not found\."):
        glue.get_connection(Name="x")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_connection(ConnectionName="x")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.update_connection(Name="x", ConnectionInput={**WAREHOUSE, "Name": "x"})
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Catalog 1 not found"):
        glue.get_connection(CatalogId="1", Name="Warehouse")

    assert SECRET not in str(taken.value)


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"ConnectionType": "JDBC"}, ["Warehouse"]),
    ({"ConnectionSchemaVersion": 2}, ["shop"]),
    ({"MatchCriteria": ["b"]}, ["Warehouse"]),
    ({"MatchCriteria": ["b", "c"]}, []),
    ({"MatchCriteria": []}, ["Warehouse", "shop"]),
    ({"ConnectionType": "JDBC", "ConnectionSchemaVersion": 2}, []),
]


def test_a_filter_selects_connections_that_meet_all_of_it(glue: Any) -> None:  # noqa: ANN401
    for given in (SHOP, WAREHOUSE):
        glue.create_connection(ConnectionInput=given)

    for wanted, names in FILTERS:
        found = glue.get_connections(Filter=wanted)["ConnectionList"]
        assert [one["Name"] for one in found] == names, wanted


def test_pages_of_a_filter_are_full(glue: Any) -> None:  # noqa: ANN401
    for number in range(9):
        type_ = "JDBC" if number % 2 else "KAFKA"
        given = {"Name": f"c{number}", "ConnectionType": type_, "ConnectionProperties": {}}
        glue.create_connection(ConnectionInput=given)

    first = glue.get_connections(Filter={"ConnectionType": "KAFKA"}, MaxResults=3)
    pages = glue.get_paginator("get_connections").paginate(
        Filter={"ConnectionType": "KAFKA"}, PaginationConfig={"PageSize": 3}
    )

    assert [one["Name"] for one in first["ConnectionList"]] == ["c0", "c2", "c4"]
    names = [one["Name"] for page in pages for one in page["ConnectionList"]]
    assert names == ["c0", "c2", "c4", "c6", "c8"]


def test_a_batch_says_which_were_deleted_and_which_were_not_there(glue: Any) -> None:  # noqa: ANN401
    glue.create_connection(ConnectionInput=WAREHOUSE)

    reply = glue.batch_delete_connection(ConnectionNameList=["Warehouse", "x", "Warehouse"])

    assert reply["Succeeded"] == ["Warehouse"]
    assert reply["Errors"]["x"]["ErrorCode"] == "EntityNotFoundException"
    assert glue.get_connections()["ConnectionList"] == []


def test_properties_of_an_environment_override_the_common_ones(glue: Any) -> None:  # noqa: ANN401
    given = {**SHOP, "SparkProperties": {"ROLE_ARN": "arn:y", "more": "z"}}
    glue.create_connection(ConnectionInput=given)

    found = shown(glue, "shop", ApplyOverrideForComputeEnvironment="SPARK")

    assert found["ConnectionProperties"] == {
        "INSTANCE_ID": "https://x.example",
        "ROLE_ARN": "arn:y",
        "more": "z",
    }
