"""What runs on executors: a user's Python function over the records of Arrow batches.

Each ``*_batches`` function makes a function for ``DataFrame.mapInArrow``. The same user function
is run for the good rows and, when somebody asks, for the failed ones: so no good row pays for
carrying an error column. Executors get this module's code inside the pickled function and need
pyspark and pyarrow only, so it imports nothing of gluepot but modules that travel the same way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from gluepot.transforms.packing import Failed, Made, Origin, failure_of, uncollected
from gluepot.transforms.record import DynamicRecord
from gluepot.transforms.record_arrays import decode_values, encode_fitting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gluepot.transforms.gluetypes import DataType, StructType

    Batches = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]
    Item = dict[str, Any]

NO_RECORD = "User-specified function returned None instead of DynamicRecord"
"""Glue's own words, which scripts look for in error records."""

_NOTHING: Any = None
_UNWANTED = (KeyError, ValueError, TypeError)

CHUNK = 10_000
"""Records that a function over whole partitions makes before they are packed."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """The type that a user's results are said to have.

    Attributes:
        kind: As Glue's.
        schema: The same as Arrow's.
        zone: The time zone of naive times.
    """

    kind: StructType
    schema: pa.Schema
    zone: str


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A record that failed: its row in the batch, and what the user's function said."""

    row: int
    message: str
    stack: str = ""


def kept_batches(f: Callable[[DynamicRecord], object], kind: StructType) -> Batches:
    """Yield the rows, of a Glue type, for which ``f`` is true."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            mask, _ = _select(f, batch, kind)
            yield batch.filter(pa.array(mask, type=pa.bool_()))

    return run


def filter_error_batches(
    f: Callable[[DynamicRecord], object], kind: StructType, origin: Origin
) -> Batches:
    """Yield an error record for each row on which ``f`` failed."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            _, failures = _select(f, batch, kind)
            yield error_batch(batch, kind, failures, origin)

    return run


def mapped_batches(
    f: Callable[[DynamicRecord], object], kind: StructType, declared: Declared
) -> Batches:
    """Yield the results of ``f`` as rows of the type that is declared."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows, results, _ = _apply(f, batch, kind)
            yield _encode(rows, results, declared)[0]

    return run


def map_error_batches(
    f: Callable[[DynamicRecord], object],
    kind: StructType,
    declared: Declared,
    origin: Origin,
) -> Batches:
    """Yield an error record for each row on which ``f`` failed or that does not fit the type."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows, results, failures = _apply(f, batch, kind)
            failures = [*failures, *_encode(rows, results, declared)[1]]
            ordered = sorted(failures, key=lambda failure: failure.row)
            yield error_batch(batch, kind, ordered, origin)

    return run


def map_records(
    f: Callable[[DynamicRecord], object], kind: StructType
) -> Callable[[pa.RecordBatch], Iterator[Made]]:
    """Return what makes records of batches by ``f``, whatever their types; see ``packing``."""

    def produce(batch: pa.RecordBatch) -> Iterator[Made]:
        _, results, failures = _apply(f, batch, kind)
        failed = records_of(batch.take(pa.array([at.row for at in failures], pa.int64())), kind)
        yield Made(
            records=results,
            failures=[
                Failed(message=at.message, stack=at.stack, input=_text(record), record=record)
                for at, record in zip(failures, failed, strict=True)
            ],
        )

    return produce


