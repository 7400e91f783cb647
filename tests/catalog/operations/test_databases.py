from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import ResourceNumberLimitExceededError
from gluepot.catalog.functions import FunctionStore
from gluepot.catalog.limits import Limits
from gluepot.catalog.store import CatalogStore
from tests.catalog.conftest import CLI, Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

FULL: dict[str, Any] = {
    "Name": "Sales",
    "Description": "",
    "LocationUri": "s3://x/",
    "Parameters": {},
    "CreateTableDefaultPermissions": [
        {"Principal": {"DataLakePrincipalIdentifier": "IAM"}, "Permissions": ["ALL"]}
    ],
    "FederatedDatabase": {"Identifier": "i", "ConnectionName": "c"},
}


def names(glue: Any, **request: Any) -> list[str]:  # noqa: ANN401
    """Return the names of all databases, read in pages."""
    pages = glue.get_paginator("get_databases").paginate(**request)
    return [database["Name"] for page in pages for database in page["DatabaseList"]]


def test_a_database_comes_back_as_it_was_written(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput=FULL)

    found = glue.get_database(Name="SALES")["Database"]

    assert found.pop("CreateTime").tzinfo is not None
    assert found == FULL | {"Name": "sales", "CatalogId": "000000000000"}


def test_what_is_absent_stays_absent(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "bare"})

    assert glue.get_database(Name="bare")["Database"].keys() == {"Name", "CreateTime", "CatalogId"}


def test_an_update_replaces_everything_but_the_creation_time(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput=FULL)
    before = glue.get_database(Name="sales")["Database"]

    glue.update_database(Name="Sales", DatabaseInput={"Name": "SALES", "Description": "d"})

    after = glue.get_database(Name="sales")["Database"]
    assert after == {
        "Name": "sales",
        "Description": "d",
        "CreateTime": before["CreateTime"],
        "CatalogId": "000000000000",
    }


def test_a_database_is_not_renamed(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "a"})

    with pytest.raises(glue.exceptions.InvalidInputException, match="cannot be renamed"):
        glue.update_database(Name="a", DatabaseInput={"Name": "b"})

    assert names(glue) == ["a"]


def test_faults_have_the_services_names_and_words(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "a"})

    with pytest.raises(glue.exceptions.AlreadyExistsException, match="Database already exists"):
        glue.create_database(DatabaseInput={"Name": "A"})
    missing = glue.exceptions.EntityNotFoundException
    calls: tuple[Callable[[], Any], ...] = (
        lambda: glue.get_database(Name="Nope"),
        lambda: glue.update_database(Name="nope", DatabaseInput={"Name": "nope"}),
        lambda: glue.delete_database(Name="nope"),
        lambda: glue.get_tables(DatabaseName="nope"),
    )
    for call in calls:
        with pytest.raises(missing, match=r"Database nope not found\."):
            call()
    with pytest.raises(missing, match="Catalog 999999999999 not found"):
        glue.get_database(Name="a", CatalogId="999999999999")


def test_databases_come_in_pages_by_name(glue: Any) -> None:  # noqa: ANN401
    for name in ("c", "a", "b", "e", "d"):
        glue.create_database(DatabaseInput={"Name": name})

    first = glue.get_databases(MaxResults=2)
    glue.delete_database(Name="b")
    second = glue.get_databases(MaxResults=2, NextToken=first["NextToken"])
    last = glue.get_databases(MaxResults=2, NextToken=second["NextToken"])

    pages = [[item["Name"] for item in page["DatabaseList"]] for page in (first, second, last)]
    assert pages == [["a", "b"], ["c", "d"], ["e"]]
    assert "NextToken" not in last


def test_shared_and_federated_databases_are_told_apart(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "a", "Description": '"FederatedDatabase":{'})
    glue.create_database(DatabaseInput=FULL)

    assert names(glue, ResourceShareType="FOREIGN") == []
    assert names(glue, ResourceShareType="FEDERATED") == ["sales"]
    assert names(glue, ResourceShareType="ALL") == ["a", "sales"]


def test_only_the_attributes_asked_for_are_given(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput=FULL)

    assert glue.get_databases(AttributesToGet=["NAME"])["DatabaseList"] == [{"Name": "sales"}]


def test_a_database_takes_its_tables_and_tags_with_it(glue: Any) -> None:  # noqa: ANN401
    arn = "arn:aws:glue:us-east-1:000000000000:database/a"
    glue.create_database(DatabaseInput={"Name": "A"}, Tags={"k": "v"})
    glue.create_table(DatabaseName="a", TableInput={"Name": "t"})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"k": "v"}

    glue.delete_database(Name="a")

    glue.create_database(DatabaseInput={"Name": "a"})
    assert glue.get_tables(DatabaseName="a")["TableList"] == []
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_a_database_whose_tags_are_wrong_is_not_made(glue: Any) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.InvalidInputException, match="aws:"):
        glue.create_database(DatabaseInput={"Name": "a"}, Tags={"aws:x": "v"})

    assert names(glue) == []


def test_quotas_are_those_of_the_settings(engine: sa.Engine) -> None:
    store = CatalogStore(
        engine, Clock(), limits=Limits(databases=2, tables_per_database=1, functions_per_database=1)
    )
    for name in ("gone", "a"):
        store.databases.create({"Name": name})
    store.databases.delete("gone")
    store.databases.create({"Name": "b"})
    for name in ("a", "b"):
        store.tables.create(name, {"Name": "t"}, CLI)
    full = ResourceNumberLimitExceededError

    with pytest.raises(full, match="Number of DATABASE resources exceeds the limit 2 per"):
        store.databases.create({"Name": "c"})
    with pytest.raises(full, match="Number of TABLE resources exceeds the limit 1 per"):
        store.tables.create("a", {"Name": "u"}, CLI)
    store.tables.delete("a", "t")
    store.tables.create("a", {"Name": "u"}, CLI)
    functions = FunctionStore(store.scope)
    functions.create("a", {"FunctionName": "f"})
    functions.create("b", {"FunctionName": "f"})
    with pytest.raises(full, match="Number of FUNCTION resources exceeds the limit 1 per"):
        functions.create("a", {"FunctionName": "g"})
