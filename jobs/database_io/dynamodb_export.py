"""Exports of DynamoDB tables to S3, in DynamoDB's JSON: made for a run, or of before."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io.aws_access import read_login
from gluepot.jobs.database_io.dynamodb_table import asked
from gluepot.jobs.database_io.options import required
from gluepot.jobs.errors import SourceError
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.runs.failure import brief
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.context import GlueContext

_POLL_SECONDS = 5.0
_EXPORT = re.compile(r"AWSDynamoDB/([^/]+)/data/")
_SETTINGS = {
    "dynamodb.s3.bucketOwner": "S3BucketOwner",
    "dynamodb.s3.sse.algorithm": "S3SseAlgorithm",
    "dynamodb.s3.sse.kmsKeyId": "S3SseKmsKeyId",
}


def read_export(
    context: GlueContext, options: Mapping[str, Any], *, transformation_ctx: str
) -> DynamicFrame:
    """Return the items of an export: ``Item`` in DynamoDB's JSON, or what it stands for.

    With ``dynamodb.export`` ddb an export is made first, and waited for; with s3 one that is there
    is read, which ``dynamodb.s3.bucket`` and ``dynamodb.s3.prefix`` lead to.

    Raises:
        InvalidInputError: An option is missing or wrong.
        SourceError: The export cannot be made or read, or there are several.
    """
    bucket = required(options, "dynamodb.s3.bucket", "DynamoDB's export")
    prefix = str(options.get("dynamodb.s3.prefix") or "").strip("/")
    match options["dynamodb.export"]:
        case "s3":
            place = "/".join(part for part in (f"s3://{bucket}", prefix) if part)
        case "ddb":
            place = _export(options, bucket, prefix, transformation_ctx)
        case _:
            raise InvalidInputError("dynamodb.export is ddb or s3")
    name = transformation_ctx or place
    found = _rows(context, place, name)
    if is_true(options.get("dynamodb.simplifyDDBJson")):
        return found.simplify_ddb_json()
    if is_true(options.get("dynamodb.unnestDDBJson")):
        return found.unnest_ddb_json()
    return found


def _rows(context: GlueContext, place: str, name: str) -> DynamicFrame:
    reader = context.spark_session.read.option("recursiveFileLookup", "true")
    try:
        rows = reader.option("pathGlobFilter", "*.json.gz").json(place)
        files = rows.inputFiles()
    except PySparkException as error:
        raise SourceError(name, f"{place}: {brief(error)}") from None
    exports = {found[1] for file in files if (found := _EXPORT.search(file))}
    if len(exports) > 1:
        raise SourceError(
            name,
            f"{place} holds {len(exports)} exports, {', '.join(sorted(exports)[:3])} among them:"
            " let dynamodb.s3.prefix end with AWSDynamoDB/ and the number of one",
        )
    return DynamicFrame(rows, context, name)


def _export(options: Mapping[str, Any], bucket: str, prefix: str, name: str) -> str:
    arn = required(options, "dynamodb.tableArn", "DynamoDB's export")
    login = read_login(options, "dynamodb", (arn.split(":") + [""] * 4)[3] or None)

    def failed(reason: str) -> SourceError:
        return SourceError(name or arn, f"{arn} cannot be exported: {reason}")

    wanted = {
        member: str(options[option]) for option, member in _SETTINGS.items() if option in options
    }
    if prefix:
        wanted["S3Prefix"] = prefix
    reply = asked(
        login,
        failed,
        lambda client: client.export_table_to_point_in_time(
            TableArn=arn, S3Bucket=bucket, ExportFormat="DYNAMODB_JSON", **wanted
        ),
    )
    export = reply["ExportDescription"]
    while export["ExportStatus"] == "IN_PROGRESS":
        time.sleep(_POLL_SECONDS)
        reply = asked(login, failed, partial(_described, export["ExportArn"]))
        export = reply["ExportDescription"]
    if export["ExportStatus"] != "COMPLETED":
        raise failed(str(export.get("FailureMessage") or export["ExportStatus"]))
    # Such as prefix/AWSDynamoDB/01693685827463-2d8752fd/manifest-files.json.
    return f"s3://{bucket}/{str(export['ExportManifest']).rpartition('/')[0]}"


def _described(arn: str, client: Any) -> Any:  # noqa: ANN401 - boto3's client and reply
    return client.describe_export(ExportArn=arn)
