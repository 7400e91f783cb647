"""The pytest plugin: a warm Spark session, a temporary catalog, an S3, and jobs run in the test.

Every pytest of an environment in which gluepot is installed loads this module, so it imports
nothing but pytest; what a fixture needs is imported when a test asks for it.
"""

from __future__ import annotations

import contextlib
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.context import GlueContext
    from gluepot.testing.catalog import TemporaryCatalog
    from gluepot.testing.runs import PipelineRunner, ScriptRunner
    from gluepot.testing.s3 import LocalS3

AWSGLUE = "gluepot_awsglue"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know the one setting of the plugin."""
    parser.addini(
        AWSGLUE,
        "Whether test files may import awsglue, and modules of jobs that do.",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make ``awsglue`` importable where the project asks for it; one that is installed wins."""
    if config.getini(AWSGLUE):
        sys.path.append(str(Path(__file__).parent.parent / "jobs" / "compat"))


@pytest.fixture(scope="session")
def gluepot_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalS3]:
    """An S3 on this machine: ``client`` is a boto3 client of it. It starts when it is asked for.

    Buckets that a test makes are gone after the test. It needs moto: gluepot[dev].
    """
    from gluepot.embedded_s3 import embedded_s3  # noqa: PLC0415
    from gluepot.testing.s3 import open_s3  # noqa: PLC0415

    with embedded_s3(tmp_path_factory.mktemp("gluepot-s3")) as config, open_s3(config) as opened:
        yield opened


@pytest.fixture
def gluepot_bucket(gluepot_s3: LocalS3) -> str:
    """The name of a new empty bucket, for this test alone."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    gluepot_s3.client.create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def _gluepot_s3_config(request: pytest.FixtureRequest) -> S3Config:
    """What ``s3://`` means to Spark; without Spark's jars it has no way there, and no S3 starts."""
    from gluepot.crawlers.sources.config import S3Config  # noqa: PLC0415
    from gluepot.testing.session import has_jars  # noqa: PLC0415

    if not has_jars():
        return S3Config()
    opened: LocalS3 = request.getfixturevalue("gluepot_s3")
    return opened.config


@pytest.fixture(scope="session")
def gluepot_spark(
    _gluepot_s3_config: S3Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SparkSession]:
    """A warm local Spark session with a job's settings; ``s3://`` is that of ``gluepot_s3``.

    One for all tests of the process. Between tests its settings, temporary views and kept frames
    are put back. Without the jars of ``gluepot jars fetch`` it knows neither S3 nor Delta.
    """
    from gluepot.testing.session import open_session  # noqa: PLC0415

    with open_session(_gluepot_s3_config, tmp_path_factory.mktemp("gluepot-spark")) as session:
        yield session


@pytest.fixture(autouse=True)
def _gluepot_isolation(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put back what a test has changed in the session and in S3; for others it does nothing."""
    with_spark = "gluepot_spark" in request.fixturenames
    with_s3 = "gluepot_s3" in request.fixturenames or (
        with_spark and request.getfixturevalue("_gluepot_s3_config").endpoint_url is not None
    )
    with contextlib.ExitStack() as undone:
        if with_s3:
            opened: LocalS3 = request.getfixturevalue("gluepot_s3")
            undone.enter_context(opened.isolated())
        if with_spark:
            from gluepot.testing.session import isolated  # noqa: PLC0415

            undone.enter_context(isolated(request.getfixturevalue("gluepot_spark")))
        yield


@pytest.fixture(scope="session")
def _gluepot_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty catalog; a copy of it is had sooner than a new one."""
    from gluepot.testing.catalog import make_template  # noqa: PLC0415

    return make_template(tmp_path_factory.mktemp("gluepot-template") / "catalog.db")


@pytest.fixture
def gluepot_catalog(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    _gluepot_template: Path,
) -> Iterator[TemporaryCatalog]:
    """An empty catalog of this test: ``add_table``, ``crawl``, ``tables``, ``rows``, ``runs``.

    ``gluepot_catalog.add_table("raw", "orders", rows=[{"id": 1}])`` writes the rows to a file and
    registers the table as a crawler does.
    """
    from gluepot.testing.catalog import open_catalog  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("gluepot")
    with open_catalog(
        folder,
        _gluepot_template,
        s3=lambda: request.getfixturevalue("gluepot_s3"),
        s3_config=lambda: request.getfixturevalue("_gluepot_s3_config"),
        spark=lambda: request.getfixturevalue("gluepot_spark"),
    ) as catalog:
        yield catalog


@pytest.fixture
def glue_context(
    gluepot_spark: SparkSession, gluepot_catalog: TemporaryCatalog, request: pytest.FixtureRequest
) -> Iterator[GlueContext]:
    """A GlueContext in a run of its own over ``gluepot_catalog``; ``awsglue`` can be imported.

    Bookmarks are kept where the test does ``Job(glue_context).init(name, args)`` with an argument
    ``job_bookmark_option`` of ``job-bookmark-enable``.
    """
    from gluepot.testing.runs import context_of_a_run  # noqa: PLC0415

    with context_of_a_run(gluepot_spark, gluepot_catalog, request.node.name) as context:
        yield context


@pytest.fixture
def run_glue_script(
    gluepot_spark: SparkSession, gluepot_catalog: TemporaryCatalog, request: pytest.FixtureRequest
) -> ScriptRunner:
    """Runs a script file as it is, over ``gluepot_catalog``, and returns the record of its run.

    ``run_glue_script("jobs/clean.py", JOB_NAME="clean", day="1")``: paths are relative to pytest's
    root folder. ``bookmark=True`` keeps a bookmark from one run to the next within the test. What
    the script raises is raised, with the script's line.
    """
    from gluepot.testing.runs import ScriptRunner  # noqa: PLC0415

    return ScriptRunner(gluepot_spark, gluepot_catalog, request.config.rootpath)


@pytest.fixture
def run_gluepot_job(
    gluepot_spark: SparkSession, gluepot_catalog: TemporaryCatalog, request: pytest.FixtureRequest
) -> PipelineRunner:
    """Runs a pipeline's YAML file over ``gluepot_catalog``, and returns the record of its run.

    ``run_gluepot_job("conf/jobs/flights.yaml")``: paths are relative to pytest's root folder.
    """
    from gluepot.testing.runs import PipelineRunner  # noqa: PLC0415

    return PipelineRunner(gluepot_spark, gluepot_catalog, request.config.rootpath)
