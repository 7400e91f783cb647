"""Written tables put into the catalog, as Glue's own jobs and Athena expect to find them."""

from __future__ import annotations

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
from gluepot.catalog.table_format import table_format
from gluepot.catalog.types import parse_type, print_type
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.planning.definitions import CRAWLER, same_table
from gluepot.jobs.delta_registration import delta_definition, read_delta_table
from gluepot.jobs.errors import SinkError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql.types import StructType

    from gluepot.catalog.model import Cause
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.guarded_catalog import Guard
    from gluepot.jobs.sinks import Target, Written
    from gluepot.jobs.stores import Stores

PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
PARAMETERS: Mapping[str, str] = {
    "classification": "parquet",
    "compressionType": "snappy",
    "typeOfData": "file",
}


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
    (description, comments, further parameters) stays. A Delta table becomes what a crawl makes of
    it: its log tells its partitions.

    Raises:
        SinkError: The log of a Delta table cannot be read back.
    """
    if target.table is None:
        return
    if target.format == "delta":
        _register_delta(catalog, target, cause, stores)
        return
    database, _, name = target.table.partition(".")
    with catalog.transaction() as store:
        store.create_database(Database(name=database), exist_ok=True)
        known = store.find_table(database, name)
        new = _definition(database, name, target, written, known)
        if known is None:
            _create(store, new, cause)
        elif _stable(known) != _stable(new):
            store.update_table(new, cause)
        if target.mode == "overwrite":
            _drop_partitions(store, new, written)
        _add_partitions(store, new, written)


def _register_delta(catalog: CatalogStore, target: Target, cause: Cause, stores: Stores) -> None:
    try:
        found = read_delta_table(target.uri, stores)
    except (LakeTableError, StorageError) as error:
        raise SinkError(target.name, target.path, str(error)) from error
    database, _, name = str(target.table).partition(".")
    with catalog.transaction() as store:
        store.create_database(Database(name=database), exist_ok=True)
        known = store.find_table(database, name)
        new = delta_definition(found, database, name, known)
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
        _add_partitions(store, table, written)


def _create(store: CatalogStore, new: Table, cause: Cause) -> None:
    try:
        store.create_table(new, cause)
    except AlreadyExistsError:
        # Another process made it since we looked.
        store.update_table(new, cause)


def _definition(
    database: str, name: str, target: Target, written: Written, known: Table | None
) -> Table:
    annotated = _known_columns(known)
    columns = [
        replace(column, comment=there.comment, parameters=there.parameters)
        if (there := annotated.get(column.name))
        else column
        for column in _columns(written.schema)
    ]
    if target.mode == "append" and known is not None:
        # Files of earlier runs stay, so the table has their columns too.
        storage = known.storage_descriptor
        earlier = (*((storage.columns or ()) if storage else ()), *(known.partition_keys or ()))
        columns = list(merge_columns(earlier, columns).columns)
    keys = {key.lower() for key in target.partition_by}
    by_name = {column.name: column for column in columns}
    parameters = {**((known.parameters or {}) if known else {}), **PARAMETERS}
    made = Table(
        database_name=database,
        name=name,
        description=known.description if known else None,
        owner="owner",
        retention=0,
        storage_descriptor=replace(
            _storage(target, tuple(column for column in columns if column.name not in keys)),
            others=known.storage_descriptor.others if known and known.storage_descriptor else None,
        ),
        partition_keys=tuple(by_name[key.lower()] for key in target.partition_by),
        table_type="EXTERNAL_TABLE",
        parameters=parameters,
        others=known.others if known else None,
    )
    return _as_crawled(made, known)


def _as_crawled(new: Table, known: Table | None) -> Table:
    """Return a new definition in the words of the crawl that wrote the known one, if one did.

    Both say the same of the files; a job that used its own words would have the next crawl undo it.
    """
    if known is None or CRAWLER not in (known.parameters or {}):
        return new
    old, made = known.storage_descriptor, new.storage_descriptor
    if old is None or made is None:
        return new
    same_place = (old.location or "").rstrip("/") == (made.location or "").rstrip("/")
    if not same_place or table_format(known) != "parquet" or _keys(known) != _keys(new):
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


def _storage(target: Target, columns: tuple[Column, ...]) -> StorageDescriptor:
    return StorageDescriptor(
        columns=columns,
        location=f"{target.uri}/",
        input_format=f"{PARQUET}.MapredParquetInputFormat",
        output_format=f"{PARQUET}.MapredParquetOutputFormat",
        compressed=False,
        number_of_buckets=-1,
        serde_info=SerDeInfo(
            serialization_library=f"{PARQUET}.serde.ParquetHiveSerDe",
            parameters={"serialization.format": "1", "path": f"{target.uri}/"},
        ),
        bucket_columns=(),
        sort_columns=(),
        parameters=dict(PARAMETERS),
        stored_as_sub_directories=False,
    )


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


def _add_partitions(store: CatalogStore, table: Table, written: Written) -> None:
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
                parameters=dict(PARAMETERS),
            )
            for values, address in written.partitions
        ),
    )
