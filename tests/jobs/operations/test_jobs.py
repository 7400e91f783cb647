"""Jobs and job runs through the API."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.bookmarks.store import InputFile
from gluepot.jobs.runs.store import RunState
from tests.jobs.operations.conftest import COMMAND, names_of, refused
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.services import Services

WHOLE: dict[str, Any] = {
    "Role": "arn:aws:iam::000000000000:role/jobs",
    "Description": "",
    "LogUri": "s3://logs/",
    "Command": COMMAND,
    "ExecutionProperty": {"MaxConcurrentRuns": 3},
    "DefaultArguments": {"--day": "1", "--scope": "all"},
    "NonOverridableArguments": {"--fixed": "1"},
    "Connections": {"Connections": ["a"]},
    "MaxRetries": 2,
    "Timeout": 60,
    "WorkerType": "G.2X",
    "NumberOfWorkers": 4,
    "SecurityConfiguration": "sealed",
    "NotificationProperty": {"NotifyDelayAfter": 3},
    "GlueVersion": "4.0",
    "CodeGenConfigurationNodes": {},
    "ExecutionClass": "FLEX",
    "SourceControlDetails": {"Provider": "GITHUB", "Branch": "main"},
    "MaintenanceWindow": "Mon:10",
    "JobMode": "SCRIPT",
    "JobRunQueuingEnabled": False,
}


def make(glue: Any, name: str, **members: Any) -> None:  # noqa: ANN401
    glue.create_job(**{"Name": name, "Role": "r", "Command": COMMAND, **members})


def start(glue: Any, name: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    run_id = glue.start_job_run(JobName=name, **members)["JobRunId"]
    found: dict[str, Any] = glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
    return found


def test_a_job_is_read_back_as_it_was_given(glue: Any) -> None:  # noqa: ANN401
    assert glue.create_job(Name="load", **WHOLE, Tags={"a": "1"})["Name"] == "load"

    found = glue.get_job(JobName="load")["Job"]

    assert {key: found[key] for key in WHOLE} == WHOLE
    assert found["Name"] == "load"
    assert (found["MaxCapacity"], found["AllocatedCapacity"]) == (8.0, 8)
    assert glue.get_jobs()["Jobs"] == [found]


def test_what_was_not_given_shows_as_glue_shows_it(glue: Any) -> None:  # noqa: ANN401
    make(glue, "new")
    make(glue, "old", GlueVersion="4.0", MaxCapacity=5.0)
    make(glue, "shell", Command={"Name": "pythonshell", "ScriptLocation": "s3://b/x.py"})

    new, old, shell = (glue.get_job(JobName=name)["Job"] for name in ("new", "old", "shell"))

    assert new["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert (new["MaxRetries"], new["Timeout"], new["MaxCapacity"]) == (0, 480, 10.0)
    assert (old["Timeout"], old["AllocatedCapacity"]) == (2880, 5)
    assert shell["MaxCapacity"] == 0.0625
    assert not new.keys() & {"DefaultArguments", "WorkerType", "Description", "Connections"}


def test_an_update_replaces_the_whole_definition(glue: Any) -> None:  # noqa: ANN401
    glue.create_job(Name="load", **WHOLE)
    update = {"Role": "other", "Command": COMMAND, "MaxCapacity": 2.0}

    assert glue.update_job(JobName="load", JobUpdate=update)["JobName"] == "load"

    found = glue.get_job(JobName="load")["Job"]
    assert {key: found[key] for key in update} == update
    assert not found.keys() & {"DefaultArguments", "WorkerType", "Description"}
    with refused(glue, "InvalidInput", "Command should not be null or empty"):
        glue.update_job(JobName="load", JobUpdate={"Role": "r"})
    with refused(glue, "EntityNotFound", "Job x not found."):
        glue.update_job(JobName="x", JobUpdate=update)


def test_a_deleted_job_is_gone_and_deleting_again_is_no_error(glue: Any) -> None:  # noqa: ANN401
    make(glue, "load", Tags={"k": "v"})
    run = start(glue, "load")

    for _ in range(2):
        assert glue.delete_job(JobName="load")["JobName"] == "load"

    with refused(glue, "EntityNotFound", "Job load not found."):
        glue.get_job(JobName="load")
    with refused(glue, "EntityNotFound", "Job load not found."):
        glue.start_job_run(JobName="load")
    with refused(glue, "EntityNotFound", "Job load not found."):
        glue.get_job_runs(JobName="load")
    assert glue.get_job_run(JobName="load", RunId=run["Id"])["JobRun"]["Id"] == run["Id"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"MaxCapacity": 1.0, "WorkerType": "G.1X", "NumberOfWorkers": 2}, "Max Capacity"),
        ({"MaxCapacity": 1.0, "AllocatedCapacity": 1}, "only Allocated Capacity or Max Capacity"),
        ({"MaxCapacity": 1e300}, "MaxCapacity is from 0 to"),
        ({"WorkerType": "G.1X", "NumberOfWorkers": -1}, "NumberOfWorkers is from 0 to"),
        ({"MaxRetries": -1}, "non-negative"),
        ({"ExecutionProperty": {"MaxConcurrentRuns": 0}}, "MaxConcurrentRuns"),
        ({"DefaultArguments": {"--a": "x" * 270_000}}, "bytes"),
    ],
    ids=lambda item: str(item)[:30],
)
def test_what_cannot_be_is_refused(glue: Any, members: dict[str, Any], said: str) -> None:  # noqa: ANN401
    with refused(glue, "InvalidInput", said):
        make(glue, "load", **members)

    assert glue.list_jobs()["JobNames"] == []


def test_jobs_are_listed_by_page_and_by_tags(glue: Any) -> None:  # noqa: ANN401
    for number in range(5):
        make(glue, f"j{number}", Tags={"odd": str(number % 2)})

    assert [job["Name"] for job in names_of(glue, "get_jobs", "Jobs")] == [
        f"j{number}" for number in range(5)
    ]
    assert names_of(glue, "list_jobs", "JobNames") == [f"j{number}" for number in range(5)]
    assert glue.list_jobs(Tags={"odd": "1"})["JobNames"] == ["j1", "j3"]
    batch = glue.batch_get_jobs(JobNames=["x", "j2"])
    assert [job["Name"] for job in batch["Jobs"]] == ["j2"]
    assert batch["JobsNotFound"] == ["x"]
    with refused(glue, "AlreadyExists", "Job already exists"):
        make(glue, "j1")


def test_a_run_has_its_jobs_members_and_its_own_over_them(glue: Any) -> None:  # noqa: ANN401
    glue.create_job(Name="load", **WHOLE)

    run = start(glue, "load", Arguments={"--day": "2", "--fixed": "9"}, Timeout=5)
    other = start(glue, "load", MaxCapacity=3.0)

    assert run["Id"].startswith("jr_")
    assert len(run["Id"]) == 67
    assert run["Arguments"] == {"--day": "2", "--scope": "all", "--fixed": "1"}
    assert (run["Timeout"], run["WorkerType"], run["NumberOfWorkers"]) == (5, "G.2X", 4)
    assert (run["JobRunState"], run["Attempt"], run["ExecutionTime"]) == ("STARTING", 0, 0)
    assert (run["GlueVersion"], run["ExecutionClass"]) == ("4.0", "FLEX")
    assert run["LogGroupName"] == "/aws-glue/jobs"
    assert isinstance(run["StartedOn"], datetime)
    assert "WorkerType" not in other
    assert (other["MaxCapacity"], other["AllocatedCapacity"], other["Timeout"]) == (3.0, 3, 60)
    glue.update_job(JobName="load", JobUpdate={"Role": "r", "Command": COMMAND, "Timeout": 9})
    assert glue.get_job_run(JobName="load", RunId=run["Id"])["JobRun"]["Timeout"] == 5


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("AllocatedCapacity", 5),
        ("MaxCapacity", 5.0),
        ("NumberOfWorkers", 3),
        ("WorkerType", "G.1X"),
        ("SecurityConfiguration", "mine"),
    ],
)
def test_what_a_run_is_given_is_what_it_has(glue: Any, member: str, value: object) -> None:  # noqa: ANN401
    make(glue, "load")

    assert start(glue, "load", **{member: value})[member] == value


def test_as_many_runs_as_the_job_allows_are_under_way(glue: Any) -> None:  # noqa: ANN401
    make(glue, "load", ExecutionProperty={"MaxConcurrentRuns": 2})
    first = start(glue, "load")
    start(glue, "load")

    with refused(glue, "ConcurrentRunsExceeded", "Job with name load already running"):
        glue.start_job_run(JobName="load")
    glue.batch_stop_job_run(JobName="load", JobRunIds=[first["Id"]])

    again = start(glue, "load", JobRunId=first["Id"])
    assert again["PreviousRunId"] == first["Id"]
    with refused(glue, "InvalidInput", "only Allocated Capacity or Max Capacity"):
        glue.start_job_run(JobName="load", AllocatedCapacity=2, MaxCapacity=5.0)
    with refused(glue, "EntityNotFound", "Job run jr_0 not found."):
        glue.start_job_run(JobName="load", JobRunId="jr_0")


def test_of_runs_that_start_together_no_more_than_allowed_are_taken(glue: Any) -> None:  # noqa: ANN401
    make(glue, "load", ExecutionProperty={"MaxConcurrentRuns": 2})

    def attempt(_number: int) -> bool:
        try:
            glue.start_job_run(JobName="load")
        except glue.exceptions.ConcurrentRunsExceededException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(attempt, range(16)))

    assert sum(taken) == 2
    assert len(glue.get_job_runs(JobName="load")["JobRuns"]) == 2


def test_runs_are_stopped_one_by_one(glue: Any, services: Services) -> None:  # noqa: ANN401
    make(glue, "load", ExecutionProperty={"MaxConcurrentRuns": 9})
    make(glue, "other")
    waiting, at_work, ended = (start(glue, "load")["Id"] for _ in range(3))
    foreign = start(glue, "other")["Id"]
    services.runs.begin(at_work, "w", lease=timedelta(hours=1))
    services.runs.finish(ended, RunState.SUCCEEDED)

    done = glue.batch_stop_job_run(
        JobName="load", JobRunIds=[waiting, at_work, ended, foreign, "x"]
    )

    assert [item["JobRunId"] for item in done["SuccessfulSubmissions"]] == [waiting, at_work]
    assert [(item["JobRunId"], item["ErrorDetail"]["ErrorCode"]) for item in done["Errors"]] == [
        (ended, "InvalidInputException"),
        (foreign, "EntityNotFoundException"),
        ("x", "EntityNotFoundException"),
    ]
    states = {
        run_id: glue.get_job_run(JobName="load", RunId=run_id)["JobRun"]["JobRunState"]
        for run_id in (waiting, at_work, ended)
    }
    assert list(states.values()) == ["STOPPED", "STOPPING", "SUCCEEDED"]
    # What breaks off because it was told to stop is not tried again, whatever the job says.
    services.runs.finish(at_work, RunState.FAILED)
    assert services.runs.get(at_work).state is RunState.STOPPED


def test_runs_are_paged_newest_first(glue: Any) -> None:  # noqa: ANN401
    make(glue, "load", ExecutionProperty={"MaxConcurrentRuns": 9})
    made = [start(glue, "load")["Id"] for _ in range(5)]

    found = names_of(glue, "get_job_runs", "JobRuns", JobName="load")

    assert [run["Id"] for run in found] == made[::-1]
    make(glue, "idle")
    assert glue.get_job_runs(JobName="idle")["JobRuns"] == []
    with refused(glue, "EntityNotFound", "Job run nope not found."):
        glue.get_job_run(JobName="load", RunId="nope")


def test_a_run_of_a_trigger_has_the_jobs_members_too(glue: Any, services: Services) -> None:  # noqa: ANN401
    glue.create_job(Name="load", **WHOLE)
    action = {"JobName": "load", "Arguments": {"--day": "7"}, "Timeout": 7}
    glue.create_trigger(Name="t", Type="ON_DEMAND", Actions=[action])

    glue.start_trigger(Name="t")

    (run,) = glue.get_job_runs(JobName="load")["JobRuns"]
    assert (run["TriggerName"], run["Timeout"], run["WorkerType"]) == ("t", 7, "G.2X")
    assert run["Arguments"]["--day"] == "7"
    assert run["Arguments"]["--scope"] == "all"
    assert services.runs.get(run["Id"]).max_retries == 2


def test_a_bookmark_is_shown_and_reset(glue: Any, services: Services) -> None:  # noqa: ANN401
    for operation in ("get_job_bookmark", "reset_job_bookmark"):
        with refused(glue, "EntityNotFound", "Continuation for job load not found"):
            getattr(glue, operation)(JobName="load")
    store = services.jobs.bookmarks
    file = InputFile(uri="s3://b/x", size=1, modified=datetime.now(UTC))
    store.commit(store.intend(store.open("load"), "jr_1", {"raw": [file]}), "jr_1")

    entry = glue.get_job_bookmark(JobName="load")["JobBookmarkEntry"]
    reset = glue.reset_job_bookmark(JobName="load")["JobBookmarkEntry"]

    assert (entry["JobName"], entry["Version"], entry["RunId"]) == ("load", 1, "jr_1")
    assert json.loads(entry["JobBookmark"]) == {"files_read": {"raw": 1}}
    assert json.loads(reset["JobBookmark"]) == {"files_read": {}}


def test_a_bookmark_goes_back_to_a_run(glue: Any, services: Services) -> None:  # noqa: ANN401
    store = services.jobs.bookmarks
    for number in (1, 2, 3):
        file = InputFile(uri=f"s3://b/{number}", size=1, modified=datetime.now(UTC))
        intent = store.intend(store.open("load"), f"jr_{number}", {"raw": [file]})
        store.commit(intent, f"jr_{number}")

    then = glue.get_job_bookmark(JobName="load", RunId="jr_2")["JobBookmarkEntry"]
    entry = glue.reset_job_bookmark(JobName="load", RunId="jr_1")["JobBookmarkEntry"]

    assert (then["Version"], then["RunId"]) == (2, "jr_2")
    assert (entry["Version"], entry["RunId"]) == (3, "jr_1")
    assert json.loads(entry["JobBookmark"]) == {"files_read": {"raw": 1}}
    with refused(glue, "EntityNotFound"):
        glue.reset_job_bookmark(JobName="load", RunId="jr_9")


def test_jobs_of_files_are_shown_and_not_changed(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "conf" / "jobs"
    folder.mkdir(parents=True)
    (folder / "b_script.py").write_text("pass\n")
    (folder / "d_faulty.yaml").write_text("name: other\nscript: x\n")
    with thread_server(database_url, tmp_path / "home", conf_dir=tmp_path / "conf") as server:
        glue = server.client()
        for name in ("a", "c", "e"):
            make(glue, name)

        check_files(glue)


def check_files(glue: Any) -> None:  # noqa: ANN401
    assert names_of(glue, "list_jobs", "JobNames") == ["a", "b_script", "c", "d_faulty", "e"]
    script = glue.get_job(JobName="b_script")["Job"]
    assert script["Command"]["ScriptLocation"].endswith("/jobs/b_script.py")
    assert "Faulty" in glue.get_job(JobName="d_faulty")["Job"]["Description"]
    with refused(glue, "AlreadyExists"):
        make(glue, "b_script")
    for operation, request in (
        ("delete_job", {}),
        ("update_job", {"JobUpdate": {"Role": "r", "Command": COMMAND}}),
    ):
        with refused(glue, "InvalidInput", "defined by a file"):
            getattr(glue, operation)(JobName="b_script", **request)
    assert start(glue, "b_script")["JobRunState"] == "STARTING"


def test_a_job_that_queues_holds_back_one_run_too_many(glue: Any, services: Services) -> None:  # noqa: ANN401
    make(glue, "load", JobRunQueuingEnabled=True)
    first, second = start(glue, "load"), start(glue, "load")

    assert (first["JobRunState"], second["JobRunState"]) == ("STARTING", "WAITING")
    assert "fewer than 1 runs" in second["StateDetail"]
    services.runs.finish(first["Id"], RunState.SUCCEEDED)
    found = glue.get_job_run(JobName="load", RunId=second["Id"])["JobRun"]
    assert (found["JobRunState"], found["StateDetail"]) == ("STARTING", "Waits for a free worker")


def test_what_a_trigger_begins_beyond_the_limit_has_failed(glue: Any) -> None:  # noqa: ANN401
    make(glue, "load", Timeout=7)
    start(glue, "load")
    glue.create_trigger(Name="t", Type="ON_DEMAND", Actions=[{"JobName": "load"}])

    glue.start_trigger(Name="t")

    run = glue.get_job_runs(JobName="load")["JobRuns"][0]
    assert (run["TriggerName"], run["JobRunState"], run["Timeout"]) == ("t", "FAILED", 7)
    assert run["ErrorMessage"] == "Concurrent runs exceeded for job: load."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"--JOB_NAME": "x"}, "--JOB_NAME cannot be given"),
        ({"--class": "x"}, "--class cannot be given"),
        ({"--datalake-formats": "hudi,delta"}, "delta, iceberg"),
        ({"--conf": "spark.a"}, "spark.key=value"),
        ({"--conf": "spark.a={{env:A}}"}, "refers to a secret"),
        ({"--customer-driver-env-vars": "A=1"}, "CUSTOMER_"),
        ({"--executor-cores": "many"}, "a number"),
        ({"--job-language": "scala"}, "python"),
    ],
    ids=lambda item: str(item)[:30],
)
def test_special_parameters_that_cannot_be_are_refused(
    glue: Any,  # noqa: ANN401
    arguments: dict[str, str],
    said: str,
) -> None:
    make(glue, "load")

    with refused(glue, "InvalidInput", said):
        glue.start_job_run(JobName="load", Arguments=arguments)
    with refused(glue, "InvalidInput", said):
        make(glue, "other", DefaultArguments=arguments)


def test_a_run_that_has_ended_shows_its_capacity_used(glue: Any, services: Services) -> None:  # noqa: ANN401
    make(glue, "load", WorkerType="G.2X", NumberOfWorkers=3)
    run = start(glue, "load", Arguments={"--continuous-log-logGroup": "/mine"})
    services.runs.begin(run["Id"], "w", lease=timedelta(hours=1))
    ended = services.runs.finish(run["Id"], RunState.SUCCEEDED)

    found = glue.get_job_run(JobName="load", RunId=run["Id"])["JobRun"]

    assert ended.duration is not None
    assert found["DPUSeconds"] == pytest.approx(6 * ended.duration.total_seconds())
    assert found["LogGroupName"] == "/mine"
