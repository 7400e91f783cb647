# ruff: noqa: N803, PLR0913, PLR0917, FBT001, FBT002  (names and signatures are Glue's)
"""Filter and Map: rows kept or rewritten by a Python function or by Spark SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import LongType, StringType, StructType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms import arrow_values, gluetypes, inference, packing, python_rows, record
from gluepot.transforms import record_arrays as arrays
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import to_glue_struct
from gluepot.transforms.packed import Packed
from gluepot.transforms.packing import Origin, by_batch
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.packed import ProduceAll
    from gluepot.transforms.record import DynamicRecord
    from gluepot.transforms.stages import Stage

_TIME_ZONE = "spark.sql.session.timeZone"
EXECUTOR_MODULES = (
    *(arrow_values, arrays, gluetypes, inference, packing),
    *(python_rows, record),
)
"""Modules whose functions run on executors."""


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
        ship(*EXECUTOR_MODULES)

        def kept() -> DataFrame:
            source = frame.planned()
            return source.mapInArrow(python_rows.kept_batches(f, frame.schema()), source.schema)

        def errors() -> DataFrame:
            run = python_rows.filter_error_batches(f, frame.schema(), origin_of(stage, frame))
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
            schema: Type of the results, as a Spark type or DDL. Without it the function is run
                once when the schema is first needed, its results are kept, and fields whose
                values differ in type are choices. With it a result that does not fit becomes
                an error record.

        Raises:
            InvalidInputError: An expression does not parse or names a field that is not there.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        if isinstance(f, Mapping):
            return frame.derive(lambda: _with_columns(frame, f), stage)
        if schema is None:
            return map_later(frame, lambda kind: by_batch(python_rows.map_records(f, kind)), stage)
        return _map_declared(frame, f, stage, schema)


def error_schema(record_type: StructType) -> StructType:
    """Return the schema of Glue's error records for records of a type."""
    text, site = StringType(), StructType().add("site", "string").add("info", "string")
    error = StructType().add("callsite", site)
    error = error.add("msg", text).add("stackTrace", text).add("input", text)
    error = error.add("bytesread", LongType()).add("source", text)
    return StructType().add("error", error.add("dynamicRecord", record_type))


def map_later(
    frame: DynamicFrame, produce: Callable[[gluetypes.StructType], ProduceAll], stage: Stage
) -> DynamicFrame:
    """Return the frame of records that a function makes, whose types its run tells.

    ``produce`` gets the type of the frame's records when they are first needed.
    """
    ship(*EXECUTOR_MODULES)

    @cache
    def packed() -> Packed:
        kind = frame.schema()
        return Packed(
            source=frame.planned(),
            produce=produce(kind),
            origin=origin_of(stage, frame),
            expected=kind,
            record_type=kind,
        )

    failing = replace(stage, errors=lambda: packed().errors())
    return frame.derive(lambda: packed().rows(), failing, lazily=True)


def _map_declared(
    frame: DynamicFrame,
    f: Callable[[DynamicRecord], Any],
    stage: Stage,
    schema: StructType | str,
) -> DynamicFrame:
    ship(*EXECUTOR_MODULES)
    target = _declared(frame.planned(), schema)
    kind, arrow = to_glue_struct(target), to_arrow_schema(target)

    def declared() -> python_rows.Declared:
        return python_rows.Declared(kind=kind, schema=arrow, zone=_zone(frame))

    def results() -> DataFrame:
        run = python_rows.mapped_batches(f, frame.schema(), declared())
        return frame.planned().mapInArrow(run, target)

    def errors() -> DataFrame:
        origin = origin_of(stage, frame)
        run = python_rows.map_error_batches(f, frame.schema(), declared(), origin)
        return frame.planned().mapInArrow(run, error_schema(frame.planned().schema))

    return frame.derive(results, replace(stage, errors=errors))


def origin_of(stage: Stage, frame: DynamicFrame) -> Origin:
    """Return what error records of a transform say about where they come from."""
    return Origin(site=stage.site, info=stage.info, source=frame.name)


def _zone(frame: DynamicFrame) -> str:
    return str(frame.planned().sparkSession.conf.get(_TIME_ZONE))


def _declared(source: DataFrame, schema: StructType | str) -> StructType:
    if isinstance(schema, StructType):
        return schema
    return source.sparkSession.createDataFrame([], schema).schema


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
