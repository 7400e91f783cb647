"""Several listers find each key once, whatever the keys are, and stop when one of them fails."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.sources import s3_listing
from gluepot.crawlers.sources.errors import StoreUnavailableError
from gluepot.crawlers.sources.objects import ObjectInfo
from gluepot.crawlers.sources.s3_listing import KeyRange, cut, list_at_once, list_in_order
from gluepot.crawlers.sources.s3_pages import ListPage, PageReader

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PAGE = 3


class Bucket:
    """Answers as ListObjectsV2 does, three keys to a page, and counts the requests."""

    def __init__(self, keys: Iterable[str], *, fails_after: int | None = None) -> None:
        self.keys = sorted(set(keys))
        self.requests = 0
        self._fails_after = fails_after
        self._lock = threading.Lock()

    def page(self, bucket: str, prefix: str, **options: Any) -> ListPage:  # noqa: ANN401
        """Return a page of three keys or folders."""
        with self._lock:
            self.requests += 1
            if self._fails_after is not None and self.requests > self._fails_after:
                raise StoreUnavailableError(f"s3://{bucket}/{prefix}", "SlowDown")
        after = options.get("ContinuationToken") or options.get("StartAfter") or ""
        entries: dict[str, bool] = {}
        for key in self.keys:
            if key.startswith(prefix) and key > after:
                head, slash, _ = key[len(prefix) :].partition("/")
                is_folder = bool(slash) and "Delimiter" in options
                entries[prefix + head + "/" if is_folder else key] = is_folder
        shown = sorted(entries)[:PAGE]
        return ListPage(
            objects=[
                ObjectInfo(f"s3://{bucket}/{key}", 1, NOW) for key in shown if not entries[key]
            ],
            folders=[key for key in shown if entries[key]],
            token=shown[-1] if len(entries) > PAGE else None,
        )


def reader_of(bucket: Bucket) -> PageReader:
    return cast("PageReader", bucket)


keys_of_buckets = st.lists(st.text("ab/.0é😀", min_size=1, max_size=8), max_size=60)


@given(keys_of_buckets, st.sampled_from(["", "a/", "a/b/"]))
def test_several_listers_find_what_one_finds(keys: list[str], folder: str) -> None:
    bucket = Bucket(keys)
    wanted = KeyRange(bucket="b", folder=folder)

    found = list(list_at_once(reader_of(bucket), wanted))
    alone = list(list_in_order(reader_of(bucket), wanted))

    assert sorted(info.uri for page in found for info in page) == [
        f"s3://b/{key}" for key in bucket.keys if key.startswith(folder)
    ]
    assert [info for page in alone for info in page] == sorted(
        info for page in found for info in page
    )
    assert all(list(page) == sorted(page) for page in found)


@given(keys_of_buckets, st.text("ab/0", min_size=1, max_size=6), st.integers(2, 5))
def test_ranges_of_a_cut_make_up_the_whole(keys: list[str], after: str, parts: int) -> None:
    bucket = Bucket(keys)
    whole = KeyRange(bucket="b", folder="", after=after)

    ranges = cut(reader_of(bucket), whole, parts)

    found = [
        info.uri
        for keys_range in ranges
        for page in list_in_order(reader_of(bucket), keys_range)
        for info in page
    ]
    assert sorted(found) == [f"s3://b/{key}" for key in bucket.keys if key > after]


def test_few_keys_cost_one_request_a_page() -> None:
    bucket = Bucket(f"{number % 3}/{number:03}" for number in range(PAGE * s3_listing.PAGES_ALONE))

    list(list_at_once(reader_of(bucket), KeyRange(bucket="b", folder="")))

    assert bucket.requests == s3_listing.PAGES_ALONE


def test_a_page_that_cannot_be_had_ends_the_listing_with_its_error() -> None:
    keys = [f"{number % 50}/{number:04}" for number in range(1_000)]
    bucket = Bucket(keys, fails_after=40)

    with pytest.raises(StoreUnavailableError, match="SlowDown"):
        list(list_at_once(reader_of(bucket), KeyRange(bucket="b", folder="")))


def test_a_listing_that_is_left_stops_its_listers_with_a_few_pages_held() -> None:
    bucket = Bucket(f"{number % 50}/{number:04}" for number in range(1_000))
    pages = list_at_once(reader_of(bucket), KeyRange(bucket="b", folder=""))

    for _ in range(s3_listing.PAGES_ALONE + 2):
        next(pages)
    cast("Any", pages).close()

    assert bucket.requests < 100
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("list-")]


def test_a_bucket_whose_listing_is_in_no_order_is_listed_by_one() -> None:
    bucket = Bucket(f"{number % 50}/{number:04}" for number in range(300))

    found = list(list_at_once(reader_of(bucket), KeyRange(bucket="fast--x-s3", folder="")))

    assert sum(map(len, found)) == 300
    assert bucket.requests == 100
