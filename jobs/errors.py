"""What can go wrong in a job: each names the job's part and place, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError, InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong in a YAML file; line and column count from 1."""

    line: int
    column: int
    message: str


class DefinitionError(InvalidInputError):
    """A job's definition cannot work: ``DefinitionError(file, problems)``, all of them at once."""

    def __init__(self, file: Path, problems: tuple[Problem, ...]) -> None:
        super().__init__(file, problems)

    def __str__(self) -> str:
        """Say each problem on a line of its own, as compilers do."""
        file, problems = self.args
        return "\n".join(
            f"{file}:{problem.line}:{problem.column}: {problem.message}" for problem in problems
        )


class StepError(GluepotError):
    """A step cannot be carried out: ``StepError(step, file, line, reason)``."""

    def __init__(self, step: str, file: str, line: int, reason: str) -> None:
        super().__init__(step, file, line, reason)

    def __str__(self) -> str:
        """Say which step, where it stands, and why."""
        step, file, line, reason = self.args
        return f"step {step!r} ({file}:{line}): {reason}"


class SourceError(GluepotError):
    """A source cannot be read: ``SourceError(source, reason)``."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)

    def __str__(self) -> str:
        """Say which source and why."""
        source, reason = self.args
        return f"source {source!r} cannot be read: {reason}"


class SinkError(GluepotError):
    """A sink cannot be written: ``SinkError(sink, path, reason)``."""

    def __init__(self, sink: str, path: str, reason: str) -> None:
        super().__init__(sink, path, reason)

    def __str__(self) -> str:
        """Say which sink, where it writes, and why not."""
        sink, path, reason = self.args
        return f"sink {sink!r} cannot be written to {path}: {reason}"


class QualityGateError(GluepotError):
    """A gate with ``on_failure: fail`` did not hold: ``QualityGateError(gate, failed, report)``."""

    def __init__(self, gate: str, failed: tuple[str, ...], report: str) -> None:
        super().__init__(gate, failed, report)

    def __str__(self) -> str:
        """Say which rules failed, and where the report lies."""
        gate, failed, report = self.args
        rules = "; ".join(failed)
        return (
            f"quality gate {gate!r} failed, so nothing was written: {rules}. The report: {report}"
        )


class ConcurrentRunsError(GluepotError):
    """Another run of a job with bookmarks is under way."""

    code = "ConcurrentRunsExceededException"


class TransformNotReadyError(GluepotError):
    """A transform was not taught yet, so there is nothing to evaluate."""

    code = "MLTransformNotReadyException"


class IllegalWorkflowStateError(GluepotError):
    """The workflow run is not in a state that allows this."""

    code = "IllegalWorkflowStateException"


class BookmarkError(GluepotError):
    """A bookmark does not allow what was asked; the sentence says what would help."""


class LaunchError(GluepotError):
    """A job cannot be started on this machine; the sentence says what is missing."""
