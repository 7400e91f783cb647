from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.diff import Compatibility, describe
from gluepot.catalog.errors import (
    AlreadyExistsError,
    ConcurrentModificationError,
    EntityNotFoundError,
    InvalidInputError,
)
from gluepot.catalog.model import (
    Column,
    Database,
    Order,
    Partition,
    SerDeInfo,
    StorageDescriptor,
    Table,
)
from tests.catalog.conftest import CLI, CRAWL, a_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.store import CatalogStore


def test_a_database_comes_back_as_it_was_written(catalog: CatalogStore) -> None:
    written = Database(name="Sales", description="ü", location_uri="s3://x/", parameters={"a": ""})

    made = catalog.create_database(written)

    assert made.create_time is not None
    assert made == replace(written, name="sales", create_time=made.create_time)
    assert catalog.get_database("SALES") == made


def test_a_second_database_of_the_same_name_is_refused(catalog: CatalogStore) -> None:
    with pytest.raises(AlreadyExistsError, match=r"Database already exists\. \(flights\)"):
        catalog.create_database(Database(name="Flights"))


def test_a_database_that_may_exist_stays_as_it_is(catalog: CatalogStore) -> None:
    before = catalog.get_database("flights")

    found = catalog.create_database(Database(name="flights", description="new"), exist_ok=True)

    assert found == before == catalog.get_database("flights")


def test_databases_are_listed_by_name(catalog: CatalogStore) -> None:
    for name in ("zoo", "B", "a_1", "a"):
        catalog.create_database(Database(name=name))

    assert [database.name for database in catalog.list_databases()] == [
        *("a", "a_1", "b", "flights", "zoo")
    ]


def test_a_database_update_replaces_all_but_its_creation_time(catalog: CatalogStore) -> None:
    made = catalog.create_database(Database(name="sales", description="old", location_uri="s3://x"))

    changed = catalog.update_database(Database(name="SALES", parameters={"k": "v"}))

    assert changed == Database(name="sales", parameters={"k": "v"}, create_time=made.create_time)
    assert catalog.get_database("sales") == changed


@pytest.mark.parametrize("name", ["", "x" * 256, "a\nb", "a\x00b", "\ud800"])
def test_names_that_cannot_be_stored_are_refused(catalog: CatalogStore, name: str) -> None:
    with pytest.raises(InvalidInputError, match="Database name"):
        catalog.create_database(Database(name=name))
    with pytest.raises(InvalidInputError, match="Table name"):
        catalog.create_table(a_table(name), CLI)


def test_everything_missing_is_named(catalog: CatalogStore) -> None:
    catalog.create_table(a_table("days"), CLI)

    calls: tuple[Callable[[], object], ...] = (
        lambda: catalog.get_database("nope"),
        lambda: catalog.update_database(Database(name="nope")),
        lambda: catalog.delete_database("nope"),
        lambda: catalog.list_tables("nope"),
        lambda: catalog.get_table("nope", "days"),
        lambda: catalog.create_table(replace(a_table(), database_name="nope"), CLI),
    )
    for call in calls:
        with pytest.raises(EntityNotFoundError, match=r"Database nope not found\."):
            call()
    calls = (
        lambda: catalog.get_table("flights", "nope"),
        lambda: catalog.update_table(a_table("nope"), CLI),
        lambda: catalog.delete_table("flights", "nope"),
        lambda: catalog.list_versions("flights", "nope"),
        lambda: catalog.restore_table("flights", "nope", "0", CLI),
        lambda: catalog.partitions.list("flights", "nope"),
    )
    for call in calls:
        with pytest.raises(EntityNotFoundError, match=r"Table nope not found\."):
            call()
    with pytest.raises(EntityNotFoundError, match=r"Version 7 of flights\.days not found\."):
        catalog.get_version("flights", "days", "7")


def test_find_table_gives_none_for_what_is_not_there(catalog: CatalogStore) -> None:
    assert catalog.find_table("flights", "nope") is None
    assert catalog.find_table("nope", "nope") is None


