"""Queries read catalog tables of each format as the catalog types them, and nothing else."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyarrow import parquet

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.model import (
    Cause,
    Column,
    Database,
    Partition,
    SerDeInfo,
    StorageDescriptor,
    Table,
)
from gluepot.jobs.reading.inputs import READABLE as READ_BY_JOBS
from gluepot.services import Services, open_services
from gluepot.settings import S3Settings, Settings
from gluepot.sql.fetched import QueryError
from gluepot.sql.query import select
from gluepot.sql.scan import READABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.crawlers.sources.config import S3Config

CAUSE = Cause(kind="cli", id="test")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(Settings(home=tmp_path / "home")) as opened:
        opened.catalog.create_database(Database(name="db"))
        yield opened


def _add(  # noqa: PLR0913 - a table has that many parts
    services: Services,
    location: str,
    columns: dict[str, str],
    parameters: dict[str, str],
    keys: dict[str, str] | None = None,
    *,
    serde: dict[str, str] | None = None,
) -> None:
    table = Table(
        database_name="db",
        name="t",
        parameters=parameters,
        partition_keys=tuple(Column(name=name, type=kind) for name, kind in (keys or {}).items()),
        storage_descriptor=StorageDescriptor(
            location=location,
            serde_info=SerDeInfo(parameters=serde or {}),
            columns=tuple(Column(name=name, type=kind) for name, kind in columns.items()),
        ),
    )
    services.catalog.create_table(table, CAUSE)


def test_csv_is_read_with_the_catalogs_types(services: Services, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.csv").write_text("id,day\n007,2013-01-31\n,\n")
    parameters = {"classification": "csv", "delimiter": ",", "skip.header.line.count": "1"}
    _add(services, f"file://{tmp_path}/t/", {"id": "string", "day": "date"}, parameters)

    columns, rows = select(services, "SELECT id, day + INTERVAL 1 DAY AS next FROM db.t")

    assert columns == ["id", "next"]
    assert [(row[0], str(row[1])[:10]) for row in rows] == [("007", "2013-02-01"), (None, "None")]


def test_a_linked_table_is_read_under_its_own_name(services: Services, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.json").write_text('{"id": 7}\n')
    _add(services, f"file://{tmp_path}/t/", {"id": "int"}, {"classification": "json"})
    target = {"DatabaseName": "db", "Name": "t"}
    link = Table(database_name="db", name="link", others={"TargetTable": target})
    services.catalog.create_table(link, CAUSE)

    _, rows = select(services, "SELECT a.id + b.id FROM db.link AS a, db.t AS b")

    assert rows == [(14,)]


def test_null_markers_and_times_are_read_as_the_serde_says(
    services: Services, tmp_path: Path
) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.csv").write_text("1,31/12/2013 23:59\nNA,NA\n")
    serde = {"serialization.null.format": "NA", "timestamp.formats": "dd/MM/yyyy HH:mm"}
    columns = {"id": "int", "seen": "timestamp"}
    _add(services, f"file://{tmp_path}/t/", columns, {"classification": "csv"}, serde=serde)

    _, rows = select(services, "SELECT id, CAST(seen AS VARCHAR) FROM db.t ORDER BY id")

    assert rows == [(1, "2013-12-31 23:59:00"), (None, None)]


def test_json_lines_are_read_with_nested_types(services: Services, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    record = {"a": {"b": [1, 2]}, "c": "x"}
    (tmp_path / "t" / "a.json.gz").write_bytes(gzip.compress(json.dumps(record).encode()))
    columns = {"a": "struct<b:array<int>>", "c": "string"}
    _add(services, f"file://{tmp_path}/t/", columns, {"classification": "json"})

    _, rows = select(services, "SELECT a.b[2], c FROM db.t")

    assert rows == [(2, "x")]


def test_positional_partitions_give_their_values(services: Services, tmp_path: Path) -> None:
    partitions = []
    for value in ("7", "8"):
        folder = tmp_path / "t" / f"part {value}"
        folder.mkdir(parents=True)
        parquet.write_table(pa.table({"x": [int(value) * 10]}), folder / "a.parquet")
        storage = StorageDescriptor(location=f"file://{folder}/")
        partitions.append(Partition(values=(value,), storage_descriptor=storage))
    parameters = {"classification": "parquet"}
    _add(services, f"file://{tmp_path}/t/", {"x": "bigint"}, parameters, {"partition_0": "int"})
    services.catalog.partitions.create("db", "t", partitions)

    _, rows = select(services, "SELECT partition_0 + 1, x FROM db.t ORDER BY 1")

    assert rows == [(8, 70), (9, 80)]


def test_delta_is_read_by_its_log(services: Services, tmp_path: Path) -> None:
    path = str(tmp_path / "t")
    write_deltalake(path, pa.table({"x": [1], "p": ["a"]}), partition_by=["p"])
    write_deltalake(path, pa.table({"x": [2], "p": ["b"]}), mode="overwrite")
    _add(services, f"file://{path}", {"x": "bigint"}, {"spark.sql.sources.provider": "delta"})

    _, rows = select(services, "SELECT * FROM db.t")

    assert rows == [(2, "b")]


def test_files_on_s3_are_read(tmp_path: Path, s3: S3Config, s3_client: Any, bucket: str) -> None:  # noqa: ANN401
    s3_client.put_object(Bucket=bucket, Key="t/k=1/a.csv", Body=b"x|y\n1|a\n")
    secret = s3.secret_access_key
    reach = S3Settings(
        endpoint_url=s3.endpoint_url,
        region=s3.region,
        path_style=True,
        access_key_id=s3.access_key_id,
        secret_access_key=secret,  # type: ignore[arg-type]
    )
    with open_services(Settings(home=tmp_path, s3=reach)) as services:
        services.catalog.create_database(Database(name="db"))
        parameters = {"classification": "csv", "delimiter": "|", "skip.header.line.count": "1"}
        location = f"s3://{bucket}/t/"
        _add(services, location, {"x": "bigint", "y": "string"}, parameters, {"k": "int"})
        storage = StorageDescriptor(location=f"{location}k=1/")
        services.catalog.partitions.create(
            "db", "t", [Partition(values=("1",), storage_descriptor=storage)]
        )

        _, rows = select(services, "SELECT * FROM db.t")

    assert rows == [(1, "a", 1)]


def test_an_empty_table_has_its_columns(services: Services, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    _add(services, f"file://{tmp_path}/t/", {"x": "int"}, {"classification": "parquet"})

    assert select(services, "SELECT * FROM db.t") == (["x"], [])


@pytest.mark.parametrize("sql", ["DROP TABLE db.t", "SELECT 1; DELETE FROM db.t", "SELCT 1"])
def test_what_is_not_one_select_is_refused(services: Services, sql: str) -> None:
    with pytest.raises(QueryError):
        select(services, sql)


def test_an_unknown_table_is_named(services: Services) -> None:
    with pytest.raises(EntityNotFoundError, match="nothing"):
        select(services, "SELECT * FROM db.nothing")


def test_an_unreadable_format_is_named(services: Services, tmp_path: Path) -> None:
    _add(services, f"file://{tmp_path}/t/", {"x": "int"}, {"classification": "xml"})

    with pytest.raises(QueryError, match="xml"):
        select(services, "SELECT * FROM db.t")


def test_values_that_are_not_of_their_type_are_null(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "t" / "k=x"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("1,7\nNA,x\n")
    parameters = {"classification": "csv"}
    _add(services, f"file://{tmp_path}/t/", {"x": "int", "y": "int"}, parameters, {"k": "int"})
    storage = StorageDescriptor(location=f"file://{folder}/")
    partition = Partition(values=("x",), storage_descriptor=storage)
    services.catalog.partitions.create("db", "t", [partition])

    _, rows = select(services, "SELECT * FROM db.t ORDER BY x")

    assert rows == [(1, 7, None), (None, None, None)]


@pytest.mark.parametrize(
    ("kind", "data", "says"),
    [
        ("parquet", b"PAR1 no", "a.x cannot be read"),
        (
            "json",
            gzip.compress(b"{}" * 99, mtime=0)[:-9],
            "a.x cannot be read: its gzip data ends early",
        ),
        ("json", b'{"x": "\xff\xfe"}', "a.x is not in the encoding of its table"),
    ],
)
def test_a_damaged_file_is_named(
    services: Services, tmp_path: Path, kind: str, data: bytes, says: str
) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.x").write_bytes(data)
    _add(services, f"file://{tmp_path}/t/", {"x": "string"}, {"classification": kind})

    with pytest.raises(QueryError, match=says):
        select(services, "SELECT * FROM db.t")


def test_the_documentation_names_every_format_and_who_reads_it() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "tables.md"
    rows = re.findall(
        r"^\| `(\w+)` \| (yes|no)\b[^|]* \| (yes|no)\b", page.read_text(), re.MULTILINE
    )

    assert {name for name, jobs, _ in rows if jobs == "yes"} == set(READ_BY_JOBS)
    assert {name for name, _, queries in rows if queries == "yes"} == set(READABLE)
