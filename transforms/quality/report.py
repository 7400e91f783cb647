"""The report of a result: one HTML file that opens offline, JSON and JUnit's XML beside it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from gluepot.catalog.errors import StorageError
from gluepot.transforms.quality.junit import junit_xml
from gluepot.transforms.quality.page import Page

if TYPE_CHECKING:
    from jinja2 import Template

    from gluepot.transforms.quality.context import ReportContext
    from gluepot.transforms.quality.result import QualityResult

LONGEST_NAME = 80
_FOLDER = files("gluepot.transforms.quality")


@dataclass(frozen=True, kw_only=True)
class ReportPaths:
    """Where a report lies."""

    html: Path
    json: Path
    junit: Path


def write_report(
    result: QualityResult, *, folder: str | Path, context: ReportContext
) -> ReportPaths:
    """Write the report into ``folder``, which is made if it is not there.

    Each file appears whole or not at all; a report of the same name is replaced.

    Raises:
        StorageError: The folder or a file cannot be written.
    """
    target = Path(folder)
    stem = _file_name(result.name)
    paths = paths_beside(target / f"{stem}.html")
    text = json.dumps(_document(result, context), indent=2, ensure_ascii=False, allow_nan=False)
    try:
        target.mkdir(parents=True, exist_ok=True)
        _write(paths.html, render(result, context))
        _write(paths.json, text + "\n")
        _write(paths.junit, junit_xml(result, context))
    except OSError as error:
        raise StorageError(f"the quality report cannot be written to {target}: {error}") from error
    return paths


def paths_beside(html: Path) -> ReportPaths:
    """Return where the files lie that belong to a page."""
    return ReportPaths(
        html=html, json=html.with_suffix(".json"), junit=html.with_suffix(".junit.xml")
    )


def render(result: QualityResult, context: ReportContext) -> str:
    """Return the HTML page of a result."""
    style = (_FOLDER / "report.css").read_text(encoding="utf-8")
    # The style sheet is ours and has nothing of the data; all else is escaped.
    return _template().render(page=Page.of(result, context), style=Markup(style))  # noqa: S704


@cache
def _template() -> Template:
    loader = FunctionLoader(lambda name: (_FOLDER / name).read_text(encoding="utf-8"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html.jinja")


def _document(result: QualityResult, context: ReportContext) -> dict[str, object]:
    about = {
        "job_name": context.job_name,
        "run_id": context.run_id,
        "table": context.table,
        "checked_at": context.checked_at.isoformat(),
    }
    return about | result.to_json()


def _file_name(name: str) -> str:
    """Return a name that is safe on any disk, and differs where names differ.

    >>> _file_name("flights_clean")
    'flights_clean'
    >>> _file_name("../x")
    '-x-d6b96a97'
    """
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).lstrip(".")[:LONGEST_NAME]
    if safe and safe == name:
        return safe
    mark = hashlib.sha256(name.encode(errors="backslashreplace")).hexdigest()[:8]
    return f"{safe}-{mark}"


def _write(path: Path, text: str) -> None:
    """Write a file in one step: a reader, or a crash, never meets half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
