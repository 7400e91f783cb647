"""Which operations of Glue stand for looking at, stopping and starting a run of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.jobs.runs.state import RunKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.console.asking import Ask
    from gluepot.jobs.runs.state import Run

Operation = tuple[str, dict[str, Any]]


def looking(kind: RunKind, name: str) -> Operation:
    """Return the operation whose right is needed to see runs of a name.

    A run of a state machine's call is seen by those who see all workflows.
    """
    operations: dict[RunKind, Operation] = {
        RunKind.JOB: ("GetJobRun", {"JobName": name}),
        RunKind.CRAWL: ("ListCrawls", {"CrawlerName": name}),
        RunKind.MATCH: ("GetMLTaskRun", {"TransformId": name}),
        RunKind.CALL: ("GetWorkflowRun", {}),
        RunKind.BLUEPRINT: ("GetBlueprintRun", {"BlueprintName": name}),
        RunKind.QUALITY: ("GetDataQualityRulesetEvaluationRun", {}),
    }
    return operations[kind]


def stopping(kind: RunKind, name: str, run_id: str) -> Operation:
    """Return the operation whose right is needed to stop a run."""
    operations: dict[RunKind, Operation] = {
        RunKind.JOB: ("BatchStopJobRun", {"JobName": name, "JobRunIds": [run_id]}),
        RunKind.CRAWL: ("StopCrawler", {"Name": name}),
        RunKind.MATCH: ("CancelMLTaskRun", {"TransformId": name, "TaskRunId": run_id}),
        RunKind.CALL: ("StopWorkflowRun", {}),
        RunKind.BLUEPRINT: ("StartBlueprintRun", {"BlueprintName": name}),
        RunKind.QUALITY: ("CancelDataQualityRulesetEvaluationRun", {"RunId": run_id}),
    }
    return operations[kind]


def visible(ask: Ask, runs: Sequence[Run]) -> list[Run]:
    """Return those of some runs that the one who asks may see."""
    known: dict[tuple[RunKind, str], bool] = {}
    found = []
    for run in runs:
        key = (run.kind, run.name)
        if key not in known:
            known[key] = ask.may(*looking(*key))
        if known[key]:
            found.append(run)
    return found


def seen_run(ask: Ask) -> Run:
    """Return the run of the address, if the one who asks may see it.

    Raises:
        EntityNotFoundError: There is no such run.
        AccessDeniedError: Policies do not allow it.
    """
    run = ask.services.runs.get(ask.need("id"))
    operation, request = looking(run.kind, run.name)
    ask.allow_unnamed("run", operation, {**request, "RunId": run.id})
    return run