def test_a_whole_table_comes_back_as_it_was_written(catalog: CatalogStore) -> None:
    storage = StorageDescriptor(
        columns=(
            Column(name="Ärger", type="struct<a:int>", comment="", parameters={"iceberg.id": "1"}),
            Column(name="untyped"),
        ),
        location="s3://raw/x/",
        additional_locations=("s3://y/",),
        input_format="in",
        output_format="out",
        compressed=False,
        number_of_buckets=-1,
        serde_info=SerDeInfo(name="s", serialization_library="lib", parameters={"a": "\x00"}),
        bucket_columns=(),
        sort_columns=(Order(column="a", sort_order=1),),
        parameters={},
        stored_as_sub_directories=True,
    )
    written = Table(
        database_name="FLIGHTS",
        name="Whole",
        description="d",
        owner="o",
        retention=0,
        storage_descriptor=storage,
        partition_keys=(Column(name="y", type="int"),),
        view_original_text="v",
        view_expanded_text="w",
        table_type="EXTERNAL_TABLE",
        parameters={"k": "'; DROP TABLE tables; --"},
    )

    made = catalog.create_table(written, CRAWL)

    assert made == replace(
        written,
        database_name="flights",
        name="whole",
        create_time=made.create_time,
        update_time=made.create_time,
        created_by="crawl:c-1",
        version_id="0",
    )
    assert catalog.get_table("Flights", "WHOLE") == made == catalog.find_table("flights", "whole")


def test_a_second_table_of_the_same_name_is_refused(catalog: CatalogStore) -> None:
    catalog.create_table(a_table("days"), CLI)

    with pytest.raises(AlreadyExistsError, match=r"Table already exists\. \(flights\.days\)"):
        catalog.create_table(a_table("DAYS"), CLI)


