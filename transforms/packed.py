"""Records that Python code makes: run once, kept, with the exact types found by running it.

Executors yield the records of each batch as an Arrow message of the batch's own types, and the
merge of these types once a partition. The messages are kept (in memory, on disk where it does not
fit), the types come to the driver when somebody asks for the schema, and the rows are then the
kept messages brought to the common types, column by column. So user code runs once, whatever is
asked and how often, and a schema is never guessed from a sample.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms import (
    arrow_values,
    gluetypes,
    inference,
    packing,
    record,
    record_arrays,
)
from gluepot.transforms.choices import to_spark_struct
from gluepot.transforms.kept import keep
from gluepot.transforms.packing import Failed, Made, Origin
from gluepot.transforms.shipping import ship
from gluepot.transforms.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame

    Produce = Callable[[pa.RecordBatch], Iterable[Made]]
    ProduceAll = Callable[[Iterable[pa.RecordBatch]], Iterable[Made]]

__all__ = ["Failed", "Made", "Origin", "Packed", "packed_frame"]

_TIME_ZONE = "spark.sql.session.timeZone"
INPUT_ONLY = gluetypes.StructType([gluetypes.Field("input", gluetypes.StringType())])
"""Type of the record in an error record where none was made yet: its text."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Packed:
    """What one run of the code made; nothing runs before schema, rows or errors are asked.

    Attributes:
        source: What the code is run over.
        produce: Makes records of the batches of a partition; see ``packing``.
        origin: What error records say about where they come from.
        expected: Types that fields had before: kept while values fit them.
        record_type: Type of ``dynamicRecord`` in error records.
    """

    source: DataFrame
    produce: ProduceAll
    origin: Origin
    expected: gluetypes.StructType | None = None
    record_type: gluetypes.StructType = INPUT_ONLY

    @cached_property
    def _kept(self) -> DataFrame:
        ship(arrow_values, gluetypes, inference, packing, record, record_arrays)
        run = packing.packed_batches(
            self.produce,
            run_id=uuid.uuid4().hex,
            origin=self.origin,
            expected=self.expected,
            record_type=self.record_type,
            zone=str(self.source.sparkSession.conf.get(_TIME_ZONE)),
        )
        return keep(self.source.mapInArrow(run, packing.PACKED_SCHEMA))

    @cached_property
    def schema(self) -> gluetypes.StructType:
        """Return the merged type of all records; the code runs now, if it has not."""
        rows = self._kept.where("shape is not null").select("shape").collect()
        shapes = [inference.load(row[0]) for row in rows]
        if not shapes:
            return self.expected or gluetypes.StructType()
        found = inference.to_type(reduce(inference.merge, shapes))
        return _as_struct(_known_nulls(found, self.expected))

    def rows(self) -> DataFrame:
        """Return the records."""
        messages = self._kept.where("records is not null").select("records")
        target = to_spark_struct(self.schema)
        return messages.mapInArrow(packing.unpacked_batches(self.schema), target)

    def errors(self) -> DataFrame:
        """Return the error records."""
        messages = self._kept.where("errors is not null").select(F.col("errors").alias("records"))
        kind = packing.error_type(self.record_type)
        return messages.mapInArrow(packing.unpacked_batches(kind), to_spark_struct(kind))


def packed_frame(  # noqa: PLR0913 - what frames of records differ in
    source: DataFrame,
    produce: Produce,
    *,
    origin: Origin,
    glue_ctx: Any = None,  # noqa: ANN401
    name: str = "",
    expected: gluetypes.StructType | None = None,
) -> DynamicFrame:
    """Return the frame of the records that ``produce`` makes of Arrow batches of ``source``.

    Args:
        source: Any DataFrame; its partitions are the tasks.
        produce: Runs on executors; what it needs there must be told to ``ship``.
        origin: What error records say about where they come from.
        glue_ctx: Handed on to the frame.
        name: The frame's name.
        expected: Types that fields had before: kept while values fit them.
    """
    from gluepot.transforms.frame import DynamicFrame  # noqa: PLC0415 - frames have transforms

    packed = Packed(
        source=source,
        produce=packing.by_batch(produce),
        origin=origin,
        expected=expected,
    )
    stage = Stage(name=name or "source", site=origin.site, info=origin.info, errors=packed.errors)
    return DynamicFrame.planned_later(packed.rows, stage, glue_ctx, name)


def _as_struct(kind: gluetypes.DataType) -> gluetypes.StructType:
    if not isinstance(kind, gluetypes.StructType):
        raise TypeError(f"records are structs, not {kind}")
    return kind


def _known_nulls(
    found: gluetypes.DataType, expected: gluetypes.DataType | None
) -> gluetypes.DataType:
    """Give fields that hold nothing but nulls the type that they had before."""
    if isinstance(found, (gluetypes.NullType, gluetypes.UnknownType)):
        return found if expected is None else expected
    if isinstance(found, gluetypes.StructType) and isinstance(expected, gluetypes.StructType):
        known = {field.name: field.dataType for field in expected}
        return gluetypes.StructType(
            [gluetypes.Field(f.name, _known_nulls(f.dataType, known.get(f.name))) for f in found]
        )
    if isinstance(found, gluetypes.ArrayType) and isinstance(expected, gluetypes.ArrayType):
        return gluetypes.ArrayType(_known_nulls(found.elementType, expected.elementType))
    return found
