"""Gluepot's wheel, made of the package as it is installed here, editable or not."""

from __future__ import annotations

import base64
import hashlib
import os
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.jobs.packing.archives import Member, write_zip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WHEEL = "Wheel-Version: 1.0\nGenerator: gluepot\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheel(folder: Path) -> Path:
    """Write ``gluepot-VERSION-py3-none-any.whl`` into a folder and return it.

    Source: the binary distribution format of the Python packaging user guide.
    """
    version = distribution("gluepot").version
    file = folder / f"gluepot-{version}-py3-none-any.whl"
    members = [*package_members(), *_information(version)]
    record = Member(
        name=f"gluepot-{version}.dist-info/RECORD",
        data=_record(members, f"gluepot-{version}.dist-info/RECORD"),
    )
    write_zip(file, [*members, record])
    return file


def package_members() -> Iterator[Member]:
    """Yield the files of the package ``gluepot``."""
    spec = find_spec("gluepot")
    if spec is None or spec.origin is None:
        raise AssertionError("this module is one of gluepot's")
    root = Path(spec.origin).parent
    # Links are followed: an editable installation is made of them.
    for folder, folders, files in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        for name in files:
            if not name.endswith((".pyc", ".pyo")) and name[0] != ".":
                path = Path(folder) / name
                yield Member(name=f"gluepot/{path.relative_to(root).as_posix()}", data=path)


def _information(version: str) -> Iterator[Member]:
    found = distribution("gluepot")
    folder = f"gluepot-{version}.dist-info"
    yield Member(name=f"{folder}/WHEEL", data=_WHEEL.encode())
    for name in ("METADATA", "entry_points.txt"):
        text = found.read_text(name)
        if text is not None:
            yield Member(name=f"{folder}/{name}", data=text.encode())


def _record(members: Iterable[Member], own: str) -> bytes:
    lines = []
    for member in sorted(members, key=lambda member: member.name):
        data = member.read()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{member.name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{own},,\n"]).encode()