def test_tables_are_listed_by_name_over_pages(
    catalog: CatalogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gluepot.catalog.table_rows.PAGE_ROWS", 2)
    for name in ("e", "d", "a", "c", "b"):
        catalog.create_table(a_table(name), CLI)

    assert [table.name for table in catalog.list_tables("flights")] == ["a", "b", "c", "d", "e"]


def test_a_changed_column_becomes_a_version_with_its_diff_and_cause(catalog: CatalogStore) -> None:
    made = catalog.create_table(a_table(delay="int"), CLI)

    changed = catalog.update_table(a_table(delay="bigint", tailnum="string"), CRAWL)

    newest, first = catalog.list_versions("flights", "days")
    assert (newest.version_id, newest.cause, newest.table) == ("1", CRAWL, changed)
    assert (first.version_id, first.cause, first.diff) == ("0", CLI, None)
    assert first.table == made
    assert newest.diff is not None
    assert describe(newest.diff).splitlines() == [
        "+ column tailnum string",
        "~ column delay int -> bigint (widened)",
    ]
    assert newest.diff.compatibility is Compatibility.BACKWARD
    assert newest.created_at > first.created_at


def test_an_update_replaces_all_but_creation(catalog: CatalogStore) -> None:
    made = catalog.create_table(replace(a_table(a="int"), parameters={"k": "v"}, owner="o"), CLI)

    changed = catalog.update_table(Table(database_name="flights", name="DAYS"), CRAWL)

    assert changed.update_time is not None
    assert made.update_time is not None
    assert changed.update_time > made.update_time
    assert changed == Table(
        database_name="flights",
        name="days",
        create_time=made.create_time,
        update_time=changed.update_time,
        created_by="cli:anna",
        version_id="1",
    )


def test_a_stale_version_is_refused_and_changes_nothing(catalog: CatalogStore) -> None:
    catalog.create_table(a_table(a="int"), CLI)
    current = catalog.update_table(a_table(b="int"), CLI, expected_version="0")

    with pytest.raises(ConcurrentModificationError, match="is at version 1, not 0"):
        catalog.update_table(a_table(c="int"), CLI, expected_version="0")

    assert catalog.get_table("flights", "days") == current
    assert len(list(catalog.list_versions("flights", "days"))) == 2


def test_skip_archive_keeps_no_old_version_but_counts_on(catalog: CatalogStore) -> None:
    catalog.create_table(a_table(a="int"), CLI)
    catalog.update_table(a_table(a="int", b="int"), CLI)

    changed = catalog.update_table(a_table(a="int", c="int"), CLI, skip_archive=True)

    newest, first = catalog.list_versions("flights", "days")
    assert (changed.version_id, newest.version_id, first.version_id) == ("2", "2", "0")
    assert newest.diff is not None
    assert describe(newest.diff) == "+ column c int"
    with pytest.raises(EntityNotFoundError):
        catalog.get_version("flights", "days", "1")


def test_skip_archive_of_the_only_version_has_nothing_to_differ_from(catalog: CatalogStore) -> None:
    catalog.create_table(a_table(a="int"), CLI)

    catalog.update_table(a_table(b="int"), CLI, skip_archive=True)

    (only,) = catalog.list_versions("flights", "days")
    assert (only.version_id, only.diff) == ("1", None)


def test_a_restored_version_is_a_new_one_equal_to_the_old(catalog: CatalogStore) -> None:
    made = catalog.create_table(a_table(a="int"), CLI)
    catalog.update_table(a_table(b="date"), CRAWL)

    restored = catalog.restore_table("Flights", "Days", "0", CLI)

    assert restored.version_id == "2"
    assert restored.storage_descriptor == made.storage_descriptor
    assert [version.version_id for version in catalog.list_versions("flights", "days")] == [
        *("2", "1", "0")
    ]


@pytest.mark.parametrize("version_id", ["", "x", "-1", "1.0", "²"])
def test_a_version_that_is_not_a_number_is_refused(catalog: CatalogStore, version_id: str) -> None:
    catalog.create_table(a_table(), CLI)

    with pytest.raises(InvalidInputError, match="is not a number"):
        catalog.get_version("flights", "days", version_id)


def test_a_version_number_too_big_for_the_column_is_not_found(catalog: CatalogStore) -> None:
    catalog.create_table(a_table(), CLI)

    with pytest.raises(EntityNotFoundError):
        catalog.get_version("flights", "days", "9" * 40)


def test_versions_are_listed_over_pages(
    catalog: CatalogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gluepot.catalog.table_rows.PAGE_ROWS", 2)
    catalog.create_table(a_table(), CLI)
    for number in range(4):
        catalog.update_table(a_table(**{f"c{number}": "int"}), CLI)

    found = [version.version_id for version in catalog.list_versions("flights", "days")]

    assert found == ["4", "3", "2", "1", "0"]


def test_a_table_takes_its_versions_and_partitions_with_it(catalog: CatalogStore) -> None:
    keyed = replace(a_table(), partition_keys=(Column(name="y", type="int"),))
    catalog.create_table(keyed, CLI)
    catalog.update_table(keyed, CLI)
    catalog.partitions.create("flights", "days", [Partition(values=("1",))])

    catalog.delete_table("Flights", "Days")

    assert catalog.find_table("flights", "days") is None
    assert catalog.create_table(keyed, CLI).version_id == "0"
    assert [version.version_id for version in catalog.list_versions("flights", "days")] == ["0"]
    assert list(catalog.partitions.list("flights", "days")) == []


def test_a_database_takes_its_tables_with_it(catalog: CatalogStore) -> None:
    catalog.create_table(a_table(), CLI)

    catalog.delete_database("FLIGHTS")

    catalog.create_database(Database(name="flights"))
    assert list(catalog.list_tables("flights")) == []


def test_calls_in_a_transaction_hold_together(catalog: CatalogStore) -> None:
    def fail() -> None:
        with catalog.transaction() as store:
            store.create_table(a_table("one"), CLI)
            store.create_database(Database(name="other"))
            assert store.find_table("flights", "one") is not None
            assert [table.name for table in store.list_tables("flights")] == ["one"]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert catalog.find_table("flights", "one") is None
    assert [database.name for database in catalog.list_databases()] == ["flights"]


def test_a_refused_call_leaves_the_rest_of_its_transaction_usable(catalog: CatalogStore) -> None:
    catalog.create_table(a_table("days"), CLI)

    with catalog.transaction() as store:
        with pytest.raises(AlreadyExistsError):
            store.create_table(a_table("days"), CLI)
        with store.transaction() as inner:
            inner.create_table(a_table("more"), CLI)

    assert catalog.find_table("flights", "more") is not None


def test_a_linked_table_is_found_where_its_data_is(catalog: CatalogStore) -> None:
    made = catalog.create_table(a_table(a="int"), CLI)
    target = {"DatabaseName": "flights", "Name": "days"}
    link = Table(database_name="flights", name="link", others={"TargetTable": target})
    catalog.create_table(link, CLI)
    catalog.catalogs.create("far", {})
    far = catalog.in_catalog("far")
    far.create_database(Database(name="flights"))
    to_far = {"TargetTable": {**target, "CatalogId": "000000000000:far"}}
    catalog.create_table(Table(database_name="flights", name="away", others=to_far), CLI)
    far.create_table(a_table(b="int"), CLI)

    assert catalog.get_linked_table("flights", "link") == made
    assert catalog.get_linked_table("flights", "days") == made
    assert catalog.get_table("flights", "link").others == {"TargetTable": target}
    with pytest.raises(InvalidInputError, match="of the catalog far"):
        catalog.get_linked_table("flights", "away")
