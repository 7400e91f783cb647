"""A blueprint's ZIP: read within limits, and what its ``blueprint.cfg`` says.

Source: Glue developer guide, "Developing blueprints", and its quotas.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_ARCHIVE = 1 << 20
MAX_CONTENT = 5 << 20
"""Bytes of a ZIP, and of all its files."""

CONFIG = "blueprint.cfg"
TYPES = (
    "String",
    "Integer",
    "Double",
    "Boolean",
    "S3Uri",
    "S3Bucket",
    "IAMRoleArn",
    "IAMRoleName",
)


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """What a ZIP holds.

    Attributes:
        generator: The function, as ``package.module.function``.
        spec: Each parameter's specification, by name.
        content: The bytes of the ZIP.
    """

    generator: str
    spec: Mapping[str, Any]
    content: bytes

    def encoded(self) -> str:
        """Return the ZIP as text."""
        return base64.b64encode(self.content).decode()


def read_archive(content: bytes) -> Blueprint:
    """Return what a ZIP holds.

    Raises:
        InvalidInputError: It is too large, no ZIP, or has no sound ``blueprint.cfg``.
    """
    if len(content) > MAX_ARCHIVE:
        raise InvalidInputError(f"The blueprint's ZIP has more than {MAX_ARCHIVE} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size(archive)
            config = _config(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise InvalidInputError(f"The blueprint is no ZIP that can be read: {error}") from None
    generator, spec = config.get("layoutGenerator"), config.get("parameterSpec", {})
    if not isinstance(generator, str) or generator.count(".") < 1:
        raise InvalidInputError(f"{CONFIG}: layoutGenerator is 'package.module.function'")
    if not isinstance(spec, dict):
        raise InvalidInputError(f"{CONFIG}: parameterSpec is an object")
    for name, one in spec.items():
        _check_spec(name, one)
    return Blueprint(generator=generator, spec=spec, content=content)


def unpack(content: bytes, folder: Path) -> None:
    """Write the files of a ZIP into a folder, and none elsewhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


def _check_size(archive: zipfile.ZipFile) -> None:
    size = 0
    for item in archive.infolist():
        # What a header says of its size need not be true: it is read up to the limit.
        with archive.open(item) as file:
            size += len(file.read(MAX_CONTENT - size + 1))
        if size > MAX_CONTENT:
            raise InvalidInputError(f"The blueprint's files have more than {MAX_CONTENT} bytes")


def _config(archive: zipfile.ZipFile) -> dict[str, Any]:
    found = [name for name in archive.namelist() if name.rpartition("/")[2] == CONFIG]
    if len(found) != 1:
        raise InvalidInputError(f"The blueprint's ZIP has {len(found)} files {CONFIG}; it has one")
    try:
        config = json.loads(archive.read(found[0]))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{CONFIG} is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise InvalidInputError(f"{CONFIG} is a JSON object")
    return config


def _check_spec(name: str, spec: object) -> None:
    if not isinstance(spec, dict) or spec.get("type") not in TYPES:
        raise InvalidInputError(f"{CONFIG}: parameter {name!r} has a type of {', '.join(TYPES)}")
    if not isinstance(spec.get("collection", False), bool):
        raise InvalidInputError(f"{CONFIG}: collection of parameter {name!r} is true or false")
    if not isinstance(spec.get("allowedValues", []), list):
        raise InvalidInputError(f"{CONFIG}: allowedValues of parameter {name!r} is an array")
