"""New project folders: settings and definitions that run, to be changed."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

_IGNORED = "gitignore"
_DATA = "@DATA@"


def start_project(folder: Path, *, demo: bool) -> list[Path]:
    """Write the files of a new project and return them, relative to the folder.

    Args:
        folder: Made when it is not there.
        demo: The demo's settings and definitions instead of the small example.

    Raises:
        InvalidInputError: One of the files is there already, and nothing was written; or the
            folder cannot be written.
    """
    starter = resources.files("gluepot.starter")
    source = resources.files("gluepot.demo").joinpath("project") if demo else starter
    texts = {name: text for name, text in _texts(source, "") if not name.endswith(".py")}
    texts[".gitignore"] = starter.joinpath(_IGNORED).read_text("utf-8")
    texts.pop(_IGNORED, None)
    there = [name for name in texts if (folder / name).exists()]
    if there:
        raise InvalidInputError(f"{folder} has {', '.join(there)} already; nothing was written")
    try:
        for name, text in texts.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            data = f"{(folder / 'data').absolute()}/"
            file.write_text(text.replace(_DATA, data), encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{folder} cannot be written: {error.strerror}") from error
    return [folder.joinpath(name).relative_to(folder) for name in sorted(texts)]


def _texts(folder: Traversable, above: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for each in folder.iterdir():
        name = f"{above}{each.name}"
        if each.is_dir():
            if each.name != "__pycache__":
                found += _texts(each, f"{name}/")
        else:
            found.append((name, each.read_text("utf-8")))
    return found
