"""A script's run, and frames to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.context import GlueContext
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.transforms import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake

EVERY_TYPE = """
SELECT 1 AS id, ' a,b ' AS text, '' AS empty, CAST(NULL AS STRING) AS missing, 'q"x' AS quoted,
  X'6162' AS raw, TIMESTAMP'2020-01-02 03:04:05.5' AS at, DATE'2020-01-01' AS day, 1.50 AS price,
  struct(1 AS x, CAST(NULL AS VOID) AS nothing) AS inner, array('s') AS list, NULL AS void
"""


@pytest.fixture
def every_type(spark: SparkSession) -> DynamicFrame:
    """Return one record with a field of each kind."""
    return DynamicFrame(spark.sql(EVERY_TYPE), None, "types")


@pytest.fixture
def context(lake: Lake, spark: SparkSession) -> Iterator[GlueContext]:
    """Yield the context of a run without a bookmark."""
    with running(ScriptRun(workshop=lake.workshop("sinks"), bookmark=False)):
        yield GlueContext(spark)
