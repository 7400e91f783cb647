"""Written tables put into the catalog, as Glue's own jobs and Athena expect to find them."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import AlreadyExistsError, StorageError
from gluepot.catalog.merge import merge_columns
from gluepot.catalog.model import (
    Column,
    Database,
    Partition,
    SerDeInfo,
    StorageDescriptor,
    Table,
)
from gluepot.catalog.table_format import storage_parameters, table_format
from gluepot.catalog.types import parse_type, print_type
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.kinds import LakeKind
from gluepot.crawlers.planning.definitions import CRAWLER, foreign, same_table
from gluepot.jobs.errors import SinkError
from gluepot.jobs.writing.lake_registration import lake_definition, read_by_log
from gluepot.jobs.writing.table_layout import reads_as, table_layout
from gluepot.jobs.writing.target import Upkeep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql.types import StructType

    from gluepot.catalog.model import Cause
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.run_context.guarded_catalog import Guard
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.writing.table_layout import TableLayout
    from gluepot.jobs.writing.target import Target, Written

logger = logging.getLogger(__name__)


def check_rights(catalog: CatalogStore, target: Target, guard: Guard) -> None:
    """Check that the sink's table may be registered, before any row of it is written.

    Raises:
        AccessDeniedError: It may not.
    """
    if target.table is None:
        return
    database, _, name = target.table.partition(".")
    known = catalog.find_table(database, name)
    operation = "CreateTable" if known is None else "UpdateTable"
    guard.check(operation, {"DatabaseName": database, "Name": name})
    if target.partition_by:
        guard.check("BatchCreatePartition", {"DatabaseName": database, "TableName": name})


def register(
    catalog: CatalogStore, target: Target, written: Written, cause: Cause, stores: Stores
) -> None:
    """Make or update the sink's table, and add the partitions that are new.

    A definition that is the same already makes no version. What people set on the table
    (description, comments, further parameters) stays. Delta and Iceberg tables become what a crawl
    makes of them: their logs tell their partitions. ``target.upkeep`` says what becomes of others.

    Raises:
        SinkError: The log of a table cannot be read back.
        StorageError: Nor can the schema of Avro.
    """
    if target.table is None:
        return
    if not target.is_staged:
        _register_by_log(catalog, target, cause, stores)
        return
    database, _, name = target.table.partition(".")
    layout = table_layout(target, written, stores)
    with catalog.transaction() as store:
        store.create_database(Database(name=database), exist_ok=True)
        known = store.find_table(database, name)
        new = _definition(target, written, layout, known)
        if known is None:
            _create(store, new, cause)
        elif not _is_updated(known, new, target):
            new = known
        elif _stable(known) != _stable(new):
            store.update_table(new, cause)
        if target.mode == "overwrite":
            _drop_partitions(store, new, written)
        if _takes_partitions(new, target, written):
            _add_partitions(store, new, written, layout.parameters)


def check_keys(catalog: CatalogStore, target: Target) -> None:
    """Check that a table that is there is partitioned as the sink is, before any row is written.

    Raises:
        SinkError: It is not: nobody would find the rows. Source: the AWS Glue developer guide,
            "Updating the schema, and adding new partitions".
    """
    if target.table is None or not target.is_staged:
        return
    database, _, name = target.table.partition(".")
    known = catalog.find_table(database, name)
    if known is None:
        return
    wanted = [key.lower() for key in target.partition_by]
    if wanted != [key.lower() for key in _keys(known)]:
        reason = (
            f"partitionKeys are [{', '.join(target.partition_by)}], and those of table"
            f" {target.table} are [{', '.join(_keys(known))}]: they must be the same, in its order"
        )
        raise SinkError(target.name, target.path, reason)


def _is_updated(known: Table, new: Table, target: Target) -> bool:
    """Return whether a sink changes the definition of a table that is there."""
    if target.upkeep is Upkeep.MERGE:
        return True
    if target.upkeep is Upkeep.UPDATE and target.partition_by:
        return True
    if _stable(known) != _stable(new):
        why = "its updateBehavior is LOG" if target.upkeep is Upkeep.LOG else "it has no partitions"
        logger.warning(
            "Table %s stays as it is although what was written differs from it, since %s",
            *(target.table, why),
            extra={"action": "table_not_updated", "table": target.table},
        )
    return False


def _takes_partitions(table: Table, target: Target, written: Written) -> bool:
    if target.upkeep is not Upkeep.LOG:
        return True
    storage = table.storage_descriptor
    there = {item.name for item in (storage.columns if storage else None) or ()} | {*_keys(table)}
    missing = [item.name for item in _columns(written.schema) if item.name not in there]
    if missing and written.partitions:
        logger.warning(
            "Table %s gets no partitions: it lacks columns %s, and its updateBehavior is LOG",
            *(target.table, ", ".join(missing)),
            extra={"action": "partitions_not_added", "table": target.table},
        )
    return not missing


def _register_by_log(catalog: CatalogStore, target: Target, cause: Cause, stores: Stores) -> None:
    try:
        found = read_by_log(target.uri, LakeKind(target.format), stores)
    except (LakeTableError, StorageError) as error:
        raise SinkError(target.name, target.path, str(error)) from error
    database, _, name = str(target.table).partition(".")
    with catalog.transaction() as store:
        store.create_database(Database(name=database), exist_ok=True)
        known = store.find_table(database, name)
        new = lake_definition(found, database, name, known)
        if known is None:
            _create(store, new, cause)
        elif not same_table(known, new):
            store.update_table(new, cause)


def register_partitions(
    catalog: CatalogStore, table: Table, written: Written, *, overwrite: bool
) -> None:
    """Add the partitions that a write made to a table that stands, and nothing else of it.

    With ``overwrite``, partitions that were not written go.
    """
    if not table.partition_keys:
        return
    with catalog.transaction() as store:
        if overwrite:
            _drop_partitions(store, table, written)
        _add_partitions(store, table, written, _format_parameters(table))


def _create(store: CatalogStore, new: Table, cause: Cause) -> None:
    try:
        store.create_table(new, cause)
    except AlreadyExistsError:
        # Another process made it since we looked.
        store.update_table(new, cause)


def _definition(
    target: Target, written: Written, layout: TableLayout, known: Table | None
) -> Table:
    database, _, name = str(target.table).partition(".")
    columns = _merged(target, _annotated(_columns(written.schema), known), known)
    keys = {key.lower() for key in target.partition_by}
    made = Table(
        database_name=database,
        name=name,
        description=known.description if known else None,
        owner="owner",
        retention=0,
        storage_descriptor=replace(
            _storage(target, [item for item in columns if item.name not in keys], layout),
            others=known.storage_descriptor.others if known and known.storage_descriptor else None,
        ),
        partition_keys=_key_columns(target, columns, known),
        table_type="EXTERNAL_TABLE",
        parameters={**_kept_parameters(known, target), **layout.parameters},
        others=known.others if known else None,
    )
    return _as_crawled(made, known, target)


def _annotated(columns: Sequence[Column], known: Table | None) -> list[Column]:
    annotated = _known_columns(known)
    return [
        replace(column, comment=there.comment, parameters=there.parameters)
        if (there := annotated.get(column.name))
        else column
        for column in columns
    ]


def _merged(target: Target, columns: Sequence[Column], known: Table | None) -> Sequence[Column]:
    if target.mode != "append" or target.upkeep is not Upkeep.MERGE or known is None:
        return columns
    # Files of earlier runs stay, so the table has their columns too.
    storage = known.storage_descriptor
    earlier = (*((storage.columns or ()) if storage else ()), *(known.partition_keys or ()))
    return merge_columns(earlier, columns).columns


def _key_columns(
    target: Target, columns: Sequence[Column], known: Table | None
) -> tuple[Column, ...]:
    if target.upkeep is Upkeep.MERGE:
        by_name = {column.name: column for column in columns}
        return tuple(by_name[key.lower()] for key in target.partition_by)
    if known is not None:
        return known.partition_keys or ()
    # Glue's sinks know folders only, whose names are text.
    return tuple(Column(name=key.lower(), type="string") for key in target.partition_by)


def _kept_parameters(known: Table | None, target: Target) -> Mapping[str, str]:
    """Return what stays of a table's parameters: what said how files of another format lie goes."""
    if known is None:
        return {}
    same = table_format(known) == target.format
    return (known.parameters or {}) if same else foreign(known.parameters)


