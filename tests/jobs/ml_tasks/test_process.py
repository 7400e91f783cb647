"""Tasks as processes: ended on demand, and their secrets in no file that stays."""

from __future__ import annotations

import stat
import threading
import time
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.ml_tasks import process
from gluepot.jobs.ml_tasks.process import MatchExecutor, read_facts
from gluepot.jobs.runs.lease import LEASE
from gluepot.jobs.runs.state import RunState
from gluepot.launching import launch_settings
from tests.jobs.operations.conftest import refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.jobs.ml_tasks.conftest import Shop

SLEEPING = "tests.jobs.ml_tasks.sleeping_task"
PATIENCE_SECONDS = 60


def executor_of(shop: Shop, module: str) -> MatchExecutor:
    services = shop.services
    return MatchExecutor(
        services.runs,
        lambda: launch_settings(services),
        services.jobs.definitions,
        module=module,
    )


def claimed(shop: Shop) -> str:
    """Start a task, take it as a worker does, and return its id."""
    started = shop.glue.start_ml_labeling_set_generation_task_run(
        TransformId=shop.transform, OutputS3Path=shop.uri("out")
    )
    shop.services.runs.claim("worker:1", lease=LEASE)
    found: str = started["TaskRunId"]
    return found


def test_a_cancelled_task_ends_at_once_and_is_stopped(shop: Shop) -> None:
    runs, task_id = shop.services.runs, claimed(shop)
    run = runs.get(task_id)
    thread = threading.Thread(target=executor_of(shop, SLEEPING).execute, args=(run,))
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while runs.get(task_id).state is not RunState.RUNNING and time.monotonic() < deadline:
        time.sleep(0.1)

    reply = shop.glue.cancel_ml_task_run(TransformId=shop.transform, TaskRunId=task_id)

    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert reply["Status"] == "STOPPING"
    found = shop.glue.get_ml_task_run(TransformId=shop.transform, TaskRunId=task_id)
    assert found["Status"] == "STOPPED"


def test_a_task_whose_process_dies_fails_and_its_facts_are_gone(shop: Shop) -> None:
    task_id = claimed(shop)

    executor_of(shop, "tests.jobs.ml_tasks.none").execute(shop.services.runs.get(task_id))

    found = shop.glue.get_ml_task_run(TransformId=shop.transform, TaskRunId=task_id)
    assert found["Status"] == "FAILED"
    assert "No module named" in found["ErrorString"]
    folder = shop.services.settings.home.absolute() / "runs" / task_id
    assert [path.name for path in folder.iterdir()] == ["driver.log"]


def test_a_task_of_a_deleted_transform_fails(shop: Shop) -> None:
    runs, task_id = shop.services.runs, claimed(shop)
    shop.services.jobs.definitions.delete("MLTransform", shop.transform)

    with pytest.raises(LookupError, match="not found"):
        executor_of(shop, SLEEPING).execute(runs.get(task_id))


def test_facts_are_read_once_from_a_file_of_this_user_alone(shop: Shop, tmp_path: Path) -> None:
    facts = launch_settings(shop.services).facts

    with process.facts_written(facts, tmp_path / "run") as file:
        mode = stat.S_IMODE(file.stat().st_mode)
        found = read_facts(file)
        is_there = file.exists()

    assert (mode, is_there) == (0o600, False)
    assert found == facts


def test_labels_that_are_not_there_are_refused_when_they_are_asked_for(shop: Shop) -> None:
    def start(path: str) -> None:
        shop.glue.start_import_labels_task_run(TransformId=shop.transform, InputS3Path=path)

    with refused(shop.glue, "InvalidInput", "Invalid label file path."):
        start(shop.uri("labels/none.csv"))
    with refused(shop.glue, "InvalidInput", "Invalid label file of size 0."):
        start(shop.put("labels/empty.csv", ""))
    with refused(
        shop.glue, "ResourceNumberLimitExceeded", "Label file has exceeded the limit of 10 MB."
    ):
        start(shop.put("labels/large.csv", "x" * 10_000_001))
    assert shop.glue.get_ml_task_runs(TransformId=shop.transform)["TaskRuns"] == []
