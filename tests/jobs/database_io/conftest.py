"""Scripts' runs over real databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.objects import ObjectStore
from gluepot.jobs.context import GlueContext
from gluepot.jobs.run_context.script_run import ScriptRun, running
from tests.crawlers.databases.conftest import run_sql
from tests.jobs.conftest import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop
    from tests.jobs.conftest import Lake

__all__ = ["run_sql"]

SEALING_KEY = b"0123456789abcdef0123456789abcdef"


def jdbc_options(url: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return Glue's options of the database of SQLAlchemy's URL."""
    made = sa.make_url(url)
    engine = "mysql" if made.drivername.startswith("mariadb") else "postgresql"
    place = f"{made.host}:{made.port}/{made.database}"
    options = {"url": f"jdbc:{engine}://{place}", "user": made.username, "password": made.password}
    return options | more


@pytest.fixture
def workshop(lake: Lake) -> Callable[[], Workshop]:
    """Return what makes the tools of a new run, which may open connections."""

    def make() -> Workshop:
        objects = ObjectStore(lake.engine, utc_now)
        made = lake.workshop("orders")
        return replace(made, objects=objects, sealing_key=SEALING_KEY, s3=lake.s3)

    return make


@pytest.fixture
def glue_context(spark: SparkSession) -> GlueContext:
    """Return a context outside of runs."""
    return GlueContext(spark)


@pytest.fixture
def run(workshop: Callable[[], Workshop]) -> Iterator[ScriptRun]:
    """Yield the run of a job with a bookmark, which the test is in."""
    with running(ScriptRun(workshop=workshop(), bookmark=True)) as found:
        yield found
