"""A job's definition: a pipeline in YAML, or a script with Glue's API."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from gluepot.catalog.errors import EntityNotFoundError, did_you_mean
from gluepot.jobs.definitions.marked_yaml import read_document
from gluepot.jobs.definitions.pipeline import JobName, Pipeline, parse_pipeline, shape_problems
from gluepot.jobs.definitions.run_spec import LauncherName, RunSpec
from gluepot.jobs.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gluepot.jobs.definitions.marked_yaml import Document


Command = Literal["glueetl", "gluestreaming", "pythonshell"]

ENTRY_POINT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
"""A function of an installed package: ``package.module:function``."""


@dataclass(frozen=True, kw_only=True)
class JobDefinition:
    """What a job is, whatever its kind.

    Attributes:
        name: The name of its file, without the ending.
        kind: ``pipeline`` or ``script``.
        file: The definition: YAML, or the script itself.
        description: For people.
        bookmark: Whether a run reads only what is new.
        max_retries: How often a failed run is started again.
        spark_conf: Spark settings of this job alone.
        run_as: The user whose policies decide about tables; None may do all.
        role: What the API calls that: it counts where requests must be signed.
        script: The script of a script job.
        pipeline: The pipeline of a declarative job.
        location: Where a script lies that is fetched when the run begins, or the function of a
            package, ``package.module:function``.
        default_arguments: Arguments of every run that is not given others.
        fixed_arguments: Arguments that nothing overrides.
        launcher: What carries out its runs; None for what the settings say.
        command: Glue's word for the kind: ``pythonshell`` runs without Spark.
        members: Members of AWS Glue's Job that its runs follow: Timeout, WorkerType and such.
    """

    name: str
    kind: Literal["pipeline", "script"]
    file: Path
    description: str = ""
    bookmark: bool = False
    max_retries: int = 0
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    run_as: str | None = None
    role: str | None = None
    script: Path | None = None
    pipeline: Pipeline | None = None
    location: str | None = None
    default_arguments: Mapping[str, str] = field(default_factory=dict)
    fixed_arguments: Mapping[str, str] = field(default_factory=dict)
    launcher: LauncherName | None = None
    command: Command = "glueetl"
    members: Mapping[str, Any] = field(default_factory=dict)

    @property
    def without_spark(self) -> bool:
        """Return whether it is a plain Python process."""
        return self.command == "pythonshell"

    def arguments_of(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return a run's arguments by their bare names: the job's own, and what it was given."""
        bare = {key.removeprefix("--"): value for key, value in given.items()}
        return {**self.default_arguments, **bare, **self.fixed_arguments}


class ScriptSpec(RunSpec):
    """A YAML file that gives a script its settings."""

    name: JobName
    script: str = Field(
        min_length=1,
        description="Relative to this file, or s3://bucket/script.py, or package.module:function",
    )
    command: Command = Field(default="glueetl", description="pythonshell runs without Spark")
    description: str = ""
    bookmark: Literal["enable", "disable"] = "disable"


class UnknownJobError(EntityNotFoundError):
    """No file defines the job: ``UnknownJobError("Job", name, folder, known)``."""

    def __init__(self, kind: str, name: str, folder: Path, known: tuple[str, ...]) -> None:
        super().__init__(kind, name)
        self.args = (kind, name, folder, known)

    def __str__(self) -> str:
        """Say where was looked, and which name comes nearest."""
        kind, name, folder, known = self.args
        there = f" There are: {', '.join(known)}." if known else ""
        hint = did_you_mean(name, known)
        return f"{kind} {name!r} not found: {folder} has no {name}.yaml or {name}.py.{hint}{there}"


def list_jobs(conf_dir: Path) -> Iterator[str]:
    """Yield the names of the jobs that ``conf_dir/jobs`` defines, in order."""
    files = [*(conf_dir / "jobs").glob("*.yaml"), *(conf_dir / "jobs").glob("*.py")]
    yield from sorted({file.stem for file in files if not file.name.startswith(("_", "."))})


def load_job(conf_dir: Path, name: str) -> JobDefinition:
    """Read and check a job's definition.

    Raises:
        UnknownJobError: No file defines it.
        DefinitionError: The file has faults; all are named.
    """
    known = tuple(list_jobs(conf_dir))
    if name not in known:  # also keeps names with slashes out of paths
        raise UnknownJobError("Job", name, conf_dir / "jobs", known)
    file = conf_dir / "jobs" / f"{name}.yaml"
    if file.is_file():
        return _from_yaml(file, name)
    script = file.with_suffix(".py")
    return JobDefinition(name=name, kind="script", file=script, script=script)


def _from_yaml(file: Path, name: str) -> JobDefinition:
    document = read_document(file)
    is_script = "script" in document.value
    job = _script_job(document) if is_script else _pipeline_job(document)
    if job.name != name:
        message = f"the name is {job.name!r}, but the file is {file.name}: make them the same"
        raise DefinitionError(file, (document.problem(("name",), message),))
    return job


def _pipeline_job(document: Document) -> JobDefinition:
    pipeline = parse_pipeline(document)
    return JobDefinition(
        name=pipeline.name,
        kind="pipeline",
        file=document.file,
        description=pipeline.description,
        bookmark=pipeline.bookmark == "enable",
        pipeline=pipeline,
        **_of_runs(pipeline),
    )


def _of_runs(spec: RunSpec) -> dict[str, Any]:
    arguments = {key.removeprefix("--"): value for key, value in spec.arguments.items()}
    return {
        "max_retries": spec.max_retries,
        "run_as": spec.run_as,
        "spark_conf": spec.spark.conf,
        "launcher": spec.launcher,
        "default_arguments": arguments,
        "members": spec.members(),
    }


def _script_job(document: Document) -> JobDefinition:
    try:
        spec = ScriptSpec.model_validate(document.value)
    except ValidationError as error:
        raise DefinitionError(document.file, shape_problems(error, document, ScriptSpec)) from None
    away = spec.script.startswith("s3") or ENTRY_POINT.fullmatch(spec.script)
    script = None if away else document.file.parent / spec.script
    if script is not None and not script.is_file():
        problem = document.problem(("script",), f"there is no file {script}")
        raise DefinitionError(document.file, (problem,))
    return JobDefinition(
        name=spec.name,
        kind="script",
        file=document.file,
        description=spec.description,
        bookmark=spec.bookmark == "enable",
        script=script,
        location=spec.script if away else None,
        command=spec.command,
        **_of_runs(spec),
    )
