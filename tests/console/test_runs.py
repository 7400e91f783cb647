"""Pages of runs: which there were, what one did and said, and what is done to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.settings import AuthSettings
from tests.console.conftest import console_at
from tests.console.flowing import ended_run, running_run, write_job, write_log
from tests.console.keys import logged_in, make_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.console.conftest import ConsoleServer

HOSTILE = "<script>alert(1)</script>\u202e'\"\n"


def test_runs_are_found_by_kind_state_name_and_time(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    ended_run(services, "one")
    failed = ended_run(
        services, "two", state=RunState.FAILED, error=RunError(message="It broke\nbadly")
    )
    crawl = ended_run(services, "three", kind=RunKind.CRAWL)

    def shown(**query: str) -> list[str]:
        return [each["id"] for each in visitor.data("/console/runs", **query)["runs"]]

    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert len(shown()) == 3
    assert shown(kind="crawl") == [crawl.id]
    assert shown(state="FAILED") == [failed.id]
    assert shown(name="tw") == [failed.id]
    assert shown(name="%") == []
    assert shown(since=later) == []
    assert len(shown(until=later)) == 3


def test_a_filter_that_is_none_is_refused_with_what_was_meant(console: ConsoleServer) -> None:
    visitor = console.visitor()

    seen = visitor.get("/console/runs", kind="crawI")
    when = visitor.get("/console/runs", since="yesterday")

    assert seen.status == when.status == 400
    assert "Did you mean" in seen.text
    assert "2026-12-24T18:00" in when.text


def test_runs_are_paged_by_the_last_one_shown(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    for _ in range(60):
        services.runs.enqueue(RunKind.JOB, "many")

    first = visitor.data("/console/runs")
    second = visitor.data(first["next"])

    assert (len(first["runs"]), len(second["runs"]), second["next"]) == (50, 10, None)
    assert not {each["id"] for each in first["runs"]} & {each["id"] for each in second["runs"]}


def test_a_failed_run_shows_the_line_that_failed_and_what_helps(console: ConsoleServer) -> None:
    error = RunError(
        message="NameError: rows",
        file="script.py",
        line=12,
        source_line="    rows.count()",
        advice="Define rows first",
    )
    run = ended_run(console.services, state=RunState.FAILED, error=error)

    text = console.visitor().get("/console/run", id=run.id).text

    assert text.index("script.py:12") < text.index("rows.count()") < text.index("<h2>Time</h2>")
    assert "Define rows first" in text


def test_arguments_that_are_secrets_are_masked(console: ConsoleServer) -> None:
    given = {"--db_password": "hunter22", "--day": "2026-01-01"}
    run = ended_run(console.services, arguments=given)
    visitor = console.visitor()

    text = visitor.get("/console/run", id=run.id).text
    twin = visitor.get("/console/run", id=run.id, format="json").text

    assert "hunter22" not in text + twin
    assert "2026-01-01" in text


def test_hostile_names_errors_and_logs_are_text(console: ConsoleServer) -> None:
    services = console.services
    run = ended_run(
        services,
        HOSTILE,
        state=RunState.FAILED,
        error=RunError(message=HOSTILE, source_line=HOSTILE, file=HOSTILE, line=1),
        arguments={HOSTILE: HOSTILE},
        metrics={HOSTILE: HOSTILE},
    )
    write_log(services, run.id, HOSTILE * 3)
    visitor = console.visitor()

    for address in ("/console/runs", f"/console/run?id={run.id}", f"/console/run-log?id={run.id}"):
        seen = visitor.get(address)
        assert seen.status == 200
        assert "<script>alert" not in seen.text
        assert "&lt;script&gt;" in seen.text


def test_a_run_shows_the_last_lines_of_its_log_and_the_earlier_ones_on_demand(
    console: ConsoleServer,
) -> None:
    run = ended_run(console.services)
    lines = [f"line {number:05} äöü\n" for number in range(10_000)]
    write_log(console.services, run.id, "".join(lines))
    visitor = console.visitor()

    log = visitor.data("/console/run", id=run.id)["log"]
    seen = [log["text"]]
    while log["earlier"]:
        log = visitor.data(log["earlier"])["log"]
        seen.insert(0, log["text"])

    assert len(seen[-1].splitlines()) == 200
    assert "".join(seen) == "".join(lines)


def test_a_page_asks_again_only_while_its_run_runs(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    running, ended = running_run(services), ended_run(services)
    write_log(services, running.id, "so far\n")

    assert visitor.get("/console/run", id=running.id).text.count('hx-trigger="every 2s"') == 2
    assert "hx-trigger" not in visitor.get("/console/run", id=ended.id).text


def test_the_axis_has_attempts_what_began_with_them_and_stages(console: ConsoleServer) -> None:
    services = console.services
    services.runs.enqueue(RunKind.CRAWL, "before", chain_id="chain")
    at = datetime.now(UTC)
    stage = {
        "stage": 3,
        "name": "count at script.py:4",
        "started_at": at.isoformat(),
        "completed_at": (at + timedelta(seconds=2)).isoformat(),
        "tasks": 8,
        "failed_tasks": 1,
    }
    metrics = {"stage_times": [stage]}
    run = ended_run(services, chain_id="chain", metrics=metrics)
    visitor = console.visitor()

    rows = visitor.data("/console/run", id=run.id)["axis"]["rows"]
    own = visitor.data("/console/run", id=run.id, axis="run")["axis"]["rows"]

    assert [row["label"] for row in rows] == [
        "crawl before",
        "job clean_sales",
        "stage 3: count, 8 tasks, 1 failed",
    ]
    assert [row["label"] for row in own] == [row["label"] for row in rows[1:]]
    assert rows[2]["seconds"] == 2


def test_tables_read_and_written_lead_to_their_pages(console: ConsoleServer) -> None:
    read = {"files": 2, "rows": 10, "bytes": 99, "path": "s3://b/raw", "table": "shop.raw"}
    wrote = {"sink": "clean", "path": "s3://b/clean", "table": "shop.clean", "version": 7}
    figures = {"rows": 9, "files": 1, "bytes": 50, "skipped": False, "table_version": "4"}
    one = {"sources": {"raw": {**read, "table_version": "2"}}, "sinks": [{**wrote, **figures}]}
    run = ended_run(console.services, metrics={"passes": [one]})

    data = console.visitor().data("/console/run", id=run.id)

    assert data["inputs"][0]["href"] == "/console/table?database=shop&name=raw"
    assert (data["inputs"][0]["table_version"], data["outputs"][0]["version"]) == ("2", 7)
    assert data["outputs"][0]["href"] == "/console/table?database=shop&name=clean"


def test_a_waiting_run_is_stopped(console: ConsoleServer) -> None:
    run = console.services.runs.enqueue(RunKind.JOB, "waits")
    assert run is not None

    visitor = console.visitor()
    visitor.get("/console/run", id=run.id)

    seen = visitor.post("/console/run-stop", {"id": run.id})

    assert seen.status == 200
    assert console.services.runs.get(run.id).state is RunState.STOPPED


def test_a_failed_run_is_queued_again_with_its_arguments(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    write_job(services)
    given = {"--day": "2026-02-02"}
    run = ended_run(services, state=RunState.FAILED, error=RunError(message="no"), arguments=given)

    visitor.get("/console/run", id=run.id)
    queued = visitor.post("/console/run-retry", {"id": run.id})
    refused = visitor.post("/console/run-rerun", {"id": run.id})

    (newest, _) = services.runs.list(name="clean_sales")
    assert queued.url.endswith(newest.id)
    assert (newest.previous_run_id, newest.arguments) == (run.id, given)
    assert "as many runs under way as it may have" in refused.text


def test_a_run_that_is_not_there_is_said_so(console: ConsoleServer) -> None:
    seen = console.visitor().get("/console/run", id="jr_no")

    assert seen.status == 400
    assert "jr_no" in seen.text


def test_runs_of_other_jobs_are_neither_listed_nor_shown_nor_stopped(tmp_path: Path) -> None:
    auth = AuthSettings(required=True)
    with console_at(tmp_path, conf_dir=tmp_path / "conf", auth=auth) as console:
        services = console.services
        own, other = running_run(services, "own"), running_run(services, "secret_job")
        rights = {
            "Effect": "Allow",
            "Action": "glue:*",
            "Resource": "arn:aws:glue:*:*:job/own",
        }
        visitor = logged_in(console, make_key(console, "ann", statements=[rights]))

        listed = visitor.data("/console/runs")["runs"]
        visitor.get("/console/run", id=own.id)
        refused = [
            visitor.get("/console/run", id=other.id),
            visitor.get("/console/run-log", id=other.id),
            visitor.post("/console/run-stop", {"id": other.id}),
        ]

        assert [each["id"] for each in listed] == [own.id]
        assert all(seen.status in {400, 403} for seen in refused)
        assert services.runs.get(other.id).state is RunState.RUNNING
