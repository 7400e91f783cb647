"""awswrangler's flows, the page's own script, and runs in processes of their own."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import awswrangler as wr
import boto3
import pytest
from pydantic import SecretStr

from gluepot.executors import build_executors
from gluepot.jobs.quality.orders import Task, enqueue_task
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.services import open_services
from gluepot.settings import S3Settings, Settings, SparkSettings
from tests.jobs.operations.conftest import refused
from tests.jobs.quality.conftest import FLIGHTS
from tests.servers.glue import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jobs.quality.conftest import Yard

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "check-quality.md"
ROLE = "arn:aws:iam::000000000000:role/etl"


@pytest.fixture
def wrangler(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let awswrangler speak to the server."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    boto3.setup_default_session()
    wr.config.glue_endpoint_url = yard.url
    yield
    wr.config.reset()
    boto3.DEFAULT_SESSION = None


@pytest.mark.usefixtures("wrangler")
def test_awswrangler_creates_evaluates_and_reads_a_ruleset(yard: Yard) -> None:
    wr.data_quality.create_ruleset(
        name="w",
        database="raw",
        table="flights",
        dqdl_rules='Rules = [ RowCount = 3, IsComplete "dep_time" ]',
    )

    with yard.working():
        found = wr.data_quality.evaluate_ruleset(name="w", iam_role_arn=ROLE)

    assert list(found["Result"]) == ["PASS", "FAIL"]
    assert list(found["Description"]) == ["RowCount = 3", 'IsComplete "dep_time"']
    assert found["ResultId"].str.startswith("dqresult-").all()


@pytest.mark.usefixtures("wrangler")
def test_awswrangler_has_a_ruleset_recommended_which_the_table_passes(yard: Yard) -> None:
    with yard.working():
        rules = wr.data_quality.create_recommendation_ruleset(
            name="advice", database="raw", table="flights", iam_role_arn=ROLE
        )
        found = wr.data_quality.evaluate_ruleset(name="advice", iam_role_arn=ROLE)

    assert len(rules) == len(found) > 1
    assert set(found["Result"]) == {"PASS"}
    stored = yard.glue.get_data_quality_ruleset(Name="advice")
    run = yard.glue.get_data_quality_rule_recommendation_run(RunId=stored["RecommendationRunId"])
    assert (run["Status"], run["RecommendedRuleset"]) == ("SUCCEEDED", stored["Ruleset"])
    assert (run["CreatedRulesetName"], run["DataSource"]) == ("advice", FLIGHTS)


def test_recommendations_are_listed_cancelled_and_refused(yard: Yard) -> None:
    glue, given = yard.glue, {"DataSource": FLIGHTS, "Role": ROLE}

    run_id = glue.start_data_quality_rule_recommendation_run(**given)["RunId"]
    glue.cancel_data_quality_rule_recommendation_run(RunId=run_id)

    (listed,) = glue.list_data_quality_rule_recommendation_runs(Filter={"DataSource": FLIGHTS})[
        "Runs"
    ]
    assert (listed["RunId"], listed["Status"]) == (run_id, "STOPPED")
    yard.ruleset("taken", "RowCount = 3")
    with refused(glue, "InvalidInput", "taken already exists"):
        glue.start_data_quality_rule_recommendation_run(**given, CreatedRulesetName="taken")
    with refused(glue, "EntityNotFound", run_id):
        yard.get(run_id)
    table = {"GlueTable": {"DatabaseName": "raw", "TableName": "none"}}
    with refused(glue, "InvalidInput", "none"):
        glue.start_data_quality_rule_recommendation_run(DataSource=table, Role=ROLE)


def test_the_script_of_the_page_does_what_it_says(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    (script,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    script = script.replace("http://127.0.0.1:8765", yard.url)
    script = script.replace('"shop"', '"raw"').replace('"orders"', '"flights"')
    names: dict[str, Any] = {}

    with yard.working():
        exec(compile(script, PAGE.name, "exec"), names)  # noqa: S102

    assert names["run"]["Status"] == "SUCCEEDED"
    assert (
        capsys.readouterr().out.splitlines()
        == [
            "PASS RowCount > 0",
            'PASS IsComplete "carrier"',
        ]
        or "RowCount" in names["results"][0]["RuleResults"][0]["Description"]
    )


def test_a_worker_carries_a_run_out_in_a_process_of_its_own(
    yard: Yard, jars_dir: Path, tmp_path: Path
) -> None:
    lake = yard.lake
    stores = S3Settings(
        endpoint_url=lake.s3.endpoint_url,
        region=lake.s3.region,
        path_style=True,
        access_key_id=lake.s3.access_key_id,
        secret_access_key=SecretStr(lake.s3.secret_access_key or ""),
    )
    settings = Settings(
        home=tmp_path / "worker",
        catalog_url=SecretStr(lake.url),
        conf_dir=tmp_path / "conf",
        s3=stores,
        spark=SparkSettings(jars_dir=jars_dir),
    )
    yard.ruleset("rows", "RowCount = 3")
    run_id = yard.start("rows", NumberOfWorkers=2)

    with open_services(settings) as services:
        Scheduler(
            services.runs,
            services.triggers,
            build_executors(services),
            services.clock,
            services.owner(),
        ).run(threading.Event(), until_idle=True)

    run = lake.runs.get(run_id)
    assert (run.state, run.kind) == (RunState.SUCCEEDED, RunKind.QUALITY), run.error
    (result,) = yard.results(yard.get(run_id))
    assert (result["Score"], result["RulesetEvaluationRunId"]) == (1.0, run_id)
    assert (tmp_path / "worker" / "runs" / run_id / "driver.log").is_file()
    (report,) = lake.jobs.list_gates(run_id=run_id)
    assert "raw.flights" in Path(report.html_report).read_text(encoding="utf-8")


def test_a_run_of_a_table_that_is_gone_fails_with_its_name(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 3")
    gone = {"GlueTable": {"DatabaseName": "raw", "TableName": "gone"}}
    request = {"DataSource": gone, "RulesetNames": ["rows"]}
    run = enqueue_task(yard.lake.runs, Task.EVALUATION, "raw.gone", request)

    yard.work()

    assert "raw.gone" in yard.get(run.id)["ErrorString"]
