"""Delimited tables typed by the catalog: a value that does not fit makes a choice with text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.types import STRING, parse_type
from gluepot.jobs.file_sources.opened import Opened
from gluepot.jobs.reading.sources import open_table
from gluepot.transforms.choices import choice_column, to_glue

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from gluepot.catalog.model import Table
    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.jobs.reading.sources import OpenTable, ReadColumn


def open_csv_table(spark: SparkSession, source: SourceInput, table: Table) -> Opened:
    """Return the rows of a delimited table, of whose files there are some.

    Columns that are all text are read at once; others take a pass, when the rows are first
    needed, which tells in which of them some value is not of the catalog's type.
    """
    opened = open_table(spark, source, table)
    typed = [item for item in opened.columns if parse_type(item.column.type or "string") != STRING]
    return Opened(plan=lambda: _rows(opened, typed), lazily=bool(typed))


def _rows(opened: OpenTable, typed: list[ReadColumn]) -> DataFrame:
    mixed = _mixed(opened.rows, typed)
    picked = [
        (_choice(item, opened.rows) if item.column.name in mixed else item.value).alias(
            item.column.name
        )
        for item in opened.columns
    ]
    return opened.finish(picked)


def _mixed(rows: DataFrame, typed: list[ReadColumn]) -> set[str]:
    """Return the columns in which some value is not of the catalog's type; one pass for all."""
    if not typed:
        return set()
    found = [F.max(_is_unlike(item)).alias(f"_{at}") for at, item in enumerate(typed)]
    answer = rows.agg(*found).first()
    told = () if answer is None else answer
    return {item.column.name for item, is_mixed in zip(typed, told, strict=True) if is_mixed}


def _is_unlike(item: ReadColumn) -> Column:
    return item.read.isNotNull() & item.value.isNull()


def _choice(item: ReadColumn, rows: DataFrame) -> Column:
    kind = rows.select(item.value.alias("value")).schema["value"].dataType
    name = to_glue(kind).typeName()
    parts = {name: item.value, "string": F.when(item.value.isNull(), item.read)}
    return choice_column(dict(sorted(parts.items())))
