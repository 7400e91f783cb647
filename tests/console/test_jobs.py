"""Pages of jobs: what they are, how they ran, and runs with arguments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gluepot.console.flow.definition_text import hide_members
from gluepot.jobs.bookmarks.store import InputFile
from gluepot.jobs.runs.state import RunKind, RunState
from tests.console.flowing import ended_run, glue_of, write_job

if TYPE_CHECKING:
    from tests.console.conftest import ConsoleServer


def test_jobs_are_listed_with_how_their_last_runs_ended(console: ConsoleServer) -> None:
    services = console.services
    write_job(services)
    write_job(services, "idle", "name: idle\nfaulty: yes\n")
    ended_run(services)
    ended_run(services, state=RunState.FAILED)

    first, second = console.visitor().data("/console/jobs")["jobs"]

    assert (first["name"], first["state"]) == ("clean_sales", "FAILED")
    assert [bar["state"] for bar in first["strip"]] == ["SUCCEEDED", "FAILED"]
    assert (second["state"], second["strip"]) == (None, [])
    assert (first["is_faulty"], second["is_faulty"]) == (False, True)


def test_no_job_leads_to_the_folder_of_jobs(console: ConsoleServer) -> None:
    text = console.visitor().get("/console/jobs").text

    assert str(console.services.settings.conf_dir / "jobs") in text
    assert "gluepot job schema" in text


def test_a_pipeline_is_drawn_from_its_sources_to_its_sinks(console: ConsoleServer) -> None:
    write_job(console.services)

    data = console.visitor().data("/console/job", name="clean_sales")

    graph = data["graph"]
    assert [(node["kind"], node["label"]) for node in graph["nodes"]] == [
        ("source", "shop.raw"),
        ("SelectFields", "paid"),
        ("sink", "s3://lake/clean"),
    ]
    assert [(edge["start"], edge["end"]) for edge in graph["edges"]] == [
        ("raw", "paid"),
        ("paid", "sink 0"),
    ]
    assert graph["nodes"][0]["x"] < graph["nodes"][1]["x"] < graph["nodes"][2]["x"]
    assert "Cleans sales" in data["text"]


def test_no_secret_of_a_definition_is_shown(console: ConsoleServer) -> None:
    write_job(console.services)
    glue_of(console).create_job(
        Name="stored",
        Role="r",
        Command={"Name": "glueetl", "ScriptLocation": "s3://b/x.py"},
        DefaultArguments={"--api_token": "sesame99", "--day": "1"},
    )
    visitor = console.visitor()

    for name in ("clean_sales", "stored"):
        text = visitor.get("/console/job", name=name).text
        twin = visitor.get("/console/job", name=name, format="json").text
        assert "hunter22" not in text + twin
        assert "sesame99" not in text + twin
        assert "******" in text


def test_secrets_of_a_faulty_definition_are_hidden_too() -> None:
    assert hide_members('password: "a b"\n{token: x1y2z3w4, day: 1') == (
        "password: ******\n{token: ******, day: 1"
    )


def test_a_name_that_leads_elsewhere_shows_no_file(console: ConsoleServer) -> None:
    secret = console.services.settings.conf_dir.parent / "secret.py"
    secret.write_text("top = 'secret'")
    glue_of(console).create_job(
        Name="../../secret", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://b/x"}
    )

    seen = console.visitor().get("/console/job", name="../../secret")

    assert seen.status == 200
    assert "top = " not in seen.text


def test_a_run_is_queued_with_the_arguments_given(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    write_job(services)
    visitor.get("/console/job", name="clean_sales")

    form = {"name": "clean_sales", "arguments": "day=2026-03-03\n\n--note=a=b\n"}
    seen = visitor.post("/console/job-run", form)

    (run,) = services.runs.list(kind=RunKind.JOB)
    assert (run.arguments["--day"], run.arguments["--note"]) == ("2026-03-03", "a=b")
    assert run.id in seen.url


def test_an_argument_without_a_value_is_refused_by_its_line(console: ConsoleServer) -> None:
    visitor = console.visitor()
    write_job(console.services)
    visitor.get("/console/job", name="clean_sales")

    form = {"name": "clean_sales", "arguments": "day=1\nmy secret"}
    seen = visitor.post("/console/job-run", form)

    assert seen.status == 400
    assert "Line 2" in seen.text
    assert "my secret" not in seen.text
    assert not console.services.runs.list()


def test_a_bookmark_is_shown_and_forgotten(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    write_job(services)
    run = ended_run(services)
    store = services.jobs.bookmarks
    mark = store.open("clean_sales")
    file = InputFile(uri="s3://b/1", size=1, modified=datetime(2026, 1, 1, tzinfo=UTC), etag="e")
    store.commit(store.intend(mark, run.id, {"raw": [file]}), run.id)

    before = visitor.data("/console/job", name="clean_sales")["bookmark"]
    visitor.get("/console/job", name="clean_sales")
    visitor.post("/console/job-bookmark-reset", {"name": "clean_sales"})
    after = visitor.data("/console/job", name="clean_sales")["bookmark"]

    assert (before["files"], before["run"]) == ({"raw": 1}, run.id)
    assert after["files"] == {}
