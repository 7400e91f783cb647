from __future__ import annotations

from typing import Any

import pytest

ACCOUNT = "000000000000"
SALES = f"{ACCOUNT}:sales"
FULL: dict[str, Any] = {
    "Description": "",
    "Parameters": {},
    "CatalogProperties": {"CustomProperties": {"a": "b"}},
    "CreateDatabaseDefaultPermissions": [],
    "AllowFullTableExternalDataAccess": "True",
}


@pytest.fixture
def sales(glue: Any) -> Any:  # noqa: ANN401
    """Return a client of a server that has the catalog ``sales``."""
    glue.create_catalog(Name="Sales", CatalogInput=FULL, Tags={"k": "v"})
    return glue


def names(glue: Any, **request: Any) -> list[str]:  # noqa: ANN401
    return [item["Name"] for item in glue.get_catalogs(**request)["CatalogList"]]


def databases(glue: Any, **request: Any) -> list[str]:  # noqa: ANN401
    return [item["Name"] for item in glue.get_databases(**request)["DatabaseList"]]


def test_a_catalog_comes_back_as_it_was_written(sales: Any) -> None:  # noqa: ANN401
    found = sales.get_catalog(CatalogId=f"{ACCOUNT}:SALES")["Catalog"]

    assert found.pop("CreateTime") == found.pop("UpdateTime")
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog/sales"
    assert found == FULL | {"CatalogId": SALES, "Name": "sales", "ResourceArn": arn}
    assert sales.get_tags(ResourceArn=arn)["Tags"] == {"k": "v"}


def test_the_accounts_own_catalog_is_always_there(glue: Any) -> None:  # noqa: ANN401
    found = glue.get_catalog(CatalogId=ACCOUNT)["Catalog"]
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog"
    assert found == {"CatalogId": ACCOUNT, "Name": ACCOUNT, "ResourceArn": arn}

    glue.update_catalog(CatalogId=ACCOUNT, CatalogInput={"Description": "ours"})

    assert glue.get_catalog(CatalogId=ACCOUNT)["Catalog"]["Description"] == "ours"
    assert names(glue) == []
    assert names(glue, IncludeRoot=True) == [ACCOUNT]
    with pytest.raises(glue.exceptions.InvalidInputException, match="cannot be deleted"):
        glue.delete_catalog(CatalogId=ACCOUNT)


def test_each_catalog_has_databases_and_tables_of_its_own(sales: Any) -> None:  # noqa: ANN401
    for catalog, text in ((ACCOUNT, "root"), (SALES, "sales")):
        sales.create_database(CatalogId=catalog, DatabaseInput={"Name": "d", "Description": text})
        table = {"Name": "t", "Description": text}
        sales.create_table(CatalogId=catalog, DatabaseName="d", TableInput=table)
    sales.create_database(CatalogId=SALES, DatabaseInput={"Name": "e"})

    for catalog, text in ((ACCOUNT, "root"), (SALES, "sales")):
        where = {"CatalogId": catalog, "DatabaseName": "d"}
        found = sales.get_database(CatalogId=catalog, Name="d")["Database"]
        assert (found["Description"], found["CatalogId"]) == (text, catalog)
        table = sales.get_table(**where, Name="t")["Table"]
        assert (table["Description"], table["CatalogId"]) == (text, catalog)
        assert [item["Description"] for item in sales.get_tables(**where)["TableList"]] == [text]
        found = sales.search_tables(CatalogId=catalog, SearchText="t")["TableList"]
        assert [item["Description"] for item in found] == [text]
    assert databases(sales) == ["d"]
    assert databases(sales, CatalogId=SALES) == ["d", "e"]
    sales.delete_table(CatalogId=SALES, DatabaseName="d", Name="t")
    assert sales.get_table(DatabaseName="d", Name="t")["Table"]["Description"] == "root"


def test_a_catalog_takes_its_databases_and_tags_with_it(sales: Any) -> None:  # noqa: ANN401
    sales.create_database(DatabaseInput={"Name": "d"})
    sales.create_database(CatalogId=SALES, DatabaseInput={"Name": "d"})

    sales.delete_catalog(CatalogId=SALES)

    with pytest.raises(sales.exceptions.EntityNotFoundException, match=f"Catalog {SALES}"):
        databases(sales, CatalogId=SALES)
    sales.create_catalog(Name="sales", CatalogInput={})
    assert databases(sales, CatalogId=SALES) == []
    assert databases(sales) == ["d"]
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog/sales"
    assert sales.get_tags(ResourceArn=arn)["Tags"] == {}


def test_an_update_replaces_the_whole_definition(sales: Any) -> None:  # noqa: ANN401
    before = sales.get_catalog(CatalogId=SALES)["Catalog"]

    sales.update_catalog(CatalogId=SALES, CatalogInput={"Description": "new"})

    after = sales.get_catalog(CatalogId=SALES)["Catalog"]
    assert after["CreateTime"] == before["CreateTime"] < after["UpdateTime"]
    assert after["Description"] == "new"
    assert "CatalogProperties" not in after


def test_catalogs_are_listed_in_pages(sales: Any) -> None:  # noqa: ANN401
    for name in ("b", "a", "c"):
        sales.create_catalog(Name=name, CatalogInput={})
    sales.create_database(CatalogId=f"{ACCOUNT}:b", DatabaseInput={"Name": "d"})

    first = sales.get_catalogs(MaxResults=3, IncludeRoot=True)
    token = first["NextToken"]
    second = sales.get_catalogs(MaxResults=3, IncludeRoot=True, NextToken=token)

    pages = [[item["Name"] for item in page["CatalogList"]] for page in (first, second)]
    assert pages == [[ACCOUNT, "a", "b"], ["c", "sales"]]
    assert names(sales, HasDatabases=True) == ["b"]
    assert names(sales, HasDatabases=False) == ["a", "c", "sales"]
    assert names(sales, ParentCatalogId=ACCOUNT) == ["a", "b", "c", "sales"]
    assert names(sales, ParentCatalogId=SALES) == []


def test_faults_are_told(sales: Any) -> None:  # noqa: ANN401
    missing = sales.exceptions.EntityNotFoundException
    nope = f"{ACCOUNT}:nope"
    with pytest.raises(sales.exceptions.AlreadyExistsException, match="Catalog already exists"):
        sales.create_catalog(Name="SALES", CatalogInput={})
    with pytest.raises(missing, match=f"Catalog {nope} not found"):
        sales.get_catalog(CatalogId=nope)
    with pytest.raises(missing):
        sales.update_catalog(CatalogId=nope, CatalogInput={})
    with pytest.raises(missing):
        sales.delete_catalog(CatalogId=nope)
    with pytest.raises(missing):
        sales.create_database(CatalogId=nope, DatabaseInput={"Name": "d"})
    with pytest.raises(missing):
        names(sales, ParentCatalogId=nope)
    with pytest.raises(sales.exceptions.InvalidInputException, match="a colon"):
        sales.create_catalog(Name="a:b", CatalogInput={})


def test_an_import_is_done_at_once_and_says_who_asked(glue: Any) -> None:  # noqa: ANN401
    assert glue.get_catalog_import_status()["ImportStatus"] == {"ImportCompleted": True}

    glue.import_catalog_to_glue()

    status = glue.get_catalog_import_status()["ImportStatus"]
    assert status["ImportCompleted"]
    assert status["ImportedBy"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert status["ImportTime"].tzinfo is not None
    assert names(glue) == []
