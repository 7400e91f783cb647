"""Plays a state machine in memory: tasks are answered by a function, and waits take no time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gluepot.jobs.workflows.checks import check_machine
from gluepot.jobs.workflows.machine import begin, step
from gluepot.jobs.workflows.state import Status, execution_from_json, to_json
from gluepot.jobs.workflows.steps import Machine, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from gluepot.jobs.workflows.resources import Work
    from gluepot.jobs.workflows.state import Execution
    from gluepot.jobs.workflows.steps import Event

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MOST_STEPS = 1000


class Failure(Exception):  # noqa: N818  what a task's answer may raise
    """A task fails: ``Failure(error, cause)``."""


class Play:
    """An execution from its begin to its end."""

    def __init__(
        self,
        document: dict[str, Any],
        given: Any = None,  # noqa: ANN401
        *,
        answer: Callable[[Work], Any] = lambda work: work.settings["Call"]["body"],
        resources: Mapping[str, str] | None = None,
        run_id: str = "x",
    ) -> None:
        self.now = BEGIN
        self.works: list[Work] = []
        self.stopped: list[str] = []
        self.events: list[Event] = []
        known = resources or {}
        check_machine(document, known)
        machine = Machine(name="m", document=document, resources=known)
        self.execution = begin(machine, {} if given is None else given, self.now)
        reports: dict[str, Report] = {}
        for _ in range(MOST_STEPS):
            after = step(machine, self.execution, run_id, reports, self.now)
            self.events += after.events
            self.stopped += after.stops
            self.execution = _through_json(after.execution)
            assert self.execution == after.execution
            for start in after.starts:
                self.works.append(start.work)
                reports[start.token] = _report(answer, start.work)
            if self.execution.status is not Status.RUNNING:
                return
            if not after.starts:
                assert after.due is not None, "nothing would ever happen again"
                self.now = max(self.now, after.due)
        raise AssertionError("the machine does not end")

    @property
    def output(self) -> Any:  # noqa: ANN401
        """Return what came out of a machine that succeeded."""
        assert self.execution.status is Status.SUCCEEDED, self.failure
        return self.execution.root.output

    @property
    def failure(self) -> tuple[str | None, str | None]:
        """Return the error and the cause of one that did not."""
        return self.execution.root.error, self.execution.root.cause

    @property
    def error(self) -> str | None:
        """Return the error of one that failed."""
        assert self.execution.status in {Status.FAILED, Status.TIMED_OUT}
        return self.execution.root.error

    @property
    def took(self) -> timedelta:
        """Return how much time went by."""
        return self.now - BEGIN


def run_pass(state: dict[str, Any], given: Any, **more: Any) -> Play:  # noqa: ANN401
    """Play a machine of one state, which is a Pass unless it says otherwise."""
    states = {"Only": {"Type": "Pass", "End": True, **state}}
    return Play({"StartAt": "Only", "States": states}, given, **more)


def function(name: str) -> str:
    """Return the ARN of a function."""
    return f"arn:aws:lambda:us-east-1:123456789012:function:{name}"


def _report(answer: Callable[[Work], Any], work: Work) -> Report:
    try:
        result = answer(work)
    except Failure as failure:
        error, cause = failure.args
        return Report(ended=True, error=error, cause=cause)
    # None is work that never ends.
    return Report(begun={}) if result is None else Report(begun={}, ended=True, output=result)


def _through_json(execution: Execution) -> Execution:
    return execution_from_json(json.loads(json.dumps(to_json(execution))))
