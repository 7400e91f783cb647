"""The pages of data quality: results, rows that fail, the editor of rules, and runs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa
import pytest
from pyarrow import parquet

from gluepot.catalog.model import Cause, Column, Database, SerDeInfo, StorageDescriptor, Table
from gluepot.jobs.quality.model import GateResult, Subject
from gluepot.jobs.quality.orders import GATE, request_of
from gluepot.transforms.quality import write_report
from gluepot.transforms.quality.result import Measure, RuleResult
from gluepot.transforms.quality.rules import Severity
from gluepot.transforms.quality.sentences import percent
from tests.transforms.quality.pages import HOSTILE, NASTY, NASTY_ROWS, ROWS, context, result

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.transforms.quality import QualityResult
    from tests.console.conftest import ConsoleServer
    from tests.console.visitor import Visitor

CAUSE = Cause(kind="cli", id="test")
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
JOB = """\
# What people wrote stays.
name: clean
sources: { flights: { table: raw.flights } }
quality:
  - input: flights
    name: known planes
    on_failure: warn
    rules:
      # Every flight has a plane.
      - expect: expect_column_values_to_not_be_null
        column: plane

# Where it goes.
sinks:
  - { input: flights, path: s3://lake/clean, table: curated.flights, mode: append }
"""
NULLS = RuleResult(
    name="plane",
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


@pytest.fixture
def job(console: ConsoleServer, tmp_path: Path) -> Path:
    """Return the file of a job whose gate's rows are in a table."""
    file = tmp_path / "conf" / "jobs" / "clean.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(JOB)
    rows = pa.table(
        {
            "flight": [1, 2, 3, 4],
            "plane": ["N1", None, "N3", None],
            "pilot": ["Ada", "Bo", HOSTILE, "Di"],
            "at": pa.array([0, 1, 2, 3], pa.timestamp("us", "UTC")),
        }
    )
    lake = tmp_path / "lake"
    lake.mkdir()
    parquet.write_table(rows, lake / "part.parquet")
    catalog = console.services.catalog
    catalog.create_database(Database(name="curated"))
    columns = (
        ("flight", "bigint"),
        ("plane", "string"),
        ("pilot", "string"),
        ("at", "timestamp with local time zone"),
    )
    catalog.create_table(
        Table(
            database_name="curated",
            name="flights",
            storage_descriptor=StorageDescriptor(
                columns=tuple(Column(name=name, type=kind) for name, kind in columns),
                location=f"file://{lake}",
                serde_info=SerDeInfo(serialization_library=PARQUET),
            ),
            parameters={"classification": "parquet"},
        ),
        cause=CAUSE,
    )
    return file


def keep(
    console: ConsoleServer,
    found: QualityResult,
    tmp_path: Path,
    **members: Any,  # noqa: ANN401
) -> GateResult:
    """Keep a result with its report."""
    paths = write_report(found, folder=tmp_path / "reports", context=context())
    about = {
        "run_id": "jr_1",
        "job_name": "clean",
        "gate": found.name,
        "on_failure": "warn",
        **members,
    }
    return console.services.jobs.record_gate(
        GateResult(
            passed=found.passed,
            result=found.to_json(),
            html_report=str(paths.html),
            json_report=str(paths.json),
            **about,
        )
    )


def planes(*rules: RuleResult) -> QualityResult:
    return result(*rules, name="known planes")


def writer(console: ConsoleServer) -> Visitor:
    """Return a visitor who has opened a page with a form."""
    visitor = console.visitor()
    visitor.get("/console/ruleset")
    return visitor


def editor(console: ConsoleServer) -> dict[str, Any]:
    found: dict[str, Any] = console.visitor().data(
        "/console/ruleset", job="clean", gate="known planes"
    )
    return found


@pytest.mark.usefixtures("job")
def test_what_fails_comes_first_with_its_table_and_trend(
    console: ConsoleServer, tmp_path: Path
) -> None:
    keep(console, planes(replace(NULLS, passed=True)), tmp_path)
    keep(console, planes(NULLS), tmp_path)
    keep(console, result(ROWS, name="later"), tmp_path)

    first, second = console.visitor().data("/console/quality")["results"]

    assert (first["gate"], first["verdict"], first["table"]) == (
        "known planes",
        "FAILED",
        "curated.flights",
    )
    assert len(first["spark"]["points"]) == 2
    assert (second["gate"], second["verdict"], second["spark"]) == ("later", "PASSED", None)


def test_without_results_the_page_says_what_to_do(console: ConsoleServer) -> None:
    assert "gluepot quality recommend" in console.visitor().get("/console/quality").text


@pytest.mark.usefixtures("job")
def test_a_result_says_since_when_a_rule_fails_and_leads_on(
    console: ConsoleServer, tmp_path: Path
) -> None:
    keep(console, planes(NULLS, ROWS), tmp_path)
    kept = keep(console, planes(ROWS, NULLS), tmp_path)

    found = console.visitor().data("/console/quality-result", id=kept.id)

    failing, holding = found["rules"]
    assert (failing["sentence"], failing["observed"]["text"], failing["bound"]) == (
        "plane is not null",
        percent(0.5),
        "100 %",
    )
    assert "in all 2 checks" in failing["trend"]["since"]
    assert holding["passed"]
    visitor = console.visitor()
    assert visitor.get(failing["rows"]).status == 200
    assert visitor.get(found["fix"]).status == 200
    assert visitor.get(found["report"]).headers["content-security-policy"].endswith("sandbox")


@pytest.mark.usefixtures("job")
def test_rows_that_break_a_rule_are_those_of_the_table_now(
    console: ConsoleServer, tmp_path: Path
) -> None:
    kept = keep(console, planes(NULLS), tmp_path)

    found = console.visitor().data("/console/quality-rows", id=kept.id, rule="1", show="yes")

    assert (found["count"], found["columns"]) == (2, ["plane", "flight", "pilot", "at"])
    assert [[cell["text"] for cell in row] for row in found["rows"]] == [
        ["null", "2", "Bo", "1970-01-01T00:00:00.000001+00:00"],
        ["null", "4", "Di", "1970-01-01T00:00:00.000003+00:00"],
    ]


def test_masked_columns_stay_masked_among_rows(
    console: ConsoleServer, job: Path, tmp_path: Path
) -> None:
    job.write_text(JOB.replace("column: plane", "column: plane\n        mask: [pilot]"))
    kept = keep(console, planes(NULLS), tmp_path)

    seen = console.visitor().get("/console/quality-rows", id=kept.id, rule="1", show="yes").text

    assert "Bo" not in re.sub(r"<[^>]*>", "", seen).split()


@pytest.mark.usefixtures("job")
def test_rows_that_a_run_kept_are_shown(console: ConsoleServer, tmp_path: Path) -> None:
    folder = tmp_path / "kept" / "data_quality_run=jr_1"
    folder.mkdir(parents=True)
    parquet.write_table(pa.table({"plane": ["N9"], "why": [HOSTILE]}), folder / "x.parquet")
    kept = keep(
        console, planes(NULLS), tmp_path, failing_path=str(tmp_path / "kept"), failing_rows=1
    )
    visitor = console.visitor()

    found = visitor.data("/console/quality-rows", id=kept.id, show="yes")

    assert (found["count"], found["rows"][0][0]["text"]) == (1, "N9")
    assert "<script>alert" not in visitor.get("/console/quality-rows", id=kept.id, show="yes").text


def test_hostile_texts_are_only_texts(console: ConsoleServer, tmp_path: Path) -> None:
    kept = keep(
        console,
        result(NASTY, NASTY_ROWS, name=HOSTILE),
        tmp_path,
        job_name=HOSTILE,
        table=f"{HOSTILE}.t",
    )
    visitor = console.visitor()

    for path in ("quality", f"quality-result?id={kept.id}", f"quality-rows?id={kept.id}&show=yes"):
        seen = visitor.get(f"/console/{path}")
        assert seen.status == 200, path
        assert "<script>alert" not in seen.text, path
        assert "<img src=http" not in seen.text, path


def test_a_gate_is_checked_while_it_is_written(console: ConsoleServer, job: Path) -> None:
    data = editor(console)
    visitor = writer(console)
    form = {"job": "clean", "gate": "known planes", "digest": data["digest"]}

    def told(text: str) -> dict[str, Any]:
        seen = visitor.post("/console/ruleset-check?format=json", {**form, "text": text})
        found: dict[str, Any] = seen.json["checked"]
        return found

    assert data["checked"]["sentences"] == ["plane is not null"]
    assert {"word": "plane", "kind": "column", "about": ""} in data["words"]
    (fault,) = told(data["text"].replace("not_be_null", "not_be_nul"))["faults"]
    assert (fault["line"], fault["inside"]) == (6, True)
    assert "not_be_null" in fault["message"]
    (doubt,) = told(data["text"].replace("column: plane", "column: plan"))["doubts"]
    assert "Did you mean 'plane'" in doubt["message"]
    changed = told(data["text"] + "\n    mostly: 0.4\n")["changes"]
    assert [line for line in changed if line.startswith("+")] == ["+        mostly: 0.4"]
    assert job.read_text() == JOB


def test_a_saved_gate_leaves_the_rest_of_its_file_alone(console: ConsoleServer, job: Path) -> None:
    data = editor(console)
    text = data["text"].rstrip() + "\n    mostly: 0.4"

    seen = writer(console).post(
        "/console/ruleset-save",
        {"job": "clean", "gate": "known planes", "digest": data["digest"], "text": text},
    )

    assert seen.status == 200
    assert job.read_text() == JOB.replace("column: plane\n", "column: plane\n        mostly: 0.4\n")


@pytest.mark.parametrize("text", ["input: [", "input: flights\nname: x\nrules: []"])
def test_a_gate_with_faults_is_not_saved(console: ConsoleServer, job: Path, text: str) -> None:
    data = editor(console)

    seen = writer(console).post(
        "/console/ruleset-save",
        {"job": "clean", "gate": "known planes", "digest": data["digest"], "text": text},
    )

    assert "nothing is saved" in seen.text
    assert job.read_text() == JOB


def test_what_somebody_else_has_changed_is_not_overwritten(
    console: ConsoleServer, job: Path
) -> None:
    data = editor(console)
    job.write_text(JOB + "# Somebody was here.\n")

    seen = writer(console).post(
        "/console/ruleset-save",
        {
            "job": "clean",
            "gate": "known planes",
            "digest": data["digest"],
            "text": data["text"] + "\n",
        },
    )

    assert "was changed since" in seen.text
    assert job.read_text().endswith("# Somebody was here.\n")


@pytest.mark.usefixtures("job")
def test_a_gate_is_checked_again_without_its_job(console: ConsoleServer, tmp_path: Path) -> None:
    kept = keep(console, planes(NULLS), tmp_path)
    visitor = writer(console)

    seen = visitor.post("/console/quality-rerun", {"id": kept.id})

    (run,) = console.services.runs.list(limit=5)
    assert seen.url.endswith(f"/console/quality-run?id={run.id}")
    assert request_of(run)[GATE] == {"JobName": "clean", "GateName": "known planes"}
    assert "every 2s" in seen.text
    visitor.post("/console/quality-stop", {"id": run.id})
    assert not visitor.data("/console/quality-run", id=run.id)["running"]


@pytest.mark.usefixtures("job")
def test_a_ruleset_is_written_checked_saved_and_run(console: ConsoleServer) -> None:
    visitor = writer(console)
    form = {"new": "yes", "name": "mine/ä", "table": "curated.flights"}

    wrong = visitor.post("/console/ruleset-save", {**form, "text": 'Rules = [ IsComplet "x" ]'})
    doubt = visitor.post(
        "/console/ruleset-check?format=json", {**form, "text": 'Rules = [ IsComplete "plan" ]'}
    )
    seen = visitor.post(
        "/console/ruleset-save",
        {**form, "text": 'Rules = [ IsComplete "plane" ]', "then": "run"},
    )

    assert "nothing is saved" in wrong.text
    assert "Did you mean 'plane'" in doubt.json["checked"]["doubts"][0]["message"]
    assert "/console/quality-run" in seen.url
    (run,) = console.services.runs.list(limit=5)
    assert run.name == "curated.flights"
    stored = visitor.data("/console/ruleset", name="mine/ä")
    assert stored["checked"]["sentences"] == ["plane is never null"]
    listed = visitor.data("/console/rulesets")
    assert [one["Name"] for one in listed["rulesets"]] == ["mine/ä"]
    assert [one["gate"] for one in listed["gates"]] == ["known planes"]
    assert visitor.get(f"/console/ruleset?name={quote('mine/ä')}").status == 200
    visitor.post("/console/ruleset-delete", {"name": "mine/ä"})
    assert visitor.data("/console/rulesets")["rulesets"] == []


@pytest.mark.usefixtures("job")
def test_results_of_tables_are_told_apart_from_those_of_jobs(
    console: ConsoleServer, tmp_path: Path
) -> None:
    keep(console, planes(NULLS), tmp_path)
    keep(
        console,
        planes(ROWS),
        tmp_path,
        subject=Subject.TABLE,
        job_name="curated.flights",
        table="curated.flights",
    )

    found = console.visitor().data("/console/quality")["results"]

    assert [(one["verdict"], one["job"]) for one in found] == [
        ("FAILED", "clean"),
        ("PASSED", None),
    ]