def _as_crawled(new: Table, known: Table | None, target: Target) -> Table:
    """Return a new definition in the words of the crawl that wrote the known one, if one did.

    Both say the same of the files; a job that used its own words would have the next crawl undo it.
    """
    if known is None or CRAWLER not in (known.parameters or {}):
        return new
    old, made = known.storage_descriptor, new.storage_descriptor
    if old is None or made is None:
        return new
    same_place = (old.location or "").rstrip("/") == (made.location or "").rstrip("/")
    same_format = table_format(known) == target.format and reads_as(known, target)
    if not same_place or not same_format or _keys(known) != _keys(new):
        return new
    if target.format not in {"parquet", "orc"} and old.columns != made.columns:
        # The parameters of these formats name the columns.
        return new
    return replace(known, storage_descriptor=replace(old, columns=made.columns))


def _keys(table: Table) -> list[str]:
    return [key.name for key in table.partition_keys or ()]


def _columns(schema: StructType) -> Sequence[Column]:
    return [
        Column(name=item.name.lower(), type=print_type(parse_type(item.dataType.simpleString())))
        for item in schema.fields
    ]


def _known_columns(known: Table | None) -> dict[str, Column]:
    storage = known.storage_descriptor if known else None
    return {column.name: column for column in (storage.columns if storage else None) or ()}


