"""Found tables as the catalog holds them: formats, serdes and parameters as AWS Glue writes them.

Source: the tables that a Glue crawler makes, read back by Athena, Hive and Spark.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
from gluepot.catalog.types import print_type
from gluepot.crawlers.grouping.delimited import (
    delimited_serde_parameters,
    delimited_storage,
    delimited_table_parameters,
)
from gluepot.crawlers.lakehouse.iceberg import newer_metadata
from gluepot.crawlers.planning.storage_formats import storage_format

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gluepot.crawlers.grouping.column_merge import MergedColumn
    from gluepot.crawlers.grouping.found import FoundTable, Volume
    from gluepot.crawlers.planning.storage_formats import StorageFormat

ESTIMATES = ("averageRecordSize", "recordCount")
COUNTERS = (*ESTIMATES, "objectCount", "sizeKey")
RUN_ID = "CRAWL_RUN_ID"
DELTA_COMMIT = ("delta.lastUpdateVersion", "delta.lastCommitTimestamp")
VOLATILE = frozenset({*COUNTERS, RUN_ID, *DELTA_COMMIT})
"""Parameters that follow the data and the crawl, not the definition: no version for them alone."""

METADATA = "metadata_location"
"""Where an Iceberg table's newest metadata file is."""

CRAWLER = "UPDATED_BY_CRAWLER"
DEPRECATED = "DEPRECATED_BY_CRAWLER"

OWNED = frozenset(
    {
        *VOLATILE,
        *(CRAWLER, DEPRECATED, "classification", "compressionType", "typeOfData", "exclusions"),
        *("CrawlerSchemaSerializerVersion", "CrawlerSchemaDeserializerVersion"),
        *("delimiter", "columnsOrdered", "areColumnsQuoted", "skip.header.line.count"),
        *("avro.schema.literal", "grokCustomPatterns", "grokPattern", "jsonPath", "rowTag"),
        *("xmlRowTag", "connectionName", METADATA, "commentChar", "withHeader"),
        *("multiLine", "comment", "hashKey", "rangeKey", "columnMapping"),
    }
)
"""Parameters that a crawler sets and removes; all others belong to whoever set them."""

_LAKE_FORMATS = frozenset({"delta", "hudi", "iceberg"})
_LAKE_OWNED = ("table_type", "spark.sql.sources.")
"""What crawlers set of tables of these formats; elsewhere Spark may have set it."""


def is_lake(*definitions: Table) -> bool:
    """Return whether one of these definitions is of a format with metadata of its own."""
    kinds = ((item.parameters or {}).get("classification") for item in definitions)
    return any(kind in _LAKE_FORMATS for kind in kinds)


def is_owned(name: str, *, lake: bool = False) -> bool:
    """Return whether a crawler sets and removes a parameter.

    Args:
        name: The parameter's.
        lake: Whether the table is, or was, of a format with metadata of its own.
    """
    return name in OWNED or (lake and name.startswith(_LAKE_OWNED))


def table_definition(  # noqa: PLR0913 - what names a table, besides what it is
    found: FoundTable,
    *,
    database: str,
    name: str,
    crawler: str,
    exclusions: Sequence[str] = (),
    key_types: Mapping[str, str] | None = None,
) -> Table:
    """Return the catalog's definition of a found table.

    Args:
        found: What was found.
        database: Where it goes.
        name: What it is called there.
        crawler: Who found it.
        exclusions: What the crawl left out.
        key_types: Types of partition keys that are kept, by name.
    """
    parameters = format_parameters(found) | volume_parameters(found.volume) | {CRAWLER: crawler}
    if exclusions:
        parameters["exclusions"] = json.dumps(list(exclusions))
    types = key_types or {}
    keys = tuple(
        Column(name=key.name, type=types.get(key.name) or print_type(key.type))
        for key in found.keys
    )
    return Table(
        database_name=database,
        name=name,
        owner="owner",
        retention=0,
        storage_descriptor=_storage(found, found.location, parameters),
        partition_keys=keys,
        table_type="EXTERNAL_TABLE",
        parameters=parameters,
    )


def keep_what_people_set(new: Table, old: Table) -> Table:
    """Return a new definition with the description, comments and foreign parameters of the old.

    So with the owner, the retention, the members that a crawl knows nothing of, and the location
    as it was written if that differs by a last slash. Glue drops most of these; then each crawl
    undoes what people wrote, and makes a version of it.
    """
    known = {item.name: item for item in (*columns_of(old), *(old.partition_keys or ()))}
    lake = is_lake(old, new)
    storage = new.storage_descriptor
    if storage is not None:
        old_storage = old.storage_descriptor or StorageDescriptor()
        storage = replace(
            storage,
            columns=tuple(_annotated(item, known.get(item.name)) for item in storage.columns or ()),
            location=_spelled(storage.location, old_storage.location),
            parameters=foreign(old_storage.parameters, lake=lake) | dict(storage.parameters or {}),
            others=old_storage.others,
        )
    return replace(
        new,
        description=old.description,
        owner=old.owner or new.owner,
        retention=new.retention if old.retention is None else old.retention,
        storage_descriptor=storage,
        partition_keys=tuple(
            _annotated(key, known.get(key.name)) for key in new.partition_keys or ()
        ),
        parameters=foreign(old.parameters, lake=lake) | _newest(new, old),
        others=old.others,
    )


