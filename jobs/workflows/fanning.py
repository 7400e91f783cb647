"""Parallel and Map states: a branch that is branched itself.

Source: states-language.net, "Parallel State" and "Map State".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluepot.jobs.workflows.data_flow import value_of, whole_number
from gluepot.jobs.workflows.faults import RUNTIME, StateFault
from gluepot.jobs.workflows.paths import Data, pick
from gluepot.jobs.workflows.state import Branch, Phase
from gluepot.jobs.workflows.templates import fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.workflows.moves import Mover
    from gluepot.jobs.workflows.paths import Json

CONCURRENCY = 40
"""Iterations of a Map state at a time, where it does not say or says 0.

Source: Step Functions developer guide, "Using Map state in Inline mode".
"""


def processor_of(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the machine that a Map state runs for each item; Iterator is its older name."""
    found: Mapping[str, Any] = state.get("ItemProcessor") or state["Iterator"]
    return found


class Fanning:
    """Begins and moves the branches of a branch, with the hands of ``mover``."""

    def __init__(self, mover: Mover) -> None:
        self._mover = mover

    def begin(self, branch: Branch, state: Mapping[str, Any]) -> Branch:
        """Return a branch with its branches, or with the items that will be branches."""
        if state["Type"] == "Map":
            return replace(branch, phase=Phase.BRANCHED, items=self._items(branch, state))
        given = self._mover.effective_input(branch, state)
        branches = (self._begun(each, given, branch.item) for each in state["Branches"])
        return replace(branch, phase=Phase.BRANCHED, branches=tuple(branches))

    def move(self, branch: Branch, state: Mapping[str, Any], place: str) -> Branch:
        """Move every branch, begin further items, and go on when all are done."""
        moved = branch
        for number, inner in enumerate(branch.branches):
            machine = self._machine_of(state, number)
            inside = f"{place}/{branch.state}[{number}]".removeprefix("/")
            after = self._mover.advance(inner, machine["States"], inside)
            if after is not inner:
                moved = _with_branch(moved, number, after)
            if after.phase is Phase.FAILED:
                fault = StateFault(after.error or "", after.cause or "")
                return self._mover.fail(moved, state, fault, place)
        try:
            return self._go_on(moved, state, place)
        except StateFault as fault:
            # Of what has moved by now: the tasks that have just been begun are to be stopped.
            return self._mover.fail(moved, state, fault, place)

    def _go_on(self, branch: Branch, state: Mapping[str, Any], place: str) -> Branch:
        moved = self._begin_items(branch, state)
        expected = len(moved.items) if state["Type"] == "Map" else len(state["Branches"])
        done = sum(inner.phase is Phase.DONE for inner in moved.branches)
        if done < expected:
            return moved
        result = [inner.output for inner in moved.branches]
        return self._mover.complete(moved, state, result, place)

    def _machine_of(self, state: Mapping[str, Any], number: int) -> Mapping[str, Any]:
        if state["Type"] == "Map":
            return processor_of(state)
        machine: Mapping[str, Any] = state["Branches"][number]
        return machine

    def _items(self, branch: Branch, state: Mapping[str, Any]) -> tuple[Any, ...]:
        found = pick(state.get("ItemsPath", "$"), self._mover.data(branch, state))
        if not isinstance(found, list):
            raise StateFault(RUNTIME, "ItemsPath leads to an array; this is none")
        return tuple(found)

    def _begin_items(self, branch: Branch, state: Mapping[str, Any]) -> Branch:
        """Begin as many further iterations of a Map state as there may be."""
        if state["Type"] != "Map" or len(branch.branches) == len(branch.items):
            return branch
        data = self._mover.data(branch, state)
        most = value_of(state, "MaxConcurrency", data, 0)
        most = whole_number(most, "MaxConcurrency", 0, 10**9) or CONCURRENCY
        at_work = sum(not inner.ended for inner in branch.branches)
        first = len(branch.branches)
        last = min(len(branch.items), first + most - at_work)
        begun = [self._iteration(branch, state, number, data) for number in range(first, last)]
        return replace(branch, branches=(*branch.branches, *begun)) if begun else branch

    def _iteration(
        self, branch: Branch, state: Mapping[str, Any], number: int, data: Data
    ) -> Branch:
        item = {"Index": number, "Value": branch.items[number]}
        selector = state.get("ItemSelector", state.get("Parameters"))
        given = branch.items[number]
        if selector is not None:
            context = {**data.context, "Map": {"Item": item}}
            chosen = Data(value=data.value, context=context)
            given = fill(selector, chosen, self._mover.chance)
        return self._begun(processor_of(state), given, item)

    def _begun(
        self,
        machine: Mapping[str, Any],
        given: Json,
        item: Mapping[str, Any] | None,
    ) -> Branch:
        return Branch(state=machine["StartAt"], input=given, entered_at=self._mover.now, item=item)


def _with_branch(branch: Branch, number: int, inner: Branch) -> Branch:
    branches = (*branch.branches[:number], inner, *branch.branches[number + 1 :])
    return replace(branch, branches=branches)
