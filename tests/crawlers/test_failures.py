"""What goes wrong is named, the rest goes on, and a crawl that found nothing changes nothing."""

from __future__ import annotations

import dataclasses
import gzip
import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from gluepot.catalog.errors import GluepotError, InvalidInputError, StorageError
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import plan_crawl
from gluepot.crawlers.listing import list_target
from gluepot.crawlers.model import CrawlState, crawler_from_json
from gluepot.crawlers.planning.apply import apply_change
from gluepot.crawlers.survey import NothingFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.planning.plan import TableChange
    from gluepot.crawlers.sources.config import S3Config
    from tests.crawlers.conftest import Desk, Place

CSV = "id,name\n1,a\n2,b\n"


def good_parquet() -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"n": [1, 2, 3]}), buffer)
    return buffer.getvalue()


DAMAGED: dict[str, tuple[str, bytes, str]] = {
    "truncated footer": ("bad.parquet", good_parquet()[:-10], "footer is cut off"),
    "footer too long": (
        "bad.parquet",
        good_parquet()[:-8] + b"\xff\xff\xff\x7fPAR1",
        "claims 2,147,483,647 bytes",
    ),
    "header only": ("bad.csv", b"color,weight\n", "one row only"),
    "gzip ends early": ("bad.csv.gz", gzip.compress(CSV.encode() * 50)[:-30], "gzip data ends"),
    "no encoding": (
        "bad.csv",
        b"id,name\n1,Z\xc3\xa9\n2,\xff\xfe\x81\x8d\n",
        "it is not UTF-8 (byte 0xff on line 3), and 2 of 21 bytes are controls",
    ),
    "broken json": (
        "bad.json",
        b'{"a": 1\n{"b"\n',
        "json: the value that begins on line 1 cannot be read: Expecting ',' delimiter on line 2",
    ),
    "not data": ("bad.txt", b"just words\nand more\n", "no classifier takes it"),
    "zstd": ("bad.csv.zst", b"\x28\xb5\x2f\xfd....", "zstd data is damaged"),
}


@pytest.mark.parametrize("case", sorted(DAMAGED))
def test_a_damaged_file_is_named_and_the_rest_goes_on(desk: Desk, folder: Place, case: str) -> None:
    name, data, reason = DAMAGED[case]
    folder.put("good/a.csv", CSV)
    uri = folder.put(f"other/{name}", data)

    crawl = desk.crawl(folder)

    assert crawl.state is CrawlState.SUCCEEDED
    assert desk.tables() == ["good"]
    assert crawl.summary["objects_unreadable"] == 1
    assert crawl.warnings[0].startswith(f"{uri} is in no table")
    assert reason in crawl.warnings[0]


@pytest.mark.parametrize("case", sorted(DAMAGED))
def test_a_crawl_that_could_read_nothing_fails_with_the_reason_and_changes_nothing(
    desk: Desk, folder: Place, case: str
) -> None:
    name, data, reason = DAMAGED[case]
    uri = folder.put(f"t/{name}", data)

    crawl = desk.crawl(folder)

    assert crawl.state is CrawlState.FAILED
    assert uri in str(crawl.error)
    assert reason in str(crawl.error)
    assert list(desk.catalog.list_databases()) == []


@pytest.mark.parametrize("case", ["truncated footer", "gzip ends early", "broken json"])
def test_damage_is_named_over_s3_as_well(desk: Desk, place: Place, case: str) -> None:
    name, data, reason = DAMAGED[case]
    place.put("good/a.csv", CSV)
    uri = place.put(f"other/{name}", data)

    crawl = desk.crawl(place)

    assert crawl.state is CrawlState.SUCCEEDED, crawl.error
    assert f"{uri} is in no table" in crawl.warnings[0]
    assert reason in crawl.warnings[0]


