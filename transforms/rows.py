# ruff: noqa: N803, PLR0913, PLR0917, FBT001, FBT002  (names and signatures are Glue's)
"""Filter and Map: rows kept or rewritten by a Python function or by Spark SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.pandas.types import from_arrow_type, to_arrow_schema
from pyspark.sql.types import LongType, StringType, StructField, StructType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms import arrow_values, python_rows, record
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.python_rows import Origin
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.record import DynamicRecord
    from gluepot.transforms.stages import Stage

_TIME_ZONE = "spark.sql.session.timeZone"


class Filter(GlueTransform):
    """Keep the records for which ``f`` is true.

    ``f`` is a Python function of a DynamicRecord, or a Spark SQL condition. A KeyError, ValueError
    or TypeError in the function drops the record; another exception makes it an error record.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        f: Callable[[DynamicRecord], object] | str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame of the records that stay.

        Raises:
            InvalidInputError: The condition does not parse or names a field that is not there.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        if isinstance(f, str):
            return frame.derive(lambda: _where(frame, f), stage)
        ship(arrow_values, python_rows, record)

        def kept() -> DataFrame:
            source = frame.planned()
            return source.mapInArrow(python_rows.kept_batches(f), source.schema)

        def errors() -> DataFrame:
            run = python_rows.filter_error_batches(f, _origin(stage, frame))
            return frame.planned().mapInArrow(run, error_schema(frame.planned().schema))

        return frame.derive(kept, replace(stage, errors=errors))


class Map(GlueTransform):
    """Rewrite every record.

    ``f`` is a Python function from a DynamicRecord to a DynamicRecord (or dict), whose result may
    have more, fewer or other fields; or a mapping from column names to Spark SQL expressions,
    all computed from the row as it came. A record for which the function raises, or returns None
    or nothing, becomes an error record.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        f: Callable[[DynamicRecord], Any] | Mapping[str, str],
        preservesPartitioning: bool = False,  # noqa: ARG002
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        *,
        schema: StructType | str | None = None,
    ) -> DynamicFrame:
        """Return the frame of the results.

        Args:
            frame: Its records are not changed, even when the function changes what it is given.
            f: See the class.
            preservesPartitioning: Taken as Glue takes it; partitions always stay.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept in error records.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            schema: Type of the results, as a Spark type or DDL. Without it one more pass of the
                function infers it, when the schema is first needed. A result that does not fit
                becomes an error record.

        Raises:
            InvalidInputError: An expression does not parse or names a field that is not there.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        if isinstance(f, Mapping):
            return frame.derive(lambda: _with_columns(frame, f), stage)
        ship(arrow_values, python_rows, record)

        @cache
        def target() -> StructType:
            return _declared(frame.planned(), schema) if schema else _inferred(frame.planned(), f)

        def results() -> DataFrame:
            run = python_rows.mapped_batches(f, to_arrow_schema(target()), _zone(frame))
            return frame.planned().mapInArrow(run, target())

        def errors() -> DataFrame:
            arrow = to_arrow_schema(target())
            run = python_rows.map_error_batches(f, arrow, _zone(frame), _origin(stage, frame))
            return frame.planned().mapInArrow(run, error_schema(frame.planned().schema))

        return frame.derive(results, replace(stage, errors=errors), lazily=schema is None)


def error_schema(record_type: StructType) -> StructType:
    """Return the schema of Glue's error records for records of a type."""
    text, site = StringType(), StructType().add("site", "string").add("info", "string")
    error = StructType().add("callsite", site)
    error = error.add("msg", text).add("stackTrace", text).add("input", text)
    error = error.add("bytesread", LongType()).add("source", text)
    return StructType().add("error", error.add("dynamicRecord", record_type))


def _origin(stage: Stage, frame: DynamicFrame) -> Origin:
    return Origin(site=stage.site, info=stage.info, source=frame.name)


def _zone(frame: DynamicFrame) -> str:
    return str(frame.planned().sparkSession.conf.get(_TIME_ZONE))


def _declared(source: DataFrame, schema: StructType | str) -> StructType:
    if isinstance(schema, StructType):
        return schema
    return source.sparkSession.createDataFrame([], schema).schema


def _inferred(source: DataFrame, f: Callable[[DynamicRecord], Any]) -> StructType:
    """Run ``f`` once over all records and merge the fields that its results have."""
    found = source.mapInArrow(python_rows.schema_batches(f), python_rows.FIELD_SCHEMA).distinct()
    positions: dict[str, int] = {}
    types: dict[str, pa.DataType] = {}
    for name, position, packed in found.collect():
        kind = pa.ipc.read_schema(pa.py_buffer(packed)).field("type").type
        positions[name] = min(position, positions.get(name, position))
        types[name] = arrow_values.merge_types(types.get(name, pa.null()), kind)
    if not types:
        return source.schema
    known = {field.name: field for field in source.schema.fields}
    before = {field.name: field.type for field in to_arrow_schema(source.schema)}
    added = sorted(set(types) - set(known), key=lambda name: (positions[name], name))
    names = [*(name for name in known if name in types), *added]
    return StructType(
        [_field(name, types[name], before.get(name), known.get(name)) for name in names]
    )


def _field(
    name: str, kind: pa.DataType, before: pa.DataType | None, known: StructField | None
) -> StructField:
    kind = arrow_values.arrange(kind, before)
    if known is not None and (pa.types.is_null(kind) or kind == before):
        return StructField(name, known.dataType)
    return StructField(name, from_arrow_type(kind, prefer_timestamp_ntz=True))


def _where(frame: DynamicFrame, condition: str) -> DataFrame:
    try:
        result = frame.planned().where(F.expr(condition))
        _ = result.schema
    except AnalysisException as error:
        raise _refused("Filter", condition, frame, error) from error
    return result


def _with_columns(frame: DynamicFrame, columns: Mapping[str, str]) -> DataFrame:
    source = frame.planned()
    for name, expression in columns.items():
        try:
            _ = source.select(F.expr(expression)).schema
        except AnalysisException as error:
            raise _refused(f"Map, column {name!r}", expression, frame, error) from error
    return source.withColumns({name: F.expr(sql) for name, sql in columns.items()})


def _refused(
    where: str, expression: str, frame: DynamicFrame, error: AnalysisException
) -> InvalidInputError:
    parameters = error.getMessageParameters() or {}
    name = str(parameters.get("objectName", "")).replace("`", "")
    hint = did_you_mean(name, frame.planned().columns) if name else ""
    reason = next(line for line in str(error).splitlines() if line.strip())
    of = f" of frame {frame.name!r}" if frame.name else ""
    return InvalidInputError(
        f"{where}: {expression!r} is not valid for the rows{of}:{hint} {reason}"
    )
