"""How Spark reads the delimited files of a table: the catalog's parameters as reader options.

Every column is read as text and tried as its type, so that a value that is not of it is null, as
it is to Hive. Lines above the header are left out if they are comments, else by their number where
lines are rows. Timestamps are tried as Spark reads them, then by
``timestamp.formats``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import SparkSession

SPARK_ENCODINGS = frozenset(
    {"ISO-8859-1", "US-ASCII", "UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32", "UTF-8"}
)
"""What Spark decodes without being told to allow all that Java does."""

SKIPPED_LINES = "skippedLines"
"""An option that Spark does not know: how many lines of each file are no rows, if several."""

_WEEK_DAY = "EEE, "
_LETTERS = re.compile(r"(?:y{4}|M{1,3}|d{1,2}|[Hh]{1,2}|mm|ss|S{1,9}|a|Z{1,2}|'[^']*'|[-/:., ])+")


def reader_options(serde: Mapping[str, str], parameters: Mapping[str, str]) -> dict[str, str]:
    """Return Spark's options, and ``SKIPPED_LINES`` where Spark cannot skip as many.

    Raises:
        InvalidInputError: Lines above the rows cannot be left out.

    Args:
        serde: The serde's parameters.
        parameters: The table's, over those of its storage.
    """
    marks = (serde.get("field.delim"), serde.get("separatorChar"), parameters.get("delimiter"))
    skipped = parameters.get("skip.header.line.count", serde.get("skip.header.line.count", "0"))
    quote = serde.get("quoteChar", '"')
    options = {
        "sep": next((mark for mark in marks if mark), ","),
        "header": parameters.get("withHeader", str(skipped == "1").lower()),
        "quote": quote,
        # RFC 4180 doubles a quote inside quotes; Spark's own default is a backslash. Hive's
        # escapeChar does not tell: AWS Glue writes a backslash for files of either kind.
        "escape": serde.get("escape.delim", quote),
        "encoding": serde.get("serialization.encoding", "UTF-8"),
        "multiLine": parameters.get("multiLine", "false"),
        # What the serde is told stands for null in every column; empty cells are null all the same.
        "nullValue": serde.get("serialization.null.format", ""),
    }
    comment = parameters.get("commentChar")
    if comment:
        return options | {"comment": comment}
    if skipped.isdecimal() and int(skipped) > 1:
        if options["multiLine"] == "true":
            raise InvalidInputError(
                f"the first {skipped} lines of its files are no rows, and a row may go over several"
                " lines: Spark can leave out one line of such files, or those that are comments"
            )
        return options | {SKIPPED_LINES: skipped}
    return options


def allow_encoding(spark: SparkSession, encoding: str) -> None:
    """Let a session decode what Java does and Spark would refuse, such as windows-1252."""
    if encoding.upper() not in SPARK_ENCODINGS:
        spark.conf.set("spark.sql.legacy.javaCharsets", "true")


def timestamp_patterns(serde: Mapping[str, str]) -> list[str]:
    r"""Return the patterns that a serde is told, a backslash before commas that do not end one.

    >>> timestamp_patterns({"timestamp.formats": r"dd.MM.yyyy,MMM dd\, yyyy"})
    ['dd.MM.yyyy', 'MMM dd, yyyy']
    """
    told = serde.get("timestamp.formats", "")
    return [item.replace("\\,", ",") for item in re.split(r"(?<!\\),", told) if item]


def as_timestamp(text: SparkColumn, patterns: list[str]) -> SparkColumn:
    """Return text as a timestamp, null where neither Spark nor a pattern reads it."""
    # Spark reads no names of days of the week.
    without_day = F.substr(text, F.lit(len("Thu, ") + 1))
    tried = [text.try_cast("timestamp")]
    for pattern in patterns:
        rest = pattern.removeprefix(_WEEK_DAY)
        if _LETTERS.fullmatch(rest):
            value = text if rest == pattern else without_day
            tried.append(F.try_to_timestamp(value, F.lit(_spark_pattern(rest))))
    return F.coalesce(*tried)


def _spark_pattern(pattern: str) -> str:
    """Return one of Hive's patterns, in which ``ZZ`` is +01:00, in Spark's letters."""
    pattern = re.sub(r"'(?:Z|UTC|GMT)'", "z", pattern)
    return re.sub(r"(?<!Z)ZZ(?!Z)", "XXX", pattern)