def map_partitions(
    f: Callable[[int, Iterator[Item]], Iterable[Item]], kind: StructType
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[Made]]:
    """Return what makes the records of a partition by ``f``, which gets and gives Glue's items.

    An item is a dict of ``record``, ``isError`` and ``errorMessage``. An exception of ``f`` ends
    the task: there is no record to blame.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[Made]:
        from pyspark import TaskContext  # noqa: PLC0415 - executors only

        context = TaskContext.get()
        records = (record for batch in batches for record in records_of(batch, kind))
        items = ({"record": record, "isError": False, "errorMessage": ""} for record in records)
        made = iter(f(context.partitionId() if context else 0, items))
        while chunk := list(islice(made, CHUNK)):
            yield _made(chunk)

    return run


def _made(items: Sequence[Item]) -> Made:
    good = [item["record"] for item in items if not item.get("isError")]
    bad = [item for item in items if item.get("isError")]
    return Made(
        records=good,
        failures=[
            Failed(
                message=str(item.get("errorMessage", "")),
                input=_text(item["record"]),
                record=item["record"],
            )
            for item in bad
        ],
    )


def _text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, default=str)


def records_of(batch: pa.RecordBatch, kind: StructType) -> Iterator[DynamicRecord]:
    """Return the rows of a batch as records.

    A choice is what it holds; times are naive, in the session's time zone.
    """
    names = batch.schema.names
    if not names:
        return (DynamicRecord() for _ in range(batch.num_rows))
    columns = [
        _wrapped(column, field.dataType) for column, field in zip(batch.columns, kind, strict=True)
    ]
    return (DynamicRecord(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def _wrapped(column: pa.Array, kind: DataType) -> list[Any]:
    values = decode_values(column, kind)
    if not pa.types.is_struct(column.type):
        return values
    return [DynamicRecord(value) if isinstance(value, dict) else value for value in values]


def _called(
    f: Callable[[DynamicRecord], object], batch: pa.RecordBatch, kind: StructType
) -> tuple[list[Any], dict[int, Exception]]:
    """Return what ``f`` says of each record, _NOTHING where it fails, and why it failed."""
    outcomes: list[Any] = []
    failed: dict[int, Exception] = {}
    records = records_of(batch, kind)
    with uncollected():
        while True:
            try:
                # A list keeps what it got before an exception, and the next call goes on after.
                outcomes.extend(map(f, records))
            except Exception as error:  # noqa: BLE001
                failed[len(outcomes)] = error
                outcomes.append(_NOTHING)
            else:
                return outcomes, failed


def _select(
    f: Callable[[DynamicRecord], object], batch: pa.RecordBatch, kind: StructType
) -> tuple[list[bool], list[Failure]]:
    outcomes, failed = _called(f, batch, kind)
    mask = [bool(outcome) for outcome in outcomes]
    # Glue's rule: a record without the field, or of another type, is not wanted.
    wrong = {row: e for row, e in failed.items() if not isinstance(e, _UNWANTED)}
    return mask, [_failure(row, error) for row, error in wrong.items()]


def _apply(
    f: Callable[[DynamicRecord], object], batch: pa.RecordBatch, kind: StructType
) -> tuple[Sequence[int], list[dict[str, Any]], list[Failure]]:
    """Return the rows whose results are records, these, and the failures of the others."""
    results, failed = _called(f, batch, kind)
    if not failed and all(results) and set(map(type, results)) <= {DynamicRecord, dict}:
        return range(len(results)), results, []
    failures = {row: _failure(row, error) for row, error in failed.items()}
    for row, result in enumerate(results):
        if row not in failures and not (isinstance(result, dict) and result):
            given = "None" if not result else type(result).__name__
            failures[row] = Failure(row=row, message=NO_RECORD.replace("None", given))
    rows = [row for row in range(len(results)) if row not in failures]
    return rows, [results[row] for row in rows], [failures[row] for row in sorted(failures)]


def _failure(row: int, error: Exception) -> Failure:
    # The first entry of the traceback is ours; the script's author wants his own.
    failed = failure_of(error, text="")
    return Failure(row=row, message=failed.message, stack=failed.stack)


def _encode(
    rows: Sequence[int], results: list[dict[str, Any]], declared: Declared
) -> tuple[pa.RecordBatch, list[Failure]]:
    failures: dict[int, Failure] = {}
    columns = []
    for field, kind in zip(declared.schema, declared.kind, strict=True):
        values = [result.get(field.name) for result in results]
        column, mismatches = encode_fitting(values, field, kind.dataType, declared.zone)
        columns.append(column)
        for at, mismatch in mismatches:
            failures.setdefault(rows[at], Failure(row=rows[at], message=str(mismatch)))
    # from_arrays cannot tell the number of rows of a batch without columns.
    batch = pa.RecordBatch.from_arrays(columns, schema=declared.schema)
    if failures:
        batch = batch.filter(pa.array([row not in failures for row in rows], pa.bool_()))
    return batch, list(failures.values())


def error_batch(
    batch: pa.RecordBatch, kind: StructType, failures: Sequence[Failure], origin: Origin
) -> pa.RecordBatch:
    """Return Glue's error records: one column ``error``, a row for each failure."""
    failed = batch.take(pa.array([failure.row for failure in failures], pa.int64()))
    size = len(failures)
    site = pa.StructArray.from_arrays(
        [pa.repeat(origin.site, size), pa.repeat(origin.info, size)], names=["site", "info"]
    )
    texts = [_text(record) for record in records_of(failed, kind)]
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
