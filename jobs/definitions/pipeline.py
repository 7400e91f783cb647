"""Declarative jobs: what ``conf/jobs/NAME.yaml`` may say, checked whole before Spark starts."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic looks at it while running
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from gluepot.catalog.errors import did_you_mean
from gluepot.jobs.definitions.marked_yaml import Document, read_document
from gluepot.jobs.definitions.pipeline_checks import check_pipeline
from gluepot.jobs.definitions.references import split_reference
from gluepot.jobs.definitions.run_spec import Part, RunSpec, SparkSpec, Texts
from gluepot.jobs.definitions.source_checks import FileFormat  # noqa: TC001 - pydantic reads it
from gluepot.jobs.errors import DefinitionError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$"
"""Names become file names, so they hold no slash and do not begin with a dot."""


Alias = Annotated[str, Field(min_length=1)]
JobName = Annotated[str, Field(pattern=NAME)]


ConnectionType = Literal["postgresql", "mysql", "jdbc", "dynamodb", "mongodb"]


class SourceSpec(Part):
    """Where rows come from: a table of the catalog, files at a path, or a database."""

    table: str | None = Field(default=None, description="A table of the catalog: database.table")
    partition_predicate: str | None = Field(
        default=None, description="Which partitions of the table are read, in SQL"
    )
    path: str | None = Field(default=None, description="Files: s3://bucket/folder, or a folder")
    format: FileFormat | None = Field(default=None, description="The format of files at a path")
    format_options: dict[str, Any] = Field(
        default_factory=dict,
        description="Glue's options of the format, as in scripts; choices are kept",
    )
    connection_type: ConnectionType | None = Field(default=None, description="A database")
    connection: str | None = Field(
        default=None, description="The connection of the catalog that leads to the database"
    )
    options: Texts = Field(
        default_factory=dict,
        description="Spark's reader options of files; Glue's options of a database",
    )
    bookmark: bool = Field(default=True, description="Read only what is new, if the job does so")

    @property
    def as_in_scripts(self) -> bool:
        """Return whether its files are read as scripts read them, with choices."""
        always = self.format in {"xml", "grok", "ion"} or (self.format == "json")
        return self.path is not None and (
            bool(self.format_options) or (always and not self.options)
        )

    @property
    def place(self) -> str:
        """Return where the rows come from, in a word."""
        database = f"{self.connection_type} {self.connection or ''}".strip()
        return self.table or self.path or database


class StepSpec(BaseModel):
    """One transform; its parameters stand beside its own keys."""

    model_config = ConfigDict(frozen=True, extra="allow")

    transform: str = Field(description="What is done")
    name: Alias | None = Field(
        default=None, description="What the result is called; the transform's name if not given"
    )
    input: Alias | None = Field(
        default=None, description="What it is done to: a source or a step, or STEP.PART"
    )
    inputs: tuple[Alias, ...] | None = Field(default=None, description="The same, of several")

    @property
    def alias(self) -> str:
        """Return the name of what the step makes; without one, the transform's."""
        return self.name or self.transform

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the aliases it reads."""
        if self.inputs is not None:
            return self.inputs
        return () if self.input is None else (self.input,)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the transform's own parameters."""
        return self.model_extra or {}


class FailingRowsSpec(Part):
    """Where rows go that break a rule, with the rules that they break."""

    path: str = Field(description="Where to: s3://bucket/folder, or a folder")
    table: str | None = Field(
        default=None, description="The table of the catalog that they become: database.table"
    )
    limit: int | None = Field(default=None, ge=1, description="How many rows at most of a run")


class GateSpec(Part):
    """Rules that must hold before anything is written."""

    input: Alias = Field(description="What is checked")
    name: Alias = Field(description="What the report calls it")
    on_failure: Literal["fail", "warn"] = Field(
        default="fail", description="Whether the job ends, and writes nothing, or goes on"
    )
    rules: tuple[dict[str, Any], ...] = Field(
        default=(), description="What must hold, as expectations of Great Expectations"
    )
    ruleset: str | None = Field(default=None, description="What must hold, in DQDL")
    suite: str | None = Field(
        default=None,
        description="What must hold, as a suite of Great Expectations: a .json or .py file, whose"
        " path starts at the folder of the job's file",
    )
    sources: dict[str, Alias] = Field(
        default_factory=dict, description="Other data that the ruleset names, by its aliases"
    )
    mask: tuple[str, ...] = Field(
        default=(),
        description="Columns whose values the report does not show, of a ruleset or a suite",
    )
    failing_rows: FailingRowsSpec | None = Field(
        default=None, description="Where rows go that break a rule of the ruleset"
    )


