"""Jobs run inside a test: scripts as they are, pipelines, and a GlueContext of one's own."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.context import GlueContext
from gluepot.jobs.definitions.model import JobDefinition
from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.parameters.glue_names import glue_names
from gluepot.jobs.pipelines.driver import run_pipeline
from gluepot.jobs.process.scripts import run_script
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.jobs.runs.failure import describe
from gluepot.jobs.runs.state import RunState
from gluepot.testing.s3 import variables
from gluepot.testing.session import shared_context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.jobs.runs.state import Run
    from gluepot.testing.catalog import TemporaryCatalog


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """What a run that has ended did; ``record`` is what ``gluepot run show`` would show."""

    record: Run

    @property
    def rows_read(self) -> int | None:
        """Return the rows of all sources; None where one was not read to its end."""
        return self._total("rows_in")

    @property
    def rows_written(self) -> int | None:
        """Return the rows of all sinks; None where a database tells none."""
        return self._total("rows_out")

    def _total(self, name: str) -> int | None:
        found: int | None = self.record.metrics.get(name, 0)
        return found

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        """Return files, bytes and rows of each source, by its ``transformation_ctx``."""
        return {name: facts for one in self._passes for name, facts in one["sources"].items()}

    @property
    def sinks(self) -> list[dict[str, Any]]:
        """Return path, table, format, rows and files of each write, in their order."""
        return [sink for one in self._passes for sink in one["sinks"]]

    @property
    def _passes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.record.metrics.get("passes", [])
        return found


@dataclass(frozen=True)
class ScriptRunner:
    """The fixture ``run_glue_script``."""

    spark: SparkSession
    catalog: TemporaryCatalog
    root: Path

    def __call__(
        self,
        script: Path | str,
        arguments: Mapping[str, str] | None = None,
        *,
        bookmark: bool = False,
        **named: str,
    ) -> JobResult:
        """Run a script file as ``gluepot job run`` does, in this process.

        Args:
            script: Relative to pytest's root folder.
            arguments: Job arguments by name, for names that are no Python names.
            bookmark: Whether what earlier runs of the test have read is left out; the job is
                told by ``JOB_NAME``.
            **named: Further job arguments; ``JOB_NAME`` is the script's name if it is not given.

        Raises:
            InvalidInputError: There is no such file.
            BaseException: Whatever the script raises, SystemExit too, with its line as a note.
        """
        __tracebackhide__ = True
        file = _existing(self.root / script)
        given = {"JOB_NAME": file.stem, **(arguments or {}), **named}
        job = JobDefinition(
            name=given["JOB_NAME"], kind="script", file=file, script=file, bookmark=bookmark
        )
        with (
            recorded_run(self.catalog, job.name, given, script=file) as workshop,
            self._as_a_process_of_its_own(),
        ):
            run_script(job, workshop, given)
        return JobResult(record=workshop.runs.get(workshop.run_id))

    @contextlib.contextmanager
    def _as_a_process_of_its_own(self) -> Iterator[None]:
        reach_s3 = mock.patch.dict("os.environ", variables(self.catalog.s3_config()))
        with shared_context(self.spark), reach_s3:
            yield


@dataclass(frozen=True)
class PipelineRunner:
    """The fixture ``run_gluepot_job``."""

    spark: SparkSession
    catalog: TemporaryCatalog
    root: Path

    def __call__(self, file: Path | str) -> JobResult:
        """Carry out a pipeline; its bookmark counts if it says so.

        Args:
            file: YAML, relative to pytest's root folder.

        Raises:
            DefinitionError: The file has faults; all are named.
            GluepotError: A step, a gate, a source or a sink fails; each kind says where.
        """
        __tracebackhide__ = True
        pipeline = load_pipeline(_existing(self.root / file))
        with recorded_run(self.catalog, pipeline.name, {}) as workshop:
            run_pipeline(lambda: workshop.attach(self.spark), pipeline, workshop)
        return JobResult(record=workshop.runs.get(workshop.run_id))


@contextlib.contextmanager
def recorded_run(
    catalog: TemporaryCatalog,
    job_name: str,
    arguments: Mapping[str, str],
    *,
    script: Path | None = None,
) -> Iterator[Workshop]:
    """Yield the tools of a new run, and record how it ended; an error gets the script's line."""
    workshop = catalog.begin_run(job_name, arguments)
    try:
        yield workshop
    except BaseException as error:
        described = describe(error, script=script)
        workshop.runs.finish(
            workshop.run_id, RunState.FAILED, error=described, metrics=workshop.metrics
        )
        if described.source_line is not None:
            error.add_note(f"{described.file}:{described.line}: {described.source_line}")
        raise
    workshop.runs.finish(workshop.run_id, RunState.SUCCEEDED, metrics=workshop.metrics)


@contextlib.contextmanager
def context_of_a_run(
    spark: SparkSession, catalog: TemporaryCatalog, name: str
) -> Iterator[GlueContext]:
    """Yield a GlueContext inside a run of its own."""
    with recorded_run(catalog, name, {}) as workshop:
        run = ScriptRun(workshop=workshop, bookmark=False)
        with glue_names(), running(run):
            yield GlueContext(spark)
            run.end_pass()


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise InvalidInputError(f"there is no file {file}")
    return file
