"""XML files: an element of the row's tag is a row, read by Spark's own reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.file_sources.opened import BROKEN, Opened, broken, is_broken, with_broken
from gluepot.jobs.reading.sources import only_chosen, plain_reader
from gluepot.transforms.declared import declared_type
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrameReader, SparkSession
    from pyspark.sql import types as T  # noqa: N812

    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.transforms.packing import Origin

OPTIONS = (
    *("rowTag", "encoding", "excludeAttribute", "treatEmptyValuesAsNulls", "attributePrefix"),
    *("valueTag", "ignoreSurroundingSpaces", "withSchema"),
)

_NOT_XML = "Unable to parse the record: it is not XML of the rows' type"


def open_xml(
    spark: SparkSession, source: SourceInput, options: Mapping[str, Any], origin: Origin
) -> Opened:
    """Return the rows of XML files; one that cannot be read is an error record.

    Spark finds the types, in a pass now, if ``withSchema`` does not tell them: values that differ
    in type are the widest of these, or text.

    Raises:
        InvalidInputError: There is no rowTag, or withSchema tells no struct.
    """
    told = _spark_options(options)
    declared = declared_type(options.get("withSchema"), "xml")
    found = declared or only_chosen(_reader(spark, told, None), source).schema
    fields = [field for field in found.fields if field.name != BROKEN]
    rows = only_chosen(_reader(spark, told, with_broken(fields)), source)
    is_bad = is_broken(fields)
    good = rows.where(~is_bad).select(*(F.col(quote(field.name)) for field in fields))
    return Opened(
        plan=lambda: good,
        errors=lambda: broken(rows.where(is_bad), F.col(BROKEN), _NOT_XML, origin),
    )


def _reader(
    spark: SparkSession, told: Mapping[str, str], schema: T.StructType | None
) -> DataFrameReader:
    reader = plain_reader(spark).format("xml").options(**told)
    return reader if schema is None else reader.schema(schema)


def _spark_options(options: Mapping[str, Any]) -> dict[str, str]:
    tag = options.get("rowTag")
    if not tag:
        raise InvalidInputError("format xml needs the option rowTag: which element is a row")
    told = {
        "rowTag": str(tag),
        "encoding": str(options.get("encoding", "UTF-8")),
        "excludeAttribute": _flag(options, "excludeAttribute"),
        "attributePrefix": str(options.get("attributePrefix", "_")),
        "valueTag": str(options.get("valueTag", "_VALUE")),
        "ignoreSurroundingSpaces": _flag(options, "ignoreSurroundingSpaces"),
        "columnNameOfCorruptRecord": BROKEN,
    }
    if _flag(options, "treatEmptyValuesAsNulls") == "true":
        told["nullValue"] = ""
    return told


def _flag(options: Mapping[str, Any], name: str) -> str:
    return str(options.get(name, False)).lower()
