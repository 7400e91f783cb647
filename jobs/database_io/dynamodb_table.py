"""What DynamoDB says of a table, and how fast it may be read and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.databases.dynamodb import ON_DEMAND_UNITS
from gluepot.jobs.database_io.aws_login import open_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.errors import GluepotError
    from gluepot.jobs.database_io.aws_login import AwsLogin


@dataclass(frozen=True, kw_only=True)
class DynamoDBTable:
    """A table.

    Attributes:
        name: Its name.
        keys: Names of its hash key and, where it has one, its range key.
        items: How many there are, as of some hours ago.
        size_bytes: The same of its size.
        read_units: What it may read a second; 40,000 on demand, as Glue has it.
        write_units: The same of writing.
    """

    name: str
    keys: tuple[str, ...]
    items: int
    size_bytes: int
    read_units: float
    write_units: float


def describe(login: AwsLogin, name: str, failed: Callable[[str], GluepotError]) -> DynamoDBTable:
    """Return what DynamoDB says of a table.

    Raises:
        GluepotError: As ``failed`` makes it: there is no such table, or no answer.
    """
    return _table(asked(login, failed, lambda client: client.describe_table(TableName=name)))


def asked(login: AwsLogin, failed: Callable[[str], GluepotError], ask: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - boto3's reply
    """Return what DynamoDB replies.

    Raises:
        GluepotError: As ``failed`` makes it, of DynamoDB's own words.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - seldom used

    try:
        return ask(open_client(login, "dynamodb"))
    except ClientError as error:
        fault = error.response["Error"]
        raise failed(f"DynamoDB says {fault.get('Code')}: {fault.get('Message')}") from None
    except BotoCoreError as error:
        raise failed(f"DynamoDB cannot be asked: {error}") from None


def _table(reply: Mapping[str, Any]) -> DynamoDBTable:
    table = reply["Table"]
    provisioned = table.get("ProvisionedThroughput", {})
    kinds = {"HASH": 0, "RANGE": 1}
    keys = sorted(table["KeySchema"], key=lambda key: kinds[key["KeyType"]])
    return DynamoDBTable(
        name=table["TableName"],
        keys=tuple(key["AttributeName"] for key in keys),
        items=table.get("ItemCount", 0),
        size_bytes=table.get("TableSizeBytes", 0),
        read_units=provisioned.get("ReadCapacityUnits") or ON_DEMAND_UNITS,
        write_units=provisioned.get("WriteCapacityUnits") or ON_DEMAND_UNITS,
    )
