"""What is told of an event: EventBridge's JSON as AWS Glue sends it, and the same for people."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.jobs.notifications.model import Occasion, Subject
from gluepot.jobs.runs.rows import DELAYED
from gluepot.jobs.runs.state import RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from gluepot.jobs.notifications.outbox import Announcement
    from gluepot.jobs.runs.rows import RunEvent
    from gluepot.jobs.runs.state import Run

JOB_STATE = "Glue Job State Change"
JOB_STATUS = "Glue Job Run Status"
CRAWLER_STATE = "Glue Crawler State Change"
QUALITY_RESULTS = "Data Quality Evaluation Results Available"
WORKFLOW_STATE = "Glue Workflow Run State Change"
TASK_STATE = "Glue ML Task Run State Change"
QUALITY_STATE = "Glue Data Quality Run State Change"
"""Types of detail. Source: Glue's events; the last three are gluepot's own in their manner."""

LONGEST_CAUSE = 4000
"""Characters of a cause: an event of EventBridge has at most 256 KB, and people read less."""

_SUBJECTS = {
    RunKind.JOB: Subject.JOB,
    RunKind.CRAWL: Subject.CRAWLER,
    RunKind.MATCH: Subject.TASK,
    RunKind.QUALITY: Subject.TABLE,
}
_STATES = {
    RunKind.JOB: JOB_STATE,
    RunKind.MATCH: TASK_STATE,
    RunKind.QUALITY: QUALITY_STATE,
}
_OCCASIONS = {
    RunState.RUNNING: Occasion.STARTED,
    RunState.SUCCEEDED: Occasion.SUCCESS,
    RunState.STOPPED: Occasion.STOPPED,
    RunState.FAILED: Occasion.FAILURE,
    RunState.TIMEOUT: Occasion.FAILURE,
    RunState.ERROR: Occasion.FAILURE,
    RunState.EXPIRED: Occasion.FAILURE,
}
_SEVERITIES = {
    Occasion.FAILURE: "ERROR",
    Occasion.RETRY: "ERROR",
    Occasion.QUALITY: "ERROR",
    Occasion.DELAY: "WARN",
}
_NAMESPACE = uuid.UUID("0b0d0a52-4d2f-5c0a-9c5e-0f3d9c1f6e11")


@dataclass(frozen=True, kw_only=True)
class Message:
    """Something that somebody may want to hear of.

    Attributes:
        id: Of the event: the same however often and to whomever it is told.
        occasion: Why it is told.
        subject: What kind of thing it happened to.
        name: Of that job, crawler, workflow or transform.
        thing_id: Of the run.
        title: In a line.
        cause: Why it happened, or what the state is.
        detail_type: Source: Glue's events.
        detail: As above.
        at: When it happened, aware.
    """

    id: str
    occasion: Occasion
    subject: Subject
    name: str
    thing_id: str
    title: str
    cause: str
    detail_type: str
    detail: Mapping[str, Any]
    at: datetime

    def to_json(self, *, account_id: str, region: str) -> dict[str, Any]:
        """Return what the outbox keeps: the event of EventBridge's shape, and what people read."""
        return {
            "occasion": self.occasion,
            "kind": self.subject,
            "name": self.name,
            "id": self.thing_id,
            "title": self.title,
            "cause": self.cause,
            "event": {
                "version": "0",
                "id": self.id,
                "detail-type": self.detail_type,
                "source": "gluepot",
                "account": account_id,
                "time": self.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                "region": region,
                "resources": [],
                "detail": dict(self.detail),
            },
        }


def messages_of(event: RunEvent, run: Run, account_id: str) -> Iterator[Message]:
    """Yield what an event of a run gives to tell: nothing, its state, its quality, or both."""
    if run.kind not in _SUBJECTS:
        return  # The calls of a state machine and blueprints are steps of something that is told.
    occasion = _occasion(event, run)
    if occasion is not None:
        cause = _cause(event, run)
        detail_type, detail = _details(event, run, occasion, cause, account_id)
        word = event.detail["state"] if occasion is Occasion.DELAY and event.detail else event.event
        late = "late: " if occasion is Occasion.DELAY else ""
        yield Message(
            id=_event_id("run", event.number, run.id),
            occasion=occasion,
            subject=_SUBJECTS[run.kind],
            name=run.name,
            thing_id=run.id,
            title=f"{_SUBJECTS[run.kind].capitalize()} {run.name}: {late}{word}",
            cause=cause,
            detail_type=detail_type,
            detail=detail,
            at=event.at,
        )
    if occasion is not None and RunState(run.state).final and event.event == run.state:
        yield from _quality(event, run, account_id)


def message_of(announcement: Announcement) -> Message:
    """Return what the end of a workflow run gives to tell."""
    told = announcement
    failed = told.event == RunState.ERROR or bool(told.detail.get("failed"))
    endings = {"STOPPED": Occasion.STOPPED, "RUNNING": Occasion.STARTED}
    occasion = Occasion.FAILURE if failed else endings.get(told.event, Occasion.SUCCESS)
    cause = str(told.detail.get("message") or f"The workflow run is {told.event}")
    detail = {
        "workflowName": told.name,
        "severity": _SEVERITIES.get(occasion, "INFO"),
        "state": told.event,
        "workflowRunId": told.subject_id,
        "message": cause[:LONGEST_CAUSE],
        **{key: value for key, value in told.detail.items() if key == "statistics"},
    }
    return Message(
        id=_event_id(told.kind, told.number, told.subject_id),
        occasion=occasion,
        subject=Subject.WORKFLOW,
        name=told.name,
        thing_id=told.subject_id,
        title=f"Workflow {told.name}: {told.event}" + (", with failures" if failed else ""),
        cause=cause[:LONGEST_CAUSE],
        detail_type=WORKFLOW_STATE,
        detail=detail,
        at=told.at,
    )


