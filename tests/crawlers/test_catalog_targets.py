"""Crawling tables that the catalog has: their data is looked at, and no table is added."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.model import Cause, Column, Database, StorageDescriptor, Table
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler, CrawlState
from gluepot.crawlers.survey import survey_targets
from gluepot.crawlers.targets import CatalogTarget

if TYPE_CHECKING:
    from gluepot.crawlers.model import Crawl
    from tests.crawlers.conftest import Desk, Place

CSV = "day,count\n1,2\n2,3\n"
WIDE = "day,count,more\n1,2,x\n2,3,y\n"


def crawler(*tables: str, **options: Any) -> Crawler:  # noqa: ANN401
    members: dict[str, Any] = {
        "name": "c",
        "database": "elsewhere",
        "targets": (CatalogTarget(database="db", tables=tables),),
        "delete_behavior": "LOG",
    }
    return Crawler(**members | options)


def crawl(desk: Desk, place: Place, *tables: str, **options: Any) -> Crawl:  # noqa: ANN401
    return run_crawl(
        crawler(*tables, **options),
        catalog=desk.catalog,
        access=Access(s3=place.s3, catalog=desk.catalog),
        store=desk.crawlers,
        clock=desk.clock,
    )


def by_hand(desk: Desk, name: str, location: str | None, *keys: str, **more: Any) -> None:  # noqa: ANN401
    """Make ``db.name`` with one old column at a location."""
    desk.catalog.create_database(Database(name="db"), exist_ok=True)
    desk.catalog.create_table(
        Table(
            database_name="db",
            name=name,
            storage_descriptor=StorageDescriptor(
                columns=(Column(name="old", type="string"),), location=location
            ),
            partition_keys=tuple(Column(name=key, type="string") for key in keys),
            **more,
        ),
        Cause(kind="cli", id="me"),
    )


def test_a_named_table_is_updated_where_it_is_and_no_other_is_made(
    desk: Desk, place: Place
) -> None:
    place.put("raw/orders/year=2024/a.csv", CSV)
    place.put("raw/orders/year=2025/a.csv", WIDE)
    place.put("raw/other/a.csv", CSV)
    by_hand(desk, "my_orders", f"{place.root}/raw/orders", "year", description="mine")

    first = crawl(desk, place, "my_orders")
    again = crawl(desk, place, "my_orders")

    assert (first.state, first.summary["tables_updated"]) == (CrawlState.SUCCEEDED, 1)
    assert desk.tables() == ["my_orders"]
    assert list(desk.columns("my_orders")) == ["day", "count", "more"]
    assert desk.values("my_orders") == [("2024",), ("2025",)]
    table = desk.catalog.get_table("db", "my_orders")
    assert table.storage_descriptor is not None
    assert (table.description, table.storage_descriptor.location) == (
        "mine",
        f"{place.root}/raw/orders",
    )
    assert again.summary["tables_updated"] == 0
    assert len(desk.versions("my_orders")) == 2
    assert [item.name for item in desk.catalog.list_databases()] == ["db"]


def test_files_that_are_not_alike_are_one_table_at_its_location(desk: Desk, folder: Place) -> None:
    folder.put("t/x/a.json", '{"a": 1}\n')
    folder.put("t/y/b.json", '{"b": "x", "c": 2}\n')
    by_hand(desk, "t", f"{folder.root}/t/", "kind")

    crawl(desk, folder, "t")

    assert desk.columns("t") == {"a": "int", "b": "string", "c": "int"}
    assert desk.keys("t") == {"kind": "string"}
    assert desk.values("t") == [("x",), ("y",)]


def test_partitions_that_are_gone_are_told_and_stay(desk: Desk, folder: Place) -> None:
    folder.put("t/year=2024/a.csv", CSV)
    gone = folder.put("t/year=2025/a.csv", CSV)
    by_hand(desk, "t", f"{folder.root}/t/", "year")
    crawl(desk, folder, "t")
    folder.source.delete([gone])

    again = crawl(desk, folder, "t")

    assert desk.values("t") == [("2024",), ("2025",)]
    assert any("partition 2025 has no objects" in text for text in again.warnings)


def test_what_is_of_the_tables_format_is_the_tables(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", CSV)
    folder.put("t/a.json", '{"j": 1}\n')
    by_hand(desk, "t", f"{folder.root}/t/", parameters={"classification": "json"})
    by_hand(desk, "u", f"{folder.root}/t/")

    done = crawl(desk, folder, "t", "u")

    assert desk.columns("t") == {"j": "int"}
    assert desk.columns("u") == {"old": "string"}
    told = "\n".join(done.warnings)
    assert "db.t: 1 groups of other data" in told
    assert "db.u is in no table" in told
    assert "several kinds (csv, json)" in told


def test_a_table_that_cannot_be_looked_at_is_named_and_the_others_are_crawled(
    desk: Desk, folder: Place
) -> None:
    folder.put("t/a.csv", CSV)
    folder.put("deep/x/y/a.csv", CSV)
    by_hand(desk, "t", f"{folder.root}/t/")
    by_hand(desk, "view", None)
    by_hand(desk, "jdbc", "jdbc:postgresql://h/d")
    by_hand(desk, "empty", f"{folder.root}/none/")
    by_hand(desk, "keyed", f"{folder.root}/deep/", "only")

    done = crawl(desk, folder, "t", "view", "jdbc", "empty", "keyed", "missing")

    assert done.state is CrawlState.SUCCEEDED
    assert list(desk.columns("t")) == ["day", "count"]
    told = "\n".join(done.warnings)
    assert "db.view is in no table: it has no location" in told
    assert "db.jdbc is in no table: jdbc:postgresql://h/d is neither" in told
    assert "db.empty" in told
    assert "db.keyed is in no table: the folders at" in told
    assert "db.missing is in no table: Table" in told
    assert len(desk.versions("keyed")) == 1


def test_only_logging_changes_nothing_in_a_table(desk: Desk, folder: Place) -> None:
    folder.put("t/year=2024/a.csv", CSV)
    by_hand(desk, "t", f"{folder.root}/t/", "year")

    done = crawl(desk, folder, "t", update_behavior="LOG")

    assert desk.columns("t") == {"old": "string"}
    assert desk.values("t") == [("2024",)]
    assert any("the crawler only logs that" in text for text in done.warnings)


def test_catalog_targets_without_a_catalog_are_refused(folder: Place) -> None:
    with pytest.raises(InvalidInputError, match="need a catalog"):
        survey_targets(crawler("t"), Access(s3=folder.s3))


def test_new_data_of_a_table_makes_a_version_each_time_it_changes(
    any_desk: Desk, folder: Place
) -> None:
    folder.put("t/a.csv", CSV)
    by_hand(any_desk, "t", f"{folder.root}/t/")
    crawl(any_desk, folder, "t")
    folder.put("t/a.csv", WIDE)

    done = crawl(any_desk, folder, "t", merge_new_columns=True)

    assert done.warnings == ()
    assert list(any_desk.columns("t")) == ["day", "count", "more"]
    assert replace(done.tables[0], columns=()).diff == ("+ column more string",)
