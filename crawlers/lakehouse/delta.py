"""Delta tables by their log, registered so that Athena, Trino and Spark read them as Delta.

All columns are registered as columns, partition columns among them, and there are no partition
keys: the log alone says which partitions there are, and Delta's own catalog hook does the same.

Source: parameters and storage are those that Athena wrote for ``TBLPROPERTIES ('table_type' =
'DELTA')`` (measured in AWS by others), and Delta's ``UpdateCatalog``; ``classification`` is what
AWS Glue's crawlers are said to add.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.grouping.found import FoundTable, Volume
from gluepot.crawlers.lakehouse.delta_log import read_log
from gluepot.crawlers.lakehouse.delta_schema import delta_columns
from gluepot.crawlers.lakehouse.delta_state import MAX_FILES, text_pairs
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.reading import member
from gluepot.crawlers.lots import Compatibility

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.crawlers.grouping.column_merge import MergedColumn
    from gluepot.crawlers.lakehouse.delta_state import DeltaFile, DeltaState
    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo

SCHEMA_PART_CHARACTERS = 4_000
"""How Spark cuts the schema into parameters."""

MAX_SCHEMA_CHARACTERS = 400_000
"""A longer schema is left out of the parameters; the log has it, which readers ask anyway."""

KNOWN_FEATURES = frozenset(
    {
        *("columnMapping", "deletionVectors", "timestampNtz", "v2Checkpoint"),
        *("vacuumProtocolCheck", "typeWidening", "typeWidening-preview"),
        *("variantType", "variantType-preview", "variantShredding-preview"),
    }
)


def read_delta(
    reader: MetadataReader, root_uri: str, log: Sequence[ObjectInfo]
) -> tuple[FoundTable, ...]:
    """Return the one table of a Delta log.

    Args:
        reader: Reads the log.
        root_uri: The table's folder, without a last slash.
        log: The objects in its ``_delta_log``.

    Raises:
        LakeTableError: The log is damaged, incomplete or too large.
    """
    return (native_table(root_uri, read_log(reader, root_uri, log)),)


def native_table(root_uri: str, state: DeltaState) -> FoundTable:
    """Return a table that readers read as Delta itself.

    Raises:
        LakeTableError: The schema in the log is none.
    """
    schema = schema_text(state)
    columns = delta_columns(schema, state.metadata_uri, _name(state.metadata_uri))
    return FoundTable(
        location=f"{root_uri}/",
        folder=root_uri.rpartition("/")[2],
        compatibility=Compatibility(format="delta", codec="none"),
        columns=columns,
        keys=(),
        partitions=(),
        volume=volume_of(state.files.values()),
        top_level_fields=tuple(sorted(column.name for column in columns)),
        storage="delta",
        parameters=_parameters(state, schema),
        serde_parameters={"path": f"{root_uri}/"},
        reasons=reasons_of(root_uri, state, columns),
        warnings=_warnings(root_uri, state),
    )


def schema_text(state: DeltaState) -> str:
    """Return the schema as the log holds it.

    Raises:
        LakeTableError: There is none.
    """
    text = member(state.metadata or {}, "schemaString", str, state.metadata_uri)
    if text is None:
        raise LakeTableError(state.metadata_uri, "its metaData has no schemaString")
    return text


def partition_columns(state: DeltaState) -> tuple[str, ...]:
    """Return the names of the partition columns, as the log spells them.

    Raises:
        LakeTableError: They are no list.
    """
    found = member(state.metadata or {}, "partitionColumns", list, state.metadata_uri) or []
    return tuple(map(str, found))


def column_mapping(state: DeltaState) -> str:
    """Return how columns are named in the files: ``none``, ``name`` or ``id``.

    Raises:
        LakeTableError: The table's properties are no map.
    """
    properties = text_pairs(state.metadata or {}, "configuration", state.metadata_uri)
    return properties.get("delta.columnMapping.mode") or "none"


def volume_of(files: Iterable[DeltaFile]) -> Volume:
    """Return how much some files are, by what the log says of them; none of them was read."""
    counted = list(files)
    return Volume(
        objects=len(counted),
        objects_read=0,
        size_bytes=sum(file.size for file in counted),
        records=sum(file.rows or 0 for file in counted),
    )


def reasons_of(
    root_uri: str, state: DeltaState, columns: Sequence[MergedColumn]
) -> tuple[str, ...]:
    """Return what the definition rests on."""
    found = (
        f"{root_uri}/_delta_log/ is a Delta log at version {state.version}; its newest metaData,"
        f" with {len(columns)} columns, stands in {_name(state.metadata_uri)}"
    )
    reasons = [found]
    keys = partition_columns(state)
    if keys:
        reasons.append(
            f"the log partitions it by {', '.join(keys)}, which are columns here: the log alone"
            " says which partitions there are"
        )
    mapping = column_mapping(state)
    if mapping != "none":
        reasons.append(f"columns are mapped by {mapping}: these are their logical names")
    return tuple(reasons)


def _parameters(state: DeltaState, schema: str) -> Mapping[str, str]:
    parameters = {
        "EXTERNAL": "TRUE",
        "table_type": "delta",
        "spark.sql.sources.provider": "delta",
        "spark.sql.partitionProvider": "catalog",
        "delta.lastUpdateVersion": str(state.version),
        "delta.lastCommitTimestamp": str(state.timestamp_ms),
    }
    if len(schema) > MAX_SCHEMA_CHARACTERS:
        return parameters
    size = SCHEMA_PART_CHARACTERS
    parts = [schema[start : start + size] for start in range(0, len(schema), size)]
    parameters["spark.sql.sources.schema.numParts"] = str(len(parts))
    for number, part in enumerate(parts):
        parameters[f"spark.sql.sources.schema.part.{number}"] = part
    return parameters


def _warnings(root_uri: str, state: DeltaState) -> tuple[str, ...]:
    warnings = []
    features = member(state.protocol or {}, "readerFeatures", list, state.protocol_uri) or []
    unknown = sorted(set(map(str, features)) - KNOWN_FEATURES)
    if unknown:
        warnings.append(f"{root_uri} needs readers that know {', '.join(unknown)}")
    if not state.counted:
        warnings.append(f"{root_uri} has more than {MAX_FILES:,} files, which were not counted")
    elif any(file.rows is None for file in state.files.values()):
        warnings.append(f"{root_uri}: the log does not tell the rows of every file")
    return tuple(warnings)


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]