def _occasion(event: RunEvent, run: Run) -> Occasion | None:
    if event.event == DELAYED:
        return Occasion.DELAY
    if event.event == RunState.FAILED and run.retried:
        return Occasion.RETRY
    return _OCCASIONS.get(RunState(event.event))


def _cause(event: RunEvent, run: Run) -> str:
    if event.event == DELAYED and event.detail is not None:
        state, minutes = event.detail["state"], event.detail["minutes"]
        return f"The run has been {state} for more than {minutes} minutes"
    if run.error is None or event.event != run.state:
        return f"{run.kind.capitalize()} run is {event.event}"
    place = f"{run.error.file}:{run.error.line}: " if run.error.line else ""
    advice = f"\n{run.error.advice}" if run.error.advice else ""
    follows = "\nIt is tried again" if run.retried else ""
    return f"{place}{run.error.message}"[:LONGEST_CAUSE] + advice + follows


def _details(
    event: RunEvent, run: Run, occasion: Occasion, cause: str, account_id: str
) -> tuple[str, dict[str, Any]]:
    if run.kind is RunKind.CRAWL:
        return CRAWLER_STATE, _crawl_detail(event, run, occasion, cause, account_id)
    detail: dict[str, Any] = {
        "jobName": run.name,
        "severity": "WARN"
        if event.event == RunState.TIMEOUT
        else _SEVERITIES.get(occasion, "INFO"),
        "state": event.event,
        "jobRunId": run.id,
        "message": cause,
    }
    if occasion is Occasion.DELAY and event.detail is not None:
        detail |= {
            "severity": "INFO",
            "notificationCondition": {"NotifyDelayAfter": float(event.detail["minutes"])},
            "state": event.detail["state"],
            "startedOn": (run.started_at or run.queued_at).isoformat(),
        }
        return JOB_STATUS, detail
    return _STATES[run.kind], detail


_CRAWL_WORDS = {
    Occasion.STARTED: "Started",
    Occasion.SUCCESS: "Succeeded",
    Occasion.STOPPED: "Cancelled",
    Occasion.DELAY: "Delayed",
}
_CRAWL_COUNTS = {
    "tablesCreated": "tables_added",
    "tablesUpdated": "tables_updated",
    "tablesDeleted": "tables_deleted",
    "partitionsCreated": "partitions_added",
    "partitionsUpdated": "partitions_changed",
    "partitionsDeleted": "partitions_removed",
}


def _crawl_detail(
    event: RunEvent, run: Run, occasion: Occasion, cause: str, account_id: str
) -> dict[str, Any]:
    state = _CRAWL_WORDS.get(occasion, "Failed")
    detail: dict[str, Any] = {
        "crawlerName": run.name,
        "accountId": account_id,
        "state": state,
        "message": f"Crawler {state}",
    }
    if occasion is Occasion.STARTED:
        return detail | {"startTime": event.at.isoformat()}
    if occasion is Occasion.SUCCESS:
        seconds = 0 if run.duration is None else round(run.duration.total_seconds())
        return detail | {
            **{word: str(run.metrics.get(count, 0)) for word, count in _CRAWL_COUNTS.items()},
            "warningMessage": "N/A",
            "runningTime (sec)": str(seconds),
            "completionDate": event.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
    return detail if occasion is Occasion.STOPPED else detail | {"errorMessage": cause}


def _quality(event: RunEvent, run: Run, account_id: str) -> Iterator[Message]:
    for number, gate in enumerate(run.metrics.get("quality", ())):
        if gate["verdict"] == "PASSED":
            continue
        word = "ruleset" if run.kind is RunKind.QUALITY else "gate"
        cause = f"Quality {word} {gate['gate']}: {gate['verdict']}; report: {gate['report']}"
        yield Message(
            id=_event_id(f"quality-{number}", event.number, run.id),
            occasion=Occasion.QUALITY,
            subject=_SUBJECTS[run.kind],
            name=run.name,
            thing_id=run.id,
            title=f"Quality of {run.name}: {word} {gate['gate']} {gate['verdict']}",
            cause=cause,
            detail_type=QUALITY_RESULTS,
            detail={
                "context": _quality_context(run, gate["gate"], account_id),
                "rulesetNames": [gate["gate"]],
                "state": gate["verdict"],
                "message": cause,
            },
            at=event.at,
        )


def _quality_context(run: Run, gate: str, account_id: str) -> dict[str, Any]:
    if run.kind is not RunKind.QUALITY:
        return {
            "contextType": "GLUE_JOB",
            "jobId": run.id,
            "jobName": run.name,
            "evaluationContext": gate,
        }
    database, _, table = run.name.partition(".")
    return {
        "contextType": "GLUE_DATA_CATALOG",
        "runId": run.id,
        "databaseName": database,
        "tableName": table,
        "catalogId": account_id,
    }


def _event_id(kind: str, number: int, thing_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{number}/{thing_id}"))
