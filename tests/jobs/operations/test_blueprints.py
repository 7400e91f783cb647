"""Blueprints through the API: ZIPs read within limits, and workflows made of them at once."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from pydantic import SecretStr

from gluepot.access import open_access
from gluepot.catalog.errors import InvalidInputError
from gluepot.executors import build_executors
from gluepot.jobs.blueprints.archive import read_archive
from gluepot.jobs.blueprints.parameters import read_parameters
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.services import open_services
from gluepot.settings import AuthSettings, S3Settings, Settings
from tests.jobs.operations.conftest import COMMAND, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.services import Services
    from tests.servers.glue import GlueServer

CONFIG = {
    "layoutGenerator": "Nightly.layout.generate_layout",
    "parameterSpec": {
        "Name": {"type": "String", "collection": False, "description": "The workflow"},
        "Days": {"type": "Integer", "collection": True, "defaultValue": [1, 2]},
        "Kind": {"type": "String", "allowedValues": ["full", "new"], "defaultValue": "new"},
    },
}
LAYOUT = """
from awsglue.blueprint.workflow import Workflow, Entities
from awsglue.blueprint.job import Job
from awsglue.blueprint.crawler import Crawler

def generate_layout(user_params, system_params):
    print("building", user_params)
    role = f"arn:aws:iam::{system_params['accountId']}:role/r"
    command = %s
    raw = Crawler(
        Name="raw", Role=role, DatabaseName="d", Targets={"S3Targets": [{"Path": "s3://b/raw"}]}
    )
    loads = [
        Job(
            Name=f"load{day}",
            Role=role,
            Command=command,
            DefaultArguments={"--kind": user_params["Kind"]},
            DependsOn={raw: "SUCCEEDED"},
        )
        for day in user_params["Days"]
    ]
    last = Job(
        Name="publish",
        Role=role,
        Command=command,
        DependsOn={one: "SUCCEEDED" for one in loads},
        WaitForDependencies="AND",
    )
    return Workflow(
        Name=user_params["Name"],
        Entities=Entities(Jobs=[*loads, last], Crawlers=[raw]),
        OnSchedule="cron(0 3 * * ? *)",
    )
