"""Files that are old enough to go or to move: which they are, and what became of each."""

from __future__ import annotations

import csv
import io
import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, StorageError, did_you_mean
from gluepot.crawlers.sources.errors import PathNotFoundError
from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gluepot.crawlers.sources.objects import ObjectInfo
    from gluepot.jobs.run_context.stores import Stores

    Act = Callable[[Sequence[str]], Mapping[str, str]]

logger = logging.getLogger(__name__)

RETENTION_HOURS = 168
KEPT_CLASSES = ("GLACIER", "DEEP_ARCHIVE")
BATCH = 1_000
"""How many files are given to an action at once: what S3 deletes in one request."""

_KNOWN = (
    *("retentionPeriod", "partitionPredicate", "excludeStorageClasses", "manifestFilePath"),
    *("accountId", "roleArn"),
)
"""The last two are of S3 Batch Operations, by which AWS moves files; here the job moves them."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which files are meant.

    Attributes:
        before: Files changed since are left alone; None for none.
        kept_classes: Files of these storage classes are left alone.
        predicate: Of a table, which partitions, as the catalog's expressions say it.
        manifest: A folder for Success.csv and Failed.csv, or None.
    """

    before: datetime | None
    kept_classes: frozenset[str]
    predicate: str | None
    manifest: str | None

    def means(self, file: ObjectInfo) -> bool:
        """Return whether a file is one of those meant."""
        old = self.before is None or file.modified <= self.before
        return old and file.storage_class not in self.kept_classes


def read_choice(options: Mapping[str, Any]) -> Choice:
    """Return what the options of a call choose; unknown ones are logged and do nothing, as in Glue.

    Raises:
        InvalidInputError: The period is no number of hours, or the classes are no list.
    """
    for name in options:
        if name not in _KNOWN:
            hint = did_you_mean(str(name), _KNOWN)
            logger.warning("Option %r is not known and does nothing.%s", name, hint)
    hours = _hours(options.get("retentionPeriod", RETENTION_HOURS))
    return Choice(
        # Clocks differ by a little, so no time is asked where all files are meant.
        before=datetime.now(UTC) - timedelta(hours=hours) if hours > 0 else None,
        kept_classes=_classes(options.get("excludeStorageClasses", KEPT_CLASSES)),
        predicate=str(options.get("partitionPredicate") or "").strip() or None,
        manifest=options.get("manifestFilePath") or None,
    )


def _hours(given: object) -> float:
    try:
        return float(str(given))
    except ValueError:
        raise InvalidInputError(f"retentionPeriod is a number of hours, not {given!r}") from None


def _classes(given: object) -> frozenset[str]:
    found = given
    if isinstance(given, str):
        try:
            found = json.loads(given)
        except ValueError:
            found = [given]
    if not isinstance(found, list | tuple | set | frozenset):
        raise InvalidInputError(f"excludeStorageClasses is a list of classes, not {given!r}")
    return frozenset(map(str, found))


def place(path: str) -> str:
    """Return a path in the spelling of listings.

    Raises:
        InvalidInputError: It is empty, of no store, or this machine's root folder.
    """
    if not path.strip():
        raise InvalidInputError("the path is empty; write s3://bucket/prefix or a folder")
    uri = normalize_uri(path)
    if uri.rstrip("/") == FILE_SCHEME.rstrip("/"):
        raise InvalidInputError(f"{path} is the root of this machine, where no job cleans up")
    return uri


def files_below(stores: Stores, uri: str) -> Iterator[ObjectInfo]:
    """Yield the file at a place, or all below it; a folder that is not there has none.

    ``s3://bucket/a`` has ``a/b`` below it, and not ``ab``.
    """
    try:
        yield from stores.open(uri).list(uri)
    except PathNotFoundError:
        if not uri.startswith(FILE_SCHEME):
            raise


@dataclass(kw_only=True)
class Outcome:
    """What became of the files of one call.

    Attributes:
        stores: Where the manifests go.
        manifest: Their folder, or None.
        count: How many files it was done to.
        failed: Why not, by address.
    """

    stores: Stores
    manifest: str | None
    count: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    _done: list[ObjectInfo] = field(default_factory=list)

    def carry_out(self, files: Iterable[ObjectInfo], act: Act) -> None:
        """Act on files, many at a time; ``act`` returns those that failed, and why."""
        remaining = iter(files)
        while batch := list(islice(remaining, BATCH)):
            wrong = act([file.uri for file in batch])
            self.failed |= wrong
            self.count += len(batch) - len(wrong)
            if self.manifest is not None:
                self._done += [file for file in batch if file.uri not in wrong]

    def finish(self, verb: str) -> int:
        """Write the manifests, and return how many files it was done to.

        Raises:
            StorageError: It could not be done to some; the first one is named.
        """
        if self.manifest is not None:
            done = [(file.uri, file.size, file.modified.isoformat()) for file in self._done]
            self._write("Success.csv", done)
            self._write("Failed.csv", list(self.failed.items()))
        if self.failed:
            uri, reason = next(iter(self.failed.items()))
            raise StorageError(
                f"{len(self.failed)} files could not be {verb}, and {self.count} were. The first:"
                f" {uri}: {reason}"
            )
        return self.count

    def _write(self, name: str, rows: Sequence[tuple[object, ...]]) -> None:
        folder = place(str(self.manifest)).rstrip("/")
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self.stores.open(folder).write(f"{folder}/{name}", text.getvalue().encode())
