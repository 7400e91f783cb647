"""JSON with choices: types found in one pass over the texts, values parsed by Spark.

Lines, or documents where a value goes over many lines or a JSON path leads to the rows. A text
that is no JSON is an error record; the others stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.jobs.file_sources.opened import BROKEN, Opened, broken, is_broken, with_broken
from gluepot.jobs.reading.csv_preamble import FILE_COLUMN
from gluepot.jobs.reading.json_rows import BAD_COLUMN, document_texts
from gluepot.jobs.reading.sources import (
    file_address,
    only_chosen,
    plain_reader,
    raw_texts,
    with_partitions,
)
from gluepot.jobs.reading.text_rows import UTF_8
from gluepot.transforms.choices import to_glue_struct
from gluepot.transforms.json_values import (
    JSON_OPTIONS,
    as_record,
    infer_json,
    json_schema,
    resolved_rows,
)
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql import types as T  # noqa: N812

    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.jobs.reading.json_documents import JsonLayout
    from gluepot.transforms import gluetypes
    from gluepot.transforms.packing import Origin

_NOT_JSON = "Unable to parse the record: it is not JSON"
_UNLIKE = "Unable to parse the record: it is not JSON, or not of the type that withSchema tells"


def open_json(  # noqa: PLR0913 - what JSON tables differ in
    spark: SparkSession,
    source: SourceInput,
    layout: JsonLayout,
    origin: Origin,
    *,
    declared: T.StructType | None = None,
    encoding: str = UTF_8,
) -> Opened:
    """Return the objects in the files of a source.

    Args:
        spark: Reads.
        source: Which files.
        layout: Where the rows are.
        origin: What error records say about where they come from.
        declared: The type of the objects; None for the one that is found in a pass.
        encoding: Of the files.
    """
    lines = layout.is_plain and encoding.upper() == UTF_8
    kind = None if declared is None else to_glue_struct(declared)
    if lines:
        read = _Lines(spark=spark, source=source, declared=kind)
        message = _NOT_JSON if declared is None else _UNLIKE
        return Opened(
            plan=read.good,
            errors=lambda: broken(read.bad(), F.col(BROKEN), message, origin),
            lazily=declared is None,
        )
    documents = _Documents(
        spark=spark, source=source, layout=layout, encoding=encoding, declared=kind
    )
    return Opened(
        plan=documents.good,
        errors=lambda: broken(documents.bad(), F.col(BAD_COLUMN), _NOT_JSON, origin),
        lazily=declared is None,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Lines:
    """Objects, or arrays of objects, a line each: Spark reads them as fast as any JSON."""

    spark: SparkSession
    source: SourceInput
    declared: gluetypes.StructType | None

    @cached_property
    def kind(self) -> gluetypes.StructType:
        if self.declared is not None:
            return self.declared
        lines = only_chosen(plain_reader(self.spark).format("text"), self.source)
        return as_record(infer_json(lines, "value", multi=True))

    @cached_property
    def _parsed(self) -> DataFrame:
        schema = with_broken(json_schema(self.kind).fields)
        options = {**JSON_OPTIONS, "columnNameOfCorruptRecord": BROKEN}
        return only_chosen(
            plain_reader(self.spark).format("json").schema(schema).options(**options), self.source
        )

    @property
    def _is_bad(self) -> Column:
        return is_broken(() if self.declared is None else json_schema(self.declared).fields)

    def good(self) -> DataFrame:
        rows = self._parsed.where(~self._is_bad)
        return _with_keys(self.spark, self.source, rows, self.kind)

    def bad(self) -> DataFrame:
        return self._parsed.where(self._is_bad)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Documents:
    """Objects cut out of documents: over many lines, in arrays, at the end of a path."""

    spark: SparkSession
    source: SourceInput
    layout: JsonLayout
    encoding: str
    declared: gluetypes.StructType | None

    @cached_property
    def _texts(self) -> DataFrame:
        raw = raw_texts(self.spark, self.source, self.encoding, whole=self.layout.whole)
        return document_texts(raw, self.layout, self.encoding)

    @cached_property
    def kind(self) -> gluetypes.StructType:
        if self.declared is not None:
            return self.declared
        return as_record(infer_json(self._texts, "value"))

    def good(self) -> DataFrame:
        schema = json_schema(self.kind)
        row = F.from_json("value", schema, JSON_OPTIONS).alias("_row")
        texts = self._texts.where("value is not null")
        rows = texts.select(row, FILE_COLUMN).select("_row.*", FILE_COLUMN)
        return _with_keys(self.spark, self.source, rows, self.kind)

    def bad(self) -> DataFrame:
        return self._texts.where(f"{BAD_COLUMN} is not null")


def _with_keys(
    spark: SparkSession, source: SourceInput, rows: DataFrame, kind: gluetypes.StructType
) -> DataFrame:
    keys = () if source.table is None else source.table.partition_keys or ()
    taken = {key.name.lower() for key in keys}
    names = [quote(field.name) for field in kind if field.name.lower() not in taken]
    if keys and FILE_COLUMN not in rows.columns:
        # What is resolved knows the metadata of files no more.
        rows = rows.select("*", file_address().alias(FILE_COLUMN))
    resolved = resolved_rows(rows, kind)
    return with_partitions(spark, resolved, [F.col(name) for name in names], source)
