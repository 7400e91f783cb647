"""Delimited files by Glue's format options: all values are texts, as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.file_sources.opened import Opened
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.reading.csv_preamble import FILE_COLUMN, rows_below
from gluepot.jobs.reading.sources import file_address, only_chosen, plain_reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.jobs.reading.inputs import SourceInput

OPTIONS = ("separator", "escaper", "quoteChar", "multiLine", "withHeader", "skipFirst")

_TWO = 2


def open_csv(spark: SparkSession, source: SourceInput, options: Mapping[str, Any]) -> Opened:
    """Return the rows of delimited files; without a header the columns are col0, col1 and so on.

    Raises:
        InvalidInputError: A header and a line below it are to be skipped, and rows go over lines.
    """
    rows = _rows(spark, source, options)
    return Opened(plan=lambda: rows)


def _rows(spark: SparkSession, source: SourceInput, options: Mapping[str, Any]) -> DataFrame:
    told = _spark_options(options)
    header, skips = _flag(options, "withHeader"), _flag(options, "skipFirst")
    # Files whose headers differ are refused rather than read under the names of the first.
    told |= {"header": str(header or skips).lower(), "enforceSchema": str(not header).lower()}
    reader = plain_reader(spark).format("csv").options(**told)
    rows = only_chosen(reader, source)
    if not header:
        return rows.toDF(*(f"col{at}" for at in range(len(rows.columns))))
    return _below(spark, source, told, rows) if skips else rows


def _below(
    spark: SparkSession, source: SourceInput, told: Mapping[str, str], rows: DataFrame
) -> DataFrame:
    if told["multiLine"] == "true":
        raise InvalidInputError(
            "skipFirst leaves out the line below a header, which needs multiLine false"
        )
    lines = only_chosen(plain_reader(spark).format("text"), source)
    cells = {name: value for name, value in told.items() if name not in {"header", "enforceSchema"}}
    schema = ", ".join(f"`{name.replace('`', '``')}` string" for name in rows.columns)
    return rows_below(lines, file_address(), _TWO, schema, cells).drop(FILE_COLUMN)


def _spark_options(options: Mapping[str, Any]) -> dict[str, str]:
    given = str(options.get("quoteChar", '"'))
    quote = "" if given == "-1" else given
    return {
        "sep": str(options.get("separator", ",")),
        "quote": quote,
        # RFC 4180 doubles a quote inside quotes; Spark's own default is a backslash.
        "escape": str(options.get("escaper") or quote),
        "multiLine": str(_flag(options, "multiLine")).lower(),
    }


def _flag(options: Mapping[str, Any], name: str) -> bool:
    return is_true(options.get(name, False))