def _newest(new: Table, old: Table) -> dict[str, str]:
    """Return the found parameters; an Iceberg table's metadata never goes back to an older file."""
    found, known = dict(new.parameters or {}), old.parameters or {}
    if METADATA in found and METADATA in known:
        found[METADATA] = newer_metadata(known[METADATA], found[METADATA])
    return found


def with_parameters(table: Table, parameters: Mapping[str, str]) -> Table:
    """Return a table with these parameters and all others that it has."""
    return replace(table, parameters={**(table.parameters or {}), **parameters})


def without_parameters(table: Table, names: Collection[str]) -> Table:
    """Return a table without these parameters."""
    return replace(table, parameters=_left(table.parameters, names))


def foreign(parameters: Mapping[str, str] | None, *, lake: bool = False) -> dict[str, str]:
    """Return the parameters that are not a crawler's."""
    found = parameters or {}
    return {key: value for key, value in found.items() if not is_owned(key, lake=lake)}


def _annotated(column: Column, known: Column | None) -> Column:
    """Return a found column with what people wrote of the one that was there."""
    if known is None:
        return column
    parameters = {**(known.parameters or {}), **(column.parameters or {})}
    return replace(
        column,
        comment=column.comment if known.comment is None else known.comment,
        parameters=parameters or known.parameters,
    )


def _spelled(new: str | None, old: str | None) -> str | None:
    if new is None or old is None:
        return new
    return old if new.rstrip("/") == old.rstrip("/") else new


def same_table(left: Table, right: Table) -> bool:
    """Return whether two definitions differ at most in counters and in who crawled last."""
    return _stable(left) == _stable(right)


def _stable(table: Table) -> Table:
    """Return a table without what the store sets and without what follows the data."""
    ignored = VOLATILE | {CRAWLER}
    return replace(
        table,
        storage_descriptor=_without(table.storage_descriptor, ignored),
        parameters=_left(table.parameters, ignored),
        partition_keys=table.partition_keys or (),
        create_time=None,
        update_time=None,
        created_by=None,
        version_id=None,
    )


def _without(
    storage: StorageDescriptor | None, ignored: Collection[str]
) -> StorageDescriptor | None:
    if storage is None:
        return None
    return replace(storage, parameters=_left(storage.parameters, ignored))


def _left(parameters: Mapping[str, str] | None, ignored: Collection[str]) -> dict[str, str]:
    return {key: value for key, value in (parameters or {}).items() if key not in ignored}


def columns_of(table: Table) -> Sequence[Column]:
    """Return the columns of a table, none where it has no storage."""
    storage = table.storage_descriptor
    return () if storage is None else storage.columns or ()


def location_of(table: Table) -> str:
    """Return where a table lies, the empty text where it says nothing."""
    storage = table.storage_descriptor
    return (storage.location if storage is not None else None) or ""


def _storage(found: FoundTable, location: str, parameters: Mapping[str, str]) -> StorageDescriptor:
    classes = storage_format(_storage_kind(found))
    return StorageDescriptor(
        columns=tuple(map(_column, found.columns)),
        location=location,
        input_format=classes.input_format,
        output_format=classes.output_format,
        compressed=found.compatibility.codec != "none",
        number_of_buckets=-1,
        serde_info=_serde(found, classes),
        bucket_columns=(),
        sort_columns=(),
        parameters=dict(parameters),
        stored_as_sub_directories=False,
    )


def _column(found: MergedColumn) -> Column:
    return Column(
        name=found.name,
        type=print_type(found.type),
        comment=found.comment,
        parameters=found.parameters,
    )


def _storage_kind(found: FoundTable) -> str:
    return found.storage if found.delimited is None else delimited_storage(found.delimited)


def _serde(found: FoundTable, classes: StorageFormat) -> SerDeInfo | None:
    if classes.serde is None:
        return None
    parameters = {**classes.serde_parameters, **found.serde_parameters}
    if found.delimited is not None:
        parameters |= delimited_serde_parameters(found.delimited)
    elif found.storage == "json":
        parameters["paths"] = ",".join(found.top_level_fields)
    return SerDeInfo(serialization_library=classes.serde, parameters=parameters)


def format_parameters(found: FoundTable) -> dict[str, str]:
    """Return what the parameters of a table and of its partitions say of their format."""
    parameters = {
        "classification": found.compatibility.format,
        "compressionType": found.compatibility.codec,
        "typeOfData": found.type_of_data,
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
    }
    if found.delimited is not None:
        parameters |= delimited_table_parameters(found.delimited)
    return parameters | dict(found.parameters)


def counted_parameters(volume: Volume) -> dict[str, str]:
    """Return the counters that are exact: bytes and objects."""
    return {"sizeKey": str(volume.size_bytes), "objectCount": str(volume.objects)}


def volume_parameters(volume: Volume) -> dict[str, str]:
    """Return all counters; those of records may be estimates."""
    return counted_parameters(volume) | {
        "recordCount": str(volume.records),
        "averageRecordSize": str(volume.size_bytes // max(volume.records, 1)),
    }
