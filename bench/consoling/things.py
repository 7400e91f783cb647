"""What pages are about beside the catalog: a crawl, results of quality, matches, a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet
from tests.jobs.ml_tasks.conftest import COLUMNS, PEOPLE, PERSON_OF
from tests.transforms.quality.pages import context, result

from consoling.filling import CAUSE
from gluepot.catalog.ml_store import KIND
from gluepot.catalog.model import Column, Database, SerDeInfo, StorageDescriptor, Table
from gluepot.console.matching.sheets import answer, pairs_of, read_sheet, sheet_folder, sheet_uri
from gluepot.console.recipes.kinds import KINDS
from gluepot.console.recipes.recipe import Recipe, Step
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.targets import Target
from gluepot.executors import crawl_in_run
from gluepot.jobs.ml_tasks.process import run_task
from gluepot.jobs.ml_tasks.tasks import SET_ROWS
from gluepot.jobs.quality.model import GateResult, Subject
from gluepot.jobs.quality.orders import Task
from gluepot.jobs.quality.orders import enqueue_task as enqueue_check
from gluepot.jobs.runs.lease import LEASE
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.task_runs import TaskType, enqueue_task
from gluepot.launching import launch_settings
from gluepot.sql.attach import read_table
from gluepot.transforms.quality import write_report
from gluepot.transforms.quality.result import Measure, RuleResult
from gluepot.transforms.quality.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gluepot.catalog.ml_model import MLTransform
    from gluepot.services import Services

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
DATABASE = "things"
RULES = 50
_LINE = '{{"id_{table}": 1, "name_{table}": "n", "at_{table}": "2026-01-01"}}\n'
TYPES = {"string": "string", "int64": "bigint", "double": "double"}


def fill_things(services: Services, url: str, folder: Path, rows: int) -> dict[str, dict[str, str]]:
    """Make one thing of each kind; return the parameters of pages that are of one.

    Args:
        services: Get them.
        url: Of the server over them.
        folder: Gets the files of tables.
        rows: Of the tables whose rows are asked.
    """
    services.catalog.create_database(Database(name=DATABASE))
    return (
        _crawl(services, folder, files=max(20, rows // 500))
        | _quality(services, folder, rows)
        | _matching(services, url, folder, rows)
        | _recipe(services)
    )


def _add_table(services: Services, folder: Path, name: str, rows: pa.Table) -> None:
    place = folder / "lake" / name
    place.mkdir(parents=True)
    parquet.write_table(rows, place / "part.parquet")
    columns = tuple(Column(name=one.name, type=TYPES[str(one.type)]) for one in rows.schema)
    table = Table(
        database_name=DATABASE,
        name=name,
        parameters={"classification": "parquet"},
        storage_descriptor=StorageDescriptor(
            columns=columns,
            location=place.as_uri(),
            serde_info=SerDeInfo(serialization_library=PARQUET),
        ),
    )
    services.catalog.create_table(table, CAUSE)


def _crawl(services: Services, folder: Path, files: int) -> dict[str, dict[str, str]]:
    landed = folder / "lake" / "landed"
    for number in range(files):
        file = landed / f"table_{number % 20}" / f"day={number}" / "a.json"
        file.parent.mkdir(parents=True)
        file.write_text(_LINE.format(table=number % 20))
    crawler = Crawler(name="landed", database=DATABASE, targets=(Target(uri=f"{landed}/"),))
    services.crawlers.put_crawler(crawler)
    run = services.runs.enqueue(RunKind.CRAWL, "landed", owner="bench", lease=LEASE)
    if run is None:
        raise AssertionError("a run without a key of its own is always new")
    crawl_in_run(services, run, services.crawlers.get_crawler("landed"))
    return {"crawler": {"name": "landed"}, "crawl": {"id": run.id}}


def _quality(services: Services, folder: Path, rows: int) -> dict[str, dict[str, str]]:
    number = pa.array(range(rows), pa.int64())
    plane = pc.if_else(pc.equal(pc.bit_wise_and(number, 7), 0), None, "N1")
    _add_table(services, folder, "flights", pa.table({"flight": number, "plane": plane}))
    found = result(*(_rule(each) for each in range(RULES)), name="flights")
    paths = write_report(found, folder=folder / "reports", context=context())
    source = {"GlueTable": {"DatabaseName": DATABASE, "TableName": "flights"}}
    run = enqueue_check(
        services.runs, Task.EVALUATION, f"{DATABASE}.flights", {"DataSource": source}
    )
    kept = services.jobs.record_gate(
        GateResult(
            run_id=run.id,
            job_name=f"{DATABASE}.flights",
            gate=found.name,
            subject=Subject.TABLE,
            table=f"{DATABASE}.flights",
            data_source=source,
            ruleset="flights",
            on_failure="warn",
            passed=found.passed,
            result=found.to_json(),
            html_report=str(paths.html),
            json_report=str(paths.json),
        )
    )
    of_one = {"id": kept.id}
    return {
        "quality-result": of_one,
        "quality-report": of_one,
        "quality-rows": of_one | {"rule": "1"},
        "quality-run": {"id": run.id},
    }


def _rule(number: int) -> RuleResult:
    return RuleResult(
        name=f"plane {number}",
        sentence="plane is not null",
        expectation="expect_column_values_to_not_be_null",
        columns=("plane",),
        severity=Severity.CRITICAL,
        passed=False,
        measure=Measure.SHARE,
        observed=0.5,
        bound="100 %",
        checked_count=4,
        missing_count=0,
        unexpected_count=2,
        parameters={"column": "plane"},
    )


def _matching(services: Services, url: str, folder: Path, rows: int) -> dict[str, dict[str, str]]:
    people = pa.table({name: [row[name] for row in PEOPLE] for name in COLUMNS})
    _add_table(services, folder, "people", people)
    number = pa.array(range(rows), pa.int64())
    sure = pc.divide(pc.cast(pc.bit_wise_and(number, 63), pa.float64()), 64)
    found = {"id": number, "match_id": pc.divide(number, 3), "match_confidence_score": sure}
    _add_table(services, folder, "matched", pa.table(found))
    transform: str = _client(url).create_ml_transform(
        Name="people",
        Role="bench",
        InputRecordTables=[{"DatabaseName": DATABASE, "TableName": "people"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    run = _taught(services, transform)
    left, right = (row["id"] for row in PEOPLE if row["person"] == "0")
    clusters = {"table": f"{DATABASE}.matched", "id": transform}
    return {
        "matching-transform": {"id": transform},
        "matching-label": {"id": transform, "run": run},
        "matching-clusters": clusters,
        "matching-cluster": clusters | {"match_id": "7"},
        "matching-explain": {"id": transform, "left": left, "right": right},
    }


def _client(url: str) -> Any:  # noqa: ANN401 - boto3 makes its clients as it runs
    given: dict[str, Any] = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
    return boto3.client("glue", endpoint_url=url, region_name="us-east-1", **given)


def _taught(services: Services, transform: str) -> str:
    """Let the transform ask for labels, give them, and let it learn; return the first task."""
    asked: Mapping[str, Any] = {"OutputS3Path": sheet_folder(services, transform)}
    task = _work(services, transform, TaskType.LABELING_SET_GENERATION, asked, **{SET_ROWS: 2})
    uri = sheet_uri(services, transform, task)
    sheet = read_sheet(services, uri)
    ids = sheet.records.column("id").to_pylist()
    for number, (one, other) in enumerate(pairs_of(sheet)):
        word = "same" if PERSON_OF[ids[one]] == PERSON_OF[ids[other]] else "different"
        answer(services, uri, number, word)
    taught = {"InputS3Path": uri, "Replace": False}
    _work(services, transform, TaskType.IMPORT_LABELS, taught)
    _work(services, transform, TaskType.EVALUATION, {})
    return task


def _work(
    services: Services, transform: str, task: TaskType, details: Mapping[str, Any], **further: int
) -> str:
    """Carry out a task in this process, without Spark, and return its id."""

    def read(transform: MLTransform) -> pa.Table:
        return read_table(services.catalog, services.s3, transform.database, transform.table)

    definition = services.jobs.definitions.get(KIND, transform).definition
    enqueue_task(services.runs, transform, definition, task, details, **further)
    run = services.runs.claim("bench", lease=LEASE, kinds=[RunKind.MATCH])
    if run is None:
        raise AssertionError("no task waits")
    facts = launch_settings(services).facts
    if run_task(facts, run.id, engine=services.engine, clock=services.clock, read=read) != 0:
        raise AssertionError(services.runs.get(run.id).error)
    return run.id


def _recipe(services: Services) -> dict[str, dict[str, str]]:
    steps = tuple(
        Step(kind=KINDS["derive"], values={"name": f"next_{number}", "expression": "flight + 1"})
        for number in range(10)
    )
    table = f"{DATABASE}.flights"
    recipe = Recipe(table=table, steps=steps, name="tidy", target=f"{DATABASE}.tidy")
    (services.settings.conf_dir / "jobs" / "tidy.yaml").write_text(recipe.to_yaml())
    return {"recipe": {"job": "tidy"}, "recipe-preview": {"recipe": recipe.to_json()}}
