"""What a layout comes to: the calls of AWS Glue's API that create it, in order. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAMES = {"job": "JobName", "crawler": "CrawlerName"}
_STATES = {"job": "State", "crawler": "CrawlState"}


def plan_layout(
    layout: Mapping[str, Any], run_id: str
) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """Return the workflow's name, and the operations with their requests that make it.

    What is created has a suffix of the run's own, as in AWS Glue, so that runs do not get in one
    another's way; the workflow has its name as it is.

    Raises:
        InvalidInputError: Names are used twice, or something waits for what is not there.
    """
    suffix = hashlib.sha256(run_id.encode()).hexdigest()[:8]
    entities: Sequence[Mapping[str, Any]] = layout["entities"]
    names = {(one["kind"], one["name"]): f"{one['name']}_{suffix}" for one in entities}
    if not entities or len(names) != len(entities):
        raise InvalidInputError(
            "The layout has at least one job or crawler, and no name twice among its kind"
        )
    name = layout["name"]
    calls = [("CreateWorkflow", {"Name": name, **layout["members"]})]
    for one in entities:
        request = {**one["properties"], "Name": names[one["kind"], one["name"]]}
        calls.append((f"Create{one['kind'].capitalize()}", request))
    calls += [("CreateTrigger", each) for each in _triggers(layout, names, suffix)]
    return name, calls


def _triggers(
    layout: Mapping[str, Any], names: Mapping[tuple[str, str], str], suffix: str
) -> list[dict[str, Any]]:
    """Return the triggers: one that starts, and one for each way in which entities wait."""
    groups: dict[tuple[Any, ...], list[dict[str, str]]] = {}
    for one in layout["entities"]:
        waits = tuple((item["kind"], item["name"], item["state"]) for item in one["depends"])
        key = (waits, one["wait"] if len(waits) > 1 else "AND")
        action = {_NAMES[one["kind"]]: names[one["kind"], one["name"]]}
        groups.setdefault(key, []).append(action)
    workflow, schedule = layout["name"], layout["schedule"]
    found = []
    for number, ((waits, logical), actions) in enumerate(groups.items()):
        trigger: dict[str, Any] = {
            "Name": f"{workflow}_{number}_{suffix}",
            "WorkflowName": workflow,
            "Actions": actions,
        }
        if waits:
            conditions = [_condition(names, *wait) for wait in waits]
            predicate = {"Logical": logical, "Conditions": conditions}
            trigger |= {"Type": "CONDITIONAL", "Predicate": predicate, "StartOnCreation": True}
        elif schedule:
            trigger |= {"Type": "SCHEDULED", "Schedule": schedule, "StartOnCreation": True}
        else:
            trigger |= {"Type": "ON_DEMAND"}
        found.append(trigger)
    return found


def _condition(
    names: Mapping[tuple[str, str], str], kind: str, name: str, state: str
) -> dict[str, str]:
    if (kind, name) not in names:
        raise InvalidInputError(f"Something waits for {kind} {name!r}, which is not in the layout")
    return {
        "LogicalOperator": "EQUALS",
        _NAMES[kind]: names[kind, name],
        _STATES[kind]: state,
    }
