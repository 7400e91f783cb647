"""Matching's work that grows with records, carried out by a Spark cluster.

The driver holds the records, learns from some of them, and makes the clusters; executors find the
candidates and compare them. They do it with the functions that one process uses, on whole numbers
or pair by pair, so that both come to the same result.
"""

from __future__ import annotations

import sys
import tempfile
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from pyspark import SparkFiles
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.matching.comparing import (
    cleaning,
    levels,
    products,
    profile,
    quantities,
    similarity,
    text,
    vectors,
)
from gluepot.transforms.matching.comparing.cleaning import chosen
from gluepot.transforms.matching.comparing.similarity import prepare, prepare_whole
from gluepot.transforms.matching.comparing.vectors import Frequencies
from gluepot.transforms.matching.finding import candidates as candidates_module
from gluepot.transforms.matching.finding import key_counts, keys, parallel
from gluepot.transforms.matching.finding.candidates import Side, candidates, followed, keyed
from gluepot.transforms.matching.finding.key_counts import KeyCounts
from gluepot.transforms.matching.finding.keys import record_keys
from gluepot.transforms.matching.judging import scoring, trees
from gluepot.transforms.matching.judging.scoring import pair_evidence
from gluepot.transforms.matching.local import similarities_of
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.transforms.matching.comparing.profile import Column
    from gluepot.transforms.matching.judging.scoring import Evidence
    from gluepot.transforms.matching.local import Workspace

    Batches = Iterable[pa.RecordBatch]

BLOCK = 250_000
"""Records that are looked through at once: their keys take some hundred megabytes."""

