"""Error records of rows that Spark itself found to be broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.packing import Origin


def error_records(
    rows: DataFrame, *, message: Column, text: Column, record: Column, origin: Origin
) -> DataFrame:
    """Return rows as Glue's error records, in one column ``error``.

    Args:
        rows: Those that failed.
        message: What is wrong with each.
        text: What each was made of.
        record: Each as far as it was made.
        origin: Where they come from.
    """
    site = F.struct(F.lit(origin.site).alias("site"), F.lit(origin.info).alias("info"))
    parts = {
        "callsite": site,
        "msg": message,
        "stackTrace": F.lit(""),
        "input": text,
        "bytesread": F.octet_length(text).cast("long"),
        "source": F.lit(origin.source),
        "dynamicRecord": record,
    }
    return rows.select(F.struct(*(part.alias(name) for name, part in parts.items())).alias("error"))
