"""A job's pack: a folder with all that a cluster needs to run it, and how it is started there."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import distribution
from typing import TYPE_CHECKING

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.packing.archives import Member, write_zip
from gluepot.jobs.packing.commands import starting_files
from gluepot.jobs.packing.environment import (
    PYTHON,
    find_packages,
    versions_of,
    write_environment,
)
from gluepot.jobs.packing.wheel import write_wheel
from gluepot.jobs.sessions.jars import jar_paths, locked_jars

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.launch import LaunchSettings

MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Pack:
    """What was packed.

    Attributes:
        folder: Where.
        starts: How the job is started, by the name of the file that says so.
        size: Bytes of all files.
    """

    folder: Path
    starts: Mapping[str, str]
    size: int


def write_pack(
    job: JobDefinition, settings: LaunchSettings, folder: Path, *, extras: Collection[str]
) -> Pack:
    """Write a job's pack; the same job, packages and settings give the same bytes.

    It holds no secrets: the driver reads ``facts.json``, which `gluepot job facts` prints, or what
    the place's settings name instead.

    Args:
        job: What to pack; one that the API has stored stays in the catalog's database.
        settings: Where the jars are, and what the launchers' places are.
        folder: Made if it is not there.
        extras: Which of gluepot's extras the job needs.

    Raises:
        LaunchError: The folder holds other things, or the script lies outside of ``conf/jobs``.
        JarError: A jar is missing.
        InvalidInputError: There is no such extra, or a package is not installed here.
    """
    _empty(folder)
    packages = find_packages(extras)
    write_wheel(folder)
    write_environment(folder / "env.tar.gz", packages.values())
    _copy_jars(settings, folder / "jars")
    _write_definitions(job, settings, folder)
    entry = resources.files("gluepot.jobs.entry").joinpath("gluepot_job.py")
    (folder / "gluepot_job.py").write_text(entry.read_text(encoding="utf-8"), encoding="utf-8")
    starts = starting_files(job, settings)
    for name, text in starts.items():
        (folder / name).write_text(text, encoding="utf-8")
    manifest = _manifest(job, folder, versions_of(packages))
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    size = sum(file.stat().st_size for file in _files(folder))
    return Pack(folder=folder, starts=starts, size=size)


def _empty(folder: Path) -> None:
    """Make the folder, or empty it of an earlier pack; nothing else is ever deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    there = list(folder.iterdir())
    if not there:
        return
    if not (folder / MANIFEST).is_file():
        raise LaunchError(f"{folder} holds other things than a pack; name an empty folder")
    known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    for name in (*known, MANIFEST):
        (folder / name).unlink(missing_ok=True)


def _copy_jars(settings: LaunchSettings, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for jar in jar_paths(settings.jars_dir):
        shutil.copyfile(jar, folder / jar.name)


def _write_definitions(job: JobDefinition, settings: LaunchSettings, folder: Path) -> None:
    """Write ``conf/`` for drivers that start in the pack, and ``conf.zip`` for all others."""
    members = [] if job.location is not None else list(_definitions(job, settings.conf_dir))
    for member in members:
        target = folder / "conf" / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(member.read())
    # Spark does not unpack an archive that is empty.
    write_zip(folder / "conf.zip", members or [Member(name="jobs/.keep", data=b"")])


def _definitions(job: JobDefinition, conf_dir: Path) -> list[Member]:
    files = {job.file, *(() if job.script is None else (job.script,))}
    found = []
    for file in files:
        path = file.resolve()
        if not path.is_relative_to(conf_dir.resolve()):
            raise LaunchError(
                f"{file} of job {job.name} lies outside of {conf_dir}, so it cannot be packed; move"
                f" it to {conf_dir / 'jobs'} or to S3"
            )
        found.append(Member(name=path.relative_to(conf_dir.resolve()).as_posix(), data=path))
    return found


def _manifest(job: JobDefinition, folder: Path, packages: Mapping[str, str]) -> str:
    document = {
        "job": job.name,
        "gluepot": distribution("gluepot").version,
        "python": PYTHON,
        "spark": distribution("pyspark").version,
        "packages": packages,
        "jars": {jar.file_name: str(jar) for jar in locked_jars()},
        "files": {
            file.relative_to(folder).as_posix(): _sha256(file)
            for file in _files(folder)
            if file.name != MANIFEST
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
