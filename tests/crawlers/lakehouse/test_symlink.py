"""Symlink manifests: what they list tells the columns, where they lie tells the partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import parquet

from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.kinds import LakeKind
from tests.crawlers.lakehouse.lakes import columns, keys, local, read

if TYPE_CHECKING:
    from tests.crawlers.conftest import Place


def put_data(place: Place, name: str, table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return place.put(name, sink.getvalue().to_pybytes())


def put_manifest(place: Place, path: str, *lines: str) -> str:
    return place.put(f"t/_symlink_format_manifest/{path}", "".join(f"{line}\n" for line in lines))


def test_manifests_in_folders_make_a_table_with_partitions(folder: Place) -> None:
    one = put_data(folder, "t/data/a.parquet", pa.table({"Id": [1, 2]}))
    two = put_data(folder, "t/data/b.parquet", pa.table({"Id": [3, 4], "x": ["a", "b"]}))
    put_manifest(folder, "day=1/manifest", one)
    put_manifest(folder, "day=2/manifest", two, "")

    table = read(folder, LakeKind.SYMLINK, "t")

    assert (columns(table), keys(table)) == ({"id": "bigint", "x": "string"}, {"day": "int"})
    assert table.location == f"{folder.root}/t/_symlink_format_manifest/"
    assert (table.storage, table.compatibility.format, table.folder) == ("symlink", "parquet", "t")
    assert [(item.values, item.location) for item in table.partitions] == [
        (("1",), f"{table.location}day=1/"),
        (("2",), f"{table.location}day=2/"),
    ]
    assert (table.volume.objects, table.volume.objects_read, table.volume.records) == (2, 2, 4)


def test_manifests_that_delta_rs_wrote_are_read_like_those_of_a_folder(folder: Place) -> None:
    path = local(folder, "t")
    write_deltalake(path, pa.table({"id": [1, 2, 3]}))
    DeltaTable(path).generate()
    folder.source.delete([f"{folder.root}/t/_delta_log/{0:020}.json"])

    table = read(folder, LakeKind.SYMLINK, "t")

    assert (columns(table), table.partitions) == ({"id": "bigint"}, ())
    assert table.volume.records == 3


def test_files_away_from_the_table_are_named_and_not_read(folder: Place) -> None:
    near = put_data(folder, "t/a.parquet", pa.table({"id": [1]}))
    far = put_data(folder, "elsewhere/b.parquet", pa.table({"secret": [1]}))
    climbing = f"{folder.root}/t/../elsewhere/b.parquet"
    put_manifest(folder, "manifest", near, far, climbing, "s3://other/c.parquet")

    table = read(folder, LakeKind.SYMLINK, "t")

    assert columns(table) == {"id": "bigint"}
    assert any(far in text and "s3://other/c.parquet" in text for text in table.warnings)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["a,b,c"], "line 1 is no URI"),
        (["s3://b/" + "x" * 10_000], "line 1 is no URI"),
        (["gopher://b/x"], "cannot be read"),
        ([], "no file that may be read"),
        (["s3://other/c.parquet"], "no file that may be read"),
    ],
)
def test_a_manifest_that_lists_nothing_readable_is_refused(
    folder: Place, lines: list[str], told: str
) -> None:
    put_manifest(folder, "manifest", *lines)

    with pytest.raises(LakeTableError, match=told) as caught:
        read(folder, LakeKind.SYMLINK, "t")

    assert caught.value.uri.startswith(f"{folder.root}/t/_symlink_format_manifest/")


def test_a_listed_file_that_is_gone_or_no_parquet_is_named(folder: Place) -> None:
    gone = f"{folder.root}/t/gone.parquet"
    put_manifest(folder, "manifest", gone)

    with pytest.raises(LakeTableError) as missing:
        read(folder, LakeKind.SYMLINK, "t")
    folder.source.write(gone, b"now it is here, but text")
    with pytest.raises(LakeTableError, match="no Parquet") as text:
        read(folder, LakeKind.SYMLINK, "t")

    assert missing.value.uri == text.value.uri == gone


def test_manifests_at_different_depths_are_no_one_table(folder: Place) -> None:
    data = put_data(folder, "t/a.parquet", pa.table({"id": [1]}))
    put_manifest(folder, "manifest", data)
    put_manifest(folder, "day=1/manifest", data)

    with pytest.raises(LakeTableError, match="different depths"):
        read(folder, LakeKind.SYMLINK, "t")
