"""``gluepot pack``: a job and all that it needs, for clusters that have Spark and Python alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.cli.output import note, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.definitions.model import JobDefinition

DEFAULT_EXTRAS = ("spark", "postgres")


def pack(job_name: str, *, output: Path | None, extras: Sequence[str]) -> None:
    """Write a job's pack and print how it is started from there."""
    from gluepot.jobs.packing.pack import write_pack  # noqa: PLC0415
    from gluepot.launching import launch_settings  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        job = services.job_book.load(job_name)
        folder = output or Path("dist") / job_name
        wanted = (*DEFAULT_EXTRAS, *extras_of(job), *extras)
        packed = write_pack(job, launch_settings(services), folder, extras=wanted)
    note(f"{packed.folder}: {packed.size:,} bytes; manifest.json has the sha256 of each file")
    for name, text in packed.starts.items():
        say(f"# {name}\n{text}")
    note("The driver reads facts.json beside it: (umask 077; gluepot job facts > facts.json)")


def extras_of(job: JobDefinition) -> tuple[str, ...]:
    """Return the extras that a declarative job needs; of a script nobody knows."""
    return ("quality",) if job.pipeline is not None and job.pipeline.quality else ()
