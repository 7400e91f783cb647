"""What the records of a queue hold: JSON, CSV or Avro in a column of bytes, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.streaming.inference import CSV_COLUMN, DELIMITER, JSON_COLUMN
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

CLASSIFICATIONS = ("json", "csv", "avro")
PAYLOAD_OPTIONS = ("classification", "schema", "avroSchema", "inferSchema", "delimiter")

_PARSED = "$parsed$"


@dataclass(frozen=True, kw_only=True)
class Payload:
    """How the bytes of a record are read.

    Attributes:
        classification: One of CLASSIFICATIONS; None leaves the bytes as they are.
        schema: Spark's DDL, or a schema of Avro's; None to look into the payloads of each batch.
        delimiter: What stands between two values of CSV.
    """

    classification: str | None
    schema: str | None
    delimiter: str = ","


def read_payload(options: Mapping[str, Any]) -> Payload:
    """Return what the options of a connection say about payloads.

    Raises:
        InvalidInputError: The classification is not read, or its schema is missing.
    """
    given = options.get("classification")
    if not given:
        return Payload(classification=None, schema=None)
    classification = str(given).lower()
    if classification not in CLASSIFICATIONS:
        raise InvalidInputError(
            f"classification {given!r} is not read from streams."
            f"{did_you_mean(classification, CLASSIFICATIONS)}"
            f" There are: {', '.join(CLASSIFICATIONS)}"
        )
    schema = options.get("schema") or options.get("avroSchema")
    infers = is_true(options.get("inferSchema", not schema))
    if classification == "avro" and not schema:
        raise InvalidInputError("classification avro needs schema, the schema of Avro as JSON")
    if not infers and not schema:
        raise InvalidInputError("a stream with inferSchema false needs schema, in Spark's DDL")
    return Payload(
        classification=classification,
        schema=None if infers and classification != "avro" else str(schema),
        delimiter=str(options.get("delimiter") or ","),
    )


def parse_payload(
    frame: DataFrame, payload: Payload, value: str, extras: Sequence[Column] = ()
) -> DataFrame:
    """Return the columns of the payloads in ``value``, and ``extras`` after them.

    A payload that cannot be read gives a row of nulls: a queue holds what anybody sent.
    """
    data = F.col(quote(value))
    if payload.classification is None:
        return frame
    if payload.schema is None:
        return frame.select(_to_be_inferred(data, payload), *extras)
    parsed = frame.withColumn(_PARSED, _parse(data, payload, payload.schema))
    return parsed.select(f"{quote(_PARSED)}.*", *extras)


def _to_be_inferred(data: Column, payload: Payload) -> Column:
    text = data.cast("string")
    if payload.classification == "csv":
        return text.alias(CSV_COLUMN, metadata={DELIMITER: payload.delimiter})
    return text.alias(JSON_COLUMN)


def _parse(data: Column, payload: Payload, schema: str) -> Column:
    if payload.classification == "avro":
        from pyspark.sql.avro.functions import from_avro  # noqa: PLC0415 - of spark-avro

        return from_avro(data, schema, {"mode": "PERMISSIVE"})
    if payload.classification == "csv":
        return F.from_csv(data.cast("string"), schema, {"sep": payload.delimiter})
    return F.from_json(data.cast("string"), schema)
