"""What a JDBC source is told by Glue's options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.bookmarks.keys import KeyOrder
from gluepot.jobs.database_io.options import check_names, required, texts, whole_number
from gluepot.jobs.parameters.script_options import is_true

if TYPE_CHECKING:
    from collections.abc import Mapping

HASH_PARTITIONS = 7
FETCH_SIZE = 1_000
"""Rows a trip: PostgreSQL's driver would else take a whole table into memory."""

ADDRESS_OPTIONS = (
    *("url", "user", "username", "password", "driver", "enforceSSL"),
    *("connectionName", "useConnectionProperties"),
    *("customJdbcDriverS3Path", "customJdbcDriverClassName"),
)
SPARK_OPTIONS = (
    *("fetchsize", "queryTimeout", "sessionInitStatement", "customSchema"),
    *("partitionColumn", "lowerBound", "upperBound", "numPartitions"),
    *("pushDownPredicate", "pushDownAggregate", "pushDownLimit", "pushDownOffset"),
    *("pushDownTableSample", "preferTimestampNTZ", "isolationLevel", "batchsize"),
)
READ_OPTIONS = (
    *("dbtable", "database", "query", "redshiftTmpDir", "bulkSize"),
    *("sampleQuery", "enablePartitioningForSampleQuery", "sampleSize"),
    *("hashfield", "hashexpression", "hashpartitions"),
    *("jobBookmarkKeys", "jobBookmarkKeysSortOrder"),
)
_ORDERS = {"asc": False, "desc": True}
_OPEN_END = re.compile(r"\s+(where|and)\s*$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class JdbcReading:
    """What is read, and how.

    Attributes:
        table: A table, or a query in brackets with a name behind it.
        is_query: It is a query.
        hash_field: The column by whose hash rows are divided.
        hash_expression: The numeric expression by which they are divided.
        partitions: How many parts are read at the same time.
        keys: What a bookmark goes by, if the script says so.
        spark: Options of Spark's own JDBC source.
    """

    table: str
    is_query: bool
    hash_field: str | None
    hash_expression: str | None
    partitions: int
    keys: KeyOrder | None
    spark: Mapping[str, str]


def read_jdbc_options(options: Mapping[str, Any], *, table: str | None = None) -> JdbcReading:
    """Return what Glue's options say.

    Args:
        options: Of a source; those of the address are left alone.
        table: Of a table of the catalog; ``dbtable`` is not needed then.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
    """
    check_names(options, (*ADDRESS_OPTIONS, *READ_OPTIONS, *SPARK_OPTIONS), "JDBC")
    field, expression = options.get("hashfield"), options.get("hashexpression")
    if field and expression:
        raise InvalidInputError("Give either hashfield or hashexpression")
    divided = bool(field or expression)
    found = _table(options, table, divided=divided)
    if options.get("sampleQuery") and not is_true(options.get("enablePartitioningForSampleQuery")):
        divided = False
    spark = {name: str(options[name]) for name in SPARK_OPTIONS if name in options}
    return JdbcReading(
        table=found,
        is_query=found.lstrip().startswith("("),
        hash_field=str(field) if field and divided else None,
        hash_expression=str(expression) if expression and divided else None,
        partitions=whole_number(options, "hashpartitions", HASH_PARTITIONS) if divided else 1,
        keys=_keys(options),
        spark={"fetchsize": str(FETCH_SIZE)} | spark,
    )


def _table(options: Mapping[str, Any], table: str | None, *, divided: bool) -> str:
    sample = str(options.get("sampleQuery") or options.get("query") or "").strip().rstrip(";")
    if not sample:
        return table or required(options, "dbtable", "JDBC")
    if is_true(options.get("enablePartitioningForSampleQuery")):
        if not divided:
            raise InvalidInputError(
                "enablePartitioningForSampleQuery needs hashfield or hashexpression"
            )
        # Glue puts its conditions behind; here they are around the query.
        sample = _OPEN_END.sub("", sample)
    return f"({sample}) sample_query"


def _keys(options: Mapping[str, Any]) -> KeyOrder | None:
    names = texts(options, "jobBookmarkKeys")
    order = str(options.get("jobBookmarkKeysSortOrder", "asc")).lower()
    if order not in _ORDERS:
        raise InvalidInputError(f"jobBookmarkKeysSortOrder is asc or desc, not {order[:40]!r}")
    return KeyOrder(names=names, descending=_ORDERS[order]) if names else None
