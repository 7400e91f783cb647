from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.script_api.job_utils import Command, GlueJobUtils, Job
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.jobs.conftest import Lake


@pytest.fixture
def utils(
    lake: Lake, sqlite_catalog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GlueJobUtils]:
    with thread_server(sqlite_catalog, tmp_path / "server") as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", server.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", lake.s3.endpoint_url or "")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", lake.s3.access_key_id or "")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", lake.s3.secret_access_key or "")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield GlueJobUtils(None)


def test_jobs_are_made_changed_found_and_deleted_with_their_scripts(
    utils: GlueJobUtils, lake: Lake, tmp_path: Path
) -> None:
    script = tmp_path / "load.py"
    script.write_text("print(1)\n")
    job = Job()
    job.name, job.role = "load", "arn:aws:iam::000000000000:role/r"
    job.command = Command("glueetl", lake.uri("scripts/load.py"))
    job.executionProperty.maxConcurrentRuns = 3

    utils.create_job(job, str(script))
    job.description = "loads"
    utils.update_job(job)

    found = utils.get_job("load")
    assert (found.description, found.executionProperty.maxConcurrentRuns) == ("loads", 3)
    assert found.command == job.command
    assert lake.keys("scripts/") == ["scripts/load.py"]
    assert [each.name for each in utils.get_jobs()["jobs"]] == ["load"]
    utils.delete_job("load")
    assert utils.get_jobs()["jobs"] == []


def test_a_script_needs_an_address_on_s3(utils: GlueJobUtils, tmp_path: Path) -> None:
    job = Job()
    job.command = Command("glueetl", "/tmp/x.py")  # noqa: S108

    with pytest.raises(InvalidInputError, match=r"such as s3://bucket/script\.py, not '/tmp/"):
        utils.create_job(job, str(tmp_path))
