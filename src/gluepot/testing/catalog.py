"""A catalog that lives as long as a test, and the plain data that its tables are made of."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.migrate import migrate
from gluepot.catalog.model import Cause, Database
from gluepot.catalog.objects import ObjectStore
from gluepot.catalog.store import CatalogStore
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import CrawlState, crawler_from_json
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.store import CrawlerStore
from gluepot.jobs.run_context.store import JobStore
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.run_context.workshop import Workshop
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.store import RunStore
from gluepot.services import utc_now
from gluepot.testing.connections import store_connection
from gluepot.testing.table_files import files_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import sqlalchemy as sa
    from pyspark.sql import SparkSession

    from gluepot.jobs.runs.state import Run
    from gluepot.testing.s3 import LocalS3

WITH_HEADER = "rows"
"""The classifier of CSV that ``add_table`` has written: nobody has to guess at its header."""


@dataclass(frozen=True, kw_only=True)
class TemporaryCatalog:
    """Databases, tables and runs of one test.

    Attributes:
        folder: Where its files lie; those of tables are below it unless they are put elsewhere.
        engine: Its database.
        s3: The S3, started when it is asked for.
        s3_config: What ``s3://`` means to runs.
        spark: The session, started when it is asked for.
        sealing_key: What seals the secrets of connections.
    """

    folder: Path
    engine: sa.Engine
    s3: Callable[[], LocalS3] = field(repr=False)
    s3_config: Callable[[], S3Config] = field(repr=False)
    spark: Callable[[], SparkSession] = field(repr=False)
    sealing_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def store(self) -> CatalogStore:
        """Return the catalog as jobs and the server use it."""
        return CatalogStore(self.engine, utc_now)

    def add_database(self, name: str) -> None:
        """Make a database, if it is not there."""
        self.store.create_database(Database(name=name), exist_ok=True)

    def add_table(  # noqa: PLR0913 - what a table is made of
        self,
        database: str,
        table: str,
        *,
        rows: Sequence[Mapping[str, Any]] | None = None,
        format: str = "json",  # noqa: A002 - Glue's word
        partition_keys: Sequence[str] = (),
        files: Path | str | None = None,
        under: str | None = None,
    ) -> str:
        """Write files, register what they are as a crawler does, and return where they lie.

        For a table that is there already, these are more files: what a bookmark has not read.

        Args:
            database: Made if it is not there.
            table: In small letters, as crawlers name tables.
            rows: What is written, as dicts.
            format: Of the rows: ``json``, ``csv``, ``parquet`` or ``orc``.
            partition_keys: Fields of the rows that become folders.
            files: In place of rows: a file, or a folder whose files are copied.
            under: The folder or ``s3://bucket/prefix`` below which the table's folder is made.

        Raises:
            InvalidInputError: Neither rows nor files are given, or both; or what is written is not
                one table of that name: the sentence says what was found.
        """
        if (rows is None) == (files is None):
            raise InvalidInputError("a table is made of rows or of files: give one of the two")
        root = f"{(under or str(self.folder / database)).rstrip('/')}/{table}/"
        if rows is None:
            found = _read_files(Path(files or ""))
        else:
            name = f"part-{self._count(root):05}"
            found = files_of_rows(rows, format, partition_keys, name)
        for path, data in found.items():
            self._put(f"{root}{path}", data)
        with_header = rows is not None and format == "csv"
        # All that lies there is the table's, however unlike its rows are.
        grouping = {"combine_compatible_schemas": True, "table_level": _level(root)}
        classifiers = [WITH_HEADER] if with_header else []
        made = self._crawl(root, database, classifiers=classifiers, **grouping)
        if made != [table]:
            raise InvalidInputError(
                f"what lies in {root} is not one table {table!r}: a crawler finds"
                f" {', '.join(map(repr, made))}"
            )
        return root

    def crawl(self, place: str, database: str) -> list[str]:
        """Register what lies in a folder or below ``s3://bucket/prefix``; return the tables' names.

        Raises:
            InvalidInputError: There is nothing, or it cannot be read.
        """
        return self._crawl(place, database)

    def _crawl(self, place: str, database: str, **settings: Any) -> list[str]:  # noqa: ANN401
        target = {"name": place, "database": database, "targets": [place]}
        crawler = crawler_from_json(target | settings)
        s3 = self.s3().config if _in_s3(place) else S3Config()
        header = {"CsvClassifier": {"Name": WITH_HEADER, "ContainsHeader": "PRESENT"}}
        done = run_crawl(
            crawler,
            catalog=self.store,
            access=Access(s3=s3, classifier=lambda _: header),
            store=CrawlerStore(self.engine, utc_now),
            clock=utc_now,
        )
        if done.state is not CrawlState.SUCCEEDED:
            raise InvalidInputError(f"{place} is no table: {done.error}")
        return [report.name for report in done.tables]

    def add_connection(self, name: str, properties: Mapping[str, str], kind: str = "JDBC") -> None:
        """Make a connection, such as scripts name in ``catalog_connection``.

        Args:
            name: What scripts call it.
            properties: Glue's, such as ``JDBC_CONNECTION_URL``, ``USERNAME`` and ``PASSWORD``.
            kind: Glue's ``ConnectionType``.

        Raises:
            AlreadyExistsError: There is one of that name.
            InvalidInputError: The kind is none of Glue's, or a property is missing.
        """
        objects = ObjectStore(self.engine, utc_now)
        store_connection(objects, self.sealing_key, name, kind, properties)

    def tables(self, database: str | None = None) -> list[str]:
        """Return ``database.table`` of every table, or of those of one database."""
        databases = [database] if database else [item.name for item in self.store.list_databases()]
        return sorted(
            f"{name}.{table.name}" for name in databases for table in self.store.list_tables(name)
        )

    def columns(self, database: str, table: str) -> dict[str, str]:
        """Return the types of a table's columns and partition keys, by name.

        Raises:
            EntityNotFoundError: There is no such table.
        """
        found = self.store.get_table(database, table)
        storage = found.storage_descriptor
        columns = (storage.columns if storage else None) or ()
        return {item.name: item.type or "" for item in (*columns, *(found.partition_keys or ()))}

    def rows(self, database: str, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table, in no order, as Spark SQL reads them.

        Raises:
            SourceError: There is no such table, or it cannot be read.
        """
        from gluepot.jobs.spark_sql.session import CatalogNames  # noqa: PLC0415 - it imports Spark
        from gluepot.jobs.spark_sql.text import CATALOG, quoted  # noqa: PLC0415 - likewise

        names = CatalogNames(
            self.spark(),
            catalog=self.store,
            stores=Stores(self.s3_config()),
            cause=Cause(kind="cli", id="test"),
            guard=None,
        )
        frame = names.table(f"{CATALOG}.{quoted(database)}.{quoted(table)}")
        return [row.asDict(recursive=True) for row in frame.collect()]

    @property
    def runs(self) -> list[Run]:
        """Return the records of the test's runs, the oldest first."""
        return RunStore(self.engine, utc_now).list(kind=RunKind.JOB)[::-1]

    def begin_run(self, job_name: str, arguments: Mapping[str, str]) -> Workshop:
        """Record a run that begins now, and return its tools."""
        runs, owner = RunStore(self.engine, utc_now), process_owner()
        queued = runs.enqueue(
            RunKind.JOB, job_name, arguments=arguments, owner=owner, lease=LEASE, max_retries=0
        )
        if queued is None:
            raise AssertionError("a run without a unique key is always recorded")
        s3 = self.s3_config()
        return Workshop(
            job_name=job_name,
            run_id=runs.begin(queued.id, owner, lease=LEASE).id,
            home=self.folder,
            catalog=self.store,
            jobs=JobStore(self.engine, utc_now),
            runs=runs,
            stores=Stores(s3),
            clock=utc_now,
            objects=ObjectStore(self.engine, utc_now),
            sealing_key=self.sealing_key,
            s3=s3,
        )

    def _put(self, place: str, data: bytes) -> None:
        if _in_s3(place):
            bucket, _, key = place.removeprefix("s3://").partition("/")
            self.s3().client.put_object(Bucket=bucket, Key=key, Body=data)
            return
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_bytes(data)

    def _count(self, root: str) -> int:
        """Return how many files lie in a folder, so that a new one gets a name of its own."""
        if _in_s3(root):
            bucket, _, prefix = root.removeprefix("s3://").partition("/")
            pages = self.s3().client.get_paginator("list_objects_v2")
            found = pages.paginate(Bucket=bucket, Prefix=prefix)
            return sum(page["KeyCount"] for page in found)
        return sum(path.is_file() for path in Path(root).rglob("*"))


