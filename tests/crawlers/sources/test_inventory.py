"""An inventory gives what a listing gives: the latest versions below the prefix, by any format."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pyarrow as pa
import pytest
from pyarrow import orc, parquet

from gluepot.crawlers.sources.errors import InventoryError, PathNotFoundError
from gluepot.crawlers.sources.inventory import list_inventory
from gluepot.crawlers.sources.objects import ObjectInfo

if TYPE_CHECKING:
    from tests.crawlers.conftest import Place

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
COLUMNS = {
    "bucket": "Bucket",
    "key": "Key",
    "version_id": "VersionId",
    "is_latest": "IsLatest",
    "is_delete_marker": "IsDeleteMarker",
    "size": "Size",
    "last_modified_date": "LastModifiedDate",
    "e_tag": "ETag",
    "storage_class": "StorageClass",
}


def row(key: str, *, latest: bool = True, marker: bool = False, size: int = 3) -> dict[str, Any]:
    return {
        "bucket": "raw",
        "key": key,
        "version_id": "v",
        "is_latest": latest,
        "is_delete_marker": marker,
        "size": None if marker else size,
        "last_modified_date": THEN,
        "e_tag": "abc",
        "storage_class": "GLACIER",
    }


ROWS = [
    row("t/b c+d%é.csv"),
    row("t/a.csv", size=7),
    row("t/a.csv", latest=False),
    row("t/gone.csv", marker=True),
    row("t2/other.csv"),
]


def csv_file(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for item in rows:
        cells = item | {
            "key": quote_plus(item["key"], safe="/"),
            "last_modified_date": "2026-01-02T03:04:05.000Z",
        }
        cells |= {name: str(item[name]).lower() for name in ("is_latest", "is_delete_marker")}
        writer.writerow("" if cells[name] is None else cells[name] for name in COLUMNS)
    return gzip.compress(text.getvalue().encode())


def parquet_file(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def orc_file(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    orc.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


WRITERS = {"CSV": csv_file, "Parquet": parquet_file, "ORC": orc_file}


def inventory(place: Place, format_: str, *files: bytes, **changes: Any) -> str:  # noqa: ANN401
    listed = []
    for number, data in enumerate(files):
        key = f"inventories/raw/all/data/{number}"
        place.put(key, data)
        listed.append({"key": key, "size": len(data), "MD5checksum": "x"})
    manifest = {
        "sourceBucket": "raw",
        "destinationBucket": "arn:aws:s3:::reports",
        "version": "2016-11-30",
        "fileFormat": format_,
        "fileSchema": ", ".join(COLUMNS.values()),
        "files": listed,
    }
    return place.put("inventories/raw/all/2026-01-02/manifest.json", json.dumps(manifest | changes))


@pytest.mark.parametrize("format_", sorted(WRITERS))
def test_an_inventory_gives_the_latest_objects_below_the_prefix(place: Place, format_: str) -> None:
    write = WRITERS[format_]
    uri = inventory(place, format_, write(ROWS), write([row("t/z.csv")]))

    pages = list(list_inventory(uri, "s3://raw/t", place.source))

    assert pages == [
        [
            ObjectInfo("s3://raw/t/a.csv", 7, THEN, "abc", "GLACIER"),
            ObjectInfo("s3://raw/t/b c+d%é.csv", 3, THEN, "abc", "GLACIER"),
        ],
        [ObjectInfo("s3://raw/t/z.csv", 3, THEN, "abc", "GLACIER")],
    ]


@pytest.mark.parametrize("format_", sorted(WRITERS))
def test_a_long_inventory_comes_in_pages(folder: Place, format_: str) -> None:
    rows = [row(f"t/{number:05}") for number in range(2_500)]
    uri = inventory(folder, format_, WRITERS[format_](rows))

    pages = list(list_inventory(uri, "s3://raw", folder.source))

    assert [len(page) for page in pages] == [1_000, 1_000, 500]
    assert [info.uri for page in pages for info in page] == [
        f"s3://raw/{item['key']}" for item in rows
    ]


def test_one_object_is_found_by_its_whole_key(folder: Place) -> None:
    uri = inventory(folder, "CSV", csv_file(ROWS))

    found = list(list_inventory(uri, "s3://raw/t/a.csv", folder.source))

    assert [[info.uri for info in page] for page in found] == [["s3://raw/t/a.csv"]]


def test_an_inventory_of_another_bucket_is_named(folder: Place) -> None:
    uri = inventory(folder, "CSV", csv_file(ROWS))

    with pytest.raises(InventoryError, match="of bucket raw, not of cooked"):
        list(list_inventory(uri, "s3://cooked/t", folder.source))


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (b"not json", "not the manifest"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"files": 3}', "fileFormat"),
        (b'{"fileFormat": "CSV", "sourceBucket": "raw", "files": [1]}', "not the manifest"),
        (b'{"fileFormat": "TEXT", "sourceBucket": "raw", "files": []}', "CSV, ORC, Parquet"),
        (
            b'{"fileFormat": "CSV", "sourceBucket": "raw", "files": [{"key": "../x", "size": 1}]}',
            "outside",
        ),
    ],
)
def test_what_is_no_manifest_is_named(folder: Place, manifest: bytes, reason: str) -> None:
    uri = folder.put("manifest.json", manifest)

    with pytest.raises(InventoryError, match=reason):
        list(list_inventory(uri, "s3://raw/t", folder.source))


@pytest.mark.parametrize(
    ("format_", "data", "reason"),
    [
        ("CSV", csv_file(ROWS)[:-9], "ends early"),
        ("CSV", b"\x1f\x8bxx", "damaged"),
        ("CSV", gzip.compress(b'"raw","t/a"\n', mtime=0), "line 1 is damaged"),
        ("CSV", gzip.compress(b"x" * 100_000, mtime=0), "line of more than"),
        ("Parquet", parquet_file(ROWS)[:-9], "damaged"),
        ("ORC", orc_file(ROWS)[:-9], "damaged"),
        ("Parquet", parquet_file([{"key": "t/a"}]), "lacks the columns size, last_modified_date"),
    ],
)
def test_a_damaged_file_of_an_inventory_is_named(
    folder: Place, format_: str, data: bytes, reason: str
) -> None:
    uri = inventory(folder, format_, data)

    with pytest.raises(InventoryError, match=reason):
        list(list_inventory(uri, "s3://raw/t", folder.source))


def test_a_csv_inventory_without_a_needed_column_is_named(folder: Place) -> None:
    uri = inventory(folder, "CSV", csv_file(ROWS), fileSchema="Bucket, Key")

    with pytest.raises(InventoryError, match="lacks the columns Size, LastModifiedDate"):
        list(list_inventory(uri, "s3://raw/t", folder.source))


def test_a_file_that_is_not_there_is_named(place: Place) -> None:
    uri = inventory(place, "CSV", files=[{"key": "inventories/none", "size": 5}])

    with pytest.raises(PathNotFoundError, match="inventories/none"):
        list(list_inventory(uri, "s3://raw/t", place.source))
