"""Tables of DynamoDB as frames: scanned in segments, or read from an export in S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.databases import pacing
from gluepot.jobs.database_io import aws_login, dynamodb_scan, dynamodb_values
from gluepot.jobs.database_io.aws_access import read_login
from gluepot.jobs.database_io.dynamodb_export import read_export
from gluepot.jobs.database_io.dynamodb_scan import Scan
from gluepot.jobs.database_io.dynamodb_table import describe
from gluepot.jobs.database_io.options import check_names, number, required, whole_number
from gluepot.jobs.database_io.whole_numbers import with_longs
from gluepot.jobs.errors import SourceError
from gluepot.transforms.packed import Origin, packed_frame
from gluepot.transforms.shipping import ship
from gluepot.transforms.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table
    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.database_io.dynamodb_table import DynamoDBTable
    from gluepot.transforms.frame import DynamicFrame

LOGIN_OPTIONS = ("dynamodb.region", "dynamodb.sts.roleArn", "dynamodb.sts.roleSessionName")
READ_OPTIONS = (
    *("dynamodb.input.tableName", "dynamodb.throughput.read.percent", "dynamodb.splits"),
)
EXPORT_OPTIONS = (
    *("dynamodb.export", "dynamodb.tableArn", "dynamodb.unnestDDBJson"),
    *("dynamodb.simplifyDDBJson", "dynamodb.s3.bucket", "dynamodb.s3.prefix"),
    *("dynamodb.s3.bucketOwner", "dynamodb.s3.sse.algorithm", "dynamodb.s3.sse.kmsKeyId"),
)
MOST_SPLITS = 1_000_000
MOST_PARTITIONS = 10_000
_PAGE_ITEMS = 1_000
_UNIT_BYTES = 8_192
"""What one unit of capacity reads, eventually consistent."""
_USUAL_ITEM_BYTES = 400
_SHARES = (0.1, 1.5)


def read_dynamodb(
    context: GlueContext, options: Mapping[str, Any], *, transformation_ctx: str
) -> DynamicFrame:
    """Return the items of a table, choices among their types.

    They are read once, when the frame is first needed, and kept. There is no bookmark, as in Glue.

    Args:
        context: Whose session reads.
        options: Glue's; ``dynamodb.splits`` segments are read at the same time, all together
            within ``dynamodb.throughput.read.percent`` of the table's capacity.
        transformation_ctx: The frame's name.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
        SourceError: There is no such table, or DynamoDB does not answer.
    """
    check_names(options, (*READ_OPTIONS, *EXPORT_OPTIONS, *LOGIN_OPTIONS), "DynamoDB")
    if options.get("dynamodb.export"):
        return read_export(context, options, transformation_ctx=transformation_ctx)
    table = required(options, "dynamodb.input.tableName", "DynamoDB")
    return _scanned(context, table, options, transformation_ctx or table, region=None)


def read_dynamodb_table(
    context: GlueContext, table: Table, options: Mapping[str, Any]
) -> DynamicFrame:
    """Return the items of the DynamoDB table that a catalog table stands for.

    Raises:
        InvalidInputError: An option is unknown or wrong, or the table has no ARN.
        SourceError: There is no such table, or DynamoDB does not answer.
    """
    check_names(options, (*READ_OPTIONS, *LOGIN_OPTIONS), "DynamoDB")
    name, region = dynamodb_name(table)
    return _scanned(context, name, options, table.name, region=region)


def dynamodb_name(table: Table) -> tuple[str, str]:
    """Return the name and the region of the DynamoDB table that a catalog table stands for.

    Raises:
        InvalidInputError: Its location is no ARN.
    """
    descriptor = table.storage_descriptor
    arn = ((descriptor.location if descriptor else None) or "").split(":", 5)
    if len(arn) != len(["arn", "aws", "dynamodb", "region", "account", "table"]):
        raise InvalidInputError(
            f"the location of {table.database_name}.{table.name} is not the ARN of a table of"
            " DynamoDB: crawl it again"
        )
    return arn[5].removeprefix("table/"), arn[3]


def _scanned(
    context: GlueContext,
    name: str,
    options: Mapping[str, Any],
    frame_name: str,
    *,
    region: str | None,
) -> DynamicFrame:
    splits = whole_number(options, "dynamodb.splits", 1, most=MOST_SPLITS)
    least, most = _SHARES
    share = number(options, "dynamodb.throughput.read.percent", 0.5, least=least, most=most)
    login = read_login(options, "dynamodb", region)
    table = describe(login, name, lambda reason: SourceError(frame_name, f"{name}: {reason}"))
    rate = max(table.read_units * share / splits, 0.1)
    scan = Scan(
        login=login,
        table=name,
        segments=splits,
        units_per_second=rate,
        page_items=_page_items(table, rate),
    )
    ship(aws_login, dynamodb_scan, dynamodb_values, pacing)
    segments = context.spark_session.range(0, splits, 1, min(splits, MOST_PARTITIONS))
    origin = Origin(site="", info="", source=f"dynamodb:{name}")
    found = packed_frame(segments, scan.produce, origin=origin, glue_ctx=context, name=frame_name)
    stage = Stage(name=f"read DynamoDB table {name}")
    return found.derive(lambda: with_longs(found.planned()), stage, lazily=True)


def _page_items(table: DynamoDBTable, units_per_second: float) -> int:
    """Return how many items a page may have, so that it takes about a second's units."""
    size = table.size_bytes / table.items if table.items else _USUAL_ITEM_BYTES
    return min(max(int(units_per_second * _UNIT_BYTES / max(size, 1)), 1), _PAGE_ITEMS)
