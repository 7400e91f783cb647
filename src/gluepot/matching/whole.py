"""Folders and files that appear whole or not at all: made beside their place, then renamed."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.matching.errors import OutputRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HERE = -100
"""AT_FDCWD of Linux: a path is taken as any other call takes it."""
_EXCHANGE = 2
"""RENAME_EXCHANGE of Linux: two names change places in one step."""


@contextlib.contextmanager
def whole_folder(
    target: Path, *, overwrite: bool, is_ours: Callable[[Path], bool]
) -> Iterator[Path]:
    """Yield a new folder that takes the target's place when the block ends without an error.

    Until then the target stays as it is. A process that is killed leaves an unfinished folder of
    a hidden name beside the target; the next one that writes there removes it.

    Args:
        target: Where the folder goes; folders above it are made.
        overwrite: A result at the target may be replaced.
        is_ours: Whether a folder is such a result, and nothing else lies in it.

    Raises:
        OutputRefusedError: Something lies there that is not to be replaced.
        StorageError: It cannot be written; the disk may be full.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 - a link is refused, not followed
    try:
        check_target(target, overwrite=overwrite, is_ours=is_ours)
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        made = _beside(target)
        made.mkdir()
        with _held(made):
            try:
                yield made
                _settle(made)
                check_target(target, overwrite=overwrite, is_ours=is_ours)
                _put(made, target)
            finally:
                shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise _failed(target, error) from error


def check_target(target: Path, *, overwrite: bool, is_ours: Callable[[Path], bool]) -> None:
    """Check that a folder may go to a place.

    Raises:
        OutputRefusedError: Something lies there that is not to be replaced.
    """
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise OutputRefusedError(f"{target} is there and is no folder; name another place")
    if not any(target.iterdir()):
        return
    if not is_ours(target):
        raise OutputRefusedError(
            f"{target} holds other things than a result of matching; name another folder"
        )
    if not overwrite:
        raise OutputRefusedError(f"{target} holds a result already; --overwrite replaces it")


def check_file(target: Path, *, overwrite: bool) -> None:
    """Check that a file may go to a place.

    Raises:
        OutputRefusedError: Something is there, and may not be replaced.
    """
    if os.path.lexists(target) and not (overwrite and target.is_file()):
        raise OutputRefusedError(f"{target} is there already; --overwrite replaces a file")


def whole_file(target: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file in one step.

    Raises:
        OutputRefusedError: Something is there, and may not be replaced.
        StorageError: It cannot be written; the disk may be full.
    """
    check_file(target, overwrite=overwrite)
    made = _beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with made.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        made.replace(target)
    except OSError as error:
        raise _failed(target, error) from error
    finally:
        made.unlink(missing_ok=True)


def _prefix(target: Path) -> str:
    return f".{target.name[:100]}.unfinished-"


def _beside(target: Path) -> Path:
    return target.parent / f"{_prefix(target)}{uuid.uuid4().hex}"


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a lock that tells others that somebody is at work in a folder; it dies with us."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _sweep(target: Path) -> None:
    """Remove what processes that were killed left beside the target."""
    for left in target.parent.glob(f"{_escaped(_prefix(target))}*"):
        if left.is_dir():
            # One that is at work holds its folder's lock; its folder stays.
            with contextlib.suppress(BlockingIOError), _held(left):
                shutil.rmtree(left, ignore_errors=True)


def _escaped(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _settle(folder: Path) -> None:
    """Have everything in a folder on the disk, so that a crash after the rename loses none."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _put(made: Path, target: Path) -> None:
    """Give a folder its name; what had the name before goes."""
    if not target.exists() or not any(target.iterdir()):
        made.rename(target)  # over an empty folder, too
        return
    if not _exchanged(made, target):
        old = _beside(target)
        target.rename(old)
        try:
            made.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Return whether two names could change places in one step, which few systems can."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    found: int = rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)
    return found == 0


def _failed(target: Path, error: OSError) -> StorageError:
    return StorageError(f"{target} cannot be written: {error.strerror or error}")
