"""A Delta log replayed: the newest checkpoint and the commits after it.

Source: Delta transaction log protocol, "Delta Log Entries", "Checkpoints", "Action Reconciliation".
"""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.lakehouse.delta_state import DeltaState
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.reading import MIB, json_object, member

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo

MAX_REPLAY_BYTES = 256 * MIB
"""Most bytes of commits after the newest checkpoint; Delta writes one every 10 or 100 commits."""

READERS = 8
"""How many commits are read at a time."""

NEWEST_READER = 3
_COMMIT = re.compile(r"(\d{20})\.json", re.ASCII)
_CHECKPOINT = re.compile(
    r"(\d{20})\.checkpoint(?:\.(?P<part>\d{10})\.(?P<parts>\d{10})|\.(?P<v2>[0-9a-fA-F-]{36}))?"
    r"\.(?:parquet|json)",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True)
class DeltaLog:
    """What a listing of a log holds.

    Attributes:
        checkpoint: The files of the newest checkpoint that has all its parts.
        checkpoint_version: Its version, None without one.
        commits: The commits after it, by version, none missing.
        sidecars: Files that hold parts of checkpoints, by name.
    """

    checkpoint: tuple[ObjectInfo, ...]
    checkpoint_version: int | None
    commits: Mapping[int, ObjectInfo]
    sidecars: Mapping[str, ObjectInfo] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The table's version."""
        return max(self.commits, default=self.checkpoint_version or 0)


def read_log(reader: MetadataReader, root_uri: str, log: Sequence[ObjectInfo]) -> DeltaState:
    """Return what a log says of the table as it is now.

    Raises:
        LakeTableError: A file of the log is damaged or missing, or the log is larger than is read.
    """
    found = sort_log(root_uri, log)
    state = DeltaState(version=found.version)
    if found.checkpoint:
        # Reading Parquet takes Arrow, which a young table does not need.
        from gluepot.crawlers.lakehouse.delta_checkpoint import read_checkpoint  # noqa: PLC0415

        read_checkpoint(reader, found, state)
    _replay(reader, root_uri, found, state)
    if state.metadata is None:
        raise LakeTableError(f"{root_uri}/_delta_log/", "no file of the log has a metaData action")
    needed = member(state.protocol or {}, "minReaderVersion", int, state.protocol_uri) or 1
    if needed > NEWEST_READER:
        raise LakeTableError(
            f"{root_uri}/_delta_log/",
            f"the table needs a reader of version {needed}; {NEWEST_READER} is the newest known",
        )
    return state


def sort_log(root_uri: str, log: Sequence[ObjectInfo]) -> DeltaLog:
    """Return the newest checkpoint of a listing and the commits after it.

    Raises:
        LakeTableError: There is neither, or a commit is missing.
    """
    commits: dict[int, ObjectInfo] = {}
    checkpoints: dict[tuple[int, str], dict[int, ObjectInfo]] = defaultdict(dict)
    sidecars: dict[str, ObjectInfo] = {}
    for info in log:
        name = info.uri.rpartition("/")[2]
        if "/_delta_log/_sidecars/" in info.uri:
            sidecars[name] = info
        elif (commit := _COMMIT.fullmatch(name)) is not None:
            commits[int(commit[1])] = info
        elif (match := _CHECKPOINT.fullmatch(name)) is not None:
            family = match["parts"] or match["v2"] or ""
            checkpoints[int(match[1]), family][int(match["part"] or 1)] = info
    complete = {
        key: parts
        for key, parts in checkpoints.items()
        if len(parts) == (int(key[1]) if key[1].isdecimal() else 1)
    }
    newest = max(complete, default=None)
    version = None if newest is None else newest[0]
    return DeltaLog(
        checkpoint=()
        if newest is None
        else tuple(part for _, part in sorted(complete[newest].items())),
        checkpoint_version=version,
        commits=_unbroken(root_uri, commits, version),
        sidecars=sidecars,
    )


def _unbroken(
    root_uri: str, commits: Mapping[int, ObjectInfo], checkpoint: int | None
) -> dict[int, ObjectInfo]:
    """Return the commits after a checkpoint, or from the first on, of which none may be missing."""
    folder = f"{root_uri}/_delta_log/"
    start = 0 if checkpoint is None else checkpoint + 1
    wanted = sorted(version for version in commits if version >= start)
    if not wanted and checkpoint is None:
        raise LakeTableError(folder, "there is neither a commit nor a checkpoint in it")
    for expected, version in enumerate(wanted, start):
        if version != expected:
            raise LakeTableError(
                f"{folder}{expected:020}.json",
                f"this commit is missing, although {version:020}.json is there",
            )
    return {version: commits[version] for version in wanted}


def _replay(reader: MetadataReader, root_uri: str, found: DeltaLog, state: DeltaState) -> None:
    total = sum(info.size for info in found.commits.values())
    if total > MAX_REPLAY_BYTES:
        raise LakeTableError(
            f"{root_uri}/_delta_log/",
            f"its commits since the last checkpoint have {total:,} bytes; at most"
            f" {MAX_REPLAY_BYTES:,} are read, so write a checkpoint",
        )
    with ThreadPoolExecutor(READERS, thread_name_prefix="delta") as pool:
        # As many as are read at a time wait for their turn, so memory stays bounded.
        infos = list(found.commits.items())
        for start in range(0, len(infos), READERS):
            batch = infos[start : start + READERS]
            texts = pool.map(reader.read, (info for _, info in batch))
            for (version, info), text in zip(batch, texts, strict=True):
                state.begin_commit(version, int(info.modified.timestamp() * 1000))
                for action in actions_of(text, info.uri):
                    state.apply(action, info.uri)


def actions_of(text: bytes, uri: str) -> Iterator[dict[str, Any]]:
    """Yield the actions of a commit, or of a checkpoint in JSON.

    Raises:
        LakeTableError: A line is not JSON, or no object.
    """
    start, number = 0, 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        number += 1
        line = text[start:end].strip()
        start = end + 1
        if line:
            yield json_object(line, uri, f"its line {number}")
