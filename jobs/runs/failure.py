"""Errors in few words, and the line of the user's own code that raised them."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path
from typing import Any

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.errors import StepError
from gluepot.jobs.runs.state import RunError

MOST_CHARACTERS = 2_000
"""Spark's messages carry whole plans and stacks; the log has them in full."""


def brief(error: BaseException) -> str:
    """Return what an error says, without Java's stack and Spark's plan."""
    java = getattr(error, "java_exception", None)
    if java is not None:
        return _cut(_root_message(java))
    message = getattr(error, "getMessage", None)
    text = message() if callable(message) else None
    return _cut(str(text or error))


def _root_message(java: Any) -> str:  # noqa: ANN401 - a Java Throwable
    cause = java
    for _ in range(20):
        below = cause.getCause()
        if below is None:
            break
        cause = below
    return str(cause.toString())


def _cut(text: str) -> str:
    lines = []
    for line in text.strip().splitlines():
        if line.startswith(("JVM stacktrace", "\tat ", "Driver stacktrace", "== SQL", "'Project")):
            break
        lines.append(line.rstrip())
    short = "\n".join(lines).strip().rstrip(";")
    return short if len(short) <= MOST_CHARACTERS else f"{short[:MOST_CHARACTERS]}..."


def describe(error: BaseException, *, script: Path | None = None) -> RunError:
    """Return an error as a run's record keeps it.

    Args:
        error: What ended the run.
        script: The user's script; its innermost line in the traceback is the place.
    """
    if isinstance(error, StepError):
        _, file, line, _ = error.args
        return RunError(
            message=str(error), file=file, line=line, source_line=_source_line(file, line)
        )
    message = brief(error)
    if not isinstance(error, GluepotError):
        message = f"{type(error).__name__}: {message}"
    file, line = _script_place(error, script)
    return RunError(message=message, file=file, line=line, source_line=_source_line(file, line))


def _script_place(error: BaseException, script: Path | None) -> tuple[str | None, int | None]:
    if script is None:
        return None, None
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    wanted = str(script.absolute())
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if str(Path(frame.filename).absolute()) == wanted]
    return (wanted, own[-1].lineno) if own else (wanted, None)


def _source_line(file: str | None, line: int | None) -> str | None:
    if file is None or line is None:
        return None
    return linecache.getline(file, line).strip() or None
