"""The crawled table read by Spark gives the rows written, whoever wrote them."""

from __future__ import annotations

import datetime as dt
import gzip
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.model import Cause
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler, CrawlState
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.targets import Target
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.spark_sql.session import attach_catalog
from tests.crawlers.conftest import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

CAUSE = Cause(kind="cli", id="test")
DATABASES = iter(f"db{number}" for number in range(1_000_000))


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A catalog to crawl into, and the session that reads its tables by name."""

    desk: Desk
    spark: SparkSession

    def crawl(self, folder: Path) -> str:
        """Crawl a folder into a database of its own and return its name."""
        database = next(DATABASES)
        crawl = run_crawl(
            Crawler(name=database, database=database, targets=(Target(uri=f"{folder}/"),)),
            catalog=self.desk.catalog,
            access=Access(s3=S3Config()),
            store=self.desk.crawlers,
            clock=self.desk.clock,
        )
        assert crawl.state is CrawlState.SUCCEEDED, crawl.error
        return database

    def columns(self, database: str, table: str) -> dict[str, str]:
        """Return the columns and then the keys of a table, with their types."""
        found = self.desk.catalog.get_table(database, table)
        storage = found.storage_descriptor
        columns = (storage.columns if storage is not None else None) or ()
        return {item.name: item.type or "" for item in (*columns, *(found.partition_keys or ()))}

    def rows(self, database: str, table: str, columns: Sequence[str]) -> list[Any]:
        """Return the rows of a table as a user reads them."""
        frame = self.spark.table(f"gluepot.{database}.{table}")
        return plain(frame.select(*(F.col(f"`{name}`") for name in columns)))


def plain(frame: DataFrame) -> list[Any]:
    """Return the rows of a frame as plain data in a settled order."""
    return sorted((value_of(row) for row in frame.collect()), key=repr)


def value_of(value: Any) -> Any:  # noqa: ANN401
    """Return a value whose parts are plain: rows and arrays are tuples, and maps are sorted."""
    match value:
        case tuple() | list():
            return tuple(map(value_of, value))
        case dict():
            return tuple(sorted((key, value_of(item)) for key, item in value.items()))
        case bytearray():
            return bytes(value)
        case _:
            return value


@pytest.fixture(scope="module")
def reader(
    spark: SparkSession,
    moto_s3: S3Config,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reader]:
    """Yield a catalog and the session that knows it."""
    file = tmp_path_factory.mktemp("catalog") / "catalog.db"
    file.write_bytes(sqlite_template.read_bytes())
    desk = Desk(f"sqlite:///{file}")
    attach_catalog(spark, catalog=desk.catalog, stores=Stores(moto_s3), cause=CAUSE)
    yield Reader(desk=desk, spark=spark)
    for name in ("sql", "table"):
        vars(spark).pop(name, None)
    desk.engine.dispose()


WORDS = st.sampled_from(
    ["a, b", 'he said "hi"', "it's", "é ü", "x;y|z", " blanks ", "007", "\\ \\n"]
)
TEXTS = st.one_of(WORDS, st.text(alphabet="xyz ,'\"", min_size=1, max_size=6).map("w{}".format))
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31))
MOMENTS = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
NUMBERS = st.integers(-1000, 1000).map(lambda number: number + 0.5)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "n bigint": st.integers(2**31, 2**63 - 1),
    "d double": NUMBERS,
    "f boolean": st.booleans(),
    "s string": TEXTS,
    "day date": DAYS,
    "at timestamp": MOMENTS,
}
NESTED: dict[str, st.SearchStrategy[Any]] = {
    "tags array<string>": st.lists(TEXTS, min_size=1, max_size=2),
    "place struct<Lat:double,name:string>": st.tuples(NUMBERS, TEXTS),
    "lines array<struct<sku:string,n:bigint>>": st.lists(
        st.tuples(TEXTS, st.integers(2**31, 2**40)), min_size=1, max_size=2
    ),
}
TYPED: dict[str, st.SearchStrategy[Any]] = {
    "i int": st.integers(-(2**31), 2**31 - 1),
    "small smallint": st.integers(-(2**15), 2**15 - 1),
    "single float": st.just(1.5),
    "price decimal(12,3)": st.integers(0, 10**6).map(lambda n: Decimal(n) / 1000),
    "raw binary": st.binary(max_size=3).map(bytearray),
    "prices map<string,double>": st.dictionaries(st.sampled_from("ab"), NUMBERS),
}
# Avro has no number of 16 bits, and JSON's dates and timestamps are text.
WIDER = {"small smallint": "small int"}
COLUMNS: Mapping[str, dict[str, st.SearchStrategy[Any]]] = {
    "parquet": SCALARS | NESTED | TYPED,
    "orc": SCALARS | NESTED | TYPED,
    "avro": {WIDER.get(name, name): values for name, values in (SCALARS | NESTED | TYPED).items()},
    "json": {name: SCALARS[name] for name in ("n bigint", "d double", "f boolean", "s string")}
    | NESTED,
    "csv": SCALARS,
}
# Spark's writer trims texts unless it is told not to.
AS_IT_IS = {
    "header": "true",
    "ignoreLeadingWhiteSpace": "false",
    "ignoreTrailingWhiteSpace": "false",
}
KEYS: dict[str, list[Any]] = {
    "year int": [2023, 2024, None],
    "since date": [dt.date(2024, 1, 31), dt.date(2024, 2, 29)],
    "word string": ["New York", "a/b=c", "50%", "Zürich", "é+f", None],
}


@st.composite
def written_rows(draw: st.DrawFn, format_: str) -> list[tuple[Any, ...]]:
    """Draw rows; the first has a value in each column, others may have nulls."""
    columns = COLUMNS[format_]
    full = tuple(draw(values) for values in columns.values())
    others = draw(
        st.lists(st.tuples(*(st.none() | values for values in columns.values())), max_size=4)
    )
    keys = [draw(st.sampled_from(values)) for values in KEYS.values()]
    # A key of nulls only has no type but string, so each key has a value.
    firsts = [values[0] for values in KEYS.values()]
    return [(*full, *firsts), *((*row, *keys) for row in [full, *others])]


@pytest.mark.parametrize("format_", COLUMNS)
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.reuse, Phase.generate],  # making a failure smaller takes Spark minutes
)
@given(st.data())
def test_what_spark_wrote_by_partitions_is_read_as_it_was(
    reader: Reader, format_: str, data: st.DataObject
) -> None:
    rows = data.draw(written_rows(format_))
    names = [name.partition(" ")[0] for name in (*COLUMNS[format_], *KEYS)]
    schema = ", ".join((*COLUMNS[format_], *KEYS))
    frame = reader.spark.createDataFrame(rows, schema).repartition(1)
    options = AS_IT_IS if format_ == "csv" else {}
    keys = [name.partition(" ")[0] for name in KEYS]
    with tempfile.TemporaryDirectory() as folder:
        writer = frame.write.partitionBy(*keys).options(**options)
        writer.format(format_).save(f"{folder}/t")

        database = reader.crawl(Path(folder))

        types = reader.columns(database, "t")
        assert types == dict(name.split(" ", 1) for name in (*COLUMNS[format_], *KEYS))
        assert reader.rows(database, "t", names) == plain(frame)


def moment(day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(2024, 1, day, hour, minute)  # noqa: DTZ001 - Spark gives local time


FOREIGN: dict[str, tuple[bytes, list[tuple[Any, ...]]]] = {
    "quoted.csv": (
        b'id,said\n1,"he said ""hi, you"""\n2,\n3,plain\n',
        [(1, 'he said "hi, you"'), (2, None), (3, "plain")],
    ),
    "several_lines.csv": (
        b'id,note\n1,"two\nlines"\n2,"one"\n',
        [(1, "two\nlines"), (2, "one")],
    ),
    "tabs.tsv": (b"id\tn\n1\ta,b\n2\tc\n", [(1, "a,b"), (2, "c")]),
    "nulls.csv": (b"id,n,s\n1,NA,x\n2,5,y\n", [(1, None, "x"), (2, 5, "y")]),
    "headless.csv": (b"1,a\n2,b\n", [(1, "a"), (2, "b")]),
    "titled.csv": (b"Sales of May\n\nid,v\n1,2.5\n2,3.5\n3,1\n", [(1, 2.5), (2, 3.5), (3, 1.0)]),
    "commented.csv": (b"# by hand\nid,n\n1,x\n# a pause\n2,y\n", [(1, "x"), (2, "y")]),
    "latin.csv": ("id,n\n1,é\n2,ü\n".encode("latin-1"), [(1, "é"), (2, "ü")]),
    "windows.csv": ("id,n\n1,5 €\n2,ü\n".encode("cp1252"), [(1, "5 €"), (2, "ü")]),
    "utf16.csv": ("id,n\n1,é\n2,ü\n".encode("utf-16"), [(1, "é"), (2, "ü")]),
    "marked.csv": ("id,n\n1,é\n2,ü\n".encode("utf-8-sig"), [(1, "é"), (2, "ü")]),
    "points.csv": (
        b"id;at\n1;31.01.2024 10:05\n2;01.01.2024 00:00\n",
        [(1, moment(31, 10, 5)), (2, moment(1))],
    ),
    "month_first.csv": (
        b"id,at\n1,01/31/2024\n2,01/02/2024\n",
        [(1, moment(31)), (2, moment(2))],
    ),
    "big.csv": (
        b"id,v\n1,123456789012345678901\n2,7\n",
        [(1, Decimal(123456789012345678901)), (2, Decimal(7))],
    ),
    "packed.csv.gz": (gzip.compress(b"id,n\n1,x\n2,y\n"), [(1, "x"), (2, "y")]),
    "lines.json": (
        b'{"Id": 1, "o": {"X": [1, 2]}}\n{"Id": 2, "o": null}\n',
        [(1, ((1, 2),)), (2, None)],
    ),
    "pretty.json": (b'{\n "id": 1,\n "tags": ["a", "b"]\n}\n', [(1, ("a", "b"))]),
}


def test_what_others_wrote_is_read_as_it_was(reader: Reader, tmp_path: Path) -> None:
    for name, (data, _) in FOREIGN.items():
        path = tmp_path / name.partition(".")[0] / name
        path.parent.mkdir()
        path.write_bytes(data)

    database = reader.crawl(tmp_path)

    found, expected = {}, {}
    for name, (_, rows) in FOREIGN.items():
        table = name.partition(".")[0]
        found[table] = reader.rows(database, table, list(reader.columns(database, table)))
        expected[table] = sorted(rows, key=repr)
    assert found == expected
