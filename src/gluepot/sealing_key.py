"""The key that seals secrets: from the environment, or a file that only its owner reads."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.sealing import KEY_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.settings import Settings

FILE_NAME = "sealing.key"


def load_sealing_key(settings: Settings) -> bytes:
    """Return the key; without one that is set, the file in the home folder, made if need be.

    Raises:
        InvalidInputError: The key is not 32 bytes as base64, or the file that was named is
            not there.
    """
    if settings.sealing_key is not None:
        return _decode(settings.sealing_key.get_secret_value(), "GLUEPOT_SEALING_KEY")
    named = settings.sealing_key_file
    if named is None:
        named = settings.home / FILE_NAME
        _make_once(named)
    try:
        text = named.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"The sealing key cannot be read from {named}: {error};"
            " make one with: openssl rand -base64 32"
        ) from error
    return _decode(text, str(named))


def find_sealing_key(settings: Settings) -> bytes | None:
    """Return the key, or None where none is set and none was made yet; it raises as above."""
    unset = settings.sealing_key is None and settings.sealing_key_file is None
    if unset and not (settings.home / FILE_NAME).exists():
        return None
    return load_sealing_key(settings)


def _make_once(path: Path) -> None:
    """Write a new key unless there is one; of processes that start together one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    own = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(own, path)
    except FileExistsError:
        return
    finally:
        own.unlink()


def _decode(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise InvalidInputError(
            f"The sealing key in {where} is not {KEY_BYTES} bytes as base64;"
            " make one with: openssl rand -base64 32"
        )
    return key
