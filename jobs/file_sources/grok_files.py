"""Logs by a grok pattern: a line, or several, is a record; one that does not match is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.types import STRING, to_spark_ddl
from gluepot.crawlers.classifiers.grok import compile_grok
from gluepot.crawlers.classifiers.grok_match import checked
from gluepot.jobs.file_sources.opened import Opened, broken
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.reading.csv_preamble import FILE_COLUMN
from gluepot.jobs.reading.grok_tables import UNMATCHED, grok_rows
from gluepot.jobs.reading.sources import raw_texts
from gluepot.jobs.reading.text_rows import UTF_8
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame, SparkSession

    from gluepot.crawlers.classifiers.grok import GrokField
    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.transforms.packing import Origin

OPTIONS = ("logFormat", "customPatterns", "MISSING", "LineCount", "StrictMode")

_UNLIKE = "Unable to parse the record: logFormat does not match"


def open_grok(
    spark: SparkSession, source: SourceInput, options: Mapping[str, Any], origin: Origin
) -> Opened:
    """Return the fields of log records.

    Fields have the types that the pattern tells (``%{NUMBER:size:long}``), unless StrictMode,
    which keeps texts. What equals MISSING is null.

    Raises:
        InvalidInputError: There is no logFormat, or it is no pattern.
    """
    text = options.get("logFormat")
    if not text:
        raise InvalidInputError("format grokLog needs the option logFormat, a grok pattern")
    grok = checked(compile_grok(str(text), str(options.get("customPatterns") or "")))
    strict = is_true(options.get("StrictMode", False))
    missing = str(options.get("MISSING", "-"))
    names = [field.name for field in grok.fields]
    rows = grok_rows(
        _records(spark, source, options), grok, UTF_8, [name.lower() for name in names]
    )
    rows = rows.toDF(*names, UNMATCHED, FILE_COLUMN)
    matched = rows.where(F.col(UNMATCHED).isNull())
    good = matched.select(*(_value(field, missing, strict=strict) for field in grok.fields))
    unlike = rows.where(F.col(UNMATCHED).isNotNull())
    return Opened(
        plan=lambda: good,
        errors=lambda: broken(unlike, F.col(UNMATCHED), _UNLIKE, origin),
    )


def _records(spark: SparkSession, source: SourceInput, options: Mapping[str, Any]) -> DataFrame:
    given = str(options.get("LineCount", 1))
    if not given.isdecimal() or int(given) < 1:
        raise InvalidInputError(f"LineCount is a whole number from 1 on, not {given!r}")
    count = int(given)
    if count == 1:
        return raw_texts(spark, source, UTF_8, whole=False)
    lines = F.split(F.rtrim(F.col("value").cast("string"), F.lit("\r\n")), "\r?\n")
    last = F.floor((F.size("lines") - 1) / count).cast("int")
    each = F.transform(
        F.sequence(F.lit(0), last),
        lambda at: F.array_join(F.slice("lines", at * count + 1, F.lit(count)), "\n"),
    )
    whole = raw_texts(spark, source, UTF_8, whole=True)
    cut = whole.select(lines.alias("lines"), FILE_COLUMN)
    records = cut.select(F.explode(each).alias("value"), FILE_COLUMN)
    return records.withColumn("value", F.col("value").cast("binary"))


def _value(field: GrokField, missing: str, *, strict: bool) -> Column:
    text = F.nullif(F.col(quote(field.name)), F.lit(missing))
    if strict or field.type == STRING:
        return text.alias(field.name)
    return text.try_cast(to_spark_ddl(field.type)).alias(field.name)
