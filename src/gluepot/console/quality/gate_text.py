"""One gate in the file of a job: cut out to be edited, and put back with all else as it was."""

from __future__ import annotations

import difflib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from gluepot.catalog.errors import EntityNotFoundError, GluepotError, InvalidInputError
from gluepot.jobs.definitions.marked_yaml import parse_document
from gluepot.jobs.definitions.pipeline import parse_pipeline
from gluepot.jobs.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.definitions.pipeline import GateSpec, Pipeline
    from gluepot.jobs.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something wrong with a text; line and column count from 1.

    Attributes:
        inside: Whether the place is in the text itself, and not elsewhere in its file.
    """

    line: int
    column: int
    message: str
    inside: bool = True


@dataclass(frozen=True, kw_only=True)
class GateText:
    """A gate's text, and what is around it.

    Attributes:
        file: The job's file.
        whole: The text of the file.
        start: Where the gate begins in it.
        end: Where it ends, without the blank lines and comments that follow it.
        line: The line of its beginning, from 1.
        indent: The column of its beginning, from 0.
    """

    file: Path
    whole: str
    start: int
    end: int
    line: int
    indent: int

    @property
    def text(self) -> str:
        """Return the gate as YAML without the indentation it has in its file."""
        first, *rest = self.whole[self.start : self.end].split("\n")
        cut = [line[self.indent :] if not line[: self.indent].strip() else line for line in rest]
        return "\n".join([first, *cut])

    @property
    def digest(self) -> str:
        """Return what tells this state of the file from any other."""
        return hashlib.sha256(self.whole.encode()).hexdigest()

    @property
    def is_writable(self) -> bool:
        """Tell whether this process may replace the file."""
        return os.access(self.file, os.W_OK) and os.access(self.file.parent, os.W_OK)

    def with_gate(self, text: str) -> str:
        """Return the file with another text of the gate."""
        first, *rest = text.replace("\r\n", "\n").rstrip().split("\n")
        margin = " " * self.indent
        lines = [first, *(margin + line if line.strip() else "" for line in rest)]
        return self.whole[: self.start] + "\n".join(lines) + self.whole[self.end :]

    def changes(self, text: str) -> list[str]:
        """Return what would change in the file, as a unified diff without its head."""
        old, new = self.whole.splitlines(), self.with_gate(text).splitlines()
        return list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]


def gate_text(job: JobDefinition, gate: str) -> GateText:
    """Return the text of a gate of a declarative job.

    Raises:
        InvalidInputError: The job is a script, or its file cannot be read.
        EntityNotFoundError: It has no such gate.
    """
    if job.pipeline is None:
        raise InvalidInputError(f"Job {job.name} is a script: its rules stand in {job.file}")
    try:
        whole = job.file.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{job.file} cannot be read: {error.strerror}") from error
    names = [each.name for each in job.pipeline.quality]
    if gate not in names:
        raise EntityNotFoundError(f"Job {job.name}'s gate", gate)
    node = _gates(whole)[names.index(gate)]
    start, end = node.start_mark, node.end_mark
    body = whole[start.index : end.index]
    return GateText(
        file=job.file,
        whole=whole,
        start=start.index,
        end=start.index + len(_without_tail(body, start.column)),
        line=start.line + 1,
        indent=start.column,
    )


def checked(found: GateText, text: str) -> tuple[Pipeline | None, tuple[Fault, ...]]:
    """Return the job as it would be with another text of the gate, or everything wrong with it."""
    try:
        return parse_pipeline(parse_document(found.file, found.with_gate(text))), ()
    except DefinitionError as error:
        return None, tuple(_faults(found, text, error.args[1]))
    except GluepotError as error:
        return None, (Fault(line=1, column=1, message=str(error)),)


def gate_at(pipeline: Pipeline, found: GateText) -> GateSpec:
    """Return the gate that stands where a text was cut out; its name may be another."""
    marks = [node.start_mark.line + 1 for node in _gates(found.whole)]
    return pipeline.quality[marks.index(found.line)]


def save(found: GateText, text: str, *, digest: str) -> None:
    """Put a text in the place of the gate; the file appears whole or not at all.

    Args:
        found: The gate as it is now.
        text: Its new text.
        digest: Of the file that was edited.

    Raises:
        InvalidInputError: Somebody has changed the file since, or it cannot be written.
        DefinitionError: The job would have faults; all are named.
    """
    if digest != found.digest:
        raise InvalidInputError(
            f"{found.file} was changed since you opened it; nothing was saved. Open it again"
        )
    new = found.with_gate(text)
    parse_pipeline(parse_document(found.file, new))
    write_whole(found.file, new)


def write_whole(file: Path, text: str) -> None:
    """Write a file in one step: a reader, or a crash, never meets half of it.

    Raises:
        InvalidInputError: It cannot be written.
    """
    temporary = ""
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem[:40]}-")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(file)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise InvalidInputError(f"{file} cannot be written: {error.strerror}") from error


def _gates(whole: str) -> list[yaml.Node]:
    node = yaml.compose(whole, Loader=yaml.SafeLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    found = [value for key, value in pairs if getattr(key, "value", None) == "quality"]
    return list(found[0].value) if found and isinstance(found[0], yaml.SequenceNode) else []


def _without_tail(body: str, indent: int) -> str:
    """Return a text without the blank lines and outer comments at its end."""
    lines = body.rstrip().split("\n")
    while len(lines) > 1 and _is_outside(lines[-1], indent):
        lines.pop()
    return "\n".join(lines)


def _is_outside(line: str, indent: int) -> bool:
    bare = line.lstrip()
    return not bare or (bare.startswith("#") and len(line) - len(bare) < indent)


def _faults(found: GateText, text: str, problems: Iterable[Problem]) -> Iterable[Fault]:
    last = found.line + text.rstrip().count("\n")
    for problem in problems:
        inside = found.line <= problem.line <= last
        yield Fault(
            line=problem.line - found.line + 1 if inside else problem.line,
            column=max(problem.column - found.indent, 1) if inside else problem.column,
            message=problem.message,
            inside=inside,
        )
