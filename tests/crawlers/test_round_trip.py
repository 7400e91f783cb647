"""What others wrote is what a crawl finds, in every format and layout; and order never matters."""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from gluepot.crawlers import survey
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.planning.definitions import table_definition
from gluepot.crawlers.planning.plan import plan_changes
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.files import LocalFiles
from gluepot.crawlers.targets import Target
from tests.crawlers.conftest import Desk
from tests.crawlers.nested_tables import FORMATS as FORMATS_OF_NESTED
from tests.crawlers.nested_tables import nested_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.sources.objects import ObjectInfo

ACCESS = Access(s3=S3Config())
WORDS = st.text(alphabet="abcdefgh xyz,'\"", min_size=1, max_size=8).map(lambda text: f"w{text}")
MAKERS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "bigint": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "double": (pa.float64(), st.floats(-1e9, 1e9).map(lambda number: number + 0.5)),
    "boolean": (pa.bool_(), st.booleans()),
    "date": (pa.date32(), st.dates(dt.date(1000, 1, 1))),
    "timestamp": (pa.timestamp("us"), st.datetimes(dt.datetime(1000, 1, 1))),  # noqa: DTZ001
    "string": (pa.string(), WORDS),
}
NAMES = st.lists(st.sampled_from("abcdefg"), min_size=2, max_size=6, unique=True)
KEYS: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(2**31), 2**31 - 1),
    "string": st.sampled_from(["x", "y y", "z%"]),
    "date": st.dates(dt.date(1000, 1, 1)),
}
FORMATS = st.sampled_from(["parquet", "csv", "json"])


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Draw columns with types and rows, partition keys with values, and a format."""
    columns = {name: draw(st.sampled_from(sorted(MAKERS))) for name in draw(NAMES)}
    # All text and no header row that stands out is beyond what anyone can tell.
    columns["h_number"] = "bigint"
    keys = {
        f"k{i}": kind
        for i, kind in enumerate(draw(st.lists(st.sampled_from(sorted(KEYS)), max_size=2)))
    }
    folders = draw(
        st.lists(
            st.tuples(*(KEYS[kind] for kind in keys.values())), min_size=1, max_size=4, unique=True
        )
        if keys
        else st.just([()])
    )
    rows = {
        folder: [
            {name: draw(MAKERS[kind][1]) for name, kind in columns.items()}
            for _ in range(draw(st.integers(2, 4)))
        ]
        for folder in folders
    }
    return {"columns": columns, "keys": keys, "rows": rows, "format": draw(FORMATS)}


def write(root: Path, made: dict[str, Any]) -> None:
    schema = pa.schema([(name, MAKERS[kind][0]) for name, kind in made["columns"].items()])
    for folder, rows in made["rows"].items():
        parts = [
            f"{key}={str(value).replace('%', '%25')}"
            for key, value in zip(made["keys"], folder, strict=True)
        ]
        path = root.joinpath("t", *parts, f"part-0.{made['format']}")
        path.parent.mkdir(parents=True)
        path.write_bytes(encode(pa.Table.from_pylist(rows, schema=schema), made["format"]))


def encode(table: pa.Table, format_: str) -> bytes:
    buffer = io.BytesIO()
    if format_ == "parquet":
        parquet.write_table(table, buffer)
    elif format_ == "csv":
        arrow_csv.write_csv(table, buffer)
    else:
        lines = (json.dumps(row, default=str) for row in table.to_pylist())
        return "\n".join(lines).encode()
    return buffer.getvalue()


def expected_types(made: dict[str, Any]) -> dict[str, set[str]]:
    """Return the types that each column may come back with."""
    text_only = {"date": {"string"}, "timestamp": {"string"}, "bigint": {"int", "bigint"}}
    return {
        name: text_only.get(kind, {kind}) if made["format"] == "json" else {kind}
        for name, kind in made["columns"].items()
    }


def crawl(root: Path) -> FoundTable:
    crawler = Crawler(name="c", database="db", targets=(Target(uri=f"{root}/"),))
    (found,) = survey.survey_targets(crawler, ACCESS).tables
    return found.table


@settings(max_examples=150, deadline=None)
@given(tables())
def test_a_written_table_comes_back_with_its_schema_and_partitions(made: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), made)

        found = crawl(Path(folder))

    definition = table_definition(found, database="db", name="t", crawler="c")
    storage = definition.storage_descriptor
    assert storage is not None
    types = {column.name: column.type for column in storage.columns or ()}
    assert types.keys() == made["columns"].keys()
    wrong = {
        name: types[name]
        for name, kinds in expected_types(made).items()
        if types[name] not in kinds
    }
    assert wrong == {}
    assert [key.name for key in found.keys] == list(made["keys"])
    assert {partition.values for partition in found.partitions} == (
        {tuple(map(str, folder)) for folder in made["rows"]} if made["keys"] else set()
    )
    assert found.volume.records == sum(map(len, made["rows"].values()))
    assert found.warnings == ()


@pytest.mark.parametrize("format_", FORMATS_OF_NESTED)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_written_table_of_nested_columns_comes_back_with_its_schema(
    format_: str, data: st.DataObject
) -> None:
    made = data.draw(nested_tables(format_))
    with tempfile.TemporaryDirectory() as folder:
        made.write(Path(folder))

        found = crawl(Path(folder))

    definition = table_definition(found, database="db", name="t", crawler="c")
    storage = definition.storage_descriptor
    assert storage is not None
    assert (definition.parameters or {})["classification"] == made.format
    assert {column.name: column.type for column in storage.columns or ()} == {
        name: kind.hive for name, kind in made.columns.items()
    }
    keys = {key.name: key.type for key in definition.partition_keys or ()}
    assert keys == made.layout.keys
    values = made.layout.values if keys else ()
    assert sorted(partition.values for partition in found.partitions) == sorted(values)
    assert found.volume.records == len(made.rows) * len(made.layout.values)
    assert found.warnings == ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_crawling_twice_changes_nothing(made: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "data", made)
        desk = Desk(f"sqlite:///{folder}/catalog.db")
        crawler = Crawler(name="c", database="db", targets=(Target(uri=f"{folder}/data/"),))
        for _ in range(2):
            run_crawl(
                crawler, catalog=desk.catalog, access=ACCESS, store=desk.crawlers, clock=desk.clock
            )

        again = survey.survey_targets(crawler, ACCESS)
        assert not any(change.pending for change in plan_changes(crawler, again, desk.catalog))
        assert desk.versions("t") == ["0"]
        desk.engine.dispose()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_listing_decides_nothing(
    monkeypatch: pytest.MonkeyPatch,
    made: dict[str, Any],
    random: Any,  # noqa: ANN401
) -> None:
    listed = LocalFiles.list

    def shuffled(self: LocalFiles, uri: str) -> Iterator[ObjectInfo]:
        found = list(listed(self, uri))
        random.shuffle(found)
        return iter(found)

    with tempfile.TemporaryDirectory() as folder, monkeypatch.context() as patched:
        write(Path(folder), made)
        expected = crawl(Path(folder))
        patched.setattr(LocalFiles, "list", shuffled)

        assert crawl(Path(folder)) == expected
