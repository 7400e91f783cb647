"""Every source gives the same answers, over a folder and over each real S3."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError, StorageError
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.errors import AccessRefusedError, PathNotFoundError
from gluepot.crawlers.sources.objects import ReadRequest, open_source
from tests.crawlers.conftest import new_bucket

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crawlers.conftest import Place

ODD_KEYS = (
    "a b/c=1%2F2/x",
    "tilde~[]{}/x",
    "plus+&?#/x",
    "emoji😀/x",
    "per%cent/x",
    "%41/x",
)


def test_a_listing_names_every_object_below_a_folder(place: Place) -> None:
    source, root = place.source, place.root
    for name in ("t/a.csv", "t/x=1/b.csv", "t2/c.csv"):
        source.write(f"{root}/{name}", b"12345")

    found = list(source.list(f"{root}/t"))

    assert [(info.uri, info.size) for info in found] == [
        (f"{root}/t/a.csv", 5),
        (f"{root}/t/x=1/b.csv", 5),
    ]
    assert all(info.modified.tzinfo is not None for info in found)


def test_pages_hold_what_the_listing_names_each_in_the_order_of_keys(place: Place) -> None:
    source, root = place.source, place.root
    for number in range(30):
        source.write(f"{root}/t/x={number % 7}/{number}.csv", b"1")

    pages = [[info.uri for info in page] for page in source.list_pages(f"{root}/t")]

    assert all(page == sorted(page) for page in pages)
    assert sorted(uri for page in pages for uri in page) == sorted(
        info.uri for info in source.list(f"{root}/t")
    )


def test_a_batch_of_reads_answers_in_order_and_a_missing_object_is_one_answer(place: Place) -> None:
    source, root = place.source, place.root
    for number in range(40):
        source.write(f"{root}/{number}", f"<{number}>".encode())
    names = [*map(str, range(40)), "gone", "0"]

    found = list(source.read_batch([ReadRequest(f"{root}/{name}", 1, 2) for name in names]))

    assert found[:9] == [f"{number}>".encode() for number in range(9)]
    assert found[10:40] == [f"{number}".encode() for number in range(10, 40)]
    assert isinstance(found[40], PathNotFoundError)
    assert found[41] == b"0>"


def test_a_listing_of_one_object_is_that_object(place: Place) -> None:
    source, root = place.source, place.root
    source.write(f"{root}/t/a.csv", b"1")
    source.write(f"{root}/t/a.csv2", b"1")

    assert [info.uri for info in source.list(f"{root}/t/a.csv")] == [f"{root}/t/a.csv"]


def test_ranges_stop_where_the_object_ends(place: Place) -> None:
    source, root = place.source, place.root
    uri = f"{root}/x"
    source.write(uri, b"0123456789")

    assert source.read(uri, 2, 3) == b"234"
    assert source.read(uri, 8, 100) == b"89"
    assert source.read(uri, 0, 0) == b""
    assert source.read_tail(uri, 4) == b"6789"
    assert source.read_tail(uri, 100) == b"0123456789"


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_are_listed_and_read_as_they_are(place: Place, key: str) -> None:
    source, root = place.source, place.root

    source.write(f"{root}/odd/{key}", b"odd")

    assert [info.uri for info in source.list(f"{root}/odd")] == [f"{root}/odd/{key}"]
    assert source.read(f"{root}/odd/{key}", 0, 3) == b"odd"


def test_keys_with_line_breaks_are_listed_and_read(versitygw_s3: S3Config) -> None:
    place = new_bucket(versitygw_s3)  # moto takes no such key
    uri = place.put("new\nline/x", b"odd")

    assert [info.uri for info in place.source.list(place.root)] == [uri]
    assert place.source.read_tail(uri, 2) == b"dd"


def test_copies_and_deletions(place: Place) -> None:
    source, root = place.source, place.root
    source.write(f"{root}/a", b"a")

    source.copy(f"{root}/a", f"{root}/b/c")
    source.delete([f"{root}/a", f"{root}/gone"])

    assert [info.uri for info in source.list(root)] == [f"{root}/b/c"]
    assert source.read(f"{root}/b/c", 0, 9) == b"a"


def test_a_missing_object_is_named(place: Place) -> None:
    source, root = place.source, place.root

    with pytest.raises(PathNotFoundError, match="nothing"):
        source.read(f"{root}/nothing", 0, 1)
    with pytest.raises(PathNotFoundError, match="nothing"):
        source.read_tail(f"{root}/nothing", 1)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    source = open_source(str(tmp_path), S3Config())

    with pytest.raises(PathNotFoundError, match="no such file or folder"):
        list(source.list(f"{tmp_path}/nothing"))


def test_a_missing_bucket_is_named(s3: S3Config) -> None:
    source = open_source("s3://no-such-bucket", s3)

    with pytest.raises(PathNotFoundError, match="Bucket no-such-bucket does not exist"):
        list(source.list("s3://no-such-bucket/raw"))


def test_wrong_credentials_are_refused_without_being_shown(versitygw_s3: S3Config) -> None:
    wrong = dataclasses.replace(versitygw_s3, secret_access_key="wrong-secret")  # noqa: S106
    source = open_source("s3://any", wrong)

    with pytest.raises(AccessRefusedError, match="SignatureDoesNotMatch") as listed:
        list(source.list("s3://any/raw"))
    with pytest.raises(AccessRefusedError) as read:
        source.read("s3://any/raw/x", 0, 1)

    for error in (listed, read):
        assert "wrong-secret" not in str(error.value)
        assert str(wrong.access_key_id) not in str(error.value)


def test_an_endpoint_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gluepot.crawlers.sources.s3_client.RETRIES", 1)
    config = S3Config(
        endpoint_url="http://127.0.0.1:9",
        region="us-east-1",
        path_style=True,
        access_key_id="a",
        secret_access_key="b",  # noqa: S106
    )

    with pytest.raises(StorageError, match="could not be reached"):
        list(open_source("s3://any", config).list("s3://any"))


def test_a_missing_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)

    with pytest.raises(AccessRefusedError, match="nobody"):
        list(open_source("s3://any", S3Config(profile="nobody")).list("s3://any"))


def test_keys_are_read_whatever_their_dots_and_slashes(moto_s3: S3Config) -> None:
    source = open_source("s3://dotted", moto_s3)
    source._client.create_bucket(Bucket="dotted")  # type: ignore[attr-defined]
    keys = ("a/../b", "a//b", "/b", "//b", "b", "b/")
    for key in keys:
        source.write(f"s3://dotted/{key}", f"({key})".encode())

    found = {info.uri: source.read(info.uri, 1, 9) for info in source.list("s3://dotted")}

    assert found == {f"s3://dotted/{key}": f"{key})".encode() for key in keys}
    assert {source.read_tail(uri, 3) for uri in found} == {b"/b)", b"(b)", b"b/)"}


@pytest.mark.parametrize("uri", ["ftp://host/x", "s3://"])
def test_an_address_that_no_source_takes_is_refused(uri: str) -> None:
    with pytest.raises(InvalidInputError):
        list(open_source(uri, S3Config(region="us-east-1")).list(uri))