def test_ragged_rows_are_reported_with_file_and_line(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", "id,name\n1,a\n2\n3,c\n4,d\n")

    crawl = desk.crawl(folder)

    assert desk.columns("t") == {"id": "bigint", "name": "string"}
    assert "t/a.csv: 1 of 5 rows do not have 2 cells: line 3 has 1 cells" in crawl.warnings


def test_bytes_that_are_no_utf_8_are_read_as_western_text(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", "id,name\n1,Zo\xeb\n2,Ren\xe9\n".encode("latin-1"))

    desk.crawl(folder)

    table = desk.catalog.get_table("db", "t")
    assert table.storage_descriptor is not None
    serde = table.storage_descriptor.serde_info
    assert serde is not None
    assert dict(serde.parameters or {})["serialization.encoding"] == "ISO-8859-1"
    assert desk.columns("t") == {"id": "bigint", "name": "string"}


def test_a_broken_json_line_is_reported_with_file_and_line(desk: Desk, folder: Place) -> None:
    folder.put("t/a.json", '{"a": 1}\n{"a": }\n{"a": 3}\n')

    crawl = desk.crawl(folder)

    assert desk.columns("t") == {"a": "int"}
    assert any("t/a.json: line 2 is not a JSON object" in text for text in crawl.warnings)


def test_a_header_alone_counts_as_empty_where_siblings_have_the_same_header(
    desk: Desk, folder: Place
) -> None:
    folder.put("t/day=1/a.csv", CSV)
    folder.put("t/day=2/a.csv", "id,name\n")

    crawl = desk.crawl(folder)

    assert crawl.warnings == ()
    assert desk.columns("t") == {"id": "bigint", "name": "string"}
    assert len(desk.values("t")) == 2


def test_a_header_that_one_file_cannot_prove_is_proved_by_two(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", "north,south\nred,blue\ngreen,white\n")
    folder.put("t/b.csv", "north,south\nblack,pink\nviolet,red\n")

    desk.crawl(folder)

    assert desk.columns("t") == {"north": "string", "south": "string"}


def test_an_empty_prefix_fails_and_changes_nothing(desk: Desk, place: Place) -> None:
    place.put("elsewhere/a.csv", CSV)
    place.put("t/_SUCCESS", "x")

    crawl = desk.crawl(place, uri=f"{place.root}/t")

    assert crawl.state is CrawlState.FAILED
    assert "1 hidden" in str(crawl.error)
    assert desk.tables() == []


def test_an_empty_prefix_leaves_what_an_earlier_crawl_found(desk: Desk, folder: Place) -> None:
    uri = folder.put("t/a.csv", CSV)
    desk.crawl(folder)
    folder.source.delete([uri])

    crawl = desk.crawl(folder)

    assert crawl.state is CrawlState.FAILED
    assert "There is nothing below" in str(crawl.error)
    assert desk.versions("t") == ["0"]


def test_a_missing_bucket_fails_by_name(desk: Desk, folder: Place, s3: S3Config) -> None:
    lost = dataclasses.replace(folder, s3=s3, root="s3://no-such-bucket")

    crawl = desk.crawl(lost)

    assert crawl.state is CrawlState.FAILED
    assert "Bucket no-such-bucket does not exist" in str(crawl.error)


def test_wrong_credentials_fail_without_being_shown(desk: Desk, versitygw_s3: S3Config) -> None:
    wrong = dataclasses.replace(versitygw_s3, secret_access_key="very-secret")  # noqa: S106
    crawler = crawler_from_json({"name": "c", "database": "db", "targets": ["s3://any/raw"]})

    with pytest.raises(StorageError, match="refused") as caught:
        plan_crawl(crawler, desk.catalog, Access(s3=wrong), desk.clock)

    assert "very-secret" not in str(caught.value)


def test_a_missing_folder_fails_by_name(desk: Desk, folder: Place) -> None:
    crawl = desk.crawl(folder, uri=f"{folder.root}/nothing")

    assert crawl.state is CrawlState.FAILED
    assert f"{folder.root}/nothing does not exist" in str(crawl.error)


def test_one_bad_target_stops_the_crawl_before_any_change(desk: Desk, folder: Place) -> None:
    folder.put("t/a.csv", CSV)
    targets = [f"{folder.root}/t", f"{folder.root}/nothing"]
    crawler = crawler_from_json({"name": "c", "database": "db", "targets": targets})

    with pytest.raises(StorageError, match="nothing"):
        plan_crawl(crawler, desk.catalog, Access(s3=folder.s3), desk.clock)

    assert desk.tables() == []


def test_an_object_that_vanishes_after_the_listing_is_named(
    desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("good/a.csv", CSV)
    gone = folder.put("other/b.csv", CSV)
    _delete_after_listing(monkeypatch, folder, gone)

    crawl = desk.crawl(folder)

    assert desk.tables() == ["good"]
    assert f"{gone} is in no table" in crawl.warnings[0]
    assert "could not be read" in crawl.warnings[0]


def test_a_table_is_written_whole_or_not_at_all(
    any_desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2):
        folder.put(f"t/day={day}/a.csv", CSV)
    monkeypatch.setattr(
        "gluepot.catalog.partitions.PartitionStore.create_inputs", _raising(GluepotError("lost"))
    )

    crawl = any_desk.crawl(folder)

    assert (crawl.state, crawl.error) == (CrawlState.FAILED, "lost")
    assert any_desk.tables() == []
    assert any_desk.crawlers.get_crawl(crawl.id) == crawl


def test_an_unforeseen_error_ends_the_crawl_as_failed(
    desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder.put("t/a.csv", CSV)
    monkeypatch.setattr("gluepot.crawlers.crawl.plan_changes", _raising(KeyError("bug")))

    crawl = desk.crawl(folder)

    assert (crawl.state, crawl.error) == (CrawlState.FAILED, "KeyError: 'bug'")
    assert [record.__dict__["action"] for record in caplog.records] == ["crawl_failed"]


def test_a_lake_table_that_we_fail_at_is_said_and_the_rest_goes_on(
    desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("t/a.csv", CSV)
    folder.put("lake/_delta_log/00000000000000000000.json", "{}")
    monkeypatch.setattr("gluepot.crawlers.object_survey.read_lake_table", _raising(KeyError("bug")))

    crawl = desk.crawl(folder)

    assert desk.tables() == ["t"]
    assert crawl.warnings[0].startswith(f"{folder.root}/lake/ is in no table")
    assert "KeyError: 'bug'), which is a defect" in crawl.warnings[0]


def test_a_writer_between_plan_and_apply_is_noticed_and_the_plan_made_anew(
    desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("t/a.csv", CSV)
    raced: list[TableChange] = []

    def race(change: TableChange, catalog: CatalogStore, *, crawl_id: str) -> None:
        if not raced:
            raced.append(change)
            apply_change(change, catalog, crawl_id="other")
        apply_change(change, catalog, crawl_id=crawl_id)

    monkeypatch.setattr("gluepot.crawlers.crawl.apply_change", race)

    crawl = desk.crawl(folder)

    assert crawl.state is CrawlState.SUCCEEDED, crawl.error
    assert desk.versions("t") == ["0"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": []}, "has no target"),
        ({"update_behavior": "MAYBE"}, "update_behavior is one of"),
        ({"table_level": 0}, "whole number from 1"),
        ({"tabel_prefix": "x"}, "Did you mean 'table_prefix'"),
        ({"targets": [{"url": "s3://b"}]}, "Did you mean 'uri'"),
        ({"name": ""}, "may not be empty"),
    ],
)
def test_a_crawler_that_cannot_work_is_refused(change: dict[str, Any], message: str) -> None:
    good = {"name": "c", "database": "db", "targets": ["s3://b/x"]}

    with pytest.raises(InvalidInputError, match=message):
        crawler_from_json(good | change)


def test_a_crawler_needs_its_three_members() -> None:
    with pytest.raises(InvalidInputError, match="database, targets"):
        crawler_from_json({"name": "c"})


def test_a_crawl_of_nothing_says_to_check_the_prefix(desk: Desk, folder: Place) -> None:
    with pytest.raises(NothingFoundError, match="check the prefix"):
        desk.plan(folder)


def _raising(error: Exception) -> Callable[..., object]:
    def fail(*_args: object, **_options: object) -> object:
        raise error

    return fail


def _delete_after_listing(monkeypatch: pytest.MonkeyPatch, folder: Place, uri: str) -> None:

    def list_then_delete(*args: Any, **options: Any) -> object:  # noqa: ANN401
        found = list_target(*args, **options)
        folder.source.delete([uri])
        return found

    monkeypatch.setattr("gluepot.crawlers.object_survey.list_target", list_then_delete)
