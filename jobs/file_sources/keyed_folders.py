"""Parquet and ORC at paths: folders named ``key=value`` are columns, as Spark has them."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from gluepot.jobs.reading.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.jobs.reading.inputs import SourceInput


def read_folders(spark: SparkSession, source: SourceInput, roots: Sequence[str]) -> DataFrame:
    """Return the rows of files with a column for each key of the folders below their root.

    Args:
        spark: Reads.
        source: Some files.
        roots: The paths that they lie at; a key in a path itself is no column.

    Raises:
        SourceError: Spark cannot read them.
    """
    left, parts = source.files, []
    for root in roots:
        base = root.rstrip("/") + "/"
        below = tuple(file for file in left if file.uri.startswith(base))
        if below and _keys(base, [file.uri for file in below]):
            options = {**source.options, "basePath": base, "recursiveFileLookup": "false"}
            parts.append(read_source(spark, replace(source, files=below, options=options)))
            taken = set(below)
            left = tuple(file for file in left if file not in taken)
    if left:
        parts.append(read_source(spark, source.of(left)))
    return reduce(lambda one, two: one.unionByName(two, allowMissingColumns=True), parts)


def is_keyed(folders: str) -> bool:
    """Return whether all folders of a path are named ``key=value``."""
    return all("=" in part for part in folders.split("/"))


def _keys(base: str, uris: Sequence[str]) -> tuple[str, ...]:
    """Return the keys that all files have; none where folders differ in them or have other names.

    Spark refuses such folders when it is told to look for keys.
    """
    found = set()
    for uri in uris:
        folders = uri.removeprefix(base).rpartition("/")[0]
        names = [part.partition("=")[0] for part in folders.split("/")] if folders else []
        found.add(tuple(names) if is_keyed(folders) else ())
    return found.pop() if len(found) == 1 else ()
