"""The moves of an execution's branches: each looks at one branch and returns it as it is then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gluepot.jobs.workflows.choices import holds, read_timestamp
from gluepot.jobs.workflows.context import context_object
from gluepot.jobs.workflows.data_flow import (
    chosen_input,
    effective_input,
    output_of,
    passed_on,
    value_of,
    whole_number,
)
from gluepot.jobs.workflows.fanning import Fanning
from gluepot.jobs.workflows.faults import (
    HEARTBEAT_TIMEOUT,
    NO_CHOICE,
    RUNTIME,
    TIMEOUT,
    StateFault,
)
from gluepot.jobs.workflows.paths import Data, put
from gluepot.jobs.workflows.resources import read_resource, work_of
from gluepot.jobs.workflows.retrying import LONGEST, catches, retrier_for, wait_before
from gluepot.jobs.workflows.state import Branch, Phase, Task
from gluepot.jobs.workflows.steps import Event, Start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gluepot.jobs.workflows.functions import Chance
    from gluepot.jobs.workflows.paths import Json
    from gluepot.jobs.workflows.state import Execution
    from gluepot.jobs.workflows.steps import Machine, Report

LASTS = 99_999_999
"""Seconds before a task times out that does not say.

Source: Step Functions developer guide, "Task workflow state"; the specification says 60, which is
too few for jobs.
"""


class Mover:
    """Moves the branches of one execution, and gathers what is to be done and what happened."""

    def __init__(  # noqa: PLR0913  what a step is worked out from
        self,
        *,
        machine: Machine,
        execution: Execution,
        execution_id: str,
        chance: Chance,
        reports: Mapping[str, Report],
        now: datetime,
        budget: int,
    ) -> None:
        self.now = now
        self.chance = chance
        self.budget = budget
        self.begun = execution.begun
        self.starts: list[Start] = []
        self.stops: list[str] = []
        self.events: list[Event] = []
        self._machine = machine
        self._execution = execution
        self._id = execution_id
        self._reports = reports
        self._fanning = Fanning(self)

    def advance(self, branch: Branch, states: Mapping[str, Any], place: str) -> Branch:
        """Move a branch as long as there is something to do in it now."""
        while not branch.ended and self.budget > 0:
            moved = self._move(branch, states[branch.state], place)
            if moved is branch:
                break
            branch = moved
        return branch

    def note(self, kind: str, state: str | None = None, place: str = "", **detail: Json) -> None:
        """Record that something happened."""
        self.events.append(Event(type=kind, state=state, branch=place, detail=detail))

    def cancel(self, branch: Branch) -> None:
        """Have the tasks of a branch stopped; those that were not started yet never are."""
        for task in branch.tasks():
            before = len(self.starts)
            self.starts = [start for start in self.starts if start.token != task.token]
            if len(self.starts) == before:
                self.stops.append(task.token)

    def give_up(self, branch: Branch, fault: StateFault) -> Branch:
        """End a branch in an error that nothing in it catches."""
        self.cancel(branch)
        return _failed(branch, fault)

    def context(self, branch: Branch) -> Json:
        """Return the context object of a branch."""
        return context_object(self._machine, self._execution, self._id, branch)

    def data(self, branch: Branch, state: Mapping[str, Any]) -> Data:
        """Return what the paths of a state pick from."""
        context = self.context(branch)
        return Data(value=chosen_input(state, branch.input, context), context=context)

    def effective_input(self, branch: Branch, state: Mapping[str, Any]) -> Json:
        """Return what a state works on."""
        return effective_input(state, branch.input, self.context(branch), self.chance)

    def _move(self, branch: Branch, state: Mapping[str, Any], place: str) -> Branch:
        try:
            if branch.phase is Phase.READY:
                self.budget -= 1
                if not branch.retries and not branch.retrying:
                    self.note(
                        f"{state['Type']}StateEntered", branch.state, place, input=branch.input
                    )
                return self._carry_out(branch, state, place)
            if branch.phase is Phase.WAITING:
                return self._wake(branch, state, place)
            if branch.phase is Phase.WORKING:
                return self._look_at_task(branch, state, place)
            return self._fanning.move(branch, state, place)
        except StateFault as fault:
            return self.fail(branch, state, fault, place)

    def _carry_out(  # noqa: PLR0911  one way for each type
        self, branch: Branch, state: Mapping[str, Any], place: str
    ) -> Branch:
        match state["Type"]:
            case "Task":
                return self._begin_task(branch, state, place)
            case "Choice":
                return self._choose(branch, state, place)
            case "Wait":
                until = self._wait_until(branch, state)
                return replace(branch, phase=Phase.WAITING, wake_at=until)
            case "Parallel" | "Map":
                return self._fanning.begin(branch, state)
            case "Fail":
                return self._end_in_failure(branch, state, place)
            case "Succeed":
                data = self.data(branch, state)
                return self.leave(branch, state, passed_on(state, data.value, data.context), place)
            case _:
                given = self.effective_input(branch, state)
                return self.complete(branch, state, state.get("Result", given), place)

    def complete(
        self, branch: Branch, state: Mapping[str, Any], result: Json, place: str
    ) -> Branch:
        """Go on from a state with its result."""
        context = self.context(branch)
        output = output_of(state, branch.input, result, context, self.chance)
        return self.leave(branch, state, output, place)

    def leave(
        self,
        branch: Branch,
        state: Mapping[str, Any],
        output: Json,
        place: str,
        following: str | None = None,
    ) -> Branch:
        """Go on from a state with its output, to its Next or to ``following``."""
        self.note(f"{state['Type']}StateExited", branch.state, place, output=output)
        following = following or state.get("Next")
        if following is None:
            return Branch(
                state=branch.state,
                input=None,
                entered_at=branch.entered_at,
                phase=Phase.DONE,
                item=branch.item,
                output=output,
            )
        return Branch(state=following, input=output, entered_at=self.now, item=branch.item)

    def fail(
        self, branch: Branch, state: Mapping[str, Any], fault: StateFault, place: str
    ) -> Branch:
        """Do about an error what the state says: try again, go elsewhere, or end the branch."""
        self.cancel(branch)
        of_branch = branch.phase is Phase.BRANCHED
        retriers = state.get("Retry", ())
        number = retrier_for(retriers, fault.error, of_branch=of_branch)
        if number is not None:
            used = branch.retries or (0,) * len(retriers)
            wait = wait_before(retriers[number], used[number], self.chance)
            if wait is not None:
                return self._try_again(
                    branch=branch,
                    fault=fault,
                    used=used,
                    number=number,
                    wait=wait,
                    place=place,
                )
        for catcher in state.get("Catch", ()):
            if catches(catcher["ErrorEquals"], fault.error, of_branch=of_branch):
                return self._catch(branch, state, catcher, fault, place)
        return _failed(branch, fault)

    def _try_again(  # noqa: PLR0913
        self,
        *,
        branch: Branch,
        fault: StateFault,
        used: tuple[int, ...],
        number: int,
        wait: timedelta,
        place: str,
    ) -> Branch:
        self.note(
            "RetryScheduled",
            branch.state,
            place,
            error=fault.error,
            cause=fault.cause,
            seconds=wait.total_seconds(),
        )
        return Branch(
            state=branch.state,
            input=branch.input,
            entered_at=branch.entered_at,
            phase=Phase.WAITING,
            retries=(*used[:number], used[number] + 1, *used[number + 1 :]),
            wake_at=self.now + wait,
            retrying=True,
            item=branch.item,
        )

    def _catch(
        self,
        branch: Branch,
        state: Mapping[str, Any],
        catcher: Mapping[str, Any],
        fault: StateFault,
        place: str,
    ) -> Branch:
        found = {"Error": fault.error, "Cause": fault.cause}
        path = catcher.get("ResultPath", "$")
        try:
            output = branch.input if path is None else put(path, branch.input, found)
        except StateFault as unplaced:
            return _failed(branch, unplaced)
        self.note("ErrorCaught", branch.state, place, error=fault.error, cause=fault.cause)
        return self.leave(branch, state, output, place, catcher["Next"])

    def _wake(self, branch: Branch, state: Mapping[str, Any], place: str) -> Branch:
        if branch.wake_at is not None and self.now < branch.wake_at:
            return branch
        if branch.retrying:
            return replace(branch, phase=Phase.READY, wake_at=None)
        data = self.data(branch, state)
        return self.leave(branch, state, passed_on(state, data.value, data.context), place)

    def _choose(self, branch: Branch, state: Mapping[str, Any], place: str) -> Branch:
        data = self.data(branch, state)
        chosen = next((rule["Next"] for rule in state["Choices"] if holds(rule, data)), None)
        following = chosen or state.get("Default")
        if following is None:
            raise StateFault(NO_CHOICE, "No choice rule holds, and the state has no Default")
        output = passed_on(state, data.value, data.context)
        return self.leave(branch, state, output, place, following)

    def _wait_until(self, branch: Branch, state: Mapping[str, Any]) -> datetime:
        data = self.data(branch, state)
        if "Timestamp" in state or "TimestampPath" in state:
            text = value_of(state, "Timestamp", data, None)
            until = read_timestamp(text)
            if until is None:
                raise StateFault(RUNTIME, f"{text!r} is no time such as 2030-01-31T12:00:00Z")
            return until
        found = value_of(state, "Seconds", data, None)
        return self.now + timedelta(seconds=whole_number(found, "Seconds", 0, LONGEST))

    def _end_in_failure(self, branch: Branch, state: Mapping[str, Any], place: str) -> Branch:
        data = Data(value=branch.input, context=self.context(branch))
        error = value_of(state, "Error", data, None, self.chance)
        cause = value_of(state, "Cause", data, None, self.chance)
        for name, value in (("Error", error), ("Cause", cause)):
            if value is not None and not isinstance(value, str):
                raise StateFault(RUNTIME, f"{name}Path leads to a text, not to {value!r:.80}")
        self.note("FailStateFailed", branch.state, place, error=error, cause=cause)
        return _failed(branch, StateFault(error or "", cause or ""))

    def _begin_task(self, branch: Branch, state: Mapping[str, Any], place: str) -> Branch:
        data = self.data(branch, state)
        resource = read_resource(state["Resource"], self._machine.resources)
        work = work_of(resource, self.effective_input(branch, state), state.get("Parameters"))
        lasts = whole_number(
            value_of(state, "TimeoutSeconds", data, LASTS), "TimeoutSeconds", 1, LASTS
        )
        self.begun += 1
        task = Task(
            token=str(self.begun),
            times_out_at=None if lasts == LASTS else self.now + timedelta(seconds=lasts),
            heartbeat_at=self._next_heartbeat(state, data),
        )
        self.starts.append(Start(token=task.token, work=work, waits=resource.waits))
        self.note(
            "TaskScheduled", branch.state, place, resource=state["Resource"], token=task.token
        )
        return replace(branch, phase=Phase.WORKING, task=task)

    def _next_heartbeat(self, state: Mapping[str, Any], data: Data) -> datetime | None:
        seconds = value_of(state, "HeartbeatSeconds", data, None)
        if seconds is None:
            return None
        return self.now + timedelta(seconds=whole_number(seconds, "HeartbeatSeconds", 1, LASTS))

    def _look_at_task(self, branch: Branch, state: Mapping[str, Any], place: str) -> Branch:
        task = branch.task
        report = None if task is None else self._reports.get(task.token)
        if task is None or report is None:
            return branch
        waits = read_resource(state["Resource"], self._machine.resources).waits
        if report.ended or not waits:
            done = replace(branch, task=None)
            if waits and report.error is not None:
                self.note("TaskFailed", branch.state, place, error=report.error, cause=report.cause)
                raise_in = StateFault(report.error, report.cause or "")
                return self.fail(done, state, raise_in, place)
            result = report.output if waits else report.begun
            self.note("TaskSucceeded" if waits else "TaskSubmitted", branch.state, place)
            return self._finish_task(done, state, result, place)
        if task.times_out_at is not None and self.now >= task.times_out_at:
            self.note("TaskTimedOut", branch.state, place, error=TIMEOUT)
            raise StateFault(TIMEOUT, "The task took longer than its TimeoutSeconds")
        if task.heartbeat_at is not None and self.now >= task.heartbeat_at:
            return self._hear(branch, state, task, report, place)
        return branch

    def _finish_task(
        self, branch: Branch, state: Mapping[str, Any], result: Json, place: str
    ) -> Branch:
        try:
            return self.complete(branch, state, result, place)
        except StateFault as fault:
            # The task is over: its end must not be looked at once more.
            return self.fail(branch, state, fault, place)

    def _hear(
        self, branch: Branch, state: Mapping[str, Any], task: Task, report: Report, place: str
    ) -> Branch:
        if not report.alive:
            self.note("TaskTimedOut", branch.state, place, error=HEARTBEAT_TIMEOUT)
            raise StateFault(HEARTBEAT_TIMEOUT, "Nobody was at work on the task")
        following = self._next_heartbeat(state, self.data(branch, state))
        return replace(branch, task=replace(task, heartbeat_at=following))


def _failed(branch: Branch, fault: StateFault) -> Branch:
    return Branch(
        state=branch.state,
        input=branch.input,
        entered_at=branch.entered_at,
        phase=Phase.FAILED,
        item=branch.item,
        error=fault.error,
        cause=fault.cause,
    )
