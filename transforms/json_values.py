"""JSON texts with choices: their types found in one pass, their values parsed by Spark.

Where a field is a choice, Spark parses it as a VARIANT, which keeps the kind of each value, and
the choice's members are taken from that. Other fields are parsed as ever and cost nothing more.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms import inference, json_shapes, packing
from gluepot.transforms.paths import quote
from gluepot.transforms.shipping import ship
from gluepot.transforms.variants import from_variant, parsed_type, resolved

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

JSON_OPTIONS = {"allowSingleQuotes": "false"}
"""Of Spark's parser, which then takes for JSON what inference takes for JSON."""

_CASE = "spark.sql.caseSensitive"


def infer_json(frame: DataFrame, column: str, *, multi: bool = False) -> G.DataType:
    """Return the type of the JSON values in a column of texts, found in one pass on executors.

    Null and bad texts count for nothing. Of a name that an object has twice the last value
    counts, and what lies deeper than 100 levels is text. A file's records are ``as_record`` of it.

    Args:
        frame: Is read as often as this is called.
        column: Of texts.
        multi: A text that is an array stands for the values in it, as in Spark's reader.

    Raises:
        InvalidInputError: Names that differ only in case are in one object, and Spark is not set
            to tell them apart.
    """
    ship(G, inference, json_shapes, packing)
    texts = frame.select(F.col(quote(column)).cast("string").alias("text"))
    made = texts.mapInArrow(json_shapes.shape_batches(multi=multi), json_shapes.SHAPE_SCHEMA)
    shapes = [inference.load(row[0]) for row in made.collect()]
    kind = inference.to_type(reduce(inference.merge, shapes, inference.NOTHING))
    if str(frame.sparkSession.conf.get(_CASE)).lower() != "true":
        _check_case(kind)
    return kind


def as_record(kind: G.DataType) -> G.StructType:
    """Return the type of those values that are objects; a struct of nothing, if none is."""
    kinds = kind.choices.values() if isinstance(kind, G.ChoiceType) else (kind,)
    return next((each for each in kinds if isinstance(each, G.StructType)), G.StructType())


def json_schema(kind: G.StructType) -> T.StructType:
    """Return the schema for Spark's JSON reader or ``from_json``; VARIANT where a choice is.

    JSON_OPTIONS belong to it, and ``resolved_rows`` after it.
    """
    members = [T.StructField(field.name, parsed_type(field.dataType)) for field in kind]
    return T.StructType(members)


def resolved_rows(rows: DataFrame, kind: G.StructType) -> DataFrame:
    """Return rows that were parsed by ``json_schema`` with choices; more columns stay."""
    kinds = {field.name: field.dataType for field in kind}
    return rows.select(
        *(
            resolved(F.col(quote(name)), kinds[name]).alias(name)
            if name in kinds
            else F.col(quote(name))
            for name in rows.columns
        )
    )


def parsed_json(text: Column, kind: G.DataType) -> Column:
    """Return JSON texts as values of a type that may be no struct; null where they are not."""
    if isinstance(kind, G.StructType):
        return resolved(F.from_json(text, json_schema(kind), JSON_OPTIONS), kind)
    return from_variant(F.from_json(text, "variant", JSON_OPTIONS), kind)


def _check_case(kind: G.DataType) -> None:
    if isinstance(kind, G.ChoiceType):
        for choice in kind.choices.values():
            _check_case(choice)
    elif isinstance(kind, (G.ArrayType, G.SetType)):
        _check_case(kind.elementType)
    elif isinstance(kind, G.StructType):
        seen: dict[str, str] = {}
        for field in kind:
            other = seen.setdefault(field.name.lower(), field.name)
            if other != field.name:
                raise InvalidInputError(
                    f"the JSON has fields {other!r} and {field.name!r}, which Spark does not tell"
                    f" apart; set {_CASE} to true to read both"
                )
            _check_case(field.dataType)
