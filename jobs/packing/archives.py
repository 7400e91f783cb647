"""Archives whose bytes depend on what is in them alone: no times, no users, one order."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can say."""

LEVEL = 1
"""Most of the packages are libraries, which a higher level makes hardly smaller."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file of an archive.

    Attributes:
        name: Its path there, with slashes.
        data: Its contents, or where they lie.
        executable: Whether it is a program.
    """

    name: str
    data: bytes | Path
    executable: bool = False

    def read(self) -> bytes:
        """Return the contents."""
        return self.data if isinstance(self.data, bytes) else self.data.read_bytes()


def write_zip(file: Path, members: Iterable[Member]) -> None:
    """Write a zip archive, replacing what is there."""
    with zipfile.ZipFile(file, "w") as archive:
        for member in sorted(members, key=lambda member: member.name):
            entry = zipfile.ZipInfo(member.name, FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever packs
            entry.external_attr = (0o100000 | _mode(member)) << 16
            archive.writestr(entry, member.read(), compresslevel=LEVEL)


def write_tar_gz(file: Path, members: Iterable[Member]) -> None:
    """Write a compressed tar archive, replacing what is there."""
    with (
        file.open("wb") as output,
        gzip.GzipFile("", "wb", compresslevel=LEVEL, fileobj=output, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member in sorted(members, key=lambda member: member.name):
            data = member.read()
            entry = tarfile.TarInfo(member.name)
            entry.size, entry.mode = len(data), _mode(member)
            archive.addfile(entry, io.BytesIO(data))


def _mode(member: Member) -> int:
    return 0o755 if member.executable else 0o644
