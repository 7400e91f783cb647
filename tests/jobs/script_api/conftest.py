"""Data of the samples, and runs that may open connections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.calls import Call
from gluepot.catalog.model import Column, Database
from gluepot.catalog.objects import ObjectStore
from gluepot.catalog.operations.connections import create_connection
from gluepot.catalog.paging import PageTokens
from gluepot.catalog.sealing import Sealer
from tests.jobs.conftest import CAUSE, csv_table, utc_now
from tests.jobs.database_io.conftest import SEALING_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.run_context.workshop import Workshop
    from tests.jobs.conftest import Lake

HEADER = (
    "drg definition,provider id,provider name,provider zip code,average covered charges,"
    "average total payments,total discharges"
)
TYPES = ("string", "bigint", "string", "bigint", "string", "string", "bigint")
MEDICARE = (
    "039,10001,SOUTHEAST,36301,$32963.07,$5777.24,91",
    "057,10005,MARSHALL,35957,$15131.85,$5787.57,24",
    "282,erroneous,ELIZA,35631,$37560.37,$5434.95,41",
)

collect_ignore_glob = ["samples/*"]
"""Scripts are run, not imported: what they import is on the path of script jobs alone."""


def lay_payments(lake: Lake) -> None:
    """Put payments to providers into the lake and its catalog; one number is text."""
    lake.catalog.create_database(Database(name="payments"))
    lake.put("payments/medicare/a.csv", "\n".join([HEADER, *MEDICARE, ""]))
    table = csv_table("medicare", lake.uri("payments/medicare/"), "")
    assert table.storage_descriptor is not None
    columns = tuple(
        Column(name=name, type=kind) for name, kind in zip(HEADER.split(","), TYPES, strict=True)
    )
    storage = replace(table.storage_descriptor, columns=columns)
    made = replace(table, database_name="payments", storage_descriptor=storage)
    lake.catalog.create_table(made, CAUSE)


def with_connections(lake: Lake, name: str, options: Mapping[str, Any]) -> Workshop:
    """Return the tools of a run in whose catalog a connection to a database is."""
    objects = ObjectStore(lake.engine, utc_now)
    call = Call(
        operation="CreateConnection",
        account_id="000000000000",
        region="us-east-1",
        principal="arn:aws:iam::000000000000:root",
        request_id="00000000-0000-0000-0000-000000000000",
        tokens=PageTokens(SEALING_KEY),
    )
    properties = {
        "JDBC_CONNECTION_URL": options["url"],
        "USERNAME": options["user"],
        "PASSWORD": options["password"] or "unused",
    }
    given = {"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": properties}
    create_connection(objects, Sealer(SEALING_KEY), call, {"ConnectionInput": given})
    made = lake.workshop("samples")
    return replace(made, objects=objects, sealing_key=SEALING_KEY, s3=lake.s3)
