"""Spark's own writing of a folder of files, where the options alone do not say all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.jobs.writing.target import Target

_NEVER = "\uffff"
_NEVER_EITHER = "\ufffe"
"""No characters, so no text holds them: Spark needs a separator and a quote of its own."""

NO_MARKER = {"mapreduce.fileoutputcommitter.marksuccessfuljobs": "false"}
"""Without the file ``_SUCCESS``, which Glue does not write either."""


def write_folder(frame: DataFrame, target: Target, folder: str, *, mode: str) -> None:
    """Write rows to files in ``folder``, partitioned as the target says.

    Raises:
        PySparkException: Spark cannot.
    """
    options = dict(target.options)
    if target.format == "csv" and options.get("quote") == "":
        frame, options = _unquoted(frame, target.partition_by, options)
    writer = frame.write.format(target.format).mode(mode).options(**options, **NO_MARKER)
    if target.partition_by:
        writer = writer.partitionBy(*target.partition_by)
    writer.save(folder)


def _unquoted(
    frame: DataFrame, keys: Sequence[str], options: dict[str, str]
) -> tuple[DataFrame, dict[str, str]]:
    """Return lines that are put together here, since Spark's CSV writer always has quotes.

    A line break inside a value would end the row, so it is written as a space.
    """
    separator = options.get("sep", ",")
    names = [name for name in frame.columns if name not in keys]
    parts: list[Column] = []
    for name in names:
        text = F.regexp_replace(F.col(quote(name)).cast("string"), "\r\n|\r|\n", " ")
        parts += [F.lit(separator), F.coalesce(text, F.lit(""))]
    line = F.concat(*parts[1:]).alias(separator.join(names))
    plain = options | {
        "sep": _NEVER,
        "quote": _NEVER_EITHER,
        "escape": _NEVER_EITHER,
        "emptyValue": "",
    }
    return frame.select(line, *(F.col(quote(key)) for key in keys)), plain
