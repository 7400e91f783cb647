"""What scripts say about which files are read, and in how many tasks.

Source: AWS Glue developer guide, "Connection types and options for ETL: Amazon S3",
"Reading input files in larger groups" and "Bounded execution".
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.crawlers.exclusions import compile_exclusions
from gluepot.jobs.file_sources.keyed_folders import is_keyed
from gluepot.jobs.parameters.script_options import is_true

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gluepot.catalog.model import Table
    from gluepot.crawlers.sources.objects import ObjectInfo
    from gluepot.jobs.bookmarks.store import InputFile

    Wanted = Callable[[ObjectInfo], bool]

CHOOSING = ("exclusions", "recurse", "excludeStorageClasses", "boundedFiles", "boundedSize")
GROUPING = ("groupFiles", "groupSize")
TUNING = (*("maxBand", "maxFilesInBand", "isFailFast", "useS3ListImplementation", "sampleSize"),)
"""Options that change no result: every file is remembered by its name, size and fingerprint."""

_OF_TABLES = ("exclusions", "boundedFiles", "boundedSize", *GROUPING)
_GROUPED = ("inpartition", "acrosspartition")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which files a source reads.

    Attributes:
        exclusions: Globs of addresses, whole or below the path.
        recurse: Folders below the path are read as well.
        keyed: Those named ``key=value`` are in any case.
        storage_classes: Those of S3 that are left out.
        bounded_files: How many of the files not read before are read.
        bounded_size: About how many bytes of them.
        group_bytes: How much a task reads; None to leave it to Spark.
    """

    exclusions: tuple[str, ...] = ()
    recurse: bool = True
    keyed: bool = False
    storage_classes: frozenset[str] = frozenset()
    bounded_files: int | None = None
    bounded_size: int | None = None
    group_bytes: int | None = None

    def wanted(self, root: str) -> Wanted:
        """Return a function that tells whether a file at or below ``root`` is read."""
        excluded = compile_exclusions(self.exclusions)
        base = root.rstrip("/") + "/"

        def keep(found: ObjectInfo) -> bool:
            below = found.uri.removeprefix(base)
            if below != found.uri and not self._enters(below.rpartition("/")[0]):
                return False
            if found.storage_class in self.storage_classes:
                return False
            return not (excluded(below) or excluded(found.uri))

        return keep

    def _enters(self, folders: str) -> bool:
        return self.recurse or not folders or (self.keyed and is_keyed(folders))

    @property
    def is_bounded(self) -> bool:
        """Return whether a run reads only a part of what is new."""
        return self.bounded_files is not None or self.bounded_size is not None

    def bound(self, unread: Iterable[InputFile]) -> Iterable[InputFile]:
        """Return those of the unread files that this run reads: the oldest, at least one."""
        if not self.is_bounded:
            return unread
        ordered = sorted(unread, key=lambda file: (file.modified, file.uri))
        if self.bounded_size is None:
            return ordered[: self.bounded_files]
        taken: list[InputFile] = []
        size = 0
        for file in ordered:
            size += file.size
            if taken and size > self.bounded_size:
                break
            taken.append(file)
        return taken

    def tasks(self, files: Sequence[InputFile]) -> int | None:
        """Return at most how many tasks read the files; None to leave it to Spark."""
        if self.group_bytes is None:
            return None
        return max(1, -(-sum(file.size for file in files) // self.group_bytes))


def read_choice(
    options: Mapping[str, Any], table: Table | None = None, *, keyed: bool = False
) -> Choice:
    """Return what options say; some may be parameters of the table, which the options are over.

    Folders below a table's are read, those below a path only if ``recurse`` is true, or where
    they are ``keyed``.

    Raises:
        InvalidInputError: A value is not of its kind, or both bounds are given.
    """
    parameters = {} if table is None else table.parameters or {}
    of_table = {name: parameters[name] for name in _OF_TABLES if name in parameters}
    given = {**of_table, **options}
    files, size = _whole(given, "boundedFiles"), _whole(given, "boundedSize")
    if files is not None and size is not None:
        raise InvalidInputError(
            "boundedFiles and boundedSize are both given, and only one can be followed: choose one"
        )
    grouped = str(given.get("groupFiles", "")).lower() in _GROUPED
    return Choice(
        exclusions=_texts(given, "exclusions"),
        recurse=is_true(given.get("recurse", table is not None)),
        keyed=keyed,
        storage_classes=frozenset(_texts(given, "excludeStorageClasses")),
        bounded_files=files,
        bounded_size=size,
        group_bytes=_whole(given, "groupSize") if grouped else None,
    )


def log_unknown(source: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Log which options do nothing, each with the nearest that does; Glue says nothing of them."""
    for option in given:
        if option not in known:
            logger.warning(
                "Source %s: option %r is not known and does nothing.%s",
                *(source, option, did_you_mean(option, known)),
                extra={"action": "unknown_option", "source": source, "option": option},
            )


def _texts(given: Mapping[str, Any], option: str) -> tuple[str, ...]:
    value = given.get(option) or ()
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise InvalidInputError(
            f'{option} is a JSON list of texts, such as ["**.pdf"], not {given[option]!r}'
        )
    return tuple(value)


def _whole(given: Mapping[str, Any], option: str) -> int | None:
    value = given.get(option)
    if value is None:
        return None
    text = str(value).strip()
    if not text.isdecimal() or int(text) < 1:
        raise InvalidInputError(f"{option} is a whole number from 1 on, not {value!r}")
    return int(text)
