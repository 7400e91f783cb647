"""Connections of a test's catalog, stored as the Glue API stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.calls import Call
from gluepot.catalog.operations.connections import create_connection
from gluepot.catalog.paging import PageTokens
from gluepot.catalog.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.objects import ObjectStore

ACCOUNT, REGION = "000000000000", "us-east-1"


def store_connection(
    objects: ObjectStore, key: bytes, name: str, kind: str, properties: Mapping[str, str]
) -> None:
    """Store a connection with its secrets sealed by ``key``.

    Raises:
        AlreadyExistsError: There is one of that name.
        InvalidInputError: The kind is none of Glue's, or a property is missing.
    """
    call = Call(
        operation="CreateConnection",
        account_id=ACCOUNT,
        region=REGION,
        principal=f"arn:aws:iam::{ACCOUNT}:root",
        request_id="00000000-0000-0000-0000-000000000000",
        tokens=PageTokens(key),
    )
    given = {"Name": name, "ConnectionType": kind, "ConnectionProperties": dict(properties)}
    create_connection(objects, Sealer(key), call, {"ConnectionInput": given})
