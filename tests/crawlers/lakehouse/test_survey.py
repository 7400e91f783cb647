"""The targets that name tables of a format, on the disk and on real S3s."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyiceberg.catalog import load_catalog
from pyiceberg.catalog.memory import InMemoryCatalog

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import StorageError
from gluepot.catalog.model import Cause, Database
from gluepot.catalog.store import CatalogStore
from gluepot.crawlers.access import Access
from gluepot.crawlers.lakehouse.survey import (
    publish_manifests,
    survey_delta,
    survey_hudi,
    survey_iceberg,
)
from gluepot.crawlers.planning.definitions import table_definition
from gluepot.crawlers.targets import DeltaTarget, HudiTarget, IcebergTarget
from gluepot.sql.storage import delta_options
from tests.crawlers.conftest import NOW, new_bucket
from tests.crawlers.lakehouse.lakes import columns, crawler_of, delta_commit
from tests.crawlers.lakehouse.test_hudi import mark, properties, put_commit
from tests.servers.glue import REGION, thread_server

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.catalog.model import Table
    from gluepot.crawlers.findings import TargetSurvey
    from gluepot.crawlers.sources.config import S3Config
    from tests.crawlers.conftest import Place


@pytest.fixture
def bucket_place(versitygw_s3: S3Config) -> Place:
    """Return a new bucket."""
    return new_bucket(versitygw_s3)


@pytest.fixture(params=["folder", "bucket_place"])
def lake(request: pytest.FixtureRequest) -> Place:
    """Return an empty place on the disk, and one in an S3."""
    found: Place = request.getfixturevalue(request.param)
    return found


ROWS = pa.table({"id": [1, 2, 3], "day": ["a", "a", "b"]})


def delta(place: Place, *names: str) -> TargetSurvey:
    target = DeltaTarget(tables=tuple(f"{place.root}/{name}" for name in names))
    return survey_delta(crawler_of(target), target, Access(s3=place.s3))


def write_delta(place: Place, name: str) -> None:
    uri = f"{place.root}/{name}".removeprefix("file://")
    write_deltalake(uri, ROWS, partition_by=["day"], storage_options=delta_options(place.s3))


def test_delta_tables_are_found_where_the_target_names_them(lake: Place) -> None:
    write_delta(lake, "lake/one")
    delta_commit(lake, "lake/two", 0, ["damaged"])

    found = delta(lake, "lake/one", "lake/two", "lake/none")

    assert [item.table.location for item in found.tables] == [f"{lake.root}/lake/one/"]
    assert columns(found.tables[0].table) == {"id": "bigint", "day": "string"}
    assert [problem.uri for problem in found.problems] == [
        f"{lake.root}/lake/two/_delta_log/{0:020}.json"
    ]
    assert any("lake/none/_delta_log/ is not there" in text for text in found.warnings)
    assert found.roots == tuple(f"{lake.root}/lake/{name}/" for name in ("one", "two", "none"))
    assert found.locations == {f"{lake.root}/lake/one/"}
    assert (found.objects, found.objects_read) == (2, 2)
    assert found.bytes_read > 0


def test_manifests_lie_beside_the_table_on_any_store(bucket_place: Place) -> None:
    write_delta(bucket_place, "one")
    target = DeltaTarget(tables=(f"{bucket_place.root}/one/",), write_manifest=True)

    (found,) = survey_delta(crawler_of(target), target, Access(s3=bucket_place.s3)).tables
    publish_manifests(target, Access(s3=bucket_place.s3))
    publish_manifests(target, Access(s3=bucket_place.s3))

    written = [info.uri for info in bucket_place.source.list(found.table.location)]
    assert written == [f"{item.location}manifest" for item in found.table.partitions]
    lines = bucket_place.source.read(written[0], 0, 1_000).decode().split()
    assert all(list(bucket_place.source.list(line)) for line in lines)


def test_a_bucket_that_is_not_there_ends_the_survey(versitygw_s3: S3Config) -> None:
    target = DeltaTarget(tables=("s3://there-is-no-such-bucket/t",))

    with pytest.raises(StorageError):
        survey_delta(crawler_of(target), target, Access(s3=versitygw_s3))


def test_iceberg_tables_are_searched_as_deep_as_the_target_says(folder: Place) -> None:
    catalog = InMemoryCatalog("memory", warehouse=folder.root)
    for name in ("a", "a.b", "old"):
        catalog.create_namespace(name)
    for name in ("a.one", "a.b.two", "old.three"):
        catalog.create_table(name, ROWS.schema)
    catalog.close()
    folder.put("broken/metadata/v1.metadata.json", "{")
    places = sorted(info.uri for info in folder.source.list(folder.root))
    deep = next(uri for uri in places if "two" in uri).partition("/metadata/")[0]
    target = IcebergTarget(paths=(folder.root,), exclusions=("old/**", "old.db/**"))

    everywhere = survey_iceberg(crawler_of(target), target, Access(s3=folder.s3))
    shallow = replace(target, maximum_traversal_depth=deep.removeprefix(folder.root).count("/") - 1)
    near = survey_iceberg(crawler_of(shallow), shallow, Access(s3=folder.s3))

    names = {item.table.folder for item in everywhere.tables}
    assert names == {"one", "two"}
    assert {item.exclusions for item in everywhere.tables} == {target.exclusions}
    assert [item.uri for item in everywhere.problems] == [
        f"{folder.root}/broken/metadata/v1.metadata.json"
    ]
    assert "two" not in {item.table.folder for item in near.tables}
    assert any(deep in text and "left out" in text for text in near.warnings)


def test_hudi_tables_are_counted_by_the_newest_file_of_each_group(bucket_place: Place) -> None:
    properties(
        bucket_place,
        "lake/h",
        hoodie__table__type="MERGE_ON_READ",
        hoodie__table__partition__fields="city",
    )
    put_commit(bucket_place, "20240101000000000.deltacommit", table="lake/h")
    mark(bucket_place, "city=x", "city=y", table="lake/h")
    bucket_place.put(
        "lake/h/.hoodie/metadata/.hoodie/hoodie.properties", "hoodie.table.type=MERGE_ON_READ"
    )
    bucket_place.put("lake/h/city=x/f1-0_1-2-3_20240101000000000.parquet", "old")
    bucket_place.put("lake/h/city=x/f1-0_1-2-3_20240102000000000.parquet", "newer")
    bucket_place.put("lake/h/city=x/f2-0_1-2-3_20240101000000000.parquet", "other")
    target = HudiTarget(paths=(bucket_place.root,))

    found = survey_hudi(crawler_of(target), target, Access(s3=bucket_place.s3))

    assert [item.table.folder for item in found.tables] == ["h_ro", "h_rt"]
    table = found.tables[0].table
    counted = [
        (item.values, item.volume.objects, item.volume.size_bytes) for item in table.partitions
    ]
    assert counted == [(("x",), 2, 10), (("y",), 0, 0)]
    assert table.volume.objects == 2
    assert found.problems == ()


def test_what_is_not_there_is_said(folder: Place) -> None:
    folder.put("x.csv", "a,b\n1,2\n")
    iceberg = IcebergTarget(paths=(folder.root, f"{folder.root}/none"))
    hudi = HudiTarget(paths=(folder.root,))

    told = survey_iceberg(crawler_of(iceberg), iceberg, Access(s3=folder.s3)).warnings
    told += survey_hudi(crawler_of(hudi), hudi, Access(s3=folder.s3)).warnings

    assert [text.partition(": ")[2] for text in told] == [
        "there is no Iceberg table below it",
        "there is no Iceberg table below it",
        "there is no Hudi table below it",
    ]


def io_settings(s3: S3Config) -> dict[str, Any]:
    return {
        "s3.endpoint": s3.endpoint_url,
        "s3.region": REGION,
        "s3.access-key-id": s3.access_key_id,
        "s3.secret-access-key": s3.secret_access_key,
    }


def test_pyiceberg_loads_and_writes_a_crawled_table_and_a_crawl_follows(
    bucket_place: Place, sqlite_catalog: str, tmp_path: Path
) -> None:
    writer = InMemoryCatalog("memory", warehouse=bucket_place.root, **io_settings(bucket_place.s3))
    writer.create_namespace("shop")
    writer.create_table("shop.orders", ROWS.schema).append(ROWS)
    writer.close()
    target = IcebergTarget(paths=(bucket_place.root,))
    store = CatalogStore(open_engine(sqlite_catalog), lambda: NOW)
    store.create_database(Database(name="db"))

    def crawled() -> Table:
        (item,) = survey_iceberg(crawler_of(target), target, Access(s3=bucket_place.s3)).tables
        return table_definition(item.table, database="db", name="orders", crawler="lake")

    store.create_table(crawled(), Cause(kind="crawl", id="1"))
    with thread_server(sqlite_catalog, tmp_path / "home") as server:
        client = load_catalog(
            "glue",
            type="glue",
            **{"glue.endpoint": server.url, "glue.region": REGION},
            **{"glue.access-key-id": "test", "glue.secret-access-key": "test"},
            **io_settings(bucket_place.s3),
        )
        rows = client.load_table("db.orders").scan().to_arrow()
        client.load_table("db.orders").append(ROWS)
    written, again = store.get_table("db", "orders"), crawled()

    assert rows.sort_by("id").to_pydict() == ROWS.to_pydict()
    assert parameter(again, "metadata_location") == parameter(written, "metadata_location")
    assert shape(again) == shape(written)


def parameter(table: Table, name: str) -> str:
    return (table.parameters or {})[name]


def shape(table: Table) -> tuple[object, ...]:
    """Return what Iceberg's catalog writes of a table: location, columns, their parameters."""
    storage = table.storage_descriptor
    assert storage is not None
    columns = [(item.name, item.type, item.parameters) for item in storage.columns or ()]
    return storage.location, columns
