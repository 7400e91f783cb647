"""Hashes of rows in sorted runs, and how many of them are equal: what executors compute.

A task sorts the hashes of its rows, counts equal ones, and cuts the sorted run at fixed places. The
pieces of all tasks between the same two cuts make a cell, which holds all rows of its hashes. So
the shuffle carries few rows, with megabytes of hashes each, instead of a row a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

RUNS = "at int, cell int, hashes binary, counts binary"
"""Which hash, which cell, longs in order, and how often each is there (null: once)."""
FOLDED = "at int, rows long, distinct long, unique long, weighted double, repeated array<long>"
"""Which hash, and a cell's counts; ``repeated`` is null where it would be longer than allowed."""
VALUES_AT_ONCE = 8_000_000
"""Hashes that a task holds before it sends what it has: 64 MB."""


def runs_of(
    hashes: int, cells: int
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what makes runs of batches of so many columns of hashes, for so many cells."""

    def runs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held: list[pa.RecordBatch] = []
        rows = 0
        for batch in batches:
            held.append(batch)
            rows += batch.num_rows
            if rows * hashes >= VALUES_AT_ONCE:
                yield from _sent(held, cells)
                held, rows = [], 0
        yield from _sent(held, cells)

    return runs


def _sent(batches: list[pa.RecordBatch], cells: int) -> Iterator[pa.RecordBatch]:
    if not batches:
        return
    for at in range(batches[0].num_columns):
        known = [batch.column(at).drop_null().to_numpy() for batch in batches]
        hashes = np.concatenate(known)
        hashes.sort()
        starts = _starts(hashes)
        counts = None
        if starts is not None:
            counts, hashes = np.diff(starts, append=len(hashes)), hashes[starts]
        yield _pieces(at, cells, hashes, counts)


def _starts(ordered: np.ndarray) -> np.ndarray | None:
    """Return where runs of equal values start; None where all differ."""
    new = ordered[1:] != ordered[:-1]
    if new.all():
        return None
    return np.concatenate(([0], np.flatnonzero(new) + 1))


def _pieces(at: int, cells: int, hashes: np.ndarray, counts: np.ndarray | None) -> pa.RecordBatch:
    edges = [(cell << 64) // cells - (1 << 63) for cell in range(1, cells)]
    inner = np.searchsorted(hashes, np.array(edges, np.int64))
    cuts = np.concatenate(([0], inner, [len(hashes)]))
    blobs = _blobs(hashes, cuts)
    often = pa.nulls(cells, pa.binary()) if counts is None else _blobs(counts, cuts)
    numbers = pa.array(np.arange(cells, dtype=np.int32))
    which = pa.array(np.full(cells, at, np.int32))
    names = ["at", "cell", "hashes", "counts"]
    pieces = pa.RecordBatch.from_arrays([which, numbers, blobs, often], names)
    filled = np.diff(cuts) > 0
    return pieces if filled.all() else pieces.filter(pa.array(filled))


def _blobs(longs: np.ndarray, cuts: np.ndarray) -> pa.Array:
    """Return longs as the bytes between cuts, without a copy."""
    offsets = (cuts * 8).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(longs, np.int64))]
    return pa.Array.from_buffers(pa.binary(), len(cuts) - 1, buffers)


def folder(most_repeated: int) -> Callable[[pa.Table], pa.Table]:
    """Return what counts the groups of one cell, and tells up to so many repeated hashes."""

    def folded(cell: pa.Table) -> pa.Table:
        hashes, sizes = _groups(cell.column("hashes"), cell.column("counts"))
        repeated = hashes[sizes > 1]
        many = sizes[sizes > 1]
        told = repeated if len(repeated) <= most_repeated else None
        return pa.table(
            {
                "at": cell.column("at").slice(0, 1),
                "rows": [int(sizes.sum())],
                "distinct": [len(sizes)],
                "unique": [len(sizes) - len(many)],
                "weighted": [float((many * np.log(many)).sum())],
                "repeated": pa.array([told], pa.list_(pa.int64())),
            }
        )

    return folded


def _groups(pieces: pa.ChunkedArray, counts: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different hashes of a cell, and how often each is there."""
    runs = [_longs(piece) for piece in pieces]
    hashes = np.concatenate(runs)
    # Runs are in order already: a stable sort merges them.
    if counts.null_count == len(counts):
        hashes.sort(kind="stable")
        starts = _starts(hashes)
        if starts is None:
            return hashes, np.ones(len(hashes), np.int64)
        return hashes[starts], np.diff(starts, append=len(hashes))
    pairs = zip(runs, counts, strict=True)
    weights = np.concatenate(
        [_longs(each) if each.is_valid else np.ones(len(run), np.int64) for run, each in pairs]
    )
    order = np.argsort(hashes, kind="stable")
    hashes, weights = hashes[order], weights[order]
    starts = _starts(hashes)
    if starts is None:
        return hashes, weights
    return hashes[starts], np.add.reduceat(weights, starts)


def _longs(blob: pa.BinaryScalar) -> np.ndarray:
    return np.frombuffer(blob.as_buffer(), np.int64)
