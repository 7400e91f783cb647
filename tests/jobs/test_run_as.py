"""Jobs that run as a user: what they do with the catalog is allowed by policies, or refused."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.access.audit import AuditLog
from gluepot.catalog.access.policies import PolicyStore
from gluepot.catalog.access.resources import TEMPLATES, Place
from gluepot.catalog.errors import AccessDeniedError
from gluepot.catalog.partitions import PartitionStore
from gluepot.catalog.store import CatalogStore
from gluepot.jobs.process.child import carry_out
from gluepot.jobs.run_context.acting import act_as
from gluepot.jobs.run_context.guarded_catalog import CATALOG_USES, PARTITION_USES
from gluepot.jobs.runs.state import RunState
from tests.jobs.conftest import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

PLACE = Place(account_id="000000000000", region="us-east-1")
READ = ("GetTable", "GetPartitions", "GetDatabase", "GetDatabases")
COPY = """
name: copy
run_as: etl
sources:
  flights: { table: raw.flights }
sinks:
  - input: flights
    format: parquet
    path: s3://BUCKET/curated/copy
    partition_by: [day]
    table: curated.copy
"""
SCRIPT = """
from gluepot.jobs.context import GlueContext
context = GlueContext()
frame = context.create_dynamic_frame.from_catalog(database="raw", table_name="TABLE")
print(frame.toDF().count())
"""


@pytest.fixture(autouse=True)
def _session_as_it_was(spark: SparkSession) -> Iterator[None]:
    before = dict(vars(spark))
    yield
    vars(spark).clear()
    vars(spark).update(before)


def allow(lake: Lake, *statements: tuple[str, tuple[str, ...], tuple[str, ...]]) -> None:
    """Give the user ``etl`` a policy of (effect, actions, resources)."""
    document = {
        "Statement": [
            {
                "Effect": effect,
                "Action": [f"glue:{action}" for action in actions],
                "Resource": [PLACE.arn(resource) for resource in resources],
            }
            for effect, actions, resources in statements
        ]
    }
    store = PolicyStore(lake.engine, utc_now)
    store.put("etl", json.dumps(document))
    store.attach("etl", "etl")


def run(lake: Lake, name: str) -> tuple[int, Run]:
    """Carry out a job as its process does, and return its exit code and record."""
    workshop = lake.workshop(name)
    record = lake.runs.get(workshop.run_id)
    code = carry_out(workshop, record, lake.facts, {})
    return code, lake.runs.get(workshop.run_id)


def message_of(record: Run) -> str:
    assert record.error is not None
    return record.error.message


def acting(lake: Lake) -> Workshop:
    return act_as(lake.workshop("copy"), "etl", place=PLACE)


RAW = ("catalog", "database/raw", "database/*", "table/raw/*")
CURATED = ("catalog", "database/curated", "table/curated/*")


def test_a_job_does_what_its_user_may(spark: SparkSession, lake: Lake) -> None:
    lake.define("copy", COPY)
    allow(
        lake,
        ("Allow", READ, (*RAW, *CURATED)),
        (
            "Allow",
            ("CreateDatabase", "CreateTable", "UpdateTable", "BatchCreatePartition"),
            CURATED,
        ),
    )

    code, record = run(lake, "copy")

    assert (code, record.state, record.error) == (0, RunState.SUCCEEDED, None)
    assert spark.read.parquet(lake.uri("curated/copy")).count() == 3
    log = list(AuditLog(lake.engine, utc_now).list())
    assert {entry.principal for entry in log} == {"arn:aws:iam::000000000000:user/etl"}
    assert {"GetTable", "GetPartitions", "CreateTable"} <= {entry.operation for entry in log}
    assert {entry.source for entry in log} == {"job copy"}
    assert all(entry.allowed for entry in log)


def test_a_source_that_may_not_be_read_ends_the_run(lake: Lake) -> None:
    lake.define("copy", COPY)
    allow(lake, ("Allow", READ, RAW), ("Deny", ("*",), ("table/raw/flights",)))

    code, record = run(lake, "copy")

    assert code == 1
    assert message_of(record) == (
        "User: arn:aws:iam::000000000000:user/etl is not authorized to perform: glue:GetTable on"
        " resource: arn:aws:glue:us-east-1:000000000000:table/raw/flights with an explicit deny"
        " in a policy"
    )
    refused = list(AuditLog(lake.engine, utc_now).list(refused=True))
    assert [(entry.operation, entry.error_code) for entry in refused] == [
        ("GetTable", "AccessDeniedException")
    ]
    assert refused[0].request_id == record.id


def test_a_sink_that_may_not_be_made_writes_no_rows(lake: Lake) -> None:
    lake.define("copy", COPY)
    allow(lake, ("Allow", READ, (*RAW, *CURATED)))

    code, record = run(lake, "copy")

    assert code == 1
    assert "glue:CreateTable on resource" in message_of(record)
    assert lake.keys("curated/") == []


def test_a_user_without_policies_may_nothing(lake: Lake) -> None:
    lake.define("copy", COPY)

    code, record = run(lake, "copy")

    assert code == 1
    assert "because no policy allows the glue:GetTable action" in message_of(record)


@pytest.mark.parametrize(("table", "expected"), [("airlines", 0), ("flights", 1)])
def test_a_script_reads_what_its_user_may(lake: Lake, table: str, expected: int) -> None:
    lake.define("reader", SCRIPT.replace("TABLE", table), "py")
    lake.define("script", "name: script\nscript: reader.py\nrun_as: etl\n")
    allow(lake, ("Allow", READ, ("catalog", "database/raw", "table/raw/airlines")))

    code, record = run(lake, "script")

    assert code == expected
    if expected:
        assert "glue:GetTable on resource" in message_of(record)
        assert "table/raw/flights" in message_of(record)


def test_spark_sql_reads_what_its_user_may(spark: SparkSession, lake: Lake) -> None:
    allow(lake, ("Allow", READ, ("catalog", "database/raw", "table/raw/airlines")))
    session = acting(lake).attach(spark.newSession())

    assert session.sql("SELECT * FROM gluepot.raw.airlines").count() == 2
    with pytest.raises(AccessDeniedError, match="table/raw/flights"):
        session.sql("SELECT * FROM gluepot.raw.flights").count()


def test_a_job_of_nobody_in_particular_may_all(lake: Lake) -> None:
    lake.define("copy", COPY.replace("run_as: etl\n", ""))

    assert run(lake, "copy")[0] == 0
    assert list(AuditLog(lake.engine, utc_now).list()) == []


def test_a_stored_job_runs_as_its_role_where_requests_are_signed(lake: Lake) -> None:
    lake.put("scripts/read.py", SCRIPT.replace("TABLE", "flights"))
    script = lake.uri("scripts/read.py")
    command = {"Name": "glueetl", "ScriptLocation": script}
    role = "arn:aws:iam::000000000000:role/service/etl"
    lake.jobs.definitions.create("Job", "stored", {"Role": role, "Command": command})
    signed = replace(lake.facts, keys_required=True)

    open_code, _ = run(lake, "stored")
    workshop = lake.workshop("stored")
    signed_code = carry_out(workshop, lake.runs.get(workshop.run_id), signed, {})

    assert (open_code, signed_code) == (0, 1)
    refused = next(AuditLog(lake.engine, utc_now).list(refused=True))
    assert refused.principal == "arn:aws:iam::000000000000:user/etl"


def test_a_use_that_policies_cannot_speak_of_is_refused(lake: Lake) -> None:
    allow(lake, ("Allow", ("*",), ("*",)))
    catalog: Any = acting(lake).catalog

    for name in ("scope", "in_catalog", "databases", "tables", "catalogs"):
        with pytest.raises(AccessDeniedError, match=name):
            getattr(catalog, name)


@pytest.mark.parametrize(
    ("store", "uses"), [(CatalogStore, CATALOG_USES), (PartitionStore, PARTITION_USES)]
)
def test_uses_name_methods_arguments_and_operations(store: type, uses: Any) -> None:  # noqa: ANN401
    for name, (operation, members) in uses.items():
        parameters = inspect.signature(getattr(store, name)).parameters

        assert operation in TEMPLATES
        assert {path.partition(".")[0] for path in members.values()} <= set(parameters)
