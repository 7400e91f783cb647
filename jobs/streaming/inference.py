"""Columns out of payloads whose schema nobody told: found in each batch, from all its payloads.

Until a batch is at hand, its payloads stand as text in one column, under the name that Glue gives
it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

JSON_COLUMN = "$json$data_infer_schema$_temporary$"
CSV_COLUMN = "$csv$data_infer_schema$_temporary$"
DELIMITER = "gluepot.delimiter"
"""The key, in the metadata of CSV_COLUMN, of what stands between two values."""

_PARSED = "$parsed$"
_LONG_DIGITS = 18
_WORDS = re.compile(
    r"`(?:[^`]|``)*`|\b(?:OBJECT<>|(?:OBJECT|VARIANT|VOID)\b(?!:)|DECIMAL\((\d+), ?(\d+)\))"
)


def with_inferred_columns(rows: DataFrame) -> DataFrame:
    """Return a batch with the columns of its payloads; other batches come back as they are.

    A JSON field whose values are of several types is text, as ``spark.read.json`` has it. Columns
    of CSV are text and called col0, col1 and so on. A payload that cannot be read gives nulls.
    """
    if JSON_COLUMN in rows.columns:
        return _replace(rows, JSON_COLUMN, _parse_json(rows))
    if CSV_COLUMN in rows.columns:
        return _replace(rows, CSV_COLUMN, _parse_csv(rows))
    return rows


def _replace(rows: DataFrame, name: str, parsed: Column | None) -> DataFrame:
    others = [F.col(quote(column)) for column in rows.columns if column != name]
    if parsed is None:
        return rows.select(*others)
    return rows.withColumn(_PARSED, parsed).select(f"{quote(_PARSED)}.*", *others)


def _parse_json(rows: DataFrame) -> Column | None:
    text = F.col(quote(JSON_COLUMN))
    value = F.try_parse_json(text)
    # A payload that is no object would turn the schema of all into "anything".
    is_object = F.schema_of_variant(value).startswith("OBJECT<")
    found = rows.where(is_object).select(F.schema_of_variant_agg(value)).first()
    schema = json_schema(found[0]) if found is not None else None
    return None if schema is None else F.from_json(text, schema)


def json_schema(variant_type: str) -> str | None:
    """Return the type under which JSON is read whose values are of a VARIANT's type.

    >>> json_schema("OBJECT<a: DECIMAL(21,1), b: VARIANT, `OBJECT<>`: OBJECT<VOID: VOID>>")
    'STRUCT<a: DOUBLE, b: STRING, `OBJECT<>`: STRUCT<VOID: STRING>>'
    >>> json_schema("OBJECT<>") is None, json_schema("VOID") is None
    (True, True)
    """
    if not variant_type.startswith("OBJECT<") or variant_type == "OBJECT<>":
        return None
    return _WORDS.sub(_json_word, variant_type)


def _json_word(found: re.Match[str]) -> str:
    word = found[0]
    if word.startswith("`"):
        return word
    if word == "OBJECT":
        return "STRUCT"
    if word.startswith("DECIMAL"):
        # Whole numbers beyond a long; everything else has a point in it.
        return word if found[2] == "0" and int(found[1]) > _LONG_DIGITS else "DOUBLE"
    return "STRING"


def _parse_csv(rows: DataFrame) -> Column | None:
    metadata = next(field for field in rows.schema.fields if field.name == CSV_COLUMN).metadata
    delimiter = str(metadata.get(DELIMITER, ","))
    text = F.col(quote(CSV_COLUMN))
    # What stands in quotes may hold delimiters.
    bare = F.regexp_replace(text, r'"(?:[^"]|"")*"', "")
    found = rows.select(F.max(F.size(F.split(bare, re.escape(delimiter))))).first()
    if found is None or found[0] is None:
        return None
    schema = ", ".join(f"col{at} STRING" for at in range(found[0]))
    return F.from_csv(text, schema, {"sep": delimiter})