_KEYED = "cell int, block int, query boolean, position long, content long, keys binary"
_FOUND = "block int, query long, target long, rank long"
_WEIGHED = "at long, whole array<double>, found double"
_PAIRS_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class OnSpark:
    """A cluster, by a session on it, for one task of matching.

    Attributes:
        spark: Classic or Connect; its executors need numpy, scipy, pyarrow and rapidfuzz.
        block: Records that are looked through at once.
    """

    spark: SparkSession
    block: int = BLOCK
    _sent: dict[str, str] = field(default_factory=dict)

    def candidates(
        self, space: Workspace, queries: np.ndarray, targets: np.ndarray, most: int
    ) -> np.ndarray:
        """Return two columns, query and target: for each query those it shares most with."""
        blocks = -(-space.count // self.block)
        looks, looked = (np.zeros(space.count, bool) for _ in range(2))
        looks[queries], looked[targets] = True, True
        rows = self._records(space, {"query": pa.array(looks), "target": pa.array(looked)})
        cost_of = space.sources_of(targets)
        shape = _KeyShape(
            columns=space.columns,
            file=self._counts(space),
            records=space.count,
            sources=space.key_counts.sources,
            budget=space.key_budget,
            cost_of=tuple(cost_of),
            block=self.block,
            blocks=blocks,
        )
        buckets = space.key_counts.buckets
        cells = rows.mapInArrow(_keyer(shape), _KEYED).groupBy("cell")
        found = cells.applyInArrow(lambda cell: _within(cell, buckets, most), _FOUND)
        if blocks > 1:
            found = found.groupBy("block").applyInArrow(lambda part: _most(part, most), _FOUND)
        pairs = found.select("query", "target").toArrow()
        return np.stack([pairs.column(name).to_numpy() for name in ("query", "target")], axis=1)

    def similarities(
        self, space: Workspace, pairs: np.ndarray, *, whole_only: bool = False
    ) -> np.ndarray:
        """Return the similarities of some pairs, a row a pair; of their whole records only."""
        rows, places = np.unique(pairs, return_inverse=True)
        at = pa.array(rows)
        texts = {name: each.take(at) for name, each in space.texts.items()}
        if whole_only:
            records = prepare_whole(texts, space.frequencies)
        else:
            records = prepare(space.values.take(at), texts, space.columns, space.frequencies)
        return similarities_of(records, places.reshape(pairs.shape), whole_only=whole_only)

    def weighed(
        self, space: Workspace, pairs: np.ndarray, evidence: Evidence
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how alike pairs are as a whole, a row a pair, and the evidence of their values."""
        table = pa.table({"at": np.arange(len(pairs)), "left": pairs[:, 0], "right": pairs[:, 1]})
        joined = self.spark.createDataFrame(table)
        records = self._records(space, {})
        for side in ("left", "right"):
            values = [F.col(name).alias(f"{side}_{name}") for name in _names(space)]
            one = records.select(F.col("position").alias(side), *values)
            joined = joined.join(one, side)
        weigh = _weigher(space.columns, self._frequencies(space), evidence)
        # In order of one record of each pair, its values are read once for all its pairs.
        ordered = joined.repartitionByRange("left").sortWithinPartitions("left", "right")
        found = ordered.mapInArrow(weigh, _WEIGHED).toArrow()
        order = np.argsort(found.column("at").to_numpy())
        whole = found.column("whole").combine_chunks().flatten().to_numpy()
        whole = whole.reshape(len(pairs), -1)[order]
        return whole, found.column("found").to_numpy()[order]

    def _records(self, space: Workspace, more: Mapping[str, pa.Array]) -> DataFrame:
        values = {
            name: space.values.column(each.name).cast(pa.string())
            for name, each in zip(_names(space), space.columns, strict=True)
        }
        content = pa.array(space.content.view(np.int64))
        position = pa.array(np.arange(space.count))
        table = pa.table({"position": position, "content": content, **more, **values})
        return self.spark.createDataFrame(table)

    def _counts(self, space: Workspace) -> str:
        return self._name("counts.npy", lambda path: np.save(path, space.key_counts.of_source))

    def _frequencies(self, space: Workspace) -> str:
        arrays = {
            f"{what}{at}": getattr(each, what)
            for at, each in enumerate(space.frequencies.values())
            for what in ("rows", "grams", "words")
        }
        names = np.array(list(space.frequencies))
        return self._name(
            "frequencies.npz", lambda path: np.savez_compressed(path, names=names, **arrays)
        )

    def _name(self, what: str, write: Callable[[Path], None]) -> str:
        """Return the name under which executors find a file, which is written and sent once."""
        if what not in self._sent:
            path = Path(_folder().name) / f"gluepot-matching-{uuid.uuid4().hex}-{what}"
            write(path)
            self.spark.addArtifacts(str(path), file=True)
            self._sent[what] = path.name
        return self._sent[what]


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return where files lie that were sent: an executor that begins later fetches all of them."""
    return tempfile.TemporaryDirectory(prefix="gluepot-matching-")


def _names(space: Workspace) -> list[str]:
    return [f"c{at}" for at in range(len(space.columns))]


@dataclass(frozen=True, kw_only=True)
class _KeyShape:
    """What the keys of a batch of records are made by."""

    columns: tuple[Column, ...]
    file: str
    records: int
    sources: int
    budget: int
    cost_of: tuple[int, ...]
    block: int
    blocks: int

    @property
    def counts(self) -> KeyCounts:
        of_source = np.load(SparkFiles.get(self.file), mmap_mode="r")
        return KeyCounts(
            records=self.records, sources=self.sources, of_source=of_source, budget=self.budget
        )


def _keyer(shape: _KeyShape) -> Callable[[Batches], Batches]:
    """Return what gives every record, as query and as target, to each cell that needs it."""

    def key(batches: Batches) -> Batches:
        counts = shape.counts
        cost = counts.cost(shape.cost_of)
        for batch in batches:
            matrix = _matrix_of(batch, shape, counts)
            there = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in _ROLES}
            looking = followed(matrix, cost, shape.budget)
            for query, keys_of in ((True, looking), (False, matrix)):
                (rows,) = np.nonzero(there["query" if query else "target"])
                packed = pa.array(_packed(keys_of, rows), pa.binary())
                home = there["position"][rows] // shape.block
                for other in range(shape.blocks):
                    cell = home * shape.blocks + other if query else other * shape.blocks + home
                    yield pa.record_batch(
                        {
                            "cell": pa.array(cell.astype(np.int32)),
                            "block": pa.array(home.astype(np.int32)),
                            "query": pa.array(np.full(len(rows), query)),
                            "position": pa.array(there["position"][rows]),
                            "content": pa.array(there["content"][rows]),
                            "keys": packed,
                        }
                    )

    return key


_ROLES = ("position", "content", "query", "target")


def _matrix_of(batch: pa.RecordBatch, shape: _KeyShape, counts: KeyCounts) -> sp.csr_array:
    names = [f"c{at}" for at in range(len(shape.columns))]
    values = pa.table(
        [batch.column(name).cast(pa.large_string()) for name in names],
        names=[each.name for each in shape.columns],
    )
    found = counts.weighed(*record_keys(chosen(values, shape.columns), shape.columns))
    return keyed([found], batch.num_rows, counts.buckets)


def _packed(matrix: sp.csr_array, rows: np.ndarray) -> list[bytes]:
    """Return the buckets, then the weights, of some records."""
    return [
        matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].astype(np.int32).tobytes()
        + matrix.data[matrix.indptr[row] : matrix.indptr[row + 1]].tobytes()
        for row in rows
    ]