def _in_s3(place: str) -> bool:
    return place.startswith("s3://")


def _level(root: str) -> int:
    """Return a crawler's level of a folder: the bucket is 1; of a folder on disk it is always 1."""
    return root.removeprefix("s3://").rstrip("/").count("/") + 1 if _in_s3(root) else 1


def _read_files(place: Path) -> dict[str, bytes]:
    if place.is_file():
        return {place.name: place.read_bytes()}
    files = sorted(path for path in place.rglob("*") if path.is_file())
    if not files:
        raise InvalidInputError(f"{place} is no file, and no folder with files in it")
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}


def make_template(file: Path) -> Path:
    """Make the database of an empty catalog, whole in one file."""
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@contextlib.contextmanager
def open_catalog(
    folder: Path,
    template: Path,
    *,
    s3: Callable[[], LocalS3],
    s3_config: Callable[[], S3Config],
    spark: Callable[[], SparkSession],
) -> Iterator[TemporaryCatalog]:
    """Yield an empty catalog in ``folder``, a copy of ``template``."""
    file = folder / "catalog.db"
    shutil.copyfile(template, file)
    engine = open_engine(f"sqlite:///{file}")
    try:
        yield TemporaryCatalog(
            folder=folder, engine=engine, s3=s3, s3_config=s3_config, spark=spark
        )
    finally:
        engine.dispose()
