"""A crawl goes by what the last one saw, and looks again at whatever is not as it was."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from gluepot.catalog.errors import StorageError
from gluepot.catalog.types import BIGINT, STRING, Array, Field, Struct
from gluepot.crawlers.access import Access
from gluepot.crawlers.classifiers.base import FileSchema, FoundColumn
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.grouping.folder_readings import FolderReading, Unread
from gluepot.crawlers.lots import FileResult
from gluepot.crawlers.memory.folders import pack, unpack
from gluepot.crawlers.model import CrawlState
from gluepot.crawlers.sources.files import LocalFiles

if TYPE_CHECKING:
    from tests.crawlers.conftest import Desk, Place

CSV = "id,amount\n1,2.5\n2,3.5\n"


def parquet_bytes(**columns: list[Any]) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def fill(place: Place) -> None:
    for day in range(1, 4):
        place.put(f"events/day={day}/a.parquet", parquet_bytes(id=[day], word=["x"], u=[1], v=[2]))
        place.put(f"sales/day={day}/a.csv", CSV)


def test_a_crawl_of_unchanged_data_reads_nothing_and_says_what_it_said(
    desk: Desk, place: Place
) -> None:
    fill(place)
    first = desk.crawl(place)

    second = desk.crawl(place)

    assert second.state is CrawlState.SUCCEEDED
    assert (first.summary["objects_read"], second.summary["objects_read"]) == (6, 0)
    assert second.summary["bytes_read"] == 0
    assert second.summary["objects"] == 6
    assert [table.name for table in second.tables] == ["events", "sales"]
    assert [table.columns for table in second.tables] == [table.columns for table in first.tables]
    assert second.warnings == first.warnings


def test_only_folders_that_changed_are_read_again(desk: Desk, place: Place) -> None:
    fill(place)
    desk.crawl(place)
    late = parquet_bytes(id=[7], word=["y"], u=[1], v=[2], late=[True])
    place.put("events/day=3/b.parquet", late)
    place.put("events/day=4/a.parquet", parquet_bytes(id=[8], word=["y"], u=[1], v=[2]))

    crawl = desk.crawl(place)

    assert crawl.summary["objects_read"] == 3
    # Each partition takes over the column that is new in one of them.
    assert (crawl.summary["partitions_added"], crawl.summary["partitions_changed"]) == (1, 3)
    assert list(desk.columns("events")) == ["id", "word", "u", "v", "late"]
    assert sorted(desk.values("events")) == [("1",), ("2",), ("3",), ("4",)]


def test_what_is_remembered_gives_the_table_that_a_fresh_look_gives(
    desk: Desk, folder: Place
) -> None:
    fill(folder)
    desk.crawl(folder)
    folder.put("sales/day=4/a.csv", "id,amount\n1,none\n2,3\n")
    folder.put("events/day=9/a.parquet", parquet_bytes(id=["text"], word=["x"], u=[1], v=[2]))
    remembered = desk.crawl(folder)

    desk.crawlers.memories.forget("c")
    fresh = desk.crawl(folder)

    assert fresh.summary["objects_read"] == 8
    assert [table.change for table in fresh.tables] == ["NONE", "NONE"]
    assert [table.columns for table in fresh.tables] == [
        table.columns for table in remembered.tables
    ]
    assert fresh.warnings == remembered.warnings


@pytest.mark.parametrize("undo", ["table", "partition added", "partition gone", "partition"])
def test_what_others_did_to_the_catalog_is_mended_though_the_data_is_unchanged(
    any_desk: Desk, folder: Place, undo: str
) -> None:
    fill(folder)
    any_desk.crawl(folder)
    partitions = any_desk.catalog.partitions
    known = list(partitions.list("db", "events"))
    if undo == "table":
        any_desk.catalog.delete_table("db", "events")
    elif undo == "partition gone":
        partitions.delete("db", "events", [known[0].values])
    elif undo == "partition":
        partitions.update("db", "events", [replace(known[0], storage_descriptor=None)])
    else:
        storage = known[0].storage_descriptor
        assert storage is not None
        gone = replace(storage, location=f"{folder.root}/events/day=77/")
        partitions.create(
            "db", "events", [replace(known[0], values=("77",), storage_descriptor=gone)]
        )

    any_desk.crawl(folder, delete_behavior="DELETE_FROM_DATABASE")

    assert sorted(any_desk.values("events")) == [("1",), ("2",), ("3",)]
    assert all(item.storage_descriptor for item in partitions.list("db", "events"))


def test_another_definition_of_the_crawler_is_planned_anew_and_reads_nothing(
    desk: Desk, folder: Place
) -> None:
    fill(folder)
    desk.crawl(folder)

    crawl = desk.crawl(folder, table_prefix="p_")

    assert crawl.summary["objects_read"] == 0
    # A table keeps the name under which it is known.
    assert desk.tables() == ["events", "sales"]


def test_exclusions_are_part_of_what_is_remembered(desk: Desk, folder: Place) -> None:
    fill(folder)
    desk.crawl(folder)

    crawl = desk.crawl(folder, exclusions=("sales/**",))

    assert crawl.summary["objects"] == 3
    assert [table.change for table in crawl.tables] == ["UPDATE", "DEPRECATE"]


def test_a_file_that_the_store_did_not_give_is_asked_for_again(
    desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)
    read = LocalFiles.read

    def failing(self: LocalFiles, uri: str, start: int, length: int) -> bytes:
        if "day=2/a.csv" in uri:
            raise StorageError(f"{uri} is away")
        return read(self, uri, start, length)

    with monkeypatch.context() as patched:
        patched.setattr(LocalFiles, "read", failing)
        first = desk.crawl(folder)

    second = desk.crawl(folder)

    assert any("day=2/a.csv" in text for text in first.warnings)
    assert not any("day=2/a.csv" in text for text in second.warnings)
    assert sorted(desk.values("sales")) == [("1",), ("2",), ("3",)]


def test_a_crawl_of_unchanged_data_may_be_stopped(desk: Desk, folder: Place) -> None:
    fill(folder)
    desk.crawl(folder)

    crawl = run_crawl(
        desk.crawler(folder),
        catalog=desk.catalog,
        access=Access(s3=folder.s3),
        store=desk.crawlers,
        clock=desk.clock,
        stopped=lambda: True,
    )

    assert (crawl.state, crawl.error) == (CrawlState.CANCELLED, None)


def test_a_plan_goes_by_what_the_last_crawl_saw_when_it_is_asked_to(
    desk: Desk, folder: Place
) -> None:
    fill(folder)
    desk.crawl(folder)

    plan = desk.plan(folder, remember=True)

    assert not plan.pending
    assert plan.summary["objects_read"] == 0


NAMES = st.text(min_size=1, max_size=8).filter(lambda text: text.isprintable())
SCHEMAS = st.builds(
    lambda name, nested, warning: FileSchema(
        format="json",
        codec="gzip",
        columns=(
            FoundColumn(name=name, type=BIGINT, reason="seen"),
            FoundColumn(name="n", type=Array(Struct((Field(nested, STRING),))), reason=""),
        ),
        records=3,
        warnings=(warning,),
        traits=(("encoding", "UTF-16"),),
        parameters={"jsonPath": "$[*]"},
        serde_parameters={"a": "b"},
    ),
    NAMES,
    st.from_regex("[A-Za-z_]{1,8}", fullmatch=True),
    NAMES,
)
RESULTS = st.builds(
    FileResult,
    NAMES,
    st.integers(0, 2**50),
    st.integers(0, 2**40),
    st.none() | SCHEMAS,
    st.none() | NAMES,
    st.lists(NAMES, max_size=2).map(tuple),
)
READINGS = st.builds(
    lambda digest, results, unread: FolderReading(digest=digest, results=results, unread=unread),
    st.binary(min_size=16, max_size=16),
    st.lists(RESULTS, max_size=3),
    st.lists(st.builds(Unread, NAMES, st.integers(1, 9), st.integers(0, 99)), max_size=2).map(
        tuple
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, READINGS, max_size=3))
def test_what_is_packed_comes_back(folders: dict[str, FolderReading]) -> None:
    assert unpack(pack(folders, ["lake"])) == (folders, ("lake",))
