"""``gluepot init``: a project folder to begin with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gluepot.cli.output import next_step, say
from gluepot.cli.progress import working

if TYPE_CHECKING:
    from pathlib import Path


def init(folder: Path, *, demo: bool) -> None:
    """Write a project's files; with ``demo`` land the demo's data and store its definitions."""
    from gluepot.project import start_project  # noqa: PLC0415

    for file in start_project(folder, demo=demo):
        say(str(folder / file))
    if demo:
        _fill(folder)
    there = "" if folder.absolute() == folder.absolute().cwd() else f"cd {folder} && "
    name, first = ("customers", "raw") if demo else ("example", "data")
    stored = "" if demo else "gluepot apply && "
    next_step(f"{there}{stored}gluepot crawl run {first}", f"gluepot job run {name}")


def _fill(folder: Path) -> None:
    from gluepot.applying import apply_definitions  # noqa: PLC0415
    from gluepot.demo.landing import first_files, land, second_files  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    before = os.getcwd()  # noqa: PTH109
    os.chdir(folder)  # the settings, and the paths in them, are those of the new folder
    try:
        with open_services(load_settings()) as services, working("Landing the demo's data"):
            for files in (first_files(), second_files()):
                say(land(services.s3, files))
            apply_definitions(services)
    finally:
        os.chdir(before)
