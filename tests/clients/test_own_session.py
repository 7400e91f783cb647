"""``gluepot.spark()``: the settings' catalog in the session of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import gluepot
from gluepot.catalog.model import Database
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.spark_session import own_services
from tests.jobs.conftest import make_lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config


@pytest.fixture
def home(
    spark: SparkSession, moto_s3: S3Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Yield a folder of state that the environment names."""
    variables = {
        "GLUEPOT_HOME": str(tmp_path / "home"),
        "GLUEPOT_S3__ENDPOINT_URL": str(moto_s3.endpoint_url),
        "GLUEPOT_S3__ACCESS_KEY_ID": str(moto_s3.access_key_id),
        "GLUEPOT_S3__SECRET_ACCESS_KEY": str(moto_s3.secret_access_key),
        "GLUEPOT_S3__REGION": "us-east-1",
        "GLUEPOT_S3__PATH_STYLE": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    own_services.cache_clear()
    yield tmp_path / "home"
    own_services().close()
    own_services.cache_clear()
    for name in ("sql", "table"):
        vars(spark).pop(name, None)


def test_a_session_of_ones_own_knows_the_catalog_of_the_settings(home: Path) -> None:
    spark = gluepot.spark()
    place = (home / "files").as_uri()
    own_services().catalog.create_database(Database(name="db", location_uri=place))
    spark.sql("CREATE TABLE gluepot.db.t AS SELECT 7 AS id")

    assert [row["id"] for row in gluepot.spark().table("gluepot.db.t").collect()] == [7]
    table = own_services().catalog.get_table("db", "t")
    assert table.created_by == f"cli:{own_services().owner()}"


@pytest.mark.usefixtures("home")
def test_in_a_job_it_is_the_jobs_session(moto_s3: S3Config, tmp_path: Path) -> None:
    lake = make_lake(moto_s3, f"sqlite:///{tmp_path / 'job.db'}", tmp_path)
    lake.land(1, ["AA,1,517"])
    run = ScriptRun(workshop=lake.workshop("j"), bookmark=False)

    with running(run):
        rows = gluepot.spark().sql("SELECT carrier FROM gluepot.raw.flights").collect()

    assert [row["carrier"] for row in rows] == ["AA"]
    lake.close()
