"""Listing a bucket by several listers at once, in bounded memory.

A listing begins as one, page by page. When it has gone on for some pages, the rest is cut at the
names of folders into ranges of keys, which listers take one after another; a range that is long
itself is cut again while a lister is idle. Any key would do to cut at, so nothing depends on what
the folders mean; only a folder of very many files directly in it has nothing to be cut at.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from itertools import pairwise
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gluepot.crawlers.sources.objects import ObjectInfo
    from gluepot.crawlers.sources.s3_pages import ListPage, PageReader

LISTERS = 16
PAGES_ALONE = 4
"""How many pages of a range are listed before its rest is cut: few keys cost no more requests."""

PARTS = 2 * LISTERS
"""Most ranges from one cut; each may cost a request for keys that are not its own."""

FLAT_PAGES = 32
"""How many more pages are listed before a range that could not be cut is tried again."""

DEPTH = 8
"""Most folders to go down for a cut, each a request."""

UNORDERED_BUCKETS = "--x-s3"
"""The end of the names of AWS's directory buckets, whose listings are in no order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRange:
    """Keys below a folder: greater than ``after``, up to ``until`` itself; None is no bound."""

    bucket: str
    folder: str
    after: str = ""
    until: str | None = None


def list_in_order(
    reader: PageReader, keys: KeyRange, **options: object
) -> Iterator[Sequence[ObjectInfo]]:
    """Yield all pages of a range, one after another.

    Raises:
        StorageError: A page could not be had.
    """
    for page in _pages(reader, keys, **options):
        if page.objects:
            yield page.objects


def list_at_once(reader: PageReader, keys: KeyRange) -> Iterator[Sequence[ObjectInfo]]:
    """Yield all pages of a range in any order, each page in the order of its keys.

    Raises:
        StorageError: A page could not be had; no page comes after it.
    """
    in_order = not keys.bucket.endswith(UNORDERED_BUCKETS)
    alone = 0
    recent: deque[Sequence[ObjectInfo]] = deque(maxlen=PAGES_ALONE)
    for page in _pages(reader, keys):
        alone += 1
        recent.append(page.objects)
        in_order = in_order and _is_sorted(page.objects)
        if page.objects:
            yield page.objects
        if alone < PAGES_ALONE or page.token is None or not page.objects or not in_order:
            continue
        ranges = cut(reader, replace(keys, after=_key(keys, page.objects[-1])), PARTS, recent)
        if len(ranges) > 1:
            yield from _Listers(reader, ranges).pages()
            return
        alone = -FLAT_PAGES


