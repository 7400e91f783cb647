"""Packages that a job asks for, installed once into a folder that runs share."""

from __future__ import annotations

import hashlib
import importlib.util
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.jobs.errors import LaunchError

if TYPE_CHECKING:
    from collections.abc import Sequence

LAST_CHARACTERS = 2000
LONGEST_SECONDS = 1800


def install_modules(modules: Sequence[str], options: str, cache: Path) -> Path:
    """Install packages with pip, or uv where there is no pip, and return their folder.

    The same wishes find the folder of the first run again: pinned versions make it the same
    everywhere. A run that dies on the way leaves no half folder.

    Args:
        modules: As pip takes them: ``name==1.0``, or paths of wheels.
        options: Of pip, as a shell would split them.
        cache: Where the folders are kept.

    Raises:
        LaunchError: They cannot be installed; the end of pip's words is in the sentence.
    """
    folder = cache.absolute() / _key(modules, options)
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".install-") as work:
        target = Path(work) / "modules"
        command = [*_installer(), "--target", str(target), *shlex.split(options), *modules]
        done = subprocess.run(  # noqa: S603 - a list, without a shell
            command, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-LAST_CHARACTERS:]
            raise LaunchError(f"--additional-python-modules {', '.join(modules)}: {said}")
        try:
            target.rename(folder)
        except OSError:  # another run has just installed the same
            if not folder.is_dir():
                raise
    return folder


def _installer() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--no-input", "--quiet"]
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise LaunchError(
            "--additional-python-modules needs pip or uv; install one of them beside gluepot"
        )
    return [uv, "pip", "install", "--quiet", "--python", sys.executable]


def _key(modules: Sequence[str], options: str) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]}{sys.platform}{options}".encode())
    for module in modules:
        file = Path(module)
        # A wheel may change behind its name, and lies in another folder in each run.
        known = file.read_bytes() if file.is_file() else module.encode()
        digest.update(file.name.encode() + hashlib.sha256(known).digest())
    return digest.hexdigest()[:32]
