from __future__ import annotations

from typing import Any

import pytest

ACCOUNT = "000000000000"


@pytest.fixture
def linked(glue: Any) -> Any:  # noqa: ANN401
    """Return a client of a server with links to the database ``real`` and its table ``t``."""
    glue.create_database(DatabaseInput={"Name": "real"})
    glue.create_table(
        DatabaseName="real", TableInput={"Name": "t", "PartitionKeys": [{"Name": "k"}]}
    )
    glue.create_partition(
        DatabaseName="real", TableName="t", PartitionInput={"Values": ["1"], "Parameters": {}}
    )
    link_database(glue, "link", "Real")
    glue.create_database(DatabaseInput={"Name": "own"})
    link_table(glue, "own.l", "real.t")
    return glue


def link_database(glue: Any, name: str, target: str, **more: str) -> None:  # noqa: ANN401
    pointer = {"CatalogId": ACCOUNT, "DatabaseName": target, **more}
    glue.create_database(DatabaseInput={"Name": name, "TargetDatabase": pointer})


def link_table(glue: Any, name: str, target: str) -> None:  # noqa: ANN401
    (database, table), (to, target_name) = name.split("."), target.split(".")
    pointer = {"CatalogId": ACCOUNT, "DatabaseName": to, "Name": target_name}
    glue.create_table(DatabaseName=database, TableInput={"Name": table, "TargetTable": pointer})


def test_a_link_is_given_as_it_is(linked: Any) -> None:  # noqa: ANN401
    database = linked.get_database(Name="link")["Database"]
    table = linked.get_table(DatabaseName="own", Name="l")["Table"]

    assert database["TargetDatabase"] == {"CatalogId": ACCOUNT, "DatabaseName": "Real"}
    assert (table["DatabaseName"], table["TargetTable"]["Name"]) == ("own", "t")
    assert "PartitionKeys" not in table
    assert [item["Name"] for item in linked.get_databases()["DatabaseList"]] == [
        *("link", "own", "real")
    ]
    assert [item["Name"] for item in linked.get_tables(DatabaseName="own")["TableList"]] == ["l"]


def test_tables_are_read_through_a_linked_database(linked: Any) -> None:  # noqa: ANN401
    real = linked.get_table(DatabaseName="real", Name="t")["Table"]

    assert linked.get_table(DatabaseName="LINK", Name="t")["Table"] == real
    assert linked.get_tables(DatabaseName="link")["TableList"] == [real]
    assert linked.get_tables(DatabaseName="link", Expression="t*")["TableList"] == [real]
    versions = linked.get_table_versions(DatabaseName="link", TableName="t")["TableVersions"]
    assert [version["Table"] for version in versions] == [real]
    with pytest.raises(linked.exceptions.EntityNotFoundException, match="Table nope not found"):
        linked.get_table(DatabaseName="link", Name="nope")


@pytest.mark.parametrize("name", ["link.t", "own.l"])
def test_partitions_are_read_through_links(linked: Any, name: str) -> None:  # noqa: ANN401
    database, table = name.split(".")
    where = {"DatabaseName": database, "TableName": table}

    (listed,) = linked.get_partitions(**where)["Partitions"]

    assert listed["Values"] == ["1"]
    assert linked.get_partition(**where, PartitionValues=["1"])["Partition"] == listed
    unfiltered = linked.get_unfiltered_table_metadata(
        CatalogId=ACCOUNT,
        DatabaseName=database,
        Name=table,
        SupportedPermissionTypes=["COLUMN_PERMISSION"],
    )
    assert unfiltered["AuthorizedColumns"] == ["k"]
    assert unfiltered["ResourceArn"].endswith("table/real/t")


