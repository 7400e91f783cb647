"""A context without a run, and one within a run of a job with a bookmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.context import GlueContext
from gluepot.jobs.run_context.script_run import ScriptRun, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake


@pytest.fixture
def context(spark: SparkSession) -> GlueContext:
    """Return the context of a script that runs on its own."""
    return GlueContext(spark)


@pytest.fixture
def begin(lake: Lake) -> Callable[[], AbstractContextManager[ScriptRun]]:
    """Return a function that begins a run of a job with a bookmark."""
    return lambda: running(ScriptRun(workshop=lake.workshop("reads"), bookmark=True))


@pytest.fixture
def job(lake: Lake, spark: SparkSession) -> Iterator[GlueContext]:
    """Yield the context of a script in a run without a bookmark."""
    with running(ScriptRun(workshop=lake.workshop("reads"), bookmark=False)):
        yield GlueContext(spark)
