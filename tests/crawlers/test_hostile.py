"""One crawl over everything that is made to hurt: it ends in bounds, and names all of it.

The crawl runs in a process of its own, so that what it takes is its own, and it can be ended.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.crawlers.conftest import Desk, Place, new_bucket
from tests.crawlers.crawl_process import crawl_in_process
from tests.crawlers.hostile_files import MIB, good_parquet, hostile_files, write_huge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.crawlers.sources.config import S3Config
    from tests.crawlers.crawl_process import Told

CSV = "id,name\n1,a\n2,b\n"
MOST_MEMORY = 700 * MIB
WATCHDOG_SECONDS = 120

GOOD = {
    "good_csv/a.csv": CSV.encode(),
    "good_json/day=1/a.json": b'{"id": 1}\n{"id": 2}\n',
    "good_parquet/a.parquet": good_parquet(),
}
READ_IN_BOUNDS = {
    # A quote that nobody closes is a character as others are.
    "csv_quote",
    # Entities stay as they are written, which a warning says.
    "xml_laughs",
    "xml_outside",
}

NAMES = (
    "new\nline",
    "tab\there",
    "emoji \N{PILE OF POO}",
    "percent%2Fslash",
    "percent%%%",
    " spaces ",
    "quote'\"`;--",
    "back\\slash",
    "*?[x]",
    "right \N{RIGHT-TO-LEFT OVERRIDE} left",
    "=value",
    "key=",
    "a=b=c",
    "...",
    "nbsp\N{NO-BREAK SPACE}",
    "e\N{COMBINING ACUTE ACCENT}",
    "metadata",
    "x" * 200,
)
CONTROLS = ("bell\x07", "escape\x1b[31m", "delete\x7f")
"""What the XML of a listing cannot hold, unless the store can be asked to escape it."""

LONG = 900
ODD_KEYS = (
    "../up/a.csv",
    "a/../b/a.csv",
    "./here/a.csv",
    "two//slashes/a.csv",
    "/lead/a.csv",
    f"{'n' * LONG}/a.csv",
    f"long/k={'v' * LONG}/a.csv",
)


@pytest.fixture(scope="module")
def hostile() -> dict[str, bytes]:
    return hostile_files()


def put_all(place: Place, files: dict[str, bytes]) -> None:
    for name, data in (files | GOOD).items():
        place.put(name, data)


def check_told(told: Told, place: Place, expected: set[str]) -> None:
    """Check what every crawl over hostile files has to tell."""
    assert told.state == "SUCCEEDED", told.error
    assert set(told.tables) == {name.partition("/")[0] for name in GOOD} | READ_IN_BOUNDS
    named = {uri.removeprefix(f"{place.root}/") for uri in told.problems}
    assert {name for name in expected if name.partition("/")[0] not in READ_IN_BOUNDS} == named
    for name in ("xml_laughs", "xml_outside"):
        assert any(name in text and "not replaced" in text for text in told.warnings)
    assert "which is a defect" not in str(told.problems)
    assert "Traceback" not in told.stderr
    assert "root:" not in json.dumps(told.warnings)
    assert told.memory < MOST_MEMORY, f"{told.memory:,} bytes"


def test_hostile_files_of_a_folder_are_named_in_bounds(
    folder: Place, sqlite_catalog: str, hostile: dict[str, bytes]
) -> None:
    put_all(folder, hostile)
    root = Path(folder.root.removeprefix("file://"))
    huge = write_huge(root)
    (root / "no_log" / "_delta_log").mkdir(parents=True)
    (root / "loop").symlink_to(root)
    (root / "nowhere").symlink_to("/nowhere/at/all")
    os.mkfifo(root / "pipe")
    try:
        told = crawl_in_process(sqlite_catalog, folder, seconds=WATCHDOG_SECONDS)
    finally:
        for path in huge.values():
            path.unlink()

    check_told(told, folder, {*hostile, *huge})


def test_hostile_objects_of_an_s3_are_named_in_bounds(
    versitygw_s3: S3Config, sqlite_catalog: str, hostile: dict[str, bytes]
) -> None:
    place = new_bucket(versitygw_s3)
    put_all(place, hostile)

    told = crawl_in_process(sqlite_catalog, place, seconds=WATCHDOG_SECONDS)

    check_told(told, place, set(hostile))


def values_of(desk: Desk, database: str = "db") -> set[str]:
    """Return what the folders of ``t`` are called, each a value of a partition."""
    return {item.values[0] for item in desk.catalog.partitions.list(database, "t")}


def read_as(names: Iterable[str]) -> set[str]:
    """Return what folders of these names are as values; one that begins with a dot is hidden."""
    return {unquote(name) for name in names if not name.startswith(".")}


def test_a_folder_may_be_called_anything_that_a_disk_takes(desk: Desk, folder: Place) -> None:
    for name in (*NAMES, *CONTROLS):
        folder.put(f"t/{name}/a.csv", CSV)
    lost = os.fsencode(folder.root.removeprefix("file://")) + b"/t/\xff\xfe"
    os.mkdir(lost)  # noqa: PTH102 - a name that is no text
    Path(os.fsdecode(lost), "a.csv").write_text(CSV)

    crawl = desk.crawl(folder)
    again = desk.crawl(folder)

    assert crawl.state == again.state == "SUCCEEDED", crawl.error
    assert values_of(desk) == read_as((*NAMES, *CONTROLS))
    assert desk.versions("t") == ["0"]
    (problem,) = crawl.warnings
    assert "\N{REPLACEMENT CHARACTER}" in problem


def test_a_key_may_be_anything_that_an_s3_takes(
    desk: Desk, moto_s3: S3Config, versitygw_s3: S3Config
) -> None:
    # moto does not take line breaks, and versitygw lists no control characters.
    for s3, names in ((moto_s3, (*NAMES[1:], *CONTROLS)), (versitygw_s3, NAMES)):
        place = new_bucket(s3)
        for name in names:
            place.put(f"t/{name}/a.csv", CSV)

        crawl = desk.crawl(place, database=place.root[-9:])

        assert (crawl.state, crawl.warnings) == ("SUCCEEDED", ()), crawl.error
        assert values_of(desk, place.root[-9:]) == read_as(names)


def test_keys_of_dots_and_slashes_are_crawled(desk: Desk, moto_s3: S3Config) -> None:
    place = new_bucket(moto_s3)
    for key in ODD_KEYS:
        place.put(key, CSV)

    crawl = desk.crawl(place)

    assert crawl.state == "SUCCEEDED", crawl.error
    assert {item.location.removeprefix(f"{place.root}/") for item in crawl.tables} == {
        "/lead/",
        "long/",
        f"{'n' * LONG}/",
        "two//slashes/",
    }
    assert desk.values("long") == [("v" * LONG,)]
    assert crawl.summary["objects_skipped"] == {"hidden": 3}
