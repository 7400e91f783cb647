# ruff: noqa: S608  (statements are the subject here, and their parts the tests' own)
"""Files of every format, crawled, then read by jobs, by Spark SQL and by `gluepot query`."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.model import Database, Table
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.targets import Target
from gluepot.jobs.context import GlueContext
from gluepot.jobs.errors import SourceError
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.run_context.workshop import Workshop
from gluepot.jobs.spark_sql.session import attach_catalog
from gluepot.services import Services, open_services
from gluepot.settings import Settings
from gluepot.sql.fetched import QueryError
from gluepot.sql.query import select
from tests.jobs.conftest import CAUSE, utc_now
from tests.jobs.crawled_files import CASES, HOODIE, REFUSED, Refused, as_avro, as_excel, as_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.jobs.crawled_files import Files, Row


@dataclass(frozen=True)
class Yard:
    """A folder, the catalog it is crawled into, and the session that knows the catalog."""

    root: Path
    services: Services
    spark: SparkSession

    def put(self, files: Files) -> None:
        """Write files below the folder."""
        for name, data in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def crawl(self, classifier: Mapping[str, Any] | None = None) -> Table:
        """Crawl the folder and return the one table of it."""

        def look_up(name: str) -> Mapping[str, Any]:
            if classifier is None:
                raise EntityNotFoundError("Classifier", name)
            return classifier

        names = () if classifier is None else ("own",)
        target = Target(uri=f"file://{self.root}/")
        run_crawl(
            Crawler(name="c", database="db", targets=(target,), classifiers=names),
            catalog=self.services.catalog,
            access=Access(s3=self.services.s3, classifier=look_up),
            store=self.services.crawlers,
            clock=utc_now,
        )
        (table,) = self.services.catalog.list_tables("db")
        return table

    def read(self, condition: str = "true") -> list[Row]:
        """Return the table's rows as Spark reads them, sorted."""
        (table,) = self.services.catalog.list_tables("db")
        sql = f"SELECT * FROM gluepot.db.`{table.name}` WHERE {condition}"
        return sorted((tuple(row) for row in self.spark.sql(sql).collect()), key=repr)

    def query(self) -> list[Row]:
        """Return the table's rows as `gluepot query` reads them, sorted."""
        (table,) = self.services.catalog.list_tables("db")
        _, rows = select(self.services, f'SELECT * FROM db."{table.name}"')
        return sorted(rows, key=repr)


@pytest.fixture
def yard(tmp_path: Path, spark: SparkSession) -> Iterator[Yard]:
    with open_services(Settings(home=tmp_path / "home")) as services:
        stores = Stores(services.s3)
        attach_catalog(spark, catalog=services.catalog, stores=stores, cause=CAUSE)
        yield Yard(tmp_path / "data" / "t", services, spark)
    vars(spark).pop("sql")
    vars(spark).pop("table")


@pytest.mark.parametrize("name", CASES)
def test_every_reader_finds_the_rows_that_were_written(yard: Yard, name: str) -> None:
    case = CASES[name]
    yard.put(case.files)
    table = yard.crawl(case.classifier)
    kind = name.partition("_")[0] if case.format is None else case.format
    assert (table.parameters or {})["classification"] == kind

    assert yard.read() == case.rows

    if case.query is None:
        assert yard.query() == case.rows
    elif case.query.startswith("["):
        assert repr(yard.query()) == case.query
    else:
        with pytest.raises(QueryError, match=case.query):
            yard.query()


@pytest.mark.parametrize("name", ["json_below", "grok", "xml", "csv_title"])
def test_scripts_read_them_by_their_names_in_the_catalog(yard: Yard, name: str) -> None:
    case, services = CASES[name], yard.services
    yard.put(case.files)
    table = yard.crawl(case.classifier)
    workshop = Workshop(
        job_name="j",
        run_id="r",
        home=yard.root,
        catalog=services.catalog,
        jobs=services.jobs,
        runs=services.runs,
        stores=Stores(services.s3),
        clock=utc_now,
    )

    with running(ScriptRun(workshop=workshop, bookmark=False)):
        context = GlueContext(yard.spark)
        frame = context.create_dynamic_frame.from_catalog(database="db", table_name=table.name)
        found = [tuple(row) for row in frame.toDF().collect()]

    assert sorted(found, key=repr) == case.rows


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.name} {case.says[:16]}")
def test_files_whose_compression_spark_would_misread_are_named(yard: Yard, case: Refused) -> None:
    yard.put({case.name: case.data})
    yard.crawl()

    with pytest.raises(SourceError, match=case.says):
        yard.read()
    assert {row[1] for row in yard.query()} == {"a", "b"} | (
        {"name"} if "snappy" in case.name else set()
    )


