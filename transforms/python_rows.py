"""What runs on executors: a user's Python function over the records of Arrow batches.

Each ``*_batches`` function makes a function for ``DataFrame.mapInArrow``. The same user function
is run for the good rows and, when somebody asks, for the failed ones: so no good row pays for
carrying an error column. Executors get this module's code inside the pickled function and need
pyspark and pyarrow only, so it imports nothing of gluepot but modules that travel the same way.
"""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from gluepot.transforms.arrow_values import encode, infer, local_values
from gluepot.transforms.record import DynamicRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Batches = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]

NO_RECORD = "User-specified function returned None instead of DynamicRecord"
"""Glue's own words, which scripts look for in error records."""

FIELD_SCHEMA = "name string, position int, type binary"
"""What schema_batches yields: one row a field and partition; the type is an Arrow schema."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A record that failed: its row in the batch, and what the user's function said."""

    row: int
    message: str
    stack: str = ""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a failing function was given to which transform, as error records tell it."""

    site: str
    info: str
    source: str


def kept_batches(f: Callable[[DynamicRecord], object]) -> Batches:
    """Yield the rows for which ``f`` is true."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            mask, _ = _select(f, batch)
            yield batch.filter(pa.array(mask, type=pa.bool_()))

    return run


def filter_error_batches(f: Callable[[DynamicRecord], object], origin: Origin) -> Batches:
    """Yield an error record for each row on which ``f`` failed."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            _, failures = _select(f, batch)
            yield error_batch(batch, failures, origin)

    return run


def schema_batches(f: Callable[[DynamicRecord], object]) -> Batches:
    """Yield the fields that the results of ``f`` have in this partition (FIELD_SCHEMA)."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            results, _ = _apply(f, batch)
            yield _fields([result for _, result in results], batch.schema)

    return run


def mapped_batches(f: Callable[[DynamicRecord], object], schema: pa.Schema, zone: str) -> Batches:
    """Yield the results of ``f`` as rows of ``schema``; ``zone`` is that of naive times."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            results, _ = _apply(f, batch)
            yield _encode(results, schema, zone)[0]

    return run


def map_error_batches(
    f: Callable[[DynamicRecord], object], schema: pa.Schema, zone: str, origin: Origin
) -> Batches:
    """Yield an error record for each row on which ``f`` failed or that does not fit the schema."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            results, failures = _apply(f, batch)
            failures = [*failures, *_encode(results, schema, zone)[1]]
            yield error_batch(batch, sorted(failures, key=lambda failure: failure.row), origin)

    return run


def records_of(batch: pa.RecordBatch) -> Iterator[DynamicRecord]:
    """Return the rows of a batch as records; times are naive, in the session's time zone."""
    names = batch.schema.names
    columns = [_wrapped(column) for column in batch.columns]
    return (DynamicRecord(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def _wrapped(column: pa.Array) -> list[Any]:
    values = local_values(column)
    if not pa.types.is_struct(column.type):
        return values
    return [None if value is None else DynamicRecord(value) for value in values]


def _select(
    f: Callable[[DynamicRecord], object], batch: pa.RecordBatch
) -> tuple[list[bool], list[Failure]]:
    mask: list[bool] = []
    failures: list[Failure] = []
    for row, record in enumerate(records_of(batch)):
        try:
            mask.append(bool(f(record)))
        except (KeyError, ValueError, TypeError):
            # Glue's rule: a record without the field, or of another type, is not wanted.
            mask.append(False)
        except Exception as error:  # noqa: BLE001
            mask.append(False)
            failures.append(_failure(row, error))
    return mask, failures


def _apply(
    f: Callable[[DynamicRecord], object], batch: pa.RecordBatch
) -> tuple[list[tuple[int, dict[str, Any]]], list[Failure]]:
    results: list[tuple[int, dict[str, Any]]] = []
    failures: list[Failure] = []
    for row, record in enumerate(records_of(batch)):
        try:
            result = f(record)
        except Exception as error:  # noqa: BLE001
            failures.append(_failure(row, error))
            continue
        if isinstance(result, dict) and result:
            results.append((row, result))
        else:
            kind = "None" if not result else type(result).__name__
            failures.append(Failure(row=row, message=NO_RECORD.replace("None", kind)))
    return results, failures


def _failure(row: int, error: Exception) -> Failure:
    # The first entry of the traceback is ours; the script's author wants his own.
    inner = error.__traceback__ and error.__traceback__.tb_next
    stack = "".join(traceback.format_exception(type(error), error, inner))
    return Failure(row=row, message=f"{type(error).__name__}: {error}", stack=stack)


def _fields(results: Sequence[dict[str, Any]], known: pa.Schema) -> pa.RecordBatch:
    positions: dict[str, int] = {}
    # Nearly all records have the same names, so look at each set of names once.
    for names in set(map(tuple, results)):
        for position, name in enumerate(names):
            positions[name] = min(position, positions.get(name, position))
    expected = {field.name: field.type for field in known}
    types = [
        infer([result.get(name) for result in results], expected.get(name)) for name in positions
    ]
    packed = [pa.schema([pa.field("type", kind)]).serialize().to_pybytes() for kind in types]
    columns = [
        pa.array(list(positions), pa.string()),
        pa.array(list(positions.values()), pa.int32()),
        pa.array(packed, pa.binary()),
    ]
    return pa.RecordBatch.from_arrays(columns, names=["name", "position", "type"])


def _encode(
    results: Sequence[tuple[int, dict[str, Any]]], schema: pa.Schema, zone: str
) -> tuple[pa.RecordBatch, list[Failure]]:
    failures: dict[int, Failure] = {}
    columns = []
    for field in schema:
        column, mismatches = encode([result.get(field.name) for _, result in results], field, zone)
        columns.append(column)
        for at, mismatch in mismatches:
            row = results[at][0]
            failures.setdefault(row, Failure(row=row, message=str(mismatch)))
    # from_arrays cannot tell the number of rows of a batch without columns.
    batch = pa.RecordBatch.from_arrays(columns, schema=schema)
    if failures:
        batch = batch.filter(pa.array([row not in failures for row, _ in results], pa.bool_()))
    return batch, list(failures.values())


def error_batch(
    batch: pa.RecordBatch, failures: Sequence[Failure], origin: Origin
) -> pa.RecordBatch:
    """Return Glue's error records: one column ``error``, a row for each failure."""
    failed = batch.take(pa.array([failure.row for failure in failures], pa.int64()))
    size = len(failures)
    site = pa.StructArray.from_arrays(
        [pa.repeat(origin.site, size), pa.repeat(origin.info, size)], names=["site", "info"]
    )
    texts = [json.dumps(record, default=str) for record in records_of(failed)]
    columns = {
        "callsite": site,
        "msg": pa.array([failure.message for failure in failures], pa.string()),
        "stackTrace": pa.array([failure.stack for failure in failures], pa.string()),
        "input": pa.array(texts, pa.string()),
        "bytesread": pc.cast(pc.binary_length(pa.array(texts, pa.string())), pa.int64()),
        "source": pa.repeat(origin.source, size),
        "dynamicRecord": pa.StructArray.from_arrays(failed.columns, fields=list(failed.schema)),
    }
    error = pa.StructArray.from_arrays(list(columns.values()), names=list(columns))
    return pa.RecordBatch.from_arrays([error], names=["error"])
