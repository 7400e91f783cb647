"""The folders of this machine whose files may be shown to whoever asks over the network.

A location in the catalog is text that anybody wrote who may create tables. Read as it stands it
would show every file that the server's user can open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import AccessDeniedError
from gluepot.crawlers.sources.files import LocalFiles, file_uri
from gluepot.crawlers.sources.objects import FILE_SCHEME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gluepot.catalog.errors import StorageError
    from gluepot.crawlers.sources.objects import ObjectInfo, ReadRequest


class FileRootError(AccessDeniedError):
    """A file or folder lies where files are not shown: ``FileRootError(uri)``."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)

    def __str__(self) -> str:
        """Say which setting decides; never what lies there, or whether anything does."""
        return (
            f"{self.args[0]} lies outside of the folders whose files the console shows; whoever"
            " runs the server adds a folder by the setting file_roots of [console]"
            " (GLUEPOT_CONSOLE__FILE_ROOTS)"
        )


@dataclass(frozen=True, kw_only=True)
class FileRoots:
    """Which files may be shown.

    It lives for one request: which links lead where is looked up once.

    Attributes:
        allowed: Folders whose files may, but for names that begin with a dot; links resolved.
        hidden: Files and folders that may not, unless the allowed one lies in it; likewise.
    """

    allowed: tuple[Path, ...]
    hidden: tuple[Path, ...] = ()
    _folders: dict[str, Path] = field(default_factory=dict, repr=False, compare=False)

    def check(self, uri: str) -> None:
        """Check where a file or folder of this machine lies, after links and dots are resolved.

        Raises:
            FileRootError: Outside of what may be shown.
        """
        place = self._resolved(Path(file_uri(uri).removeprefix(FILE_SCHEME)))
        if not any(self._shows(place, root) for root in self.allowed):
            raise FileRootError(uri)

    def _resolved(self, path: Path) -> Path:
        # There may be thousands of files in one folder, and each step of a path is a call.
        above = str(path.parent)
        folder = self._folders.get(above) or self._folders.setdefault(above, path.parent.resolve())
        found = folder / path.name
        return found.resolve() if found.is_symlink() else found

    def _shows(self, place: Path, root: Path) -> bool:
        if not place.is_relative_to(root):
            return False
        if any(part.startswith(".") for part in place.relative_to(root).parts):
            return False
        return not any(
            place.is_relative_to(each) and not root.is_relative_to(each) for each in self.hidden
        )


class RootedFiles(LocalFiles):
    """The folders of this machine, but for what may not be shown.

    What lists and reads raises FileRootError for a place outside of ``roots``, and for a link in
    them that leads out.
    """

    def __init__(self, roots: FileRoots) -> None:
        self._roots = roots

    def list(self, uri: str) -> Iterator[ObjectInfo]:
        """Yield the file at ``uri``, or every one below it, each folder in the order of names."""
        self._roots.check(uri)
        for found in super().list(uri):
            self._roots.check(found.uri)
            yield found

    def list_pages(self, uri: str) -> Iterator[Sequence[ObjectInfo]]:
        """Yield what ``list`` yields, the files of one folder in each page."""
        self._roots.check(uri)
        for page in super().list_pages(uri):
            for found in page:
                self._roots.check(found.uri)
            yield page

    def read(self, uri: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``."""
        self._roots.check(uri)
        return super().read(uri, start, length)

    def read_batch(self, requests: Sequence[ReadRequest]) -> Iterator[bytes | StorageError]:
        """Yield for each request, in their order, what ``read`` returns or the error it raises."""
        for each in requests:
            self._roots.check(each.uri)
        return super().read_batch(requests)

    def read_tail(self, uri: str, length: int) -> bytes:
        """Return the last ``length`` bytes, or all of a shorter file."""
        self._roots.check(uri)
        return super().read_tail(uri, length)
