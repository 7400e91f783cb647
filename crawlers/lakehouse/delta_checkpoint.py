"""Checkpoints of a Delta log: in one file or several, in JSON, or with sidecars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import compute, parquet

from gluepot.crawlers.lakehouse.delta_log import actions_of
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.parquet_footer import check_footer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.crawlers.lakehouse.delta_log import DeltaLog
    from gluepot.crawlers.lakehouse.delta_state import DeltaState
    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo

ROWS_AT_A_TIME = 10_000
MAX_COLUMN_BYTES = 512 * 1024 * 1024
"""Most bytes, without compression, of the columns that are read of one file."""

_FACTS = ("metaData", "protocol", "sidecar")
_FILES = (
    "add.path",
    "add.size",
    "add.partitionValues",
    "add.stats",
    "add.stats_parsed.numRecords",
    "add.deletionVector",
)


def read_checkpoint(reader: MetadataReader, log: DeltaLog, state: DeltaState) -> None:
    """Take in the newest checkpoint of a log.

    Raises:
        LakeTableError: A file of it is damaged or missing.
    """
    sidecars: list[str] = []
    for info in log.checkpoint:
        _take_in(reader, info, state, sidecars)
        state.timestamp_ms = int(info.modified.timestamp() * 1000)
    for name in sidecars:
        part = log.sidecars.get(name.rpartition("/")[2])
        if part is None:
            raise LakeTableError(log.checkpoint[0].uri, f"its sidecar {name} is missing")
        _take_in(reader, part, state, [])


def _take_in(
    reader: MetadataReader, info: ObjectInfo, state: DeltaState, sidecars: list[str]
) -> None:
    if info.uri.endswith(".json"):
        actions: Iterator[dict[str, Any]] = actions_of(reader.read(info), info.uri)
    else:
        actions = _parquet_actions(reader, info, state)
    for action in actions:
        sidecar = action.get("sidecar")
        if isinstance(sidecar, dict) and isinstance(sidecar.get("path"), str):
            sidecars.append(sidecar["path"])
        else:
            state.apply(action, info.uri)


def _parquet_actions(
    reader: MetadataReader, info: ObjectInfo, state: DeltaState
) -> Iterator[dict[str, Any]]:
    check_footer(reader, info)
    try:
        with reader.open(info) as file, parquet.ParquetFile(pa.PythonFile(file, mode="r")) as table:
            _check_size(table, _FACTS, info)
            yield from _rows(table, _FACTS)
            if _uncompressed(table, _FILES) > MAX_COLUMN_BYTES:
                state.counted = False
            for action in _rows(table, _FILES):
                if not state.counted:
                    break  # There are too many to keep; what was counted so far is of no use.
                yield action
    except (pa.ArrowException, OSError, ValueError) as error:
        told = str(error).partition("\n")[0]
        raise LakeTableError(info.uri, f"this checkpoint cannot be read: {told}") from error


def _rows(table: Any, wanted: tuple[str, ...]) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Yield the actions of some kinds; a checkpoint has a row for each, null but for its kind."""
    kinds = sorted({name.partition(".")[0] for name in wanted} & set(table.schema_arrow.names))
    columns = [name for name in wanted if name.partition(".")[0] in kinds]
    if not columns:
        return
    for batch in table.iter_batches(batch_size=ROWS_AT_A_TIME, columns=columns):
        for kind in kinds:
            column = batch.column(kind)
            for action in column.filter(compute.is_valid(column)).to_pylist():
                yield {kind: action}


def _check_size(table: Any, wanted: tuple[str, ...], info: ObjectInfo) -> None:  # noqa: ANN401
    size = _uncompressed(table, wanted)
    if size > MAX_COLUMN_BYTES:
        raise LakeTableError(
            info.uri, f"its metadata claims {size:,} bytes; at most {MAX_COLUMN_BYTES:,} are read"
        )


def _uncompressed(table: Any, wanted: tuple[str, ...]) -> int:  # noqa: ANN401
    metadata = table.metadata
    total = 0
    for group in range(metadata.num_row_groups):
        chunks = metadata.row_group(group)
        for number in range(chunks.num_columns):
            chunk = chunks.column(number)
            if chunk.path_in_schema.startswith(wanted):
                total += max(chunk.total_uncompressed_size, 0)
    return total
