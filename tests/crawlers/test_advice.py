"""A crawl names what makes a table slow to read, or its files unlike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.grouping.advice import advise
from gluepot.crawlers.grouping.found import FoundPartition, Volume
from tests.crawlers.test_memory import parquet_bytes

if TYPE_CHECKING:
    from tests.crawlers.conftest import Desk, Place

MIB = 2**20


def volume(objects: int, size: int) -> Volume:
    return Volume(objects=objects, objects_read=objects, size_bytes=size, records=1)


def partitions(*sizes: int) -> list[FoundPartition]:
    return [
        FoundPartition(values=(str(i),), location=f"file:///t/{i}/", volume=volume(1, size))
        for i, size in enumerate(sizes)
    ]


def test_many_small_files_are_named_and_few_are_not() -> None:
    (told,) = advise(volume(100, 100 * 2048), [], [])

    assert "100 files of 2 KiB on average are small" in told
    assert list(advise(volume(99, 99 * 2048), [], [])) == []
    assert list(advise(volume(100, 100 * MIB), [], [])) == []


def test_a_partition_far_larger_than_the_others_is_named() -> None:
    (told,) = advise(volume(10, 5000 * MIB), partitions(*[MIB] * 10, 100 * MIB), [])

    assert "partition 10 has 100 MiB, 100 times the median" in told
    assert list(advise(volume(10, 5000 * MIB), partitions(*[8 * MIB] * 10, 100 * MIB), [])) == []


def test_columns_that_some_files_lack_are_named_with_a_file_of_each_kind(
    desk: Desk, folder: Place
) -> None:
    folder.put("t/a.parquet", parquet_bytes(a=[1], b=[1], c=[1], d=[1]))
    folder.put("t/b.parquet", parquet_bytes(a=[1], b=[1], c=[1], d=[1], e=[1]))

    crawl = desk.crawl(folder)

    (told,) = crawl.warnings
    assert told.startswith("not every file has the columns e: e is in 1 of 2 files read")
    assert told.endswith("such as t/b.parquet, and not in t/a.parquet")
