"""Rows of a query written to tables of the catalog, through the sinks that jobs write by."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import unquote

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, did_you_mean
from gluepot.catalog.model import NULL_PARTITION
from gluepot.catalog.types import parse_type, to_spark_ddl
from gluepot.crawlers.sources.errors import PathNotFoundError
from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.reading.inputs import list_path, location_of, table_format
from gluepot.jobs.spark_sql.errors import SqlError, SqlNotSupportedError
from gluepot.jobs.spark_sql.text import quoted
from gluepot.jobs.writing.registration import check_rights, register, register_partitions
from gluepot.jobs.writing.sinks import check_target, write
from gluepot.jobs.writing.staged_sink import finish_staged
from gluepot.jobs.writing.target import Target, Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from gluepot.catalog.model import Cause, Column, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.run_context.guarded_catalog import Guard
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.spark_sql.statements import CreateTable, Insert
    from gluepot.jobs.writing.target import Written

WRITABLE = ("parquet", "delta")


class TableWriter:
    """Writes tables of one catalog; each write is a transaction of its own."""

    def __init__(
        self, *, catalog: CatalogStore, stores: Stores, cause: Cause, guard: Guard | None
    ) -> None:
        self._catalog = catalog
        self._stores = stores
        self._cause = cause
        self._guard = guard

    def check(self, table: Table) -> None:
        """Check that rows of a table may be changed.

        Raises:
            AccessDeniedError: They may not.
        """
        self._check(_target(table, "append"))

    def _check(self, target: Target) -> None:
        if self._guard is not None:
            check_rights(self._catalog, target, self._guard)

    def insert(self, table: Table, insert: Insert, rows: DataFrame) -> None:
        """Add the rows of a query to a Parquet table, and its new partitions to the catalog.

        Raises:
            SqlError: The query's columns do not fit the table's.
            SqlNotSupportedError: The table is of another format, or only some partitions are to
                be overwritten.
            SinkError: The rows could not be written.
        """
        name = f"{table.database_name}.{table.name}"
        if table_format(table) != "parquet":
            raise SqlNotSupportedError(
                f"INSERT INTO {name}: it is a table of format {table_format(table)}; Spark SQL"
                f" writes {' and '.join(WRITABLE)}"
            )
        if insert.overwrite and table.partition_keys:
            mode = rows.sparkSession.conf.get("spark.sql.sources.partitionOverwriteMode")
            if insert.partition or str(mode).lower() == "dynamic":
                raise SqlNotSupportedError(
                    f"INSERT OVERWRITE {name} of some partitions: Parquet tables are overwritten"
                    " whole; a Delta table takes it"
                )
        target = _target(table, "overwrite" if insert.overwrite else "append")
        self._check(target)
        fitted = _fit(rows, table, insert)
        kept = fitted.persist()
        try:
            if not insert.overwrite:
                self._refuse_elsewhere(table, target, kept)
            written = self._write(kept, target)
        finally:
            kept.unpersist()
        register_partitions(self._catalog, table, written, overwrite=insert.overwrite)

    def create(self, database: str, name: str, wanted: CreateTable, rows: DataFrame) -> None:
        """Make a table of the rows of a query.

        Raises:
            AlreadyExistsError: There is a table of that name.
            SqlError: The database is not there, or has no location and none is given, or there
                is something already where the table is to lie.
            SqlNotSupportedError: The format is not written.
            SinkError: The rows could not be written.
        """
        if wanted.format not in WRITABLE:
            raise SqlNotSupportedError(
                f"CREATE TABLE USING {wanted.format}: Spark SQL writes {' and '.join(WRITABLE)}"
            )
        place = self._place(database, name, wanted.location)
        if self._catalog.find_table(database, name) is not None:
            raise AlreadyExistsError("Table", f"{database}.{name}")
        target = Target(
            name=f"{database}.{name}",
            key=f"sql/{database}.{name}",
            path=place,
            format=cast("Literal['delta', 'parquet']", wanted.format),
            partition_by=wanted.partition_by,
            table=f"{database}.{name}",
        )
        self._check(target)
        check_target(target, self._stores)
        if self._is_taken(target):
            raise SqlError(f"CREATE TABLE {database}.{name}: there are files already at {place}")
        written = self._write(rows, target)
        register(self._catalog, target, written, self._cause, self._stores)

    def _place(self, database: str, name: str, location: str | None) -> str:
        try:
            root = self._catalog.get_database(database).location_uri
        except EntityNotFoundError as error:
            known = [item.name for item in self._catalog.list_databases()]
            raise SqlError(f"{error}{did_you_mean(database, known)}") from error
        if location is None and not root:
            raise SqlError(
                f"Database {database} has no location: CREATE TABLE {database}.{name} needs"
                " LOCATION 's3://...'"
            )
        return location or f"{str(root).rstrip('/')}/{name}"

    def _is_taken(self, target: Target) -> bool:
        try:
            return next(list_path(f"{target.uri}/", self._stores), None) is not None
        except PathNotFoundError:
            return False

    def _write(self, rows: DataFrame, target: Target) -> Written:
        check_target(target, self._stores)
        transaction = Transaction(job_name="spark.sql", run_id=uuid.uuid4().hex)
        written = write(rows, target, transaction, stores=self._stores, resume=False)
        finish_staged(target, transaction, stores=self._stores)
        return written

    def _refuse_elsewhere(self, table: Table, target: Target, rows: DataFrame) -> None:
        """Refuse rows of partitions that lie elsewhere: nobody would find what is written here."""
        keys = table.partition_keys or ()
        if not keys:
            return
        names = [F.col(quoted(key.name)).cast("string") for key in keys]
        for row in rows.select(*names).distinct().collect():
            values = tuple(NULL_PARTITION if value is None else str(value) for value in row)
            place = self._place_of(table, values)
            pairs = zip(keys, values, strict=True)
            folder = "/".join([target.uri, *(f"{key.name}={value}" for key, value in pairs)])
            if place is not None and unquote(place) != folder:
                raise SqlNotSupportedError(
                    f"Partition {list(values)} of {target.name} lies at {place}, where Spark SQL"
                    " does not write"
                )

    def _place_of(self, table: Table, values: tuple[str, ...]) -> str | None:
        try:
            there = self._catalog.partitions.get(table.database_name, table.name, values)
        except EntityNotFoundError:
            return None
        storage = there.storage_descriptor
        place = storage.location if storage is not None else None
        return normalize_uri(place).rstrip("/") if place else None


def _target(table: Table, mode: Literal["append", "overwrite"]) -> Target:
    name = f"{table.database_name}.{table.name}"
    return Target(
        name=name,
        key=f"sql/{name}",
        path=location_of(table),
        format="parquet",
        partition_by=tuple(key.name for key in table.partition_keys or ()),
        mode=mode,
        table=name,
    )


def _fit(rows: DataFrame, table: Table, insert: Insert) -> DataFrame:
    """Return a query's rows under the table's names and types."""
    storage = table.storage_descriptor
    keys = table.partition_keys or ()
    columns = [*((storage.columns or ()) if storage is not None else ()), *keys]
    filled = _filled(rows, table, insert, columns)
    if len(filled) != len(rows.columns) or set(filled) - {item.name.lower() for item in columns}:
        raise SqlError(
            f"INSERT INTO {table.database_name}.{table.name}: the query's columns are"
            f" {', '.join(rows.columns)}; wanted: {', '.join(filled)}"
        )
    placed = rows.toDF(*(f"_{number}" for number in range(len(filled))))
    by_name = {name: F.col(f"_{number}") for number, name in enumerate(filled)}
    by_name |= {name: F.lit(value) for name, value in insert.static.items()}
    return placed.select(
        *(
            by_name.get(column.name.lower(), F.lit(None))
            .cast(to_spark_ddl(parse_type(column.type or "string")))
            .alias(column.name)
            for column in columns
        )
    )


def _filled(
    rows: DataFrame, table: Table, insert: Insert, columns: Sequence[Column]
) -> Sequence[str]:
    """Return the table's columns that the query gives, in the query's order."""
    names = [column.name.lower() for column in columns]
    unknown = [name for name in (*insert.columns, *insert.static) if name not in names]
    if unknown:
        raise SqlError(
            f"{table.database_name}.{table.name} has no column {unknown[0]!r}."
            f"{did_you_mean(unknown[0], names)}"
        )
    if insert.by_name:
        return [name.lower() for name in rows.columns]
    if insert.columns:
        return insert.columns
    return [name for name in names if name not in insert.static]
