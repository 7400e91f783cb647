"""What a run takes along: modules, jars and files, fetched by the configured store."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.sources.objects import is_uri
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.parameters.python_modules import install_modules
from gluepot.jobs.parameters.special_parameters import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.jobs.run_context.stores import Stores

LARGEST_FILE_BYTES = 2 * 2**30
_PARTS = 64 * 2**20
_PACKAGES = (".zip", ".egg", ".jar")
"""What Python imports from as it is; a wheel is a zip by another name."""

EXTRA_FILES = "GLUEPOT_EXTRA_FILES"
"""The variable that names the files of ``--extra-files`` on this machine."""


@dataclass(frozen=True, kw_only=True)
class RunFiles:
    """What lies on this machine for a run; every path is absolute.

    Attributes:
        py_files: Modules and archives of packages.
        jars: For the driver and the executors.
        files: For the script's working folder.
        modules: The folder of installed packages; None where there are none.
    """

    py_files: tuple[Path, ...] = ()
    jars: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    modules: Path | None = None

    @property
    def python_path(self) -> tuple[Path, ...]:
        """Return what goes on Python's path: modules by their folder, archives themselves."""
        places = [file.parent if file.suffix == ".py" else file for file in self.py_files]
        installed = [] if self.modules is None else [self.modules]
        return tuple(dict.fromkeys([*places, *installed]))


def gather(arguments: Mapping[str, str], stores: Stores, *, folder: Path, cache: Path) -> RunFiles:
    """Fetch what ``arguments`` name into ``folder``, and install the packages they ask for.

    Args:
        arguments: By their bare names.
        stores: Where ``s3://`` addresses lie.
        folder: Of the run.
        cache: Where installed packages are kept for other runs.

    Raises:
        LaunchError: A file cannot be had, or pip fails; the sentence says which and why.
    """
    folder = folder.absolute()

    def fetch(name: str) -> tuple[Path, ...]:
        return tuple(_fetch(uri, name, stores, folder) for uri in listed(arguments.get(name, "")))

    wanted = listed(arguments.get("additional-python-modules", ""))
    modules = None
    if wanted:
        wheels = [
            str(_fetch(item, "additional-python-modules", stores, folder)) if is_uri(item) else item
            for item in wanted
        ]
        options = arguments.get("python-modules-installer-option", "")
        modules = install_modules(wheels, options, cache)
    return RunFiles(
        py_files=tuple(_importable(file) for file in fetch("extra-py-files")),
        jars=fetch("extra-jars"),
        files=fetch("extra-files"),
        modules=modules,
    )


def zipped(folder: Path) -> Path:
    """Return a folder of packages as an archive beside it, made once."""
    target = folder.with_suffix(".zip")
    if not target.is_file():
        partial = target.with_suffix(".partial")
        with zipfile.ZipFile(partial, "w") as archive:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                archive.write(file, file.relative_to(folder))
        partial.replace(target)
    return target


def _fetch(uri: str, parameter: str, stores: Stores, folder: Path) -> Path:
    # Two files of one name may come from two places.
    place = folder / parameter / hashlib.sha256(uri.encode()).hexdigest()[:12]
    target = place / (Path(uri).name or "file")
    place.mkdir(parents=True, exist_ok=True)
    store = stores.open(uri)
    try:
        with target.open("wb") as output:
            for start in range(0, LARGEST_FILE_BYTES + 1, _PARTS):
                data = store.read(uri, start, _PARTS)
                output.write(data)
                if len(data) < _PARTS:
                    return target
    except StorageError as error:
        raise LaunchError(f"--{parameter} names {uri}, which cannot be read: {error}") from error
    raise LaunchError(f"--{parameter} names {uri}, which is larger than {LARGEST_FILE_BYTES:,}")


def _importable(file: Path) -> Path:
    if file.suffix == ".whl":
        archive = file.with_suffix(".zip")
        shutil.copyfile(file, archive)
        return archive
    if file.suffix not in {".py", *_PACKAGES}:
        raise LaunchError(
            f"--extra-py-files takes .py, .zip, .egg and .whl; {file.name} is none of them"
        )
    return file


def on_python_path(folders: Sequence[Path], inherited: str | None) -> str:
    """Return a PYTHONPATH of folders and what there was before."""
    return ":".join([*map(str, folders), *([inherited] if inherited else [])])