def test_nothing_is_written_through_a_link(linked: Any) -> None:  # noqa: ANN401
    invalid = linked.exceptions.InvalidInputException
    for write in (linked.create_table, linked.update_table):
        with pytest.raises(invalid, match="is a resource link to Real"):
            write(DatabaseName="link", TableInput={"Name": "t"})
    with pytest.raises(invalid, match="is a resource link to Real"):
        linked.delete_table(DatabaseName="link", Name="t")
    for database, table in (("link", "t"), ("own", "l")):
        with pytest.raises(invalid, match="is a resource link to"):
            linked.create_partition(
                DatabaseName=database, TableName=table, PartitionInput={"Values": ["2"]}
            )
    assert linked.get_table(DatabaseName="real", Name="t")["Table"]["VersionId"] == "0"


def test_deleting_a_link_leaves_its_target(linked: Any) -> None:  # noqa: ANN401
    linked.delete_table(DatabaseName="own", Name="l")
    linked.delete_database(Name="link")

    assert linked.get_table(DatabaseName="real", Name="t")["Table"]["Name"] == "t"
    assert linked.get_partitions(DatabaseName="real", TableName="t")["Partitions"]


def test_links_lead_through_links_and_catalogs(linked: Any) -> None:  # noqa: ANN401
    linked.create_catalog(Name="sales", CatalogInput={})
    sales = f"{ACCOUNT}:sales"
    pointer = {"CatalogId": ACCOUNT, "DatabaseName": "link"}
    linked.create_database(
        CatalogId=sales, DatabaseInput={"Name": "far", "TargetDatabase": pointer}
    )
    link_database(linked, "home", "far", CatalogId=sales)
    link_table(linked, "own.long", "home.t")

    found = linked.get_table(DatabaseName="home", Name="t")["Table"]

    assert (found["DatabaseName"], found["CatalogId"]) == ("real", ACCOUNT)
    assert linked.get_partitions(DatabaseName="own", TableName="long")["Partitions"]


def test_a_circle_of_databases_is_refused(linked: Any) -> None:  # noqa: ANN401
    link_database(linked, "second", "link")
    invalid = linked.exceptions.InvalidInputException

    with pytest.raises(invalid, match="itself points back at itself"):
        link_database(linked, "itself", "ITSELF")
    pointer = {"DatabaseName": "second"}
    with pytest.raises(invalid, match="points back at itself"):
        linked.update_database(
            Name="link", DatabaseInput={"Name": "link", "TargetDatabase": pointer}
        )

    assert linked.get_tables(DatabaseName="second")["TableList"]


def test_a_circle_of_tables_is_refused(linked: Any) -> None:  # noqa: ANN401
    link_table(linked, "own.second", "own.l")
    invalid = linked.exceptions.InvalidInputException

    with pytest.raises(invalid, match=r"own\.itself points back at itself"):
        link_table(linked, "own.itself", "own.itself")
    with pytest.raises(invalid, match="points back at itself"):
        linked.update_table(
            DatabaseName="own",
            TableInput={"Name": "l", "TargetTable": {"DatabaseName": "own", "Name": "second"}},
        )

    assert linked.get_partitions(DatabaseName="own", TableName="second")["Partitions"]


def test_a_target_need_not_be_there_until_it_is_read(glue: Any) -> None:  # noqa: ANN401
    link_database(glue, "early", "later")
    link_database(glue, "foreign", "d", CatalogId="111111111111")
    missing = glue.exceptions.EntityNotFoundException

    with pytest.raises(missing, match="Database later not found"):
        glue.get_tables(DatabaseName="early")
    with pytest.raises(missing, match="Catalog 111111111111 not found"):
        glue.get_tables(DatabaseName="foreign")
    glue.create_database(DatabaseInput={"Name": "later"})
    assert glue.get_tables(DatabaseName="early")["TableList"] == []


def test_a_database_with_tables_does_not_become_a_link(linked: Any) -> None:  # noqa: ANN401
    pointer = {"DatabaseName": "own"}
    with pytest.raises(linked.exceptions.InvalidInputException, match="has tables"):
        linked.update_database(
            Name="real", DatabaseInput={"Name": "real", "TargetDatabase": pointer}
        )
