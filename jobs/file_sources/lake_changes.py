"""What is new in a table by its log: Delta by version, Iceberg by snapshot.

A bookmark keeps the last version that was read, and the next run reads the rows that were added
after it. Rows that were changed or deleted meanwhile cannot be told from new ones, so such a run
ends with an error that says what to do.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.lakehouse.delta_log import actions_of, sort_log
from gluepot.jobs.bookmarks.keys import KeyOrder
from gluepot.jobs.errors import BookmarkError
from gluepot.jobs.file_sources.lake_tables import METADATA_FILE
from gluepot.jobs.reading.sources import errors_of, file_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.crawlers.sources.objects import ObjectInfo
    from gluepot.jobs.bookmarks.keys import KeyRange
    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.writing.ledger import Ledger

ORDERS = {
    "delta": KeyOrder(names=("delta version",)),
    "iceberg": KeyOrder(names=("iceberg snapshot",)),
}
"""What a bookmark remembers of a table, by its format."""

_COMMIT = re.compile(r"(\d{20})\.json")
_KEPT = ("append", "replace")
"""Operations of Iceberg's snapshots that change no row that was there."""


def choose_changes(source: SourceInput, ledger: Ledger, stores: Stores) -> KeyRange | None:
    """Return which versions of a table a run reads; None without a bookmark.

    Raises:
        BookmarkError: The table is older than what was read of it.
        StorageError: Its log cannot be read.
    """

    def find_last(after: tuple[str, ...] | None) -> tuple[str, ...] | None:
        newest = _newest(source, stores)
        if source.format == "delta" and after is not None and int(newest or -1) < int(after[0]):
            raise _made_anew(source, after[0])
        return None if newest is None else (newest,)

    return ledger.choose_keys(source.name, ORDERS[source.format], find_last)


def read_changes(spark: SparkSession, source: SourceInput, stores: Stores) -> DataFrame:
    """Return the rows that a bookmarked source reads of a table.

    Raises:
        BookmarkError: Rows were changed or deleted meanwhile, or the log does not go back so far.
        SourceError: Spark cannot read the table.
    """
    read = _read_delta if source.format == "delta" else _read_iceberg
    with errors_of(source.name):
        rows = read(spark, source, stores)
        return rows if source.predicate is None else rows.where(source.predicate)


def _newest(source: SourceInput, stores: Stores) -> str | None:
    if source.format == "delta":
        log = f"{source.root.rstrip('/')}/_delta_log/"
        return str(sort_log(source.root, list(stores.open(log).list(log))).version)
    snapshot = _iceberg_metadata(source, stores).get("current-snapshot-id")
    return None if snapshot in {None, -1} else str(snapshot)


def _read_delta(spark: SparkSession, source: SourceInput, stores: Stores) -> DataFrame:
    changes = _range(source)
    upto = int(changes.upto[0]) if changes.upto else 0
    if changes.after is None:
        return _delta_at(spark, source, upto)
    if changes.empty:
        return _delta_at(spark, source, upto).where("false")
    added, removed = _added(source, int(changes.after[0]), upto, stores)
    # A file that a later compaction has replaced is read where it was still there.
    by_version: dict[int, list[str]] = {}
    for uri, version in added.items():
        by_version.setdefault(version if uri in removed else upto, []).append(uri)
    frames = [
        _delta_at(spark, source, version).where(file_address().isin(uris))
        for version, uris in sorted(by_version.items())
    ]
    if not frames:
        return _delta_at(spark, source, upto).where("false")
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)


def _delta_at(spark: SparkSession, source: SourceInput, version: int) -> DataFrame:
    options = {**source.options, "versionAsOf": str(version)}
    return spark.read.format("delta").options(**options).load(source.root)


