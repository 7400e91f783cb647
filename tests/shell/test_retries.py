"""A job's max_retries decides how often a failed run is queued again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.services import open_services
from gluepot.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

JOB = """
name: j
max_retries: 2
sources: {a: {path: /nowhere, format: csv}}
sinks: [{input: a, format: parquet, path: /nowhere/else, mode: append}]
"""


@pytest.mark.parametrize(("name", "attempts"), [("j", 3), ("missing", 1)])
def test_a_failed_run_is_queued_again_as_often_as_its_job_says(
    tmp_path: Path, name: str, attempts: int
) -> None:
    (tmp_path / "conf" / "jobs").mkdir(parents=True)
    (tmp_path / "conf" / "jobs" / "j.yaml").write_text(JOB)
    with open_services(Settings(home=tmp_path, conf_dir=tmp_path / "conf")) as services:
        run = services.runs.enqueue(RunKind.JOB, name)

        while run is not None:
            services.runs.finish(run.id, RunState.FAILED)
            waiting = [item for item in services.runs.list() if not item.state.final]
            run = waiting[0] if waiting else None

        assert len(services.runs.list()) == attempts