def _within(cell: pa.Table, buckets: int, most: int) -> pa.Table:
    """Return for each query of a cell those targets of it that share most with it."""
    queries, targets = (_side(cell, buckets, query=query) for query in (True, False))
    pairs, rank = candidates(queries, targets, most)
    block = cell.column("block").filter(cell.column("query"))
    home = block[0].as_py() if len(block) else 0
    return _found(np.full(len(rank), home, np.int32), pairs, rank)


def _side(cell: pa.Table, buckets: int, *, query: bool) -> Side:
    there = cell.filter(pc.equal(cell.column("query"), query)).sort_by("position")
    found = [np.frombuffer(each, np.int32).reshape(2, -1) for each in there["keys"].to_pylist()]
    starts = np.concatenate([[0], np.cumsum([each.shape[1] for each in found], dtype=np.int64)])
    both = np.concatenate([np.zeros((2, 0), np.int32), *found], axis=1)
    matrix = sp.csr_array((both[1], both[0], starts), shape=(len(found), buckets))
    content = there.column("content").to_numpy().view(np.uint64)
    return Side(rows=there.column("position").to_numpy(), content=content, matrix=matrix)


def _most(part: pa.Table, most: int) -> pa.Table:
    """Return for each query the pairs of the highest rank."""
    block, query, target, rank = (part.column(at).to_numpy() for at in range(4))
    order = np.lexsort((target, -rank, query))
    query = query[order]
    place = np.arange(len(query)) - np.searchsorted(query, query)
    at = order[place < most]
    return _found(block[at], np.stack([part["query"].to_numpy()[at], target[at]], axis=1), rank[at])


def _found(block: np.ndarray, pairs: np.ndarray, rank: np.ndarray) -> pa.Table:
    return pa.table({"block": block, "query": pairs[:, 0], "target": pairs[:, 1], "rank": rank})


def _weigher(
    columns: tuple[Column, ...], file: str, evidence: Evidence
) -> Callable[[Batches], Batches]:
    """Return what compares pairs, whose records' values stand beside them."""

    def weigh(batches: Batches) -> Batches:
        frequencies = _loaded(file)
        for pairs in _gathered(batches):
            records, places = _both(pairs, columns)
            texts = chosen(records, columns)
            prepared = prepare(records, texts, columns, frequencies)
            whole, found = pair_evidence(prepared, places[0], places[1], evidence)
            yield pa.record_batch(
                {
                    "at": pairs.column("at").combine_chunks(),
                    "whole": pa.array(list(whole), pa.list_(pa.float64())),
                    "found": pa.array(found),
                }
            )

    return weigh


def _gathered(batches: Batches) -> Iterator[pa.Table]:
    """Yield batches as tables of _PAIRS_AT_ONCE and more: a record in many pairs is made once."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= _PAIRS_AT_ONCE:
            yield pa.Table.from_batches(held)
            held = []
    if held and sum(each.num_rows for each in held):
        yield pa.Table.from_batches(held)


def _both(pairs: pa.Table, columns: tuple[Column, ...]) -> tuple[pa.Table, np.ndarray]:
    """Return each record of some pairs once, and which they are on the left and the right."""
    sides = ("left", "right")
    positions = np.concatenate([pairs.column(side).to_numpy() for side in sides])
    _, first, places = np.unique(positions, return_index=True, return_inverse=True)
    values = {
        each.name: pa.chunked_array(
            [
                chunk.cast(pa.large_string())
                for side in sides
                for chunk in pairs.column(f"{side}_c{at}").chunks
            ]
        ).take(pa.array(first))
        for at, each in enumerate(columns)
    }
    return pa.table(values), places.reshape(2, -1)


def _loaded(file: str) -> dict[str, Frequencies]:
    with np.load(SparkFiles.get(file)) as stored:
        return {
            str(name): Frequencies(
                rows=int(stored[f"rows{at}"]),
                grams=stored[f"grams{at}"],
                words=stored[f"words{at}"],
            )
            for at, name in enumerate(stored["names"])
        }


# This module, too: executors that have gluepot would have functions of their own, for which the
# kinds of columns that come with a task are other ones.
ship(
    sys.modules[__name__],
    candidates_module,
    cleaning,
    key_counts,
    keys,
    levels,
    parallel,
    products,
    profile,
    quantities,
    scoring,
    similarity,
    text,
    trees,
    vectors,
)
