"""Found tables as the catalog holds them: formats, serdes and parameters as AWS Glue writes them.

Source: the tables that a Glue crawler makes, read back by Athena, Hive and Spark.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.model import Column, Partition, SerDeInfo, StorageDescriptor, Table
from gluepot.catalog.types import print_type
from gluepot.crawlers.delimited import (
    delimited_serde_parameters,
    delimited_storage,
    delimited_table_parameters,
)
from gluepot.crawlers.storage_formats import storage_format

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gluepot.crawlers.column_merge import MergedColumn
    from gluepot.crawlers.found import FoundPartition, FoundTable, Volume
    from gluepot.crawlers.storage_formats import StorageFormat

COUNTERS = ("averageRecordSize", "objectCount", "recordCount", "sizeKey")
RUN_ID = "CRAWL_RUN_ID"
VOLATILE = frozenset({*COUNTERS, RUN_ID})
"""Parameters that follow the data and the crawl, not the definition: no version for them alone."""

CRAWLER = "UPDATED_BY_CRAWLER"
DEPRECATED = "DEPRECATED_BY_CRAWLER"

OWNED = frozenset(
    {
        *VOLATILE,
        *(CRAWLER, DEPRECATED, "classification", "compressionType", "typeOfData", "exclusions"),
        *("CrawlerSchemaSerializerVersion", "CrawlerSchemaDeserializerVersion"),
        *("delimiter", "columnsOrdered", "areColumnsQuoted", "skip.header.line.count"),
    }
)
"""Parameters that a crawler sets and removes; all others belong to whoever set them."""


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
    parameters = _parameters(found, found.volume) | {CRAWLER: crawler}
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


def partition_definition(found: FoundTable, partition: FoundPartition) -> Partition:
    """Return the catalog's definition of a partition, which inherits the table's columns.

    A partition with columns of its own fails in Athena as soon as the table's widen
    (HIVE_PARTITION_SCHEMA_MISMATCH), so all have the table's.
    """
    parameters = _parameters(found, partition.volume)
    return Partition(
        values=partition.values,
        storage_descriptor=_storage(found, partition.location, parameters),
        parameters=parameters,
    )


def keep_what_people_set(new: Table, old: Table) -> Table:
    """Return a new definition with the description, comments and foreign parameters of the old.

    So with the members that a crawl knows nothing of, and the parameters of columns. Glue drops
    these; then each crawl undoes what people wrote, and makes a version of it.
    """
    known = {item.name: item for item in (*_columns(old), *(old.partition_keys or ()))}
    storage = new.storage_descriptor
    if storage is not None:
        old_storage = old.storage_descriptor or StorageDescriptor()
        storage = replace(
            storage,
            columns=tuple(_annotated(item, known.get(item.name)) for item in storage.columns or ()),
            parameters=_foreign(old_storage.parameters) | dict(storage.parameters or {}),
            others=old_storage.others,
        )
    return replace(
        new,
        description=old.description,
        storage_descriptor=storage,
        partition_keys=tuple(
            _annotated(key, known.get(key.name)) for key in new.partition_keys or ()
        ),
        parameters=_foreign(old.parameters) | dict(new.parameters or {}),
        others=old.others,
    )


def keep_what_others_set(new: Partition, old: Partition) -> Partition:
    """Return a new definition with the members of the old that a crawl knows nothing of."""
    storage = new.storage_descriptor
    if storage is not None and old.storage_descriptor is not None:
        storage = replace(storage, others=old.storage_descriptor.others)
    return replace(new, storage_descriptor=storage, others=old.others)


def _annotated(column: Column, known: Column | None) -> Column:
    """Return a found column with what people wrote of the one that was there."""
    if known is None:
        return column
    return replace(column, comment=known.comment, parameters=known.parameters)


def same_table(left: Table, right: Table) -> bool:
    """Return whether two definitions differ at most in counters and in who crawled last."""
    return _stable(left) == _stable(right)


def same_partition(left: Partition, right: Partition) -> bool:
    """Return whether two partitions agree in definition, number of files and bytes.

    Counts of records are estimates that move with the size of the sample, so they do not count.
    """
    return _stable_partition(left) == _stable_partition(right)


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


def _stable_partition(partition: Partition) -> Partition:
    ignored = {"recordCount", "averageRecordSize", RUN_ID}
    return replace(
        partition,
        storage_descriptor=_without(partition.storage_descriptor, ignored),
        parameters=_left(partition.parameters, ignored),
        creation_time=None,
    )


def _without(
    storage: StorageDescriptor | None, ignored: Collection[str]
) -> StorageDescriptor | None:
    if storage is None:
        return None
    return replace(storage, parameters=_left(storage.parameters, ignored))


def _left(parameters: Mapping[str, str] | None, ignored: Collection[str]) -> dict[str, str]:
    return {key: value for key, value in (parameters or {}).items() if key not in ignored}


def _foreign(parameters: Mapping[str, str] | None) -> dict[str, str]:
    return _left(parameters, OWNED)


def _columns(table: Table) -> Sequence[Column]:
    storage = table.storage_descriptor
    return () if storage is None else storage.columns or ()


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


def _parameters(found: FoundTable, volume: Volume) -> dict[str, str]:
    parameters = {
        "classification": found.compatibility.format,
        "compressionType": found.compatibility.codec,
        "typeOfData": found.type_of_data,
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
        "sizeKey": str(volume.size_bytes),
        "objectCount": str(volume.objects),
        "recordCount": str(volume.records),
        "averageRecordSize": str(volume.size_bytes // max(volume.records, 1)),
    }
    if found.delimited is not None:
        parameters |= delimited_table_parameters(found.delimited)
    return parameters | dict(found.parameters)
