"""A crawl whose files are read by Spark finds what a crawl in one process finds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.crawlers.access import Access
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.survey import see_targets, survey_seen
from gluepot.crawlers.targets import Target
from gluepot.jobs.crawl_engine import SparkEngine
from tests.crawlers.conftest import folder, new_bucket
from tests.crawlers.test_memory import parquet_bytes
from tests.servers.spark import standalone_cluster

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config
    from tests.crawlers.conftest import Place

__all__ = ["folder"]


def fill(place: Place) -> None:
    for day in range(1, 6):
        place.put(f"events/day={day}/a.parquet", parquet_bytes(a=[1], b=[2], c=[3], d=["x"]))
        place.put(f"sales/day={day}/a.csv", "id,amount\n1,2.5\n2,3.5\n")
    place.put("events/day=5/b.parquet", parquet_bytes(a=[1], b=[2], c=[3], d=["x"], e=[1]))
    place.put("unnamed/part-0", parquet_bytes(n=[1]))
    place.put("people/a.json", '{"id": 1, "tags": ["a"]}\n')
    place.put("bad/a.parquet", b"PAR1 but no more of it")


def test_executors_find_the_tables_that_one_process_finds(
    spark: SparkSession, folder: Place
) -> None:
    fill(folder)
    crawler = Crawler(name="c", database="db", targets=(Target(uri=f"{folder.root}/"),))
    access = Access(s3=folder.s3)
    seen = see_targets(crawler, access)

    here = survey_seen(crawler, seen, access)
    there = survey_seen(crawler, seen, access, engine=SparkEngine(spark))

    assert [item.table for item in there.tables] == [item.table for item in here.tables]
    assert set(there.problems) == set(here.problems)
    assert there.objects_read == here.objects_read


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - a generator
    with standalone_cluster(tmp_path_factory.mktemp("cluster"), workers=2) as url:
        yield url


def test_a_cluster_of_two_workers_reads_the_files_of_a_crawl(
    cluster: str, versitygw_s3: S3Config, tmp_path: Path
) -> None:
    place = new_bucket(versitygw_s3)
    fill(place)
    (tmp_path / "gluepot.toml").write_text(
        f'[s3]\nendpoint_url = "{versitygw_s3.endpoint_url}"\nregion = "us-east-1"\n'
        f'path_style = true\naccess_key_id = "{versitygw_s3.access_key_id}"\n'
        f'secret_access_key = "{versitygw_s3.secret_access_key}"\n'
        '[spark.conf]\n"spark.executor.memory" = "512m"\n"spark.driver.host" = "127.0.0.1"\n'
    )
    gluepot = str(Path(sys.executable).with_name("gluepot"))
    command = [gluepot, "crawl", "run", f"{place.root}/"]
    options = ["-d", "db", "--engine", "spark", "--master", cluster, "-o", "json"]

    done = subprocess.run(
        [*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-3000:]
    crawl = json.loads(done.stdout)
    assert crawl["state"] == "SUCCEEDED"
    assert [table["name"] for table in crawl["tables"]] == ["events", "people", "sales", "unnamed"]
    assert crawl["tables"][0]["partitions"] == 5
