"""Which objects below a target are data: the rest is skipped and counted, never dropped unseen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.crawlers.exclusions import compile_exclusions
from gluepot.crawlers.sources.objects import normalize_uri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gluepot.crawlers.sources.objects import ObjectInfo, ObjectSource

ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects must be restored before they can be read."""

DELTA_LOG = "_delta_log/"


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedFile:
    """A data file: ``path`` is its key below the target."""

    path: str
    uri: str
    size: int
    modified: datetime


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What lies below one target.

    Attributes:
        root: The target with a last slash; of a single file, the folder it lies in.
        files: In the order of their paths.
        skipped: How many objects were left out, by reason.
        warnings: What a person should know about what was left out.
        is_file: The target is one file.
    """

    root: str
    files: tuple[ListedFile, ...]
    skipped: Mapping[str, int]
    warnings: tuple[str, ...] = ()
    is_file: bool = False


def list_target(source: ObjectSource, target: str, exclusions: Sequence[str] = ()) -> Listing:
    """List a target and leave out what is hidden, empty, archived or excluded.

    Raises:
        StorageError: The target cannot be listed.
        InvalidInputError: An exclusion is no glob.
    """
    plain = normalize_uri(target)
    root = plain if plain.endswith("/") else f"{plain}/"
    excluded = compile_exclusions(exclusions)
    files: list[ListedFile] = []
    skipped: Counter[str] = Counter()
    delta_roots: set[str] = set()
    is_file = False
    for info in source.list(plain):
        is_file = info.uri == plain
        if is_file:
            root = f"{plain.rpartition('/')[0]}/"
        path = info.uri[len(root) :]
        if DELTA_LOG in path:
            delta_roots.add(path[: path.index(DELTA_LOG)])
        reason = _skip_reason(info, path) or ("excluded" if excluded(path) else None)
        if reason is None:
            files.append(
                ListedFile(path=path, uri=info.uri, size=info.size, modified=info.modified)
            )
        else:
            skipped[reason] += 1
    kept = [file for file in files if not file.path.startswith(tuple(delta_roots))]
    if len(kept) < len(files):
        skipped["of a Delta table"] = len(files) - len(kept)
    return Listing(
        root=root,
        files=tuple(sorted(kept, key=lambda file: file.path)),
        skipped=dict(sorted(skipped.items())),
        warnings=_warnings(root, skipped, delta_roots),
        is_file=is_file,
    )


def _skip_reason(info: ObjectInfo, path: str) -> str | None:
    if any(part.startswith(("_", ".")) for part in path.split("/")):
        return "hidden"
    if info.size == 0:
        return "empty"
    if info.storage_class in ARCHIVED:
        return "archived"
    return None


def _warnings(root: str, skipped: Mapping[str, int], deltas: set[str]) -> tuple[str, ...]:
    warnings = [
        f"{root}{path} is a Delta table: its files alone do not tell its rows, so it was skipped"
        for path in sorted(deltas)
    ]
    archived = skipped.get("archived", 0)
    if archived:
        warnings.append(f"{archived} archived objects were skipped; restore them to have them read")
    return tuple(warnings)
