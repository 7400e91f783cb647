"""Which objects below a target are data: the rest is skipped and counted, never dropped unseen.

What was listed is held by folder, as lists side by side: a crawl of a million objects has no
object of Python for each.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import orjson

from gluepot.crawlers.exclusions import compile_exclusions
from gluepot.crawlers.lakehouse.kinds import LakeKind, collect_lakes, marker_of
from gluepot.crawlers.sources.objects import normalize_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gluepot.crawlers.sources.objects import ObjectInfo

ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects must be restored before they can be read."""

DIGEST_BYTES = 16


class ListedFile(NamedTuple):
    """A data file: its folder below the target, its name in it, and its size in bytes."""

    folder: str
    name: str
    size: int

    @property
    def path(self) -> str:
        """Return its key below the target."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


@dataclass(kw_only=True, slots=True)
class FolderFiles:
    """The data files of one folder, in lists side by side.

    Attributes:
        names: What stands behind the folder in their keys.
        sizes: Bytes.
        stamps: When each was changed, and the store's fingerprint where it has one.
    """

    names: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    stamps: list[object] = field(default_factory=list)

    def digest(self) -> bytes:
        """Return a fingerprint of all that the listing says of these files."""
        listed = orjson.dumps([self.names, self.sizes, self.stamps])
        return hashlib.blake2b(listed, digest_size=DIGEST_BYTES).digest()

    def sort(self) -> None:
        """Put the files into the order of their names, in which nearly all stores list them."""
        if any(map(str.__gt__, self.names, self.names[1:])):
            order = sorted(range(len(self.names)), key=self.names.__getitem__)
            self.names = [self.names[i] for i in order]
            self.sizes = [self.sizes[i] for i in order]
            self.stamps = [self.stamps[i] for i in order]


@dataclass(frozen=True, kw_only=True)
class LakeRoot:
    """A folder that is a table by its metadata, and the metadata's objects."""

    kind: LakeKind
    root: str
    log: tuple[ObjectInfo, ...]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What lies below one target.

    Attributes:
        root: The target with a last slash; of a single file, the folder it lies in.
        folders: The data files by folder, each folder below the root and without a last slash,
            in the order of the folders.
        lakes: Tables that tell their files themselves: Delta, Iceberg, Hudi, manifests.
        skipped: How many objects were left out, by reason.
        warnings: What a person should know about what was left out.
        is_file: The target is one file.
    """

    root: str
    folders: Mapping[str, FolderFiles]
    lakes: tuple[LakeRoot, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    is_file: bool = False

    @property
    def objects(self) -> int:
        """Return how many data files there are."""
        return sum(len(files.names) for files in self.folders.values())

    def files(self, folders: Iterable[str] | None = None) -> Iterator[ListedFile]:
        """Yield every data file, or those of some folders, by folder and name."""
        for folder in self.folders if folders is None else folders:
            files = self.folders[folder]
            for name, size in zip(files.names, files.sizes, strict=True):
                yield ListedFile(folder, name, size)

    def uri(self, path: str) -> str:
        """Return where a file or folder below the target is."""
        return f"{self.root}{path}"

    def digests(self) -> dict[str, bytes]:
        """Return a fingerprint of each folder."""
        return {folder: files.digest() for folder, files in self.folders.items()}

    def digest(self, digests: Mapping[str, bytes]) -> bytes:
        """Return a fingerprint of all that was listed, metadata of tables included."""
        found = hashlib.blake2b(self.root.encode(), digest_size=DIGEST_BYTES)
        for folder in self.folders:
            found.update(folder.encode() + b"\0" + digests[folder])
        for lake in self.lakes:
            log = [(info.uri, info.size, _stamp(info)) for info in lake.log]
            found.update(orjson.dumps([lake.root, log]))
        found.update(orjson.dumps(dict(self.skipped)))
        return found.digest()


def list_target(
    pages: Iterable[Sequence[ObjectInfo]], target: str, exclusions: Sequence[str] = ()
) -> Listing:
    """Take in what was listed, and leave out what is hidden, empty, archived or excluded.

    Args:
        pages: What lies at or below the target, in any order.
        target: Its URI.
        exclusions: Glue's globs, tried against what stands behind the target.

    Raises:
        StorageError: The target cannot be listed.
        InvalidInputError: An exclusion is no glob.
    """
    sorter = _Sorter(normalize_uri(target), compile_exclusions(exclusions) if exclusions else None)
    for page in pages:
        sorter.take(page)
    return sorter.listing()


class _Sorter:
    """Puts objects to their folders; what a folder is, is decided once."""

    def __init__(self, target: str, excluded: Callable[[str], bool] | None) -> None:
        self._target = target
        self._root = target if target.endswith("/") else f"{target}/"
        self._excluded = excluded
        self._folders: dict[str, FolderFiles | None] = {}
        # Folders that may be a table's metadata by their names, but hold other files.
        self._suspects: dict[str, FolderFiles] = {}
        self._marked: list[tuple[LakeKind, str, ObjectInfo]] = []
        self._skipped: Counter[str] = Counter()
        self._is_file = False

    def take(self, page: Sequence[ObjectInfo]) -> None:
        """Sort one page."""
        if page and page[0].uri == self._target:
            self._is_file = True
            self._root = f"{self._target.rpartition('/')[0]}/"
        plain, prefix, start = self._excluded is None, "\0", 0
        files: FolderFiles | None = None
        names, sizes, stamps = _EMPTY.names, _EMPTY.sizes, _EMPTY.stamps
        # Nearly always the folder of the object before: a look at the name tells.
        for info in page:
            uri, size, modified, etag, storage_class = info
            name = uri[start:] if uri.startswith(prefix) else "/"
            if "/" in name:
                start = uri.rfind("/", len(self._root)) + 1 or len(self._root)
                prefix, name = uri[:start], uri[start:]
                files = self._folder(prefix[len(self._root) :].removesuffix("/"))
                names, sizes, stamps = (
                    (_EMPTY.names, _EMPTY.sizes, _EMPTY.stamps)
                    if files is None
                    else (files.names, files.sizes, files.stamps)
                )
            if files is None or name[:1] in _HIDDEN_MARKS:
                self._take_marked(info, uri[len(self._root) :])
            elif plain and size and storage_class not in ARCHIVED:
                names.append(name)
                sizes.append(size)
                stamps.append(etag or modified)
            else:
                self._take_plain(info, uri[len(self._root) :], files)

    def _folder(self, folder: str) -> FolderFiles | None:
        """Return the files of a folder, None where none of them is plain data."""
        if folder not in self._folders:
            self._folders[folder] = FolderFiles() if _is_plain(folder) else None
        return self._folders[folder]

    def _take_marked(self, info: ObjectInfo, path: str) -> None:
        """Take an object that is hidden, or that may tell of a table."""
        found = marker_of(path)
        if found is not None and not (self._excluded is not None and self._excluded(path)):
            self._marked.append((*found, info))
        elif _is_hidden(path):
            self._skipped["hidden"] += 1
        else:
            # A folder that is called ``metadata`` may hold data as well as any other.
            folder = path.rpartition("/")[0]
            self._take_plain(info, path, self._suspects.setdefault(folder, FolderFiles()))

    def _take_plain(self, info: ObjectInfo, path: str, files: FolderFiles) -> None:
        if info.size == 0:
            self._skipped["empty"] += 1
        elif info.storage_class in ARCHIVED:
            self._skipped["archived"] += 1
        elif self._excluded is not None and self._excluded(path):
            self._skipped["excluded"] += 1
        else:
            files.names.append(path.rpartition("/")[2])
            files.sizes.append(info.size)
            files.stamps.append(_stamp(info))

    def listing(self) -> Listing:
        """Return what was sorted, in the order of the folders."""
        lakes = self._lake_roots()
        roots = tuple(f"{lake.root}/" if lake.root else "" for lake in lakes)
        folders: dict[str, FolderFiles] = {}
        for folder, files in sorted((self._folders | self._suspects).items()):
            if files is None or not files.names:
                continue
            if roots and f"{folder}/".startswith(roots):
                self._skipped["of a table that tells its files itself"] += len(files.names)
                continue
            files.sort()
            if self._is_nameable(folder, files):
                folders[folder] = files
        return Listing(
            root=self._root,
            folders=folders,
            lakes=lakes,
            skipped=dict(sorted(self._skipped.items())),
            warnings=_warnings(self._skipped),
            is_file=self._is_file,
        )

    def _is_nameable(self, folder: str, files: FolderFiles) -> bool:
        """Leave out names that are no Unicode, which neither S3 nor a catalog can hold."""
        if _is_unicode(folder) and _is_unicode("".join(files.names)):
            return True
        whole = not _is_unicode(folder)
        bad = [i for i, name in enumerate(files.names) if whole or not _is_unicode(name)]
        for i in reversed(bad):
            del files.names[i], files.sizes[i], files.stamps[i]
        self._skipped["named in no Unicode"] += len(bad)
        return bool(files.names)

    def _lake_roots(self) -> tuple[LakeRoot, ...]:
        return tuple(
            LakeRoot(kind=kind, root=root, log=tuple(sorted(log)))
            for (kind, root), log in sorted(collect_lakes(self._marked).items())
        )


_EMPTY = FolderFiles()
_HIDDEN_MARKS = frozenset({"_", "."})


def _is_plain(folder: str) -> bool:
    """Return whether no object of a folder is hidden for it, or may be Iceberg's metadata."""
    return not _is_hidden(folder) and not f"/{folder}".endswith("/metadata")


def _is_hidden(path: str) -> bool:
    """Return whether Spark and Hive would pass over a key: ``_key=value`` folders are data."""
    return any(
        part.startswith(".") or (part.startswith("_") and "=" not in part)
        for part in path.split("/")
    )


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _stamp(info: ObjectInfo) -> object:
    return info.etag or info.modified


def _warnings(skipped: Mapping[str, int]) -> tuple[str, ...]:
    archived = skipped.get("archived", 0)
    if not archived:
        return ()
    return (f"{archived} archived objects were skipped; restore them to have them read",)
