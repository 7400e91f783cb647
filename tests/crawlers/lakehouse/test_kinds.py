from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.lakehouse.kinds import MARKERS, LakeKind, collect_lakes, marker_of
from gluepot.crawlers.sources.objects import ObjectInfo


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b/_delta_log/00000000000000000012.json", (LakeKind.DELTA, "a/b")),
        ("_delta_log/00000000000000000012.checkpoint.parquet", (LakeKind.DELTA, "")),
        ("t/_delta_log/_last_checkpoint", (LakeKind.DELTA, "t")),
        ("t/_delta_log/_sidecars/x.parquet", (LakeKind.DELTA, "t")),
        ("t/_delta_log/00000000000000000012.crc", None),
        ("my_delta_log/00000000000000000012.json", None),
        ("db/t/metadata/00001-aa.metadata.json", (LakeKind.ICEBERG, "db/t")),
        ("db/t/metadata/v3.gz.metadata.json", (LakeKind.ICEBERG, "db/t")),
        ("metadata/version-hint.text", (LakeKind.ICEBERG, "")),
        ("metadata/t/metadata/v1.metadata.json", (LakeKind.ICEBERG, "metadata/t")),
        ("db/t/metadata/snap-1.avro", None),
        ("db/t/metadata/prices.metadata.json", None),
        ("db/t/other/00001-aa.metadata.json", None),
        ("t/.hoodie/hoodie.properties", (LakeKind.HUDI, "t")),
        ("t/.hoodie/20240101000000000.commit", (LakeKind.HUDI, "t")),
        (
            "t/.hoodie/timeline/20240101000000000_20240101000001000.deltacommit",
            (LakeKind.HUDI, "t"),
        ),
        ("t/.hoodie/metadata/.hoodie/hoodie.properties", None),
        ("t/city=x/.hoodie_partition_metadata", (LakeKind.HUDI, "t/city=x")),
        ("t/_symlink_format_manifest/day=1/manifest", (LakeKind.SYMLINK, "t")),
        ("t/_symlink_manifest/manifest", (LakeKind.SYMLINK, "t")),
        ("t/part-0.parquet", None),
    ],
)
def test_a_key_tells_the_format_and_the_folder_of_its_table(
    path: str, expected: tuple[LakeKind, str] | None
) -> None:
    assert marker_of(path) == expected
    assert expected is None or any(mark in path for mark in MARKERS)


@given(
    st.lists(st.sampled_from(["a", "metadata", "_delta_log", ".hoodie", "x.json", ""]), max_size=6)
)
def test_a_table_lies_above_its_metadata(parts: list[str]) -> None:
    path = "/".join(parts)

    marker = marker_of(path)

    assert marker is None or path.startswith(marker[1])


def test_derived_metadata_and_marks_of_partitions_make_no_table_of_their_own() -> None:
    paths = [
        "t/_delta_log/00000000000000000000.json",
        "t/metadata/v1.metadata.json",
        "t/_symlink_format_manifest/manifest",
        "h/.hoodie/hoodie.properties",
        "h/2024/01/.hoodie_partition_metadata",
        "lost/.hoodie_partition_metadata",
    ]
    marked = [
        (*marker, ObjectInfo(uri=f"s3://b/{path}", size=1, modified=datetime.now(UTC)))
        for path in paths
        if (marker := marker_of(path)) is not None
    ]

    found = collect_lakes(marked)

    assert {key: len(infos) for key, infos in found.items()} == {
        (LakeKind.DELTA, "t"): 1,
        (LakeKind.HUDI, "h"): 2,
    }
