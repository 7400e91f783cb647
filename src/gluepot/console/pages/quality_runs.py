"""One run of data quality: its state while it works, and what came of it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.console.page import Action, Done, Page, Snippets, href
from gluepot.jobs.quality.orders import EVIDENCE, RESULT_IDS, Task, request_of, task_of
from gluepot.jobs.runs.state import RunKind
from gluepot.transforms.quality.page import TONES
from gluepot.transforms.quality.result import Verdict

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.jobs.runs.state import Run

_OPERATIONS = {Task.EVALUATION: "RulesetEvaluation", Task.RECOMMENDATION: "RuleRecommendation"}


def _found(ask: Ask) -> Run:
    run_id = ask.need("id")
    run = ask.services.runs.get(run_id)
    if run.kind is not RunKind.QUALITY:
        raise EntityNotFoundError("Run of data quality", run_id)
    ask.allow(f"GetDataQuality{_OPERATIONS[task_of(run)]}Run", {"RunId": run_id})
    return run


def read_run(ask: Ask) -> Data:
    """Return where a run stands, and its results."""
    run = _found(ask)
    since = run.started_at or run.queued_at
    ids = run.metrics.get(RESULT_IDS, ())
    kept = ask.services.jobs.quality.find_many(ids)
    return {
        "title": f"Check of {run.name}",
        "id": run.id,
        "state": run.state.value,
        "running": not run.state.final,
        "waits": run.owner is None,
        "task": "Check" if task_of(run) is Task.EVALUATION else "Recommendation",
        "table": run.name,
        "rulesets": list(request_of(run).get("RulesetNames", ())),
        "seconds": (ask.now - since).total_seconds() if not run.state.final else None,
        "error": None if run.error is None else run.error.message,
        "results": [_result(kept[each]) for each in ids if each in kept],
        "recommended": run.metrics.get(EVIDENCE),
    }


def _result(kept: Any) -> dict[str, Any]:  # noqa: ANN401 - GateResult
    return {
        "id": kept.id,
        "gate": kept.gate,
        "verdict": kept.result["verdict"],
        "tone": TONES[Verdict(kept.result["verdict"])],
        "score": kept.result["score"],
    }


def stop(ask: Ask) -> Done:
    """Stop a run that has not ended."""
    run = _found(ask)
    ask.call(f"CancelDataQuality{_OPERATIONS[task_of(run)]}Run", {"RunId": run.id})
    return Done(to=href("quality-run", id=run.id), message="The run is stopped")


def _snippets(ask: Ask) -> Snippets:
    run_id = ask.need("id")
    return Snippets(
        cli=f"gluepot quality show {shlex.quote(run_id)}",
        boto3=f"glue.get_data_quality_ruleset_evaluation_run(RunId={run_id!r})",
    )


PAGES = (
    Page(
        path="quality-run",
        title="Check",
        section="quality",
        template="quality-run.html.jinja",
        read=read_run,
        snippets=_snippets,
    ),
)
ACTIONS = (Action(path="quality-stop", act=stop),)