def _added(
    source: SourceInput, after: int, upto: int, stores: Stores
) -> tuple[dict[str, int], set[str]]:
    """Return the files that were added after a version, by theirs, and those that went again."""
    log = f"{source.root.rstrip('/')}/_delta_log/"
    commits = {
        int(found[1]): info
        for info in stores.open(log).list(log)
        if (found := _COMMIT.fullmatch(info.uri.rpartition("/")[2])) is not None
    }
    added: dict[str, int] = {}
    removed: set[str] = set()
    for version in range(after + 1, upto + 1):
        if version not in commits:
            raise BookmarkError(
                f"source {source.name!r}: the log of the table has no commit {version} any more,"
                f" and version {after} was read last: reset the job's bookmark"
            )
        for action in _actions(commits[version], stores):
            if "remove" in action:
                if action["remove"].get("dataChange", True):
                    raise _changed(source, f"version {version}")
                removed.add(_address(source, action["remove"]["path"]))
            elif "add" in action and action["add"].get("dataChange", True):
                added[_address(source, action["add"]["path"])] = version
    return added, removed


def _actions(commit: ObjectInfo, stores: Stores) -> Iterator[Mapping[str, Any]]:
    text = stores.open(commit.uri).read(commit.uri, 0, commit.size)
    return actions_of(text, commit.uri)


def _address(source: SourceInput, path: str) -> str:
    # Source: Delta's protocol, "Add File and Remove File": paths are relative, escaped URIs.
    plain = unquote(path)
    return plain if "://" in plain else f"{source.root.rstrip('/')}/{plain}"


def _read_iceberg(spark: SparkSession, source: SourceInput, stores: Stores) -> DataFrame:
    changes = _range(source)
    reader = spark.read.format("iceberg").options(**source.options)
    if changes.upto is None:
        return reader.load(source.root).where("false")
    upto = changes.upto[0]
    if changes.after is None or changes.empty:
        rows = reader.option("versionAsOf", upto).load(source.root)
        return rows.where("false") if changes.empty else rows
    _check_snapshots(source, changes.after[0], upto, stores)
    bounds = {"start-snapshot-id": changes.after[0], "end-snapshot-id": upto}
    return reader.options(**bounds).load(source.root)


def _check_snapshots(source: SourceInput, after: str, upto: str, stores: Stores) -> None:
    """See that only appends and compactions lie between two snapshots."""
    found = _iceberg_metadata(source, stores).get("snapshots") or ()
    snapshots = {str(one["snapshot-id"]): one for one in found}
    at: str | None = upto
    while at != after:
        snapshot = snapshots.get(at or "")
        if snapshot is None:
            raise _made_anew(source, after)
        operation = (snapshot.get("summary") or {}).get("operation", "append")
        if operation not in _KEPT:
            raise _changed(source, f"snapshot {at} ({operation})")
        parent = snapshot.get("parent-snapshot-id")
        at = None if parent is None else str(parent)


def _iceberg_metadata(source: SourceInput, stores: Stores) -> Mapping[str, Any]:
    place = source.root
    if ".metadata.json" not in place:
        folder = f"{place.rstrip('/')}/metadata/"
        files = [
            (int(match[1]), info.modified, info.uri)
            for info in stores.open(folder).list(folder)
            if (match := METADATA_FILE.match(info.uri.rpartition("/")[2])) is not None
        ]
        if not files:
            raise InvalidInputError(f"there is no metadata of Iceberg in {folder}")
        place = max(files)[2]
    store = stores.open(place)
    (info,) = [one for one in store.list(place) if one.uri == place]
    found: Mapping[str, Any] = orjson.loads(store.read(place, 0, info.size))
    return found


def _range(source: SourceInput) -> KeyRange:
    if source.changes is None:
        raise AssertionError("a source without a bookmark is read as a whole")
    return source.changes


def _changed(source: SourceInput, where: str) -> BookmarkError:
    return BookmarkError(
        f"source {source.name!r}: {where} of the table changed or deleted rows that may have been"
        " read already; reset the job's bookmark and what it wrote, or say `bookmark: false` there"
    )


def _made_anew(source: SourceInput, after: str) -> BookmarkError:
    return BookmarkError(
        f"source {source.name!r}: {after} of the table was read last, and is not in its log any"
        " more: it was made anew, set back, or its history has expired: reset the job's bookmark"
    )
