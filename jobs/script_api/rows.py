"""Rows in memory as a frame: lists and RDDs of dicts, Rows or tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql.types import Row

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import inference
from gluepot.transforms.choices import to_spark_struct
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.gluetypes import StructType as GlueStruct
from gluepot.transforms.record_arrays import encode_values, to_arrow
from gluepot.transforms.stages import Stage, script_site

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TIME_ZONE = "spark.sql.session.timeZone"


def frame_of_rows(  # noqa: PLR0913 - Glue's arguments
    spark: SparkSession,
    data: Any,  # noqa: ANN401 - a list or an RDD
    schema: Any = None,  # noqa: ANN401 - as createDataFrame takes it
    sample_ratio: float | None = None,
    *,
    context: Any = None,  # noqa: ANN401
    name: str = "",
) -> DynamicFrame:
    """Return rows as a frame.

    Dicts without a schema may differ in the types of their fields, which are choices then; all
    else is as ``createDataFrame`` makes it. An RDD of dicts is brought to the driver.
    """
    if schema is not None:
        return DynamicFrame(
            spark.createDataFrame(data, schema, samplingRatio=sample_ratio), context, name
        )
    stage = Stage(name=name or "rows", site=script_site())
    return DynamicFrame.planned_later(
        lambda: _planned(spark, data, sample_ratio), stage, context, name
    )


def _planned(spark: SparkSession, data: Any, sample_ratio: float | None) -> DataFrame:  # noqa: ANN401
    # An RDD is known by what it can do: importing its class takes a classic session.
    rows = data.collect() if hasattr(data, "collect") else list(data)
    if not rows:
        return spark.createDataFrame([], "")
    records = [row.asDict(recursive=True) if isinstance(row, Row) else row for row in rows]
    if not all(isinstance(record, dict) for record in records):
        return spark.createDataFrame(rows, samplingRatio=sample_ratio)
    return _of_records(spark, records)


def _of_records(spark: SparkSession, records: list[dict[str, Any]]) -> DataFrame:
    kind = inference.to_type(inference.infer(records))
    if not isinstance(kind, GlueStruct):
        raise InvalidInputError("rows need at least one field between them")
    zone = str(spark.conf.get(_TIME_ZONE))
    column = encode_values(records, kind, zone=zone)
    batch = pa.RecordBatch.from_struct_array(column)
    table = pa.Table.from_batches([batch], schema=pa.schema(list(to_arrow(kind))))
    # Spark's own types come after: Arrow's do not carry the marks of choices.
    return spark.createDataFrame(table, to_spark_struct(kind))
