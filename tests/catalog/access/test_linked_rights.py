"""A resource link opens no way around the rights on what it points at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.catalog.access.conftest import allow, deny

if TYPE_CHECKING:
    from tests.catalog.access.conftest import Secured


def denied(call: Any, **request: Any) -> bool:  # noqa: ANN401
    with pytest.raises(ClientError) as caught:
        call(**request)
    return bool(caught.value.response["Error"]["Code"] == "AccessDeniedException")


def test_what_a_link_leads_to_needs_rights_of_its_own(secured: Secured) -> None:
    admin = secured.client(secured.admin())
    for database in ("vault", "home"):
        admin.create_database(DatabaseInput={"Name": database})
    for table in ("open", "shut"):
        definition = {"Name": table, "PartitionKeys": [{"Name": "k", "Type": "string"}]}
        admin.create_table(DatabaseName="vault", TableInput=definition)
        values = {"Values": ["1"]}
        admin.create_partition(DatabaseName="vault", TableName=table, PartitionInput=values)
    may = ("catalog", "database/*", "table/home/*", "table/door/*", "table/vault/open")
    policies = (allow("*", on=may), deny("*", on=("table/vault/shut",)))
    client = secured.client(secured.key("reader", *policies))
    pointer = {"CatalogId": "000000000000", "DatabaseName": "vault"}

    admin.create_database(DatabaseInput={"Name": "door", "TargetDatabase": pointer})
    for table in ("open", "shut"):
        target = {**pointer, "Name": table}
        link = {"Name": f"to_{table}", "TargetTable": target}
        admin.create_table(DatabaseName="home", TableInput=link)

    assert client.get_table(DatabaseName="door", Name="open")["Table"]["DatabaseName"] == "vault"
    assert denied(client.get_table, DatabaseName="door", Name="shut")
    assert denied(client.get_tables, DatabaseName="door")
    assert denied(client.get_table_versions, DatabaseName="door", TableName="shut")
    for database, table in (("door", "open"), ("home", "to_open")):
        where = {"DatabaseName": database, "TableName": table}
        assert client.get_partitions(**where)["Partitions"]
    for database, table in (("door", "shut"), ("home", "to_shut")):
        where = {"DatabaseName": database, "TableName": table}
        assert denied(client.get_partitions, **where)
        assert denied(client.get_partition, **where, PartitionValues=["1"])
        assert denied(client.get_column_statistics_for_table, **where, ColumnNames=["k"])
        assert denied(
            client.get_unfiltered_table_metadata,
            CatalogId="000000000000",
            DatabaseName=database,
            Name=table,
            SupportedPermissionTypes=["COLUMN_PERMISSION"],
        )