def test_rows_of_several_lines_below_a_title_are_refused_by_spark_alone(yard: Yard) -> None:
    yard.put({"x.csv": b'Our people\n\nid,name\n1,"a\nb"\n2,c\n'})
    yard.crawl()

    with pytest.raises(SourceError, match="the first 3 lines of its files are no rows"):
        yard.read()
    assert yard.query() == [(1, "a\nb"), (2, "c")]


def test_avro_that_is_compressed_as_a_whole_is_refused(yard: Yard) -> None:
    yard.put({"x.avro.gz": gzip.compress(as_avro([{"Id": 1, "name": "a"}]))})
    yard.crawl()

    with pytest.raises(SourceError, match="compressed by gzip as a whole"):
        yard.read()


@pytest.mark.parametrize("more", [0, 40])
def test_partition_values_are_typed_unescaped_and_null(yard: Yard, more: int) -> None:
    null = "__HIVE_DEFAULT_PARTITION__"
    days = [f"n={number}/day=2024-03-01/city=x" for number in range(2, 2 + more)]
    folders = ["n=1/day=2024-01-31/city=New%20York", f"n={null}/day={null}/city={null}"]
    folders += days
    yard.put({f"{place}/x.parquet": as_parquet([{"id": 1}]) for place in folders})
    table = yard.crawl()
    assert [key.type for key in table.partition_keys or ()] == ["int", "date", "string"]
    rows: list[Row] = [(1, 1, date(2024, 1, 31), "New York"), (1, None, None, None)]
    others = [(1, number, date(2024, 3, 1), "x") for number in range(2, 2 + more)]

    assert yard.read() == yard.query() == sorted([*rows, *others], key=repr)
    assert yard.read("n = 1 AND city = 'New York'") == rows[:1]


def symlinked(root: Path) -> dict[str, bytes]:
    """Return Parquet files, those of two days in one folder, and the manifests that list them."""
    found: dict[str, bytes] = {}
    for number, day in enumerate(("2024-01-31", "2024-02-01"), start=1):
        name = f"files/part {number}.parquet"
        found[name] = as_parquet([{"Id": number}])
        manifest = f"_symlink_format_manifest/day={day}/manifest"
        found[manifest] = f"file://{root}/{name}\n".encode()
    return found | {"files/gone.parquet": as_parquet([{"Id": -1}])}


def test_of_symlink_manifests_the_files_that_they_list_are_read(yard: Yard) -> None:
    yard.put(symlinked(yard.root))
    yard.crawl()
    rows: list[Row] = [(1, date(2024, 1, 31)), (2, date(2024, 2, 1))]

    assert (yard.read(), yard.query()) == (rows, rows)
    assert yard.read("day > '2024-01-31'") == rows[1:]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("file:///etc/x.parquet", "lies away from"),
        ("file://ROOT/files/none.parquet", "not there: generate the manifest again"),
    ],
)
def test_a_manifest_that_lists_what_it_may_not_or_what_is_gone_is_named(
    yard: Yard, line: str, says: str
) -> None:
    yard.put(symlinked(yard.root))
    yard.crawl()
    written = line.replace("ROOT", str(yard.root)).encode()
    yard.put({"_symlink_format_manifest/day=2024-02-01/manifest": written})

    with pytest.raises(SourceError, match=says):
        yard.read()


def test_delta_tables_are_read_by_their_log(yard: Yard) -> None:
    for number in (1, 2):
        rows = pa.table({"id": [number], "Name": ["a"], "day": [date(2024, 1, number)]})
        write_deltalake(str(yard.root), rows, mode="append", partition_by=["day"])
    table = yard.crawl()
    expected: list[Row] = [(1, "a", date(2024, 1, 1)), (2, "a", date(2024, 1, 2))]
    assert not table.partition_keys

    assert (yard.read(), yard.query()) == (expected, expected)
    assert yard.read("day > '2024-01-01'") == expected[1:]


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "x.xlsx": (as_excel, "of format excel.*Save the workbook as CSV"),
    "x.ion": (lambda: b"$ion_1_0 {id: 1} {id: 2}", "of format ion.*Convert it to JSON"),
    ".hoodie/hoodie.properties": (lambda: HOODIE, "of format hudi.*Only Hudi's own reader"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_formats_without_a_reader_are_refused_with_what_to_do(yard: Yard, name: str) -> None:
    make, says = UNREADABLE[name]
    yard.put({name: make()})
    yard.crawl()

    with pytest.raises(SourceError, match=says):
        yard.read()
    with pytest.raises(QueryError, match=says):
        yard.query()


def test_a_table_of_a_database_is_refused_by_its_connection(yard: Yard) -> None:
    catalog = yard.services.catalog
    catalog.create_database(Database(name="db"))
    parameters = {"classification": "postgresql", "connectionName": "shop"}
    catalog.create_table(Table(database_name="db", name="t", parameters=parameters), CAUSE)

    with pytest.raises(SourceError, match="connection 'shop' leads"):
        yard.read()
    with pytest.raises(QueryError, match="connection 'shop' leads"):
        yard.query()