def cut(
    reader: PageReader, keys: KeyRange, parts: int, recent: Iterable[Sequence[ObjectInfo]] = ()
) -> list[KeyRange]:
    """Return ranges that make up ``keys`` together: itself alone where no folder is found.

    Args:
        reader: Lists the folders.
        keys: What is left to list.
        parts: Most ranges to make, beside those of the few keys behind a folder.
        recent: The pages before. As many folders as these had make a range: a range of less is
            listed by one request that brings more keys than are wanted.

    Raises:
        StorageError: The folders could not be listed.
    """
    folder, until = keys.folder, keys.until
    rest: list[KeyRange] = []
    base = len(f"s3://{keys.bucket}/")
    for _ in range(DEPTH):
        page = reader.page(keys.bucket, folder, Delimiter="/", StartAfter=keys.after)
        points = sorted(
            point
            for point in page.folders
            if point > keys.after and (until is None or point < until)
        )
        if points:
            passed = {
                info.uri[base + len(folder) :].partition("/")[0] for page in recent for info in page
            }
            enough = max(min(parts, len(points) // max(len(passed), 1)), 2)
            chosen = _thinned(points, enough - 1)
            bounds = zip([keys.after, *chosen], [*chosen, until], strict=True)
            return [
                *(replace(keys, after=after, until=end) for after, end in bounds),
                *rest,
            ]
        # Nothing to cut at here: what is left is in the folder in which the listing stands, and
        # the keys behind that folder, few if any.
        inside, slash, _ = keys.after.removeprefix(folder).partition("/")
        if not slash or not keys.after.startswith(folder):
            break
        folder += inside + slash
        last = f"{folder[:-1]}0"  # "0" follows "/": all keys of the folder are smaller
        if until is None or last < until:
            rest.append(replace(keys, after=last, until=until))
            until = last
    return [replace(keys, until=until), *rest]


class _Listers:
    """Threads that list ranges and cut long ones; made for one listing."""

    def __init__(self, reader: PageReader, ranges: Sequence[KeyRange]) -> None:
        self._reader = reader
        self._changed = threading.Condition()
        self._waiting = deque(ranges)
        self._busy = 0
        self._stopped = False
        self._error: Exception | None = None
        self._pages: SimpleQueue[Sequence[ObjectInfo] | None] = SimpleQueue()
        self._room = LISTERS

    def pages(self) -> Iterator[Sequence[ObjectInfo]]:
        """Yield pages until all ranges are listed or one of them fails."""
        threads = [
            threading.Thread(target=self._work, name=f"list-{number}", daemon=True)
            for number in range(LISTERS)
        ]
        for thread in threads:
            thread.start()
        try:
            while (page := self._pages.get()) is not None:
                with self._changed:
                    self._room += 1
                    self._changed.notify_all()
                yield page
        finally:
            self._stop()
            for thread in threads:
                thread.join()
        if self._error is not None:
            raise self._error

    def _stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _work(self) -> None:
        while (keys := self._take()) is not None:
            error: Exception | None = None
            try:
                self._list(keys)
            except Exception as caught:  # noqa: BLE001 - raised again where pages are asked for
                error = caught
            with self._changed:
                self._busy -= 1
                if error is not None and not self._stopped:
                    self._error, self._stopped = error, True
                if self._stopped or not (self._busy or self._waiting):
                    self._pages.put(None)
                self._changed.notify_all()

    def _take(self) -> KeyRange | None:
        with self._changed:
            while not self._waiting and self._busy and not self._stopped:
                self._changed.wait()
            if self._stopped or not self._waiting:
                return None
            self._busy += 1
            return self._waiting.popleft()

    def _list(self, keys: KeyRange) -> None:
        alone = 0
        recent: deque[Sequence[ObjectInfo]] = deque(maxlen=PAGES_ALONE)
        for page in _pages(self._reader, keys):
            recent.append(page.objects)
            if page.objects and not self._put(page.objects):
                return
            alone += 1
            idle = self._idle()
            if alone < PAGES_ALONE or page.token is None or not page.objects or not idle:
                continue
            rest = replace(keys, after=_key(keys, page.objects[-1]))
            ranges = cut(self._reader, rest, idle + 1, recent)
            if len(ranges) > 1:
                with self._changed:
                    self._waiting.extend(ranges)
                    self._changed.notify_all()
                return
            alone = -FLAT_PAGES

    def _idle(self) -> int:
        """Return how many listers have nothing to do now."""
        with self._changed:
            return max(LISTERS - self._busy - len(self._waiting), 0)

    def _put(self, page: Sequence[ObjectInfo]) -> bool:
        """Wait until there is room for a page; return whether somebody still wants it."""
        with self._changed:
            while not self._room and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return False
            self._room -= 1
            self._pages.put(page)
            return True


def _pages(reader: PageReader, keys: KeyRange, **options: object) -> Iterator[ListPage]:
    """Yield a range's pages in order; the keys behind its end are left out of the last."""
    where: dict[str, object] = {"StartAfter": keys.after} if keys.after else {}
    while True:
        page = reader.page(keys.bucket, keys.folder, **where, **options)
        if keys.until is not None:
            page = _until(page, keys)
        yield page
        if page.token is None:
            return
        where = {"ContinuationToken": page.token}


def _until(page: ListPage, keys: KeyRange) -> ListPage:
    base = len(f"s3://{keys.bucket}/")
    until = keys.until or ""
    if not page.objects or page.objects[-1].uri[base:] <= until:
        return page
    return replace(
        page, objects=[info for info in page.objects if info.uri[base:] <= until], token=None
    )


def _key(keys: KeyRange, info: ObjectInfo) -> str:
    return info.uri[len(f"s3://{keys.bucket}/") :]


def _is_sorted(objects: Sequence[ObjectInfo]) -> bool:
    return all(left.uri < right.uri for left, right in pairwise(objects))


def _thinned(points: Sequence[str], count: int) -> list[str]:
    """Return at most ``count`` points, evenly between; their order stays."""
    if len(points) <= count:
        return list(points)
    return [points[(index * len(points)) // count] for index in range(count)]
