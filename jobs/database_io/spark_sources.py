"""Databases by Spark data sources whose jars the user gives: OpenSearch, and any by its class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.database_io.jdbc_source import named_connection
from gluepot.jobs.database_io.options import required
from gluepot.jobs.database_io.spark_errors import spark_told
from gluepot.jobs.database_io.writes import write_rows
from gluepot.jobs.errors import SinkError, SourceError
from gluepot.jobs.runs.failure import brief
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.errors import GluepotError
    from gluepot.crawlers.access import OpenedConnection
    from gluepot.jobs.context import GlueContext

OPENSEARCH_SOURCE = "org.opensearch.spark.sql"
_OPENSEARCH_OTHERS = ("connectionName", "useConnectionProperties", "pushdown", "path")
_OURS = ("className", "connectionName", "useConnectionProperties", "useFrameName")
_NOT_FOUND = ("DATA_SOURCE_NOT_FOUND", "ClassNotFoundException", "NoClassDefFoundError")


def read_spark_source(
    context: GlueContext, source: str, options: Mapping[str, Any], *, transformation_ctx: str
) -> DynamicFrame:
    """Return the rows that a Spark data source reads.

    Args:
        context: Whose session reads.
        source: The name or class of the data source, whose jar is on the class path.
        options: Its own; see ``spark_options`` and ``opensearch_options``.
        transformation_ctx: The frame's name.

    Raises:
        SourceError: The data source is not there, or cannot read.
    """
    name = transformation_ctx or source

    def made_of(error: Exception) -> GluepotError:
        return SourceError(name, _reason(error, source))

    with spark_told(made_of):
        rows = context.spark_session.read.format(source).options(**options).load()
        _ = rows.schema
    return DynamicFrame(rows, context, name)


def write_spark_source(
    frame: DynamicFrame, source: str, options: Mapping[str, Any], *, transformation_ctx: str
) -> DynamicFrame:
    """Append the records of a frame by a Spark data source.

    Raises:
        SinkError: The data source is not there, or the rows could not be written.
    """
    rows = frame.toDF()
    name = transformation_ctx or source

    def made_of(error: Exception) -> GluepotError:
        return SinkError(name, source, _reason(error, source))

    def write() -> None:
        with spark_told(made_of):
            rows.write.format(source).options(**options).mode("append").save()

    return write_rows(
        frame, write, kind="spark", place=source, transformation_ctx=transformation_ctx
    )


def spark_options(options: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the data source of ``custom.spark`` and what it is told: all that is not Glue's own.

    Properties of a connection of the catalog go with them, under their own names.

    Raises:
        InvalidInputError: ``className`` is missing.
        EntityNotFoundError: There is no such connection.
    """
    connection = named_connection(options)
    properties = {} if connection is None else dict(connection.properties)
    source = options.get("className") or properties.get("CONNECTOR_CLASS_NAME")
    if not source:
        required(options, "className", "custom.spark")
    given = {name: str(value) for name, value in options.items() if name not in _OURS}
    return str(source), properties | given


def opensearch_options(
    options: Mapping[str, Any], connection: OpenedConnection | None
) -> dict[str, str]:
    """Return what OpenSearch's data source is told.

    Raises:
        InvalidInputError: The index (``opensearch.resource``) or the server is not told, or an
            option is none of OpenSearch's.
    """
    for name in options:
        if not (name.startswith("opensearch.") or name in _OPENSEARCH_OTHERS):
            hint = did_you_mean(name, ("opensearch.resource", "opensearch.nodes", "pushdown"))
            raise InvalidInputError(f"OpenSearch has no option {name!r}.{hint}")
    given = {name: str(value) for name, value in options.items() if name.startswith("opensearch.")}
    found = _of_connection(connection) | given
    if "path" in options:
        found.setdefault("opensearch.resource", str(options["path"]))
    required(found, "opensearch.resource", "OpenSearch")
    required(found, "opensearch.nodes", "OpenSearch")
    return found | ({"pushdown": str(options["pushdown"])} if "pushdown" in options else {})


def _of_connection(connection: OpenedConnection | None) -> dict[str, str]:
    if connection is None:
        return {}
    names = {
        "HOST": "opensearch.nodes",
        "PORT": "opensearch.port",
        "USERNAME": "opensearch.net.http.auth.user",
        "PASSWORD": "opensearch.net.http.auth.pass",
    }
    properties = connection.properties
    found = {to: properties[name] for name, to in names.items() if properties.get(name)}
    own = {name: value for name, value in properties.items() if name.startswith("opensearch.")}
    # As Glue's connections have it: servers behind an address know no others.
    return {"opensearch.nodes.wan.only": "true"} | found | own


def _reason(error: Exception, source: str) -> str:
    reason = brief(error)
    if any(mark in reason for mark in _NOT_FOUND):
        return (
            f"the Spark data source {source} is not on the class path: give its jar by"
            " --conf spark.jars=; it must be built for this Spark and Scala 2.13"
        )
    return reason
