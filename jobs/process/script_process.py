"""A script run as if it were the process itself: its arguments, its names, its way to end."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from gluepot.jobs.definitions.script_files import is_entry_point
from gluepot.jobs.parameters.glue_names import glue_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gluepot.jobs.definitions.model import JobDefinition


def run_process(job: JobDefinition, arguments: Mapping[str, str]) -> None:
    """Run a job's script, or call its function, with ``sys.argv`` made of its arguments.

    Raises:
        Exception: Whatever the script raises.
        SystemExit: The script ends itself with another code than 0.
    """
    args = [part for name, value in arguments.items() for part in (f"--{name}", value)]
    before = sys.argv
    sys.argv = [str(job.script), *args]
    try:
        with glue_names(), contextlib.suppress(_CleanExit), _clean_exits():
            if job.location is not None and is_entry_point(job.location):
                module, _, function = job.location.partition(":")
                getattr(import_module(module), function)()
            else:
                runpy.run_path(str(job.script), run_name="__main__")
    finally:
        sys.argv = before


@contextlib.contextmanager
def working_folder(files: tuple[Path, ...], folder: Path) -> Iterator[None]:
    """Make ``folder`` the working folder inside the block, with ``files`` in it.

    Without files the working folder stays what it was, and relative paths mean what they did.
    """
    if not files:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        link = folder / file.name
        link.unlink(missing_ok=True)
        link.symlink_to(file)
    before = os.getcwd()  # noqa: PTH109
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


class _CleanExit(Exception):  # noqa: N818 - no error
    """The script ended itself with code 0."""


@contextlib.contextmanager
def _clean_exits() -> Iterator[None]:
    try:
        yield
    except SystemExit as error:
        if error.code in {None, 0}:
            raise _CleanExit from None
        raise
