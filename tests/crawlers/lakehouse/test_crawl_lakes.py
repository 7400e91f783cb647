"""Whole crawls over folders in which tables of every format lie beside plain files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.memory import InMemoryCatalog

from gluepot.crawlers.model import ChangeKind
from gluepot.crawlers.targets import DeltaTarget, HudiTarget, IcebergTarget
from tests.crawlers.lakehouse.lakes import local
from tests.crawlers.lakehouse.test_hudi import mark, properties, put_commit

if TYPE_CHECKING:
    from tests.crawlers.conftest import Desk, Place

ROWS = pa.table({"id": [1, 2, 3], "day": ["a", "a", "b"]})


def lay_out(place: Place) -> None:
    """Write a table of each format, and one of plain files."""
    write_deltalake(local(place, "sales"), ROWS, partition_by=["day"])
    catalog = InMemoryCatalog("memory", warehouse=place.root)
    catalog.create_namespace("shop")
    catalog.create_table("shop.orders", ROWS.schema, location=f"{place.root}/orders").append(ROWS)
    catalog.close()
    properties(
        place, "trips", hoodie__table__type="MERGE_ON_READ", hoodie__table__partition__fields="city"
    )
    put_commit(place, "20240101000000000.deltacommit", table="trips")
    mark(place, "city=x", "city=y", table="trips")
    place.put("plain/a.csv", "n,word\n1,x\n2,y\n")
    place.put("plain/metadata/notes.metadata.json", "{}")


def test_tables_of_every_format_are_registered_once_and_stay_as_they_are(
    desk: Desk, folder: Place
) -> None:
    lay_out(folder)

    desk.crawl(folder)
    again = desk.crawl(folder)

    assert {"sales", "orders", "trips_ro", "trips_rt", "plain"} <= set(desk.tables())
    assert desk.columns("sales") == {"id": "bigint", "day": "string"}
    assert desk.columns("orders") == {"id": "bigint", "day": "string"}
    assert desk.values("trips_rt") == [("x",), ("y",)]
    assert {report.change for report in again.tables} == {ChangeKind.NONE}
    for name in ("sales", "orders", "trips_ro", "trips_rt"):
        assert desk.versions(name) == ["0"]


def test_a_table_that_grows_keeps_its_name_and_takes_the_new_column(
    desk: Desk, folder: Place
) -> None:
    lay_out(folder)
    desk.crawl(folder)
    names = desk.tables()

    wider = ROWS.append_column("price", pa.array([1.5] * 3))
    write_deltalake(local(folder, "sales"), wider, mode="append", schema_mode="merge")
    properties(
        folder,
        "trips",
        hoodie__table__type="COPY_ON_WRITE",
        hoodie__table__partition__fields="city",
    )
    desk.crawl(folder)

    assert desk.columns("sales") == {"id": "bigint", "day": "string", "price": "double"}
    assert set(names) <= set(desk.tables())


def test_explicit_targets_make_the_same_tables(desk: Desk, folder: Place) -> None:
    lay_out(folder)
    targets = (
        DeltaTarget(tables=(f"{folder.root}/sales",)),
        IcebergTarget(paths=(folder.root,)),
        HudiTarget(paths=(folder.root,)),
    )
    desk.crawl(folder)
    names, columns = desk.tables(), desk.columns("orders")

    desk.crawl(folder, targets=targets)

    assert desk.tables() == names
    assert desk.columns("orders") == columns
    assert desk.versions("sales") == desk.versions("orders") == ["0"]


def test_a_damaged_log_takes_no_table_away(desk: Desk, folder: Place) -> None:
    lay_out(folder)
    desk.crawl(folder)
    DeltaTable(local(folder, "sales")).create_checkpoint()
    folder.put(f"sales/_delta_log/{1:020}.json", "{damaged")

    crawl = desk.crawl(folder)

    assert desk.versions("sales") == ["0"]
    assert any(f"sales/_delta_log/{1:020}.json" in text for text in crawl.warnings)
