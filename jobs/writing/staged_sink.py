"""Folders of files, which have no transactions: stage, list in a manifest, publish, clean up.

Spark writes to a hidden folder in the target. When that is whole, a manifest there names every
file and its final name, which tells the sink's transaction. Only then are files copied to their
names. A run that finds a manifest of its transaction copies the same files again; without one it
stages anew. So at any time of death nothing is there twice, and nothing half.
"""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gluepot.crawlers.sources.errors import PathNotFoundError
from gluepot.jobs.metrics.observed import RowCount
from gluepot.jobs.reading.inputs import is_hidden
from gluepot.jobs.writing.spark_files import write_folder
from gluepot.jobs.writing.target import Target, Transaction, Written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.crawlers.sources.objects import ObjectInfo, ObjectSource
    from gluepot.jobs.run_context.stores import Stores

MANIFEST = "manifest.json"
COPIES = 16
"""How many files are copied at a time."""

MANIFEST_BYTES = 1 << 30
LONGEST_WAIT = 10.0
"""Seconds for the count of rows to come through after the write."""


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """The hidden folder of one transaction."""

    store: ObjectSource
    target: str
    tag: str

    @property
    def folder(self) -> str:
        return f"{self.target}/_gluepot_staging/{self.tag}"

    @property
    def manifest(self) -> str:
        return f"{self.folder}/{MANIFEST}"

    @property
    def rows(self) -> str:
        return f"{self.folder}/rows"

    def list(self, folder: str) -> Iterator[ObjectInfo]:
        try:
            yield from self.store.list(f"{folder}/")
        except PathNotFoundError:
            return  # a folder of this machine that nobody has made yet

    def remove(self) -> None:
        found = [item.uri for item in self.list(self.folder)]
        # The manifest goes last: without it, what is left would be staged anew.
        self.store.delete(uri for uri in found if uri != self.manifest)
        self.store.delete(uri for uri in found if uri == self.manifest)


@dataclass(frozen=True, kw_only=True)
class _Manifest:
    """What a transaction publishes: staged address to final address."""

    moves: dict[str, str]
    rows: int
    bytes: int


def write_staged(
    frame: DataFrame, target: Target, transaction: Transaction, *, stores: Stores, resume: bool
) -> Written:
    """Write files under names of this transaction, as this module says."""
    store = stores.open(target.uri)
    stage = _Stage(store=store, target=target.uri, tag=staged_tag(target.key, transaction))
    manifest = _read_manifest(stage) if resume else None
    if manifest is None:
        manifest = _stage_rows(frame, target, stage)
    _publish(stage, manifest)
    if target.mode == "overwrite":
        _remove_others(stage, manifest)
    return Written(
        schema=frame.schema,
        rows=manifest.rows,
        bytes=manifest.bytes,
        files=len(manifest.moves),
        partitions=_partitions(target, manifest),
        sample=next(iter(manifest.moves.values()), None),
    )


def finish_staged(target: Target, transaction: Transaction, *, stores: Stores) -> None:
    """Remove the staged files; call it when the transaction is recorded as published.

    Of sinks with transactions of their own nothing was staged.
    """
    if not target.is_staged:
        return
    store = stores.open(target.uri)
    _Stage(store=store, target=target.uri, tag=staged_tag(target.key, transaction)).remove()


def staged_tag(key: str, transaction: Transaction) -> str:
    """Return what stands in the names of the files that a transaction writes to a sink."""
    number = transaction.run_id if transaction.version is None else str(transaction.version)
    name = f"{transaction.application(key)}/{number}"
    return hashlib.blake2b(name.encode(), digest_size=10).hexdigest()


def _stage_rows(frame: DataFrame, target: Target, stage: _Stage) -> _Manifest:
    stage.remove()
    count = RowCount()
    write_folder(count.attach(frame), target, stage.rows, mode="overwrite")
    # Of no rows Spark makes an empty file where the format has no header.
    files = [
        item
        for item in stage.list(stage.rows)
        if item.size > 0 and not is_hidden(item.uri, stage.rows)
    ]
    moves = {item.uri: _final(stage, item.uri, number) for number, item in enumerate(files)}
    rows = _rows(count, frame.sparkSession, target, stage) if moves else 0
    manifest = _Manifest(moves=moves, rows=rows, bytes=sum(item.size for item in files))
    text = json.dumps({"moves": moves, "rows": rows, "bytes": manifest.bytes})
    stage.store.write(stage.manifest, text.encode())
    return manifest


def _rows(count: RowCount, spark: SparkSession, target: Target, stage: _Stage) -> int:
    """Return how many rows were written: as they passed, or as they lie there.

    Spark tells the count a moment after the write; where it never does, the files are read.
    """
    waits_until = time.monotonic() + LONGEST_WAIT
    while (rows := count.rows) is None and time.monotonic() < waits_until:
        time.sleep(0.01)
    if rows is not None:
        return rows
    return spark.read.format(target.format).options(**target.options).load(stage.rows).count()


def _final(stage: _Stage, uri: str, number: int) -> str:
    folder = uri.removeprefix(stage.rows).rpartition("/")[0]
    suffix = uri.rpartition("/")[2].partition(".")[2]
    return f"{stage.target}{folder}/part-{number:05d}-{stage.tag}.{suffix}"


def _read_manifest(stage: _Stage) -> _Manifest | None:
    if not any(item.uri == stage.manifest for item in stage.list(stage.folder)):
        return None
    return _Manifest(**json.loads(stage.store.read(stage.manifest, 0, MANIFEST_BYTES)))


def _publish(stage: _Stage, manifest: _Manifest) -> None:
    with ThreadPoolExecutor(COPIES) as pool:
        for _ in pool.map(lambda move: stage.store.copy(*move), manifest.moves.items()):
            pass


def _remove_others(stage: _Stage, manifest: _Manifest) -> None:
    kept = set(manifest.moves.values())
    found = [item.uri for item in stage.list(stage.target)]
    stage.store.delete(uri for uri in found if uri not in kept and not is_hidden(uri, stage.target))


def _partitions(target: Target, manifest: _Manifest) -> tuple[tuple[tuple[str, ...], str], ...]:
    if not target.partition_by:
        return ()
    folders = sorted({uri.rpartition("/")[0] for uri in manifest.moves.values()})
    return tuple((_values(target, folder), f"{folder}/") for folder in folders)


def _values(target: Target, folder: str) -> tuple[str, ...]:
    levels = folder.removeprefix(target.uri).strip("/").split("/")
    # Spark escapes what a folder cannot hold (":", "%") as Hive does.
    return tuple(unquote(level.partition("=")[2]) for level in levels)
