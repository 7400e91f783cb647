"""User-defined functions as boto3 calls them."""

from __future__ import annotations

from typing import Any

import pytest

URIS = [{"ResourceType": "JAR", "Uri": "s3://jars/a.jar"}]


def a_function(name: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "FunctionName": name,
        "ClassName": "org.example.F",
        "OwnerName": "anna",
        "OwnerType": "USER",
        "ResourceUris": URIS,
        **members,
    }


@pytest.fixture
def flights(glue: Any) -> Any:  # noqa: ANN401
    for name in ("flights", "other"):
        glue.create_database(DatabaseInput={"Name": name})
    return glue


def create(glue: Any, name: str, database: str = "flights", **members: Any) -> None:  # noqa: ANN401
    definition = a_function(name, **members)
    glue.create_user_defined_function(DatabaseName=database, FunctionInput=definition)


def named(glue: Any, pattern: str, **options: Any) -> list[str]:  # noqa: ANN401
    pages = glue.get_paginator("get_user_defined_functions").paginate(Pattern=pattern, **options)
    return [
        f"{item['DatabaseName']}.{item['FunctionName']}"
        for page in pages
        for item in page["UserDefinedFunctions"]
    ]


def test_a_function_comes_back_as_it_was_given(flights: Any) -> None:  # noqa: ANN401
    create(flights, "Distance", FunctionType="REGULAR_FUNCTION")

    names = {"DatabaseName": "Flights", "FunctionName": "DISTANCE"}
    found = flights.get_user_defined_function(**names)["UserDefinedFunction"]

    assert found.pop("CreateTime").tzinfo is not None
    assert found.pop("CatalogId") == "000000000000"
    given = a_function("Distance", FunctionType="REGULAR_FUNCTION")
    assert found == {**given, "DatabaseName": "flights"}


def test_an_update_replaces_and_may_rename(flights: Any) -> None:  # noqa: ANN401
    create(flights, "one")
    create(flights, "two")
    update = flights.update_user_defined_function
    names = {"DatabaseName": "flights", "FunctionName": "one"}

    update(**names, FunctionInput={"FunctionName": "three", "ClassName": "New"})

    names["FunctionName"] = "three"
    found = flights.get_user_defined_function(**names)["UserDefinedFunction"]
    assert found["ClassName"] == "New"
    assert "OwnerName" not in found
    with pytest.raises(flights.exceptions.ClientError, match="already exists"):
        update(**names, FunctionInput=a_function("TWO"))
    update(**names, FunctionInput={"ClassName": "Newer"})
    assert named(flights, "*") == ["flights.three", "flights.two"]


def test_functions_are_found_by_hive_patterns(flights: Any) -> None:  # noqa: ANN401
    for name in ("area", "Area_2", "trino__sum__1", "width"):
        create(flights, name)
    create(flights, "area", database="other", FunctionType="AGGREGATE_FUNCTION")

    assert named(flights, "area*", DatabaseName="flights") == ["flights.area", "flights.Area_2"]
    assert named(flights, "AREA|width") == ["flights.area", "flights.width", "other.area"]
    assert named(flights, "trino__.*") == ["flights.trino__sum__1"]
    assert named(flights, "*", FunctionType="AGGREGATE_FUNCTION") == ["other.area"]
    assert named(flights, "nosuch") == []
    pages = named(flights, ".*", PaginationConfig={"PageSize": 1})
    assert len(pages) == len(set(pages)) == 5


def test_what_is_not_there_or_there_already_is_said(flights: Any) -> None:  # noqa: ANN401
    create(flights, "one")
    errors = flights.exceptions
    names = {"DatabaseName": "flights", "FunctionName": "none"}

    with pytest.raises(errors.AlreadyExistsException, match="Function already exists"):
        create(flights, "ONE")
    with pytest.raises(errors.EntityNotFoundException, match="Database nowhere not found"):
        create(flights, "one", database="nowhere")
    with pytest.raises(errors.EntityNotFoundException, match="Function none not found"):
        flights.get_user_defined_function(**names)
    with pytest.raises(errors.EntityNotFoundException, match="Function none not found"):
        flights.delete_user_defined_function(**names)
    with pytest.raises(errors.EntityNotFoundException, match="Database nowhere not found"):
        named(flights, "*", DatabaseName="nowhere")
    with pytest.raises(errors.InvalidInputException, match="FunctionName"):
        flights.create_user_defined_function(DatabaseName="flights", FunctionInput={})


def test_functions_go_with_their_database(flights: Any) -> None:  # noqa: ANN401
    create(flights, "one")
    create(flights, "two")
    flights.delete_user_defined_function(DatabaseName="flights", FunctionName="one")
    assert named(flights, "*") == ["flights.two"]

    flights.delete_database(Name="flights")

    assert named(flights, "*") == []
