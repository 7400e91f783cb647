"""The demo's own project folder: settings and definitions to change and run again."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from gluepot.catalog.errors import GluepotError

FOLDER = Path("gluepot-demo")
MARK = "# The demo's settings."


class DemoFolderError(GluepotError):
    """The folder that the demo would use holds something else."""


def make_project(folder: Path, *, keep: bool) -> Path:
    """Write the demo's settings and definitions to ``folder`` and return its absolute path.

    Args:
        folder: Made when it is not there; an earlier demo's is emptied first.
        keep: Leave an earlier demo's state and definitions as they are.

    Raises:
        DemoFolderError: The folder is there and is not a demo's.
    """
    settings = folder / "gluepot.toml"
    if folder.exists():
        if not settings.is_file() or not settings.read_text().startswith(MARK):
            raise DemoFolderError(f"{folder} exists and is not a demo's; run elsewhere or move it")
        if keep:
            return folder.absolute()
        shutil.rmtree(folder)
    template = resources.files("gluepot.demo").joinpath("project")
    with resources.as_file(template) as source:
        shutil.copytree(source, folder)
    return folder.absolute()
