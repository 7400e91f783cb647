from __future__ import annotations

from typing import Any

import pytest

from gluepot.catalog.errors import ResourceNumberLimitExceededError
from gluepot.catalog.limits import Limits
from gluepot.catalog.store import CatalogStore
from tests.catalog.conftest import CLI, CRAWL, Clock, a_table


@pytest.fixture
def five(database: Any) -> Any:  # noqa: ANN401
    """Return a client of a server whose table ``d.t`` has versions 0 to 4."""
    database.create_table(DatabaseName="d", TableInput={"Name": "t", "Description": "0"})
    for number in range(1, 5):
        new = {"Name": "t", "Description": str(number)}
        database.update_table(DatabaseName="d", TableInput=new)
    return database


NAME = {"DatabaseName": "d", "TableName": "T"}


def kept(glue: Any) -> list[str]:  # noqa: ANN401
    pages = glue.get_paginator("get_table_versions").paginate(**NAME)
    return [version["VersionId"] for page in pages for version in page["TableVersions"]]


def test_a_version_is_the_table_as_it_was(five: Any) -> None:  # noqa: ANN401
    old = five.get_table_version(**NAME, VersionId="1")["TableVersion"]
    current = five.get_table_version(**NAME)["TableVersion"]

    assert (old["VersionId"], old["Table"]["VersionId"]) == ("1", "1")
    assert (old["Table"]["Name"], old["Table"]["Description"]) == ("t", "1")
    assert old["Table"]["CreateTime"] < old["Table"]["UpdateTime"]
    assert current["Table"] == five.get_table(DatabaseName="d", Name="t")["Table"]


def test_versions_come_in_pages_newest_first_while_more_are_made(five: Any) -> None:  # noqa: ANN401
    first = five.get_table_versions(**NAME, MaxResults=2)
    five.update_table(DatabaseName="d", TableInput={"Name": "t"})
    five.delete_table_version(**NAME, VersionId="3")
    second = five.get_table_versions(**NAME, MaxResults=2, NextToken=first["NextToken"])
    last = five.get_table_versions(**NAME, MaxResults=2, NextToken=second["NextToken"])

    pages = [
        [item["VersionId"] for item in page["TableVersions"]] for page in (first, second, last)
    ]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]


def test_archived_versions_are_deleted_and_the_current_is_not(five: Any) -> None:  # noqa: ANN401
    five.delete_table_version(**NAME, VersionId="0")

    with pytest.raises(five.exceptions.InvalidInputException, match="is the current one"):
        five.delete_table_version(**NAME, VersionId="4")
    with pytest.raises(five.exceptions.InvalidInputException, match="is not a number"):
        five.delete_table_version(**NAME, VersionId="x")
    with pytest.raises(five.exceptions.InvalidInputException, match="is not a number"):
        five.get_table_version(**NAME, VersionId="-1")
    for unknown in ("0", "9", "9" * 40):
        with pytest.raises(five.exceptions.EntityNotFoundException, match="not found"):
            five.delete_table_version(**NAME, VersionId=unknown)
        with pytest.raises(five.exceptions.EntityNotFoundException, match="not found"):
            five.get_table_version(**NAME, VersionId=unknown)
    assert kept(five) == ["4", "3", "2", "1"]


def test_a_batch_tells_which_versions_could_not_be_deleted(five: Any) -> None:  # noqa: ANN401
    reply = five.batch_delete_table_version(**NAME, VersionIds=["4", "1", "9", "x", "0"])

    errors = {item["VersionId"]: item["ErrorDetail"]["ErrorCode"] for item in reply["Errors"]}
    assert errors == {
        "4": "InvalidInputException",
        "9": "EntityNotFoundException",
        "x": "InvalidInputException",
    }
    assert kept(five) == ["4", "3", "2"]
    assert five.batch_delete_table_version(**NAME, VersionIds=["2"])["Errors"] == []


def test_a_version_deleted_in_between_leaves_the_rest_of_history(catalog: CatalogStore) -> None:
    catalog.create_table(a_table(a="int"), CLI)
    catalog.update_table(a_table(a="int", b="int"), CRAWL)
    catalog.update_table(a_table(a="int", b="int", c="int"), CLI)

    catalog.tables.delete_version("flights", "days", "1")

    newest, oldest = catalog.list_versions("flights", "days")
    assert newest.diff is not None
    assert [item.name for item in newest.diff.columns.added] == ["c"]
    assert (oldest.version_id, oldest.cause) == ("0", CLI)


def test_a_full_history_refuses_more_until_a_version_goes(catalog: CatalogStore) -> None:
    scope = catalog.scope
    store = CatalogStore(scope.engine, Clock(), limits=Limits(versions_per_table=2))
    store.create_table(a_table(a="int"), CLI)
    store.update_table(a_table(b="int"), CLI)

    with pytest.raises(
        ResourceNumberLimitExceededError,
        match="Number of TABLE_VERSION resources exceeds the limit 2 per TABLE",
    ):
        store.update_table(a_table(c="int"), CLI)
    store.update_table(a_table(d="int"), CLI, skip_archive=True)
    store.tables.delete_version("flights", "days", "0")
    assert store.update_table(a_table(c="int"), CLI).version_id == "3"
