"""Symlink manifests of Delta tables: as Delta's own generator lays them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import parquet

from gluepot.crawlers.access import Access
from gluepot.crawlers.lakehouse.kinds import LakeKind
from gluepot.crawlers.lakehouse.survey import publish_manifests, survey_delta
from gluepot.crawlers.targets import DeltaTarget
from tests.crawlers.lakehouse.lakes import (
    PROTOCOL,
    columns,
    crawler_of,
    delta_add,
    delta_commit,
    delta_metadata,
    keys,
    lakes_of,
    local,
)

if TYPE_CHECKING:
    from gluepot.crawlers.grouping.found import FoundTable
    from tests.crawlers.conftest import Place

ROWS = pa.table(
    {"id": [1, 2, 3], "city": ["a b", "c/d", None], "day": pa.array([1, 1, 2], pa.int32())}
)


def target_of(place: Place, *, native: bool = False) -> DeltaTarget:
    return DeltaTarget(tables=(f"{place.root}/t",), write_manifest=True, create_native_table=native)


def survey(place: Place, target: DeltaTarget) -> tuple[tuple[FoundTable, ...], list[str]]:
    found = survey_delta(crawler_of(target), target, Access(s3=place.s3))
    return tuple(item.table for item in found.tables), [str(item) for item in found.problems]


def listed(place: Place) -> dict[str, list[str]]:
    """Return what each manifest lists, by its path below the manifests' folder."""
    root = f"{place.root}/t/_symlink_format_manifest/"
    return {
        info.uri.removeprefix(root): place.source.read(info.uri, 0, info.size).decode().split("\n")
        for info in place.source.list(root)
    }


def test_a_plan_writes_nothing_and_the_manifests_list_the_rows_of_now(folder: Place) -> None:
    path = local(folder, "t")
    write_deltalake(path, ROWS, partition_by=["city", "day"])
    write_deltalake(path, ROWS, mode="append")
    target = target_of(folder)

    (table,), problems = survey(folder, target)
    planned = [info.uri for info in folder.source.list(folder.root) if "_symlink_" in info.uri]
    DeltaTable(path).delete("city = 'c/d'")
    assert publish_manifests(target, Access(s3=folder.s3)) == ()

    assert (planned, problems) == ([], [])
    assert (columns(table), keys(table)) == ({"id": "bigint"}, {"city": "string", "day": "int"})
    assert (table.storage, table.compatibility.format) == ("symlink", "parquet")
    assert table.location == f"{folder.root}/t/_symlink_format_manifest/"
    assert [item.values for item in table.partitions] == [
        ("__HIVE_DEFAULT_PARTITION__", "2"),
        ("a b", "1"),
        ("c/d", "1"),
    ]
    assert table.partitions[2].location == f"{table.location}city=c%2Fd/day=1/"
    assert [item.volume.records for item in table.partitions] == [2, 2, 2]
    found = listed(folder)
    assert set(found) == {
        "city=__HIVE_DEFAULT_PARTITION__/day=2/manifest",
        "city=a b/day=1/manifest",
    }
    lines = [line for lines in found.values() for line in lines if line]
    rows = sum(parquet.read_metadata(line.removeprefix("file://")).num_rows for line in lines)
    assert rows == DeltaTable(path).to_pyarrow_table().num_rows == 4


def test_manifests_of_partitions_that_are_no_more_go(folder: Place) -> None:
    path = local(folder, "t")
    write_deltalake(path, ROWS, partition_by=["day"])
    target = target_of(folder)
    publish_manifests(target, Access(s3=folder.s3))
    assert set(listed(folder)) == {"day=1/manifest", "day=2/manifest"}

    DeltaTable(path).delete("day = 2")
    publish_manifests(target, Access(s3=folder.s3))

    assert set(listed(folder)) == {"day=1/manifest"}


def test_manifests_are_those_that_delta_rs_generates(folder: Place) -> None:
    path = local(folder, "t")
    write_deltalake(path, ROWS, partition_by=["city", "day"])
    publish_manifests(target_of(folder), Access(s3=folder.s3))
    ours = lines_of(folder)
    folder.source.delete(
        [info.uri for info in folder.source.list(folder.root) if "_symlink_" in info.uri]
    )

    DeltaTable(path).generate()

    assert ours == lines_of(folder)


def lines_of(place: Place) -> list[str]:
    """Return the paths that all manifests list; delta-rs names their folders in its own way."""
    lines = (line for lines in listed(place).values() for line in lines if line)
    return sorted(line.removeprefix("file://") for line in lines)


def test_a_table_without_partitions_has_one_manifest_even_when_it_is_empty(folder: Place) -> None:
    write_deltalake(local(folder, "t"), ROWS)
    DeltaTable(local(folder, "t")).delete()
    target = target_of(folder, native=True)

    tables, _ = survey(folder, target)
    publish_manifests(target, Access(s3=folder.s3))

    assert [(table.storage, table.partitions) for table in tables] == [
        ("delta", ()),
        ("symlink", ()),
    ]
    assert listed(folder) == {"manifest": [""]}
    # The Delta table stands for its manifests where a whole folder is crawled.
    assert set(lakes_of(folder)) == {(LakeKind.DELTA, "t")}


@pytest.mark.parametrize(
    ("actions", "told"),
    [
        (
            [
                delta_metadata(("id", "long")),
                delta_add(
                    "a", deletionVector={"storageType": "u", "pathOrInlineDv": "x", "offset": 1}
                ),
            ],
            "deletion vectors",
        ),
        ([delta_metadata(("id", "long"), delta_columnMapping_mode="id")], "column mapping"),
        ([delta_metadata(("id", "long"), partition_by=("day",))], "not among its columns"),
        ([delta_metadata(("id", "long")), delta_add("a%0Ab")], "line break"),
    ],
)
def test_a_table_that_manifests_cannot_tell_is_refused_and_stays_native(
    folder: Place, actions: list[object], told: str
) -> None:
    delta_commit(folder, "t", 0, [PROTOCOL, *actions])
    target = target_of(folder, native=True)

    tables, problems = survey(folder, target)
    refused = publish_manifests(target, Access(s3=folder.s3))

    assert "delta" in [table.storage for table in tables]
    assert told in "".join([*problems, *map(str, refused)])
    assert not [info for info in folder.source.list(folder.root) if "_symlink_" in info.uri]


def test_files_that_lie_elsewhere_are_listed_where_they_lie(folder: Place) -> None:
    delta_commit(
        folder,
        "t",
        0,
        [
            PROTOCOL,
            delta_metadata(("id", "long")),
            delta_add("s3://other/a%20b.parquet"),
            delta_add("c"),
        ],
    )

    publish_manifests(target_of(folder), Access(s3=folder.s3))

    assert listed(folder)["manifest"] == [f"{folder.root}/t/c", "s3://other/a b.parquet", ""]