def _storage(target: Target, columns: Sequence[Column], layout: TableLayout) -> StorageDescriptor:
    return StorageDescriptor(
        columns=tuple(columns),
        location=f"{target.uri}/",
        input_format=layout.classes.input_format,
        output_format=layout.classes.output_format,
        compressed=layout.compressed,
        number_of_buckets=-1,
        serde_info=SerDeInfo(
            serialization_library=layout.classes.serde, parameters=dict(layout.serde)
        ),
        bucket_columns=(),
        sort_columns=(),
        parameters=dict(layout.parameters),
        stored_as_sub_directories=False,
    )


def _format_parameters(table: Table) -> Mapping[str, str]:
    names = ("classification", "compressionType", "typeOfData")
    found = {**storage_parameters(table), **(table.parameters or {})}
    return {name: found[name] for name in names if name in found}


def _stable(table: Table) -> Table:
    return replace(
        table,
        partition_keys=table.partition_keys or (),
        create_time=None,
        update_time=None,
        created_by=None,
        version_id=None,
    )


def _drop_partitions(store: CatalogStore, table: Table, written: Written) -> None:
    kept = {values for values, _ in written.partitions}
    there = store.partitions.list(table.database_name, table.name)
    gone = [item.values for item in there if item.values not in kept]
    store.partitions.delete(table.database_name, table.name, gone)


def _add_partitions(
    store: CatalogStore, table: Table, written: Written, parameters: Mapping[str, str]
) -> None:
    """Add the partitions; those that are there already are left as they are."""
    storage = table.storage_descriptor
    if storage is None or not written.partitions:
        return
    store.partitions.create(
        table.database_name,
        table.name,
        (
            Partition(
                values=values,
                storage_descriptor=replace(storage, location=address),
                parameters=dict(parameters),
            )
            for values, address in written.partitions
        ),
    )
