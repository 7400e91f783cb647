"""What runs on executors to pack records: Arrow messages of each batch's own types, and back.

Executors get this module's code inside the pickled function and need pyspark and pyarrow only.
"""

from __future__ import annotations

import contextlib
import gc
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms import inference
from gluepot.transforms.record_arrays import conform, encode_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Batches = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]
    Produce = Callable[[pa.RecordBatch], Iterable["Made"]]
    ProduceAll = Callable[[Iterable[pa.RecordBatch]], Iterable["Made"]]

PACKED_SCHEMA = "records binary, errors binary, shape string"
"""One row for each batch of records, and one with the shape of all at the end of a partition."""

_KIND = b"gluepot"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a failing function was given to which transform, as error records tell it."""

    site: str
    info: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A record that could not be made or was refused: what was said, and what it was made of."""

    message: str
    stack: str = ""
    input: str = ""
    record: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """Records of one batch, and those that failed."""

    records: Sequence[Mapping[str, Any]] = ()
    failures: Sequence[Failed] = field(default=())


def failure_of(error: Exception, *, text: str, record: Mapping[str, Any] | None = None) -> Failed:
    """Return what a function's exception says, with its own stack and without ours."""
    inner = error.__traceback__ and error.__traceback__.tb_next
    stack = "".join(traceback.format_exception(type(error), error, inner))
    message = f"{type(error).__name__}: {error}"
    return Failed(message=message, stack=stack, input=text, record=record)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Put Python's search for cycles off: records are many, new and free of cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def by_batch(produce: Produce) -> ProduceAll:
    """Return what makes the records of a partition, batch by batch."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[Made]:
        for batch in batches:
            yield from produce(batch)

    return run


def packed_batches(  # noqa: PLR0913 - what runs differ in
    produce: ProduceAll,
    *,
    run_id: str,
    origin: Origin,
    expected: G.StructType | None,
    record_type: G.StructType,
    zone: str,
) -> Batches:
    """Yield rows of PACKED_SCHEMA.

    ``run_id`` makes the function another one for Spark, which would else serve what an equal
    function had made, however long ago, of data that may have changed.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        _ = run_id
        shape = None
        for made in produce(batches):
            with uncollected():
                found, records = _packed_records(made, expected, zone)
                errors = _packed_errors(made, record_type, origin, zone)
            if found is not None:
                shape = found if shape is None else inference.merge(shape, found)
            yield _row(records, errors, None)
        if shape is not None:
            yield _row(None, None, inference.dump(shape))

    return run


def _packed_records(
    made: Made, expected: G.StructType | None, zone: str
) -> tuple[inference.Shape | None, bytes | None]:
    if not made.records:
        return None, None
    records = list(made.records)
    shape = inference.infer(records, expected)
    return shape, pack(records, inference.to_type(shape), zone)


def _packed_errors(
    made: Made, record_type: G.StructType, origin: Origin, zone: str
) -> bytes | None:
    if not made.failures:
        return None
    rows = [_error(failed, origin) for failed in made.failures]
    return pack(rows, error_type(record_type), zone)


def _row(records: bytes | None, errors: bytes | None, shape: str | None) -> pa.RecordBatch:
    columns = [pa.array([records], pa.binary()), pa.array([errors], pa.binary())]
    return pa.RecordBatch.from_arrays(
        [*columns, pa.array([shape], pa.string())], names=["records", "errors", "shape"]
    )


def pack(records: list[Any], kind: G.DataType, zone: str) -> bytes:
    """Return records as an Arrow message of one column, its Glue type beside it."""
    column = encode_values(records, kind, zone=zone)
    schema = pa.schema([pa.field("record", column.type)], {_KIND: G.to_json(kind).encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays([column], schema=schema))
    return bytes(sink.getvalue())


def unpacked_batches(kind: G.StructType) -> Batches:
    """Yield the records of messages (the only column) as rows of a type."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for message in batch.column(0):
                yield unpack(message.as_buffer(), kind)

    return run


def unpack(message: pa.Buffer, wanted: G.StructType) -> pa.RecordBatch:
    """Return the rows of one message, brought to a type that its own was merged into."""
    with pa.ipc.open_stream(message) as reader:
        kind = G.from_json(reader.schema.metadata[_KIND].decode())
        column = reader.read_next_batch().column(0)
    column = conform(column, kind, wanted)
    return pa.RecordBatch.from_struct_array(column)


def error_type(record_type: G.StructType) -> G.StructType:
    """Return the type of Glue's error records for records of a type: one field ``error``."""
    text = G.StringType()
    site = G.StructType([G.Field("site", text), G.Field("info", text)])
    members = {
        "callsite": site,
        "msg": text,
        "stackTrace": text,
        "input": text,
        "bytesread": G.LongType(),
        "source": text,
        "dynamicRecord": record_type,
    }
    error = G.StructType([G.Field(name, kind) for name, kind in members.items()])
    return G.StructType([G.Field("error", error)])


def _error(failed: Failed, origin: Origin) -> dict[str, Any]:
    record = {"input": failed.input} if failed.record is None else failed.record
    return {
        "error": {
            "callsite": {"site": origin.site, "info": origin.info},
            "msg": failed.message,
            "stackTrace": failed.stack,
            "input": failed.input,
            "bytesread": len(failed.input.encode()),
            "source": origin.source,
            "dynamicRecord": record,
        }
    }
