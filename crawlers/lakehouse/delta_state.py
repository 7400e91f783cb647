"""What a Delta log says of a table so far: its protocol, metadata and files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.reading import member

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_FILES = 100_000
"""Most files of a table that are counted one by one; more would not fit in a crawl's memory."""

_ROWS = re.compile(r'"numRecords"\s*:\s*(\d{1,18})', re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeltaFile:
    """A data file: ``path`` as the log spells it, rows where the log tells how many are left."""

    path: str
    size: int
    rows: int | None
    partition_values: Mapping[str, str | None]
    has_deletions: bool


@dataclass(kw_only=True)
class DeltaState:
    """A table as its log tells it, action by action.

    Attributes:
        version: Of the newest commit.
        protocol: The newest protocol action, and ``protocol_uri``, the file that holds it.
        metadata: The newest metaData action, and ``metadata_uri``, the file that holds it.
        timestamp_ms: When the newest commit was made.
        counted: Whether ``files`` are all there are.
        files: Data files by path and deletion vector.
    """

    version: int
    protocol: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    metadata_uri: str = ""
    protocol_uri: str = ""
    timestamp_ms: int = 0
    counted: bool = True
    files: dict[tuple[str, str], DeltaFile] = field(default_factory=dict)

    def begin_commit(self, version: int, modified_ms: int) -> None:
        """Start a commit, which is as old as its file unless it says otherwise."""
        self.version = version
        self.timestamp_ms = modified_ms

    def apply(self, action: Mapping[str, Any], uri: str) -> None:
        """Take in one action; kinds that say nothing of the table as it is are passed over.

        Raises:
            LakeTableError: It lacks a member that its kind must have.
        """
        match action:
            case {"metaData": dict(metadata)}:
                self.metadata, self.metadata_uri = metadata, uri
            case {"protocol": dict(protocol)}:
                self.protocol, self.protocol_uri = protocol, uri
            case {"add": dict(add)}:
                self._add(add, uri)
            case {"remove": dict(remove)}:
                self.files.pop(_key(remove, uri), None)
            case {"commitInfo": dict(info)}:
                moment = info.get("inCommitTimestamp") or info.get("timestamp")
                if isinstance(moment, int):
                    self.timestamp_ms = moment

    def _add(self, add: Mapping[str, Any], uri: str) -> None:
        key = _key(add, uri)
        if not self.counted:
            return
        if len(self.files) >= MAX_FILES:
            self.counted = False
            self.files.clear()
            return
        self.files[key] = DeltaFile(
            path=key[0],
            size=member(add, "size", int, uri) or 0,
            rows=_rows(add, uri),
            partition_values=text_pairs(add, "partitionValues", uri),
            has_deletions=add.get("deletionVector") is not None,
        )


def text_pairs(action: Mapping[str, Any], name: str, uri: str) -> dict[str, str | None]:
    """Return a map of texts; Arrow gives one as a list of pairs, JSON as an object.

    Raises:
        LakeTableError: It is neither.
    """
    found = action.get(name) or {}
    pairs: Iterable[Any] = found.items() if isinstance(found, dict) else found
    try:
        return {str(key): None if value is None else str(value) for key, value in pairs}
    except (TypeError, ValueError) as error:
        raise LakeTableError(uri, f"its {name!r} is no map of texts") from error


def _key(action: Mapping[str, Any], uri: str) -> tuple[str, str]:
    path = action.get("path")
    if not isinstance(path, str):
        raise LakeTableError(uri, "it has an add or remove action without a path")
    vector = action.get("deletionVector")
    if not isinstance(vector, dict):
        return path, ""
    members = ("storageType", "pathOrInlineDv", "offset")
    return path, "".join(str(vector.get(member)) for member in members)


def _rows(add: Mapping[str, Any], uri: str) -> int | None:
    """Return the rows of a file without those that its deletion vector takes away."""
    parsed = member(add, "stats_parsed", dict, uri) or {}
    written = member(parsed, "numRecords", int, uri)
    if written is None:
        found = _ROWS.search(member(add, "stats", str, uri) or "")
        written = None if found is None else int(found[1])
    vector = member(add, "deletionVector", dict, uri) or {}
    deleted = member(vector, "cardinality", int, uri) or 0
    return None if written is None else max(written - deleted, 0)
