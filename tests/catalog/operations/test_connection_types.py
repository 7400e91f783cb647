from __future__ import annotations

from typing import Any

import pytest


def prop(name: str, type_: str = "USER_INPUT", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Name": name, "Required": True, "PropertyType": type_, **more}


SHOP: dict[str, Any] = {
    "ConnectionType": "REST-shop",
    "IntegrationType": "REST",
    "Description": "a shop",
    "ConnectionProperties": {
        "Url": prop("url"),
        "AdditionalRequestParameters": [prop("v", AllowedValues=["1", "2"], DefaultValue="2")],
    },
    "ConnectorAuthenticationConfiguration": {
        "AuthenticationTypes": ["OAUTH2", "BASIC"],
        "OAuth2Properties": {
            "OAuth2GrantType": "CLIENT_CREDENTIALS",
            "ClientCredentialsProperties": {
                "RequestMethod": "POST",
                "ClientSecret": prop("secret", "SECRET"),
                "TokenUrlParameters": [prop("audience")],
            },
        },
        "BasicAuthenticationProperties": {"Username": prop("u"), "Password": prop("p", "SECRET")},
    },
    "RestConfiguration": {
        "GlobalSourceConfiguration": {
            "RequestMethod": "GET",
            "ResponseConfiguration": {"ResultPath": "$.items"},
        }
    },
}


def test_types_are_listed_with_the_registered_ones(glue: Any) -> None:  # noqa: ANN401
    glue.register_connection_type(**SHOP)

    first = glue.list_connection_types(MaxResults=3)
    rest = glue.list_connection_types(NextToken=first["NextToken"])

    listed = first["ConnectionTypes"] + rest["ConnectionTypes"]
    names = [one["ConnectionType"] for one in listed]
    assert names == ["JDBC", "NETWORK", "POSTGRESQL", "REST-shop"]
    for name in names:
        assert glue.describe_connection_type(ConnectionType=name)["ConnectionType"] == name


def test_a_registered_type_is_described_until_it_is_deleted(glue: Any) -> None:  # noqa: ANN401
    made = glue.register_connection_type(**SHOP, Tags={"team": "a"})

    found = glue.describe_connection_type(ConnectionType="REST-shop")
    tags = glue.get_tags(ResourceArn=made["ConnectionTypeArn"])["Tags"]
    glue.delete_connection_type(ConnectionType="REST-shop")

    assert tags == {"team": "a"}
    assert found["RestConfiguration"] == SHOP["RestConfiguration"]
    assert found["ConnectionProperties"]["v"]["AllowedValues"] == [{"Value": "1"}, {"Value": "2"}]
    authentication = found["AuthenticationConfiguration"]
    assert authentication["OAuth2Properties"].keys() == {"secret", "audience"}
    assert authentication["BasicAuthenticationProperties"]["p"]["PropertyTypes"] == ["SECRET"]
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.describe_connection_type(ConnectionType="REST-shop")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_connection_type(ConnectionType="JDBC")


def test_a_type_is_registered_once_and_by_its_prefix(glue: Any) -> None:  # noqa: ANN401
    glue.register_connection_type(**SHOP)

    with pytest.raises(glue.exceptions.ValidationException, match="REST-"):
        glue.register_connection_type(**{**SHOP, "ConnectionType": "shop"})
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.register_connection_type(**SHOP)
