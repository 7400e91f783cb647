"""Hudi tables by their properties and timeline, registered as Hudi's own sync registers them.

A copy-on-write table is one table; a merge-on-read table is two: ``_ro`` reads the base files
alone, ``_rt`` merges the logs into them.

Source: Apache Hudi technical specification; AWS Glue developer guide, crawler targets; Hudi's
``HiveSyncTool`` for names, column order and parameters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.types import STRING
from gluepot.crawlers.classifiers.avro_types import avro_columns
from gluepot.crawlers.grouping.column_merge import MergedColumn, without_void
from gluepot.crawlers.grouping.found import FoundTable
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.hudi_partitions import (
    partition_fields,
    read_partitions,
    total_volume,
)
from gluepot.crawlers.lakehouse.hudi_timeline import HudiCommit, instants, newest_schema
from gluepot.crawlers.lakehouse.java_properties import parse_properties
from gluepot.crawlers.lakehouse.kinds import HUDI_PROPERTIES
from gluepot.crawlers.lakehouse.reading import MIB, json_object
from gluepot.crawlers.lots import Compatibility
from gluepot.crawlers.names import without_repeats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo

META_COLUMNS = (
    "_hoodie_commit_time",
    "_hoodie_commit_seqno",
    "_hoodie_record_key",
    "_hoodie_partition_path",
    "_hoodie_file_name",
)
"""What Hudi adds to each row, unless the table says otherwise."""

MERGE_ON_READ, COPY_ON_WRITE = "MERGE_ON_READ", "COPY_ON_WRITE"


def read_hudi(
    reader: MetadataReader, root_uri: str, log: Sequence[ObjectInfo]
) -> tuple[FoundTable, ...]:
    """Return the one or two tables of a Hudi table.

    Args:
        reader: Reads the metadata.
        root_uri: The table's folder, without a last slash.
        log: The objects in its ``.hoodie``, the marks of its partitions, and, for counting them,
            its data files, if they are known.

    Raises:
        LakeTableError: Its properties or its newest commit are damaged or missing.
    """
    info = next((item for item in log if item.uri == f"{root_uri}/{HUDI_PROPERTIES}"), None)
    if info is None:
        raise LakeTableError(f"{root_uri}/{HUDI_PROPERTIES}", "it is missing")
    data = reader.read(info, limit=4 * MIB)
    properties = parse_properties(data.decode("utf-8", errors="replace"))
    kind = properties.get("hoodie.table.type", COPY_ON_WRITE)
    if kind not in {COPY_ON_WRITE, MERGE_ON_READ}:
        raise LakeTableError(info.uri, f"hoodie.table.type is {kind!r}, which is no type of Hudi's")
    commit = newest_schema(reader, instants(log)) or _created_schema(properties, info.uri)
    table = _table(root_uri, properties, commit, log)
    if kind == COPY_ON_WRITE:
        return (table,)
    return (
        _named(table, "_ro", "hudi", "reads base files alone: rows of logs come with compaction"),
        _named(table, "_rt", "hudi_realtime", "merges the logs into the base files"),
    )


def _created_schema(properties: Mapping[str, str], uri: str) -> HudiCommit:
    text = properties.get("hoodie.table.create.schema")
    if not text:
        raise LakeTableError(
            uri, "neither a commit nor hoodie.table.create.schema tells the table's schema"
        )
    return HudiCommit(uri=uri, schema=json_object(text, uri, "hoodie.table.create.schema"))


def _table(
    root_uri: str,
    properties: Mapping[str, str],
    commit: HudiCommit,
    log: Sequence[ObjectInfo],
) -> FoundTable:
    columns, warnings = _columns(properties, commit)
    fields = partition_fields(properties.get("hoodie.table.partition.fields", ""))
    found = read_partitions(root_uri, fields, {item.name: item for item in columns}, log)
    keys = {key.name for key in found.keys}
    return FoundTable(
        location=f"{root_uri}/",
        folder=root_uri.rpartition("/")[2],
        compatibility=Compatibility(format="hudi", codec="none"),
        columns=tuple(item for item in columns if item.name not in keys),
        keys=found.keys,
        partitions=found.partitions,
        volume=total_volume(log),
        top_level_fields=tuple(sorted(item.name for item in columns)),
        storage="hudi",
        serde_parameters=_serde_parameters(root_uri, read_optimized=False),
        parameters={"EXTERNAL": "TRUE", "spark.sql.sources.provider": "hudi"},
        reasons=_reasons(properties, commit, len(columns)),
        warnings=(*warnings, *found.warnings),
    )


def _columns(
    properties: Mapping[str, str], commit: HudiCommit
) -> tuple[tuple[MergedColumn, ...], tuple[str, ...]]:
    where = commit.uri.rpartition("/")[2]
    try:
        found, warnings = avro_columns(commit.schema)
    except InvalidInputError as error:
        raise LakeTableError(commit.uri, f"the schema in it is damaged: {error}") from error
    names = without_repeats(item.name.lower() or "_" for item in found)
    columns = [
        MergedColumn(name=name, type=without_void(item.type), reason=f"{where}: {item.reason}")
        for name, item in zip(names, found, strict=True)
    ]
    if properties.get("hoodie.populate.meta.fields", "true") != "false":
        there = {item.name for item in columns}
        columns = [
            MergedColumn(name=name, type=STRING, reason="Hudi adds it to each row")
            for name in META_COLUMNS
            if name not in there
        ] + columns
    return tuple(columns), warnings


def _named(table: FoundTable, suffix: str, storage: str, reason: str) -> FoundTable:
    return replace(
        table,
        folder=f"{table.folder}{suffix}",
        # Two tables lie at one place; what tells them apart in the catalog is this trait.
        compatibility=replace(table.compatibility, traits=(("query", storage),)),
        storage=storage,
        serde_parameters=_serde_parameters(
            table.location.rstrip("/"), read_optimized=suffix == "_ro"
        ),
        reasons=(*table.reasons, f"{suffix}: {reason}"),
    )


def _serde_parameters(root_uri: str, *, read_optimized: bool) -> dict[str, str]:
    """Return what Spark's reader of Hudi is told, as Hudi's sync to Hive and Glue tells it."""
    return {"path": root_uri, "hoodie.query.as.ro.table": str(read_optimized).lower()}


def _reasons(properties: Mapping[str, str], commit: HudiCommit, columns: int) -> tuple[str, ...]:
    version = properties.get("hoodie.table.version", "of no version")
    kind = properties.get("hoodie.table.type", COPY_ON_WRITE)
    keys = properties.get("hoodie.table.partition.fields", "")
    told = f", partitioned by {keys}" if keys else ""
    return (
        f"{HUDI_PROPERTIES} says {kind}, table version {version}{told}",
        f"its {columns} columns are those of {commit.uri.rpartition('/')[2]}",
    )