class SinkSpec(Part):
    """Where rows go, and the table they become in the catalog."""

    input: Alias = Field(description="What is written")
    path: str = Field(description="Where to: s3://bucket/folder, or a folder")
    format: Literal["delta", "parquet"] = Field(default="delta", description="Of the files")
    partition_by: tuple[str, ...] = Field(default=(), description="Columns that make folders")
    table: str | None = Field(
        default=None, description="The table of the catalog that it becomes: database.table"
    )
    mode: Literal["append", "overwrite"] = Field(
        default="append", description="Beside what is there, or in its place"
    )

    @property
    def key(self) -> str:
        """Return what tells this sink from the job's others, run after run."""
        return self.path.rstrip("/")


class Pipeline(RunSpec):
    """A declarative job: sources, steps, quality gates, sinks."""

    name: JobName = Field(description="The name of the file, without its ending")
    description: str = Field(default="", description="For people")
    bookmark: Literal["enable", "disable"] = Field(
        default="disable", description="Whether a run reads only what is new"
    )
    sources: dict[Alias, SourceSpec] = Field(
        min_length=1, description="Where rows come from, by the names that steps call them"
    )
    steps: tuple[StepSpec, ...] = Field(default=(), description="What is done to them")
    quality: tuple[GateSpec, ...] = Field(default=(), description="What must hold")
    sinks: tuple[SinkSpec, ...] = Field(min_length=1, description="Where rows go")

    _lines: dict[str, int] = PrivateAttr(default_factory=dict)
    _file: str = PrivateAttr(default="")
    _order: tuple[int, ...] = PrivateAttr(default=())

    @property
    def file(self) -> str:
        """Return the path of the file."""
        return self._file

    @property
    def ordered_steps(self) -> tuple[StepSpec, ...]:
        """Return the steps, each after those it reads."""
        return tuple(self.steps[index] for index in self._order)

    def refer(self, reference: str) -> tuple[str, str | None]:
        """Return the alias that ``input`` names, and the part of its collection, if one is."""
        aliases = {*self.sources, *(step.alias for step in self.steps)}
        return split_reference(reference, aliases)

    def line(self, alias: str) -> int:
        """Return the line of the step that makes ``alias``."""
        return self._lines.get(alias, 1)


def load_pipeline(path: Path) -> Pipeline:
    """Read and check a pipeline.

    Raises:
        DefinitionError: Names every problem with its line and column, and the nearest right word.
        InvalidInputError: The file cannot be opened.
    """
    return parse_pipeline(read_document(path))


def parse_pipeline(document: Document) -> Pipeline:
    """Check a pipeline that was read; it raises as ``load_pipeline`` does."""
    try:
        pipeline = Pipeline.model_validate(document.value)
    except ValidationError as error:
        raise DefinitionError(document.file, shape_problems(error, document, Pipeline)) from None
    checked = check_pipeline(pipeline, document)
    if checked.problems:
        raise DefinitionError(document.file, checked.problems)
    pipeline._file = str(document.file)  # noqa: SLF001 - made here
    pipeline._order = checked.order  # noqa: SLF001
    pipeline._lines = {  # noqa: SLF001
        step.alias: document.line(("steps", number)) for number, step in enumerate(pipeline.steps)
    }
    return pipeline


def shape_problems(
    error: ValidationError, document: Document, model: type[BaseModel]
) -> tuple[Problem, ...]:
    """Return what pydantic found, at its place in the file."""
    found = []
    for fault in error.errors(include_url=False, include_context=False):
        place = tuple(part for part in fault["loc"] if part != "[key]")
        found.append(document.problem(place, _sentence(fault["type"], place, fault["msg"], model)))
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.column)))


def _sentence(kind: str, place: tuple[str | int, ...], message: str, model: type[BaseModel]) -> str:
    name = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        known = _known_keys(place[:-1], model)
        return f"unknown key {name!r}.{did_you_mean(name, known)} Known are: {', '.join(known)}"
    if kind == "missing":
        return f"key {name!r} is missing"
    if kind == "string_pattern_mismatch":
        return f"{name} may have letters, digits, '_', '-' and '.', and begins with a letter"
    return f"{name}: {message}"


def _known_keys(place: tuple[str | int, ...], model: type[BaseModel]) -> tuple[str, ...]:
    parts: Mapping[str, type[BaseModel]] = {
        "sources": SourceSpec,
        "quality": GateSpec,
        "sinks": SinkSpec,
        "spark": SparkSpec,
    }
    return tuple((parts.get(str(place[0]), model) if place else model).model_fields)