""" % repr(COMMAND)  # noqa: UP031  braces of the text are Python's


def zipped(**files: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"Nightly/{name.replace('_', '.')}", text)
    return target.getvalue()


class Shelf:
    """Puts blueprints on S3 and has workers do what they wait for."""

    def __init__(self, services: Services, s3: Any, bucket: str) -> None:  # noqa: ANN401
        self.services, self._s3, self._bucket = services, s3, bucket

    def put(self, name: str, content: bytes) -> str:
        """Put a ZIP there, and return its address."""
        self._s3.put_object(Bucket=self._bucket, Key=name, Body=content)
        return f"s3://{self._bucket}/{name}"

    def work(self) -> None:
        """Carry out all that waits for a worker of blueprints."""
        import threading  # noqa: PLC0415

        executors = build_executors(self.services)
        scheduler = Scheduler(
            self.services.runs,
            self.services.triggers,
            {RunKind.BLUEPRINT: executors[RunKind.BLUEPRINT]},
            self.services.clock,
            self.services.owner(),
            workflows=self.services.workflows,
            fires=False,
        )
        scheduler.run(threading.Event(), until_idle=True)


@pytest.fixture
def shelf(glue_server: GlueServer, tmp_path: Path, moto_s3: S3Config) -> Iterator[Shelf]:
    settings = Settings(
        home=tmp_path / "home",
        catalog_url=SecretStr(glue_server.database_url),
        conf_dir=tmp_path / "conf",
        s3=S3Settings(
            endpoint_url=moto_s3.endpoint_url,
            region=moto_s3.region,
            path_style=True,
            access_key_id=moto_s3.access_key_id,
            secret_access_key=SecretStr(moto_s3.secret_access_key or ""),
        ),
    )
    client = boto3.client(
        "s3",
        endpoint_url=moto_s3.endpoint_url,
        region_name=moto_s3.region,
        aws_access_key_id=moto_s3.access_key_id,
        aws_secret_access_key=moto_s3.secret_access_key,
    )
    bucket = f"b-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    with open_services(settings) as services:
        yield Shelf(services, client, bucket)


@pytest.fixture
def nightly(glue: Any, shelf: Shelf) -> str:  # noqa: ANN401
    """Return a blueprint that is ACTIVE."""
    content = zipped(blueprint_cfg=json.dumps(CONFIG), layout_py=LAYOUT)
    glue.create_blueprint(Name="nightly", BlueprintLocation=shelf.put("n.zip", content))
    shelf.work()
    return "nightly"


def test_a_blueprint_is_active_when_a_worker_has_read_it(glue: Any, shelf: Shelf) -> None:  # noqa: ANN401
    content = zipped(blueprint_cfg=json.dumps(CONFIG), layout_py=LAYOUT)
    glue.create_blueprint(Name="b", BlueprintLocation=shelf.put("b.zip", content))
    before = glue.get_blueprint(Name="b")["Blueprint"]
    with refused(glue, "IllegalBlueprintState", "CREATING"):
        glue.start_blueprint_run(BlueprintName="b", RoleArn="arn:aws:iam::1:role/r")
    shelf.work()
    after = glue.get_blueprint(Name="b", IncludeParameterSpec=True)["Blueprint"]

    assert (before["Status"], after["Status"]) == ("CREATING", "ACTIVE")
    assert "ParameterSpec" not in before
    assert json.loads(after["ParameterSpec"]) == CONFIG["parameterSpec"]
    glue.update_blueprint(Name="b", BlueprintLocation=shelf.put("c.zip", b"no zip"))
    assert glue.get_blueprint(Name="b")["Blueprint"]["Status"] == "UPDATING"
    shelf.work()
    broken = glue.get_blueprint(Name="b")["Blueprint"]
    assert broken["Status"] == "FAILED"
    assert "no ZIP" in broken["ErrorMessage"]


def run(glue: Any, name: str, parameters: dict[str, Any]) -> str:  # noqa: ANN401
    run_id: str = glue.start_blueprint_run(
        BlueprintName=name,
        Parameters=json.dumps(parameters),
        RoleArn="arn:aws:iam::123456789012:role/r",
    )["RunId"]
    return run_id


def test_a_run_makes_the_workflow_with_all_that_it_needs(
    glue: Any,  # noqa: ANN401
    shelf: Shelf,
    nightly: str,
) -> None:
    run_id = run(glue, nightly, {"Name": "flow", "Kind": "full"})
    begun = glue.get_blueprint_run(BlueprintName=nightly, RunId=run_id)["BlueprintRun"]
    shelf.work()
    ended = glue.get_blueprint_run(BlueprintName=nightly, RunId=run_id)["BlueprintRun"]

    assert begun["State"] == "RUNNING"
    assert (ended["State"], ended["WorkflowName"]) == ("SUCCEEDED", "flow")
    assert json.loads(ended["Parameters"]) == {"Name": "flow", "Kind": "full"}
    jobs = {job["Name"].rpartition("_")[0]: job for job in glue.get_jobs()["Jobs"]}
    assert sorted(jobs) == ["load1", "load2", "publish"]
    assert jobs["load1"]["DefaultArguments"] == {"--kind": "full"}
    graph = glue.get_workflow(Name="flow", IncludeGraph=True)["Workflow"]["Graph"]
    names = {each["UniqueId"]: each["Name"].rpartition("_")[0] for each in graph["Nodes"]}
    edges = {(names[edge["SourceId"]], names[edge["DestinationId"]]) for edge in graph["Edges"]}
    triggers = {each["Name"]: each for each in glue.get_triggers()["Triggers"]}
    kinds = sorted((each["Type"], each["State"]) for each in triggers.values())
    assert kinds == [
        ("CONDITIONAL", "ACTIVATED"),
        ("CONDITIONAL", "ACTIVATED"),
        ("SCHEDULED", "ACTIVATED"),
    ]
    assert {end for start, end in edges if start == "raw"} != set()
    assert {start for start, end in edges if end == "publish"} == {
        end for start, end in edges if start in {"load1", "load2"}
    }
    again = run(glue, nightly, {"Name": "other", "Days": [1]})
    shelf.work()
    first = glue.get_blueprint_runs(BlueprintName=nightly, MaxResults=1)
    token = first["NextToken"]
    second = glue.get_blueprint_runs(BlueprintName=nightly, MaxResults=1, NextToken=token)
    found = [*first["BlueprintRuns"], *second["BlueprintRuns"]]
    assert [each["RunId"] for each in found] == [again, run_id]
    assert len(glue.get_jobs()["Jobs"]) == 5


def test_a_run_that_fails_leaves_nothing(glue: Any, shelf: Shelf, nightly: str) -> None:  # noqa: ANN401
    glue.create_workflow(Name="taken")

    run_id = run(glue, nightly, {"Name": "taken"})
    shelf.work()
    failed = glue.get_blueprint_run(BlueprintName=nightly, RunId=run_id)["BlueprintRun"]

    assert failed["State"] == "FAILED"
    assert "already exists" in failed["ErrorMessage"]
    # Three crawlers at once are more than a trigger starts: the workflow and jobs go, too.
    layout = LAYOUT.replace("Crawlers=[raw]", "Crawlers=[raw, *more]").replace(
        "    loads = [",
        "    more = [Crawler(Name=n, Role=role, DatabaseName='d', Targets={'S3Targets':"
        " [{'Path': 's3://b/' + n}]}) for n in 'xy']\n    loads = [",
    )
    content = zipped(blueprint_cfg=json.dumps(CONFIG), layout_py=layout)
    glue.update_blueprint(Name=nightly, BlueprintLocation=shelf.put("m.zip", content))
    shelf.work()
    run_id = run(glue, nightly, {"Name": "flow"})
    shelf.work()
    failed = glue.get_blueprint_run(BlueprintName=nightly, RunId=run_id)["BlueprintRun"]
    assert failed["State"] == "FAILED"
    assert glue.get_jobs()["Jobs"] == []
    assert glue.get_crawlers()["Crawlers"] == []
    assert glue.list_workflows()["Workflows"] == ["taken"]


def test_a_run_creates_what_its_role_may_where_keys_are_required(
    glue: Any,  # noqa: ANN401
    shelf: Shelf,
    nightly: str,
) -> None:
    asks = {"auth": AuthSettings(required=True)}

    def work(*statements: tuple[str, str]) -> dict[str, Any]:
        with open_services(shelf.services.settings.model_copy(update=asks)) as services:
            access = open_access(services)
            document = [
                {"Effect": effect, "Action": f"glue:{action}", "Resource": "*"}
                for effect, action in statements
            ]
            if document:
                access.policies.put("maker", json.dumps({"Statement": document}))
                access.policies.attach("r", "maker")
            run_id = run(glue, nightly, {"Name": "flow"})
            Shelf(services, None, "").work()
            entries = list(access.audit.list())
        audited = {(one.operation, one.allowed) for one in entries if one.request_id == run_id}
        found: dict[str, Any] = glue.get_blueprint_run(BlueprintName=nightly, RunId=run_id)
        return {**found["BlueprintRun"], "audited": audited}

    unknown = work()
    partly = work(("Allow", "Create*"), ("Deny", "CreateCrawler"))
    left = [*glue.list_workflows()["Workflows"], *glue.get_jobs()["Jobs"]]
    whole = work(("Allow", "Create*"))

    assert unknown["State"] == partly["State"] == "FAILED"
    assert "user/r is not authorized to perform: glue:CreateWorkflow" in unknown["ErrorMessage"]
    assert "glue:CreateCrawler" in partly["ErrorMessage"]
    assert "with an explicit deny" in partly["ErrorMessage"]
    assert ("CreateCrawler", False) in partly["audited"]
    assert left == []
    assert (whole["State"], whole["WorkflowName"]) == ("SUCCEEDED", "flow")
    names = ("CreateWorkflow", "CreateJob", "CreateCrawler", "CreateTrigger")
    assert whole["audited"] == {(name, True) for name in names}


def test_a_generator_that_raises_says_why_and_sees_no_secrets(
    glue: Any,  # noqa: ANN401
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    layout = (
        "import os\ndef generate_layout(user, system):\n    raise ValueError(dict(os.environ))\n"
    )
    config = {"layoutGenerator": "Nightly.layout.generate_layout"}
    content = zipped(blueprint_cfg=json.dumps(config), layout_py=layout)
    glue.create_blueprint(Name="b", BlueprintLocation=shelf.put("b.zip", content))
    shelf.work()
    run_id = run(glue, "b", {})
    shelf.work()

    failed = glue.get_blueprint_run(BlueprintName="b", RunId=run_id)["BlueprintRun"]
    assert failed["State"] == "FAILED"
    assert "ValueError" in failed["ErrorMessage"]
    assert "s3cret" not in failed["ErrorMessage"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("{}", "'Name' is missing"),
        ("[]", "JSON object"),
        ("{", "not JSON"),
        ('{"Nmae": "x"}', "no parameter 'Nmae'. Did you mean 'Name'"),
        ('{"Name": 1}', "'Name' is of type String"),
        ('{"Name": "x", "Days": 1}', "'Days' is an array"),
        ('{"Name": "x", "Days": [true]}', "'Days' is of type Integer"),
        ('{"Name": "x", "Kind": "old"}', "'Kind' is one of full, new"),
        ('{"Name": "' + "x" * 140_000 + '"}', "at most 131072 bytes"),
    ],
)
def test_parameters_are_what_the_blueprint_says(given: str, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        read_parameters(CONFIG["parameterSpec"], given)  # type: ignore[arg-type]


def _large() -> bytes:
    return zipped(blueprint_cfg=json.dumps(CONFIG), big_txt="0" * (6 << 20))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"x" * (1 << 20) + b"x", "more than 1048576 bytes"),
        (_large, "more than 5242880 bytes"),
        (lambda: b"PK", "no ZIP"),
        (lambda: zipped(layout_py=""), "has 0 files blueprint.cfg"),
        (lambda: zipped(blueprint_cfg="{"), "is not JSON"),
        (lambda: zipped(blueprint_cfg="{}"), "layoutGenerator is"),
        (
            lambda: zipped(
                blueprint_cfg=json.dumps(
                    {"layoutGenerator": "a.b", "parameterSpec": {"p": {"type": "Text"}}}
                )
            ),
            "'p' has a type of String",
        ),
    ],
)
def test_archives_that_cannot_be_blueprints_are_refused(
    make: Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        read_archive(make())
