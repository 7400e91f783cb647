"""Task runs of ML transforms: how they are asked for, listed and cancelled; not their work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.runs.state import RunError, RunState
from gluepot.jobs.runs.task_runs import find_matches_task
from tests.jobs.operations.conftest import refused
from tests.jobs.operations.ml_cases import make, make_table, paged
from tests.jobs.operations.test_ml_transforms import teach

if TYPE_CHECKING:
    from gluepot.services import Services
    from tests.servers.glue import GlueServer

OUT = "s3://bucket/out"


@pytest.fixture
def transform(glue: Any) -> str:  # noqa: ANN401
    """Return a transform over a table."""
    make_table(glue)
    return make(glue, "people", Timeout=5, MaxRetries=1)


def ask_for_sets(glue: Any, transform: str) -> str:  # noqa: ANN401
    reply = glue.start_ml_labeling_set_generation_task_run(TransformId=transform, OutputS3Path=OUT)
    found: str = reply["TaskRunId"]
    return found


def test_a_task_waits_for_a_worker_with_what_it_was_asked(glue: Any, transform: str) -> None:  # noqa: ANN401
    task_id = ask_for_sets(glue, transform)

    found = glue.get_ml_task_run(TransformId=transform, TaskRunId=task_id)
    assert re.fullmatch("tsk-[0-9a-f]{40}", task_id)
    assert (found["TransformId"], found["TaskRunId"]) == (transform, task_id)
    assert (found["Status"], found["ExecutionTime"]) == ("STARTING", 0)
    assert found["Properties"] == {
        "TaskType": "LABELING_SET_GENERATION",
        "LabelingSetGenerationTaskRunProperties": {"OutputS3Path": OUT},
    }
    assert "CompletedOn" not in found
    assert "ErrorString" not in found


def test_a_task_carries_its_transforms_timeout_and_retries(
    glue: Any,  # noqa: ANN401
    transform: str,
    services: Services,
) -> None:
    run = services.runs.get(ask_for_sets(glue, transform))

    assert (run.settings["Timeout"], run.max_retries) == (5, 1)


def test_only_a_transform_that_has_learnt_from_labels_is_evaluated(
    glue_server: GlueServer,
    glue: Any,  # noqa: ANN401
    transform: str,
) -> None:
    with refused(glue, "MLTransformNotReady", "import labels"):
        glue.start_ml_evaluation_task_run(TransformId=transform)

    teach(glue_server, transform)

    task_id = glue.start_ml_evaluation_task_run(TransformId=transform)["TaskRunId"]
    found = glue.get_ml_task_run(TransformId=transform, TaskRunId=task_id)
    assert found["Properties"] == {"TaskType": "EVALUATION"}


def test_labels_are_exported_where_there_are_some(
    glue_server: GlueServer,
    glue: Any,  # noqa: ANN401
    transform: str,
) -> None:
    with refused(glue, "EntityNotFound", "No labelset exists for transformId"):
        glue.start_export_labels_task_run(TransformId=transform, OutputS3Path=OUT)

    teach(glue_server, transform)

    glue.start_export_labels_task_run(TransformId=transform, OutputS3Path=OUT)


@pytest.mark.parametrize("path", ["file:///etc", "/tmp/out", "s3://"])  # noqa: S108
def test_tasks_write_to_s3_alone(glue: Any, transform: str, path: str) -> None:  # noqa: ANN401
    with refused(glue, "InvalidInput", r"write s3://bucket/prefix"):
        glue.start_ml_labeling_set_generation_task_run(TransformId=transform, OutputS3Path=path)


@pytest.mark.parametrize("path", ["file:///etc/passwd", "labels.csv"])
def test_labels_are_not_read_from_this_machine(glue: Any, transform: str, path: str) -> None:  # noqa: ANN401
    with refused(glue, "InvalidInput", "Invalid label file path."):
        glue.start_import_labels_task_run(TransformId=transform, InputS3Path=path)


def test_a_table_made_after_its_transform_gives_the_schema(glue: Any) -> None:  # noqa: ANN401
    transform = make(glue, "people")
    with refused(glue, "InvalidInput", "Schema is not defined on the transform."):
        ask_for_sets(glue, transform)

    make_table(glue)

    ask_for_sets(glue, transform)
    schema = glue.get_ml_transform(TransformId=transform)["Schema"]
    assert [column["Name"] for column in schema] == ["id", "name"]


def test_a_transform_has_three_tasks_at_a_time(glue: Any, transform: str) -> None:  # noqa: ANN401
    tasks = [ask_for_sets(glue, transform) for _ in range(3)]
    words = "ML Task Runs count 4 has exceeded the transform limit of 3 task runs."

    with refused(glue, "ConcurrentRunsExceeded", words):
        ask_for_sets(glue, transform)

    glue.cancel_ml_task_run(TransformId=transform, TaskRunId=tasks[0])
    ask_for_sets(glue, transform)


def test_a_cancelled_task_is_stopped_and_stays_so(glue: Any, transform: str) -> None:  # noqa: ANN401
    request = {"TransformId": transform, "TaskRunId": ask_for_sets(glue, transform)}

    first, again = glue.cancel_ml_task_run(**request), glue.cancel_ml_task_run(**request)

    assert (first["Status"], again["Status"]) == ("STOPPED", "STOPPED")
    assert (first["TransformId"], first["TaskRunId"]) == tuple(request.values())
    assert "CompletedOn" in glue.get_ml_task_run(**request)


def test_what_is_not_there_is_named(glue: Any, transform: str) -> None:  # noqa: ANN401
    other = make(glue, "other")
    task_id = ask_for_sets(glue, transform)
    words = f"No ML Task Run found for {task_id}: in account 000000000000 for transform {other}"

    for operation in ("get_ml_task_run", "cancel_ml_task_run"):
        with refused(glue, "EntityNotFound", words):
            getattr(glue, operation)(TransformId=other, TaskRunId=task_id)
    with refused(glue, "EntityNotFound", "Cannot find MLTransform in account"):
        glue.get_ml_task_runs(TransformId="tfm-none")


def test_deleting_a_transform_stops_its_tasks(
    glue: Any,  # noqa: ANN401
    transform: str,
    services: Services,
) -> None:
    task_id = ask_for_sets(glue, transform)

    glue.delete_ml_transform(TransformId=transform)

    assert services.runs.get(task_id).state is RunState.STOPPED


def test_a_job_that_uses_a_transform_is_a_task_of_it(
    glue: Any,  # noqa: ANN401
    transform: str,
    services: Services,
) -> None:
    with find_matches_task(services.runs, transform, job_name="load", job_run_id="jr_1") as run:
        request = {"TransformId": transform, "TaskRunId": run.id}
        during = glue.get_ml_task_run(**request)
        with refused(glue, "InvalidInput", "part of run jr_1 of job load"):
            glue.cancel_ml_task_run(**request)

    after = glue.get_ml_task_run(**request)
    assert (during["Status"], after["Status"]) == ("RUNNING", "SUCCEEDED")
    assert during["Properties"] == {
        "TaskType": "FIND_MATCHES",
        "FindMatchesTaskRunProperties": {
            "JobId": "load",
            "JobName": "load",
            "JobRunId": "jr_1",
        },
    }


def test_a_job_that_fails_while_it_matches_is_a_failed_task(
    glue: Any,  # noqa: ANN401
    transform: str,
    services: Services,
) -> None:
    with (
        pytest.raises(ValueError, match="no memory"),
        find_matches_task(services.runs, transform, job_name="load", job_run_id="jr_1"),
    ):
        raise ValueError("no memory")

    (found,) = glue.get_ml_task_runs(TransformId=transform)["TaskRuns"]
    assert (found["Status"], found["ErrorString"]) == ("FAILED", "ValueError: no memory")


def test_tasks_are_filtered_sorted_and_paged(
    glue_server: GlueServer,
    glue: Any,  # noqa: ANN401
    transform: str,
    services: Services,
) -> None:
    teach(glue_server, transform)
    sets = [ask_for_sets(glue, transform) for _ in range(2)]
    exports = [
        glue.start_export_labels_task_run(TransformId=transform, OutputS3Path=OUT)["TaskRunId"]
        for _ in range(3)
    ]
    services.runs.finish(sets[0], RunState.FAILED, error=RunError(message="no"))
    services.runs.finish(exports[1], RunState.SUCCEEDED)

    def ids(**request: Any) -> list[str]:  # noqa: ANN401
        found = paged(glue, "get_ml_task_runs", "TaskRuns", TransformId=transform, **request)
        return [item["TaskRunId"] for item in found]

    def by(column: str, direction: str) -> dict[str, Any]:
        return {"Sort": {"Column": column, "SortDirection": direction}}

    retry = next(task for task in ids() if task not in {*sets, *exports})
    made = [*sets, *exports, retry]
    assert ids() == made[::-1]
    assert ids(**by("STARTED", "ASCENDING")) == made
    assert ids(**by("STARTED", "DESCENDING")) == made[::-1]
    by_type = ids(**by("TASK_RUN_TYPE", "ASCENDING"))
    assert by_type == [*exports[::-1], retry, *sets[::-1]]
    assert ids(**by("STATUS", "DESCENDING"))[0] == exports[1]
    assert ids(**by("STATUS", "ASCENDING"))[0] == sets[0]
    assert ids(Filter={"Status": "STARTING"}) == [retry, exports[2], exports[0], sets[1]]
    assert ids(Filter={"TaskRunType": "EXPORT_LABELS", "Status": "SUCCEEDED"}) == [exports[1]]
    begun = glue.get_ml_task_run(TransformId=transform, TaskRunId=exports[0])["StartedOn"]
    assert ids(Filter={"StartedBefore": begun}) == sets[::-1]
    assert set(ids(Filter={"StartedAfter": begun})) == {*exports[1:], retry}
