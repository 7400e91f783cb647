"""Triggers: what fires when and starts what; a calendar; a place to try expressions."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.wire import from_wire
from gluepot.console.flow.fire_month import fire_month
from gluepot.console.flow.next_fires import is_frequent, next_fires, zones
from gluepot.console.flow.run_list import listed
from gluepot.console.page import Action, Done, Page, Snippets, href
from gluepot.jobs.runs.tables import runs as run_rows
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.triggers.model import Trigger, TriggerState, TriggerType
from gluepot.jobs.triggers.schedule import NeverFiresError
from gluepot.jobs.triggers.words import what_it_starts, when_it_fires

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data

PAGE = 50
LAST_RUNS = 20
LAST_EVENTS = 10
EXAMPLE = "cron(0 8 ? * MON-FRI *)"


def read_triggers(ask: Ask) -> Data:
    """Return a page of triggers with their next fires."""
    token = ask.option("after")
    request = {"MaxResults": PAGE} | ({"NextToken": token} if token else {})
    found = ask.call("GetTriggers", request)
    triggers = [from_wire(Trigger, each) for each in found["Triggers"]]
    fires = ask.services.triggers.next_fires(trigger.name for trigger in triggers)
    following = found.get("NextToken")
    return {
        "triggers": [
            {
                "name": trigger.name,
                "type": trigger.type,
                "state": trigger.state,
                "when": when_it_fires(trigger),
                "starts": what_it_starts(trigger),
                "workflow": trigger.workflow_name,
                "next_fire_at": fires.get(trigger.name),
            }
            for trigger in triggers
        ],
        "next": href("triggers", after=following) if following else None,
        **preview(ask),
    }


def _triggers_snippets(_ask: Ask) -> Snippets:
    return Snippets(cli="gluepot trigger ls", boto3="glue.get_triggers()")


def read_trigger(ask: Ask) -> Data:
    """Return a trigger: what fires it, when next, what came of its last fires."""
    name = ask.need("name")
    ask.call("GetTrigger", {"Name": name})
    services = ask.services
    trigger = services.triggers.get(name)
    runs = services.runs.list(where=[run_rows.c.trigger_name == name], limit=LAST_RUNS)
    events = (
        () if trigger.type != TriggerType.EVENT else services.triggers.events(name, LAST_EVENTS)
    )
    return {
        "title": name,
        "name": name,
        "description": trigger.description,
        "type": trigger.type,
        "state": trigger.state,
        "when": when_it_fires(trigger),
        "workflow": trigger.workflow_name,
        "starts": [_action(action) for action in trigger.actions],
        "waits_for": [_condition(condition) for condition in trigger.conditions],
        "next_fire_at": services.triggers.next_fire_at(name),
        **_planned(ask, trigger),
        "month": fire_month(ask, trigger),
        "runs": [listed(run) for run in runs],
        "events": [
            {"id": each.id, "at": each.received_at, "fired": each.fire_key is not None}
            for each in events
        ],
        "can_start": trigger.state != TriggerState.ACTIVATED
        and trigger.type != TriggerType.ON_DEMAND,
        "can_stop": trigger.state == TriggerState.ACTIVATED,
        **preview(ask),
    }


def _planned(ask: Ask, trigger: Trigger) -> dict[str, Any]:
    """Return the next fires of a trigger, those of one at rest as if it were not."""
    if trigger.schedule is None:
        return {"fires": [], "never": None}
    anchor = ask.services.triggers.next_fire_at(trigger.name)
    try:
        return {"fires": next_fires(trigger.schedule, ask.now, anchor=anchor), "never": None}
    except NeverFiresError as error:
        return {"fires": [], "never": str(error)}


def _action(action: Any) -> dict[str, Any]:  # noqa: ANN401 - an Action of triggers, not of pages
    page = "job" if action.target.kind == "job" else "crawler"
    address = href(page, name=action.target.name)
    return {"kind": action.target.kind, "name": action.target.name, "href": address}


def _condition(condition: Any) -> dict[str, Any]:  # noqa: ANN401 - a Condition
    return {**_action(condition.outcome), "state": condition.outcome.state}


def _trigger_snippets(ask: Ask) -> Snippets:
    name = ask.need("name")
    shown = shlex.quote(name)
    return Snippets(
        cli=f"gluepot trigger show {shown}\ngluepot trigger next {shown}",
        boto3=f"glue.get_trigger(Name={name!r})",
    )


def preview(ask: Ask) -> dict[str, Any]:
    """Return what an expression that is being tried comes to, or what is wrong with it."""
    expression = ask.option("expression").strip()
    zone = ask.option("zone").strip()
    text = f"{expression} {zone}".strip() if zone else expression
    tried: dict[str, Any] = {"fires": [], "error": None, "frequent": False}
    if expression:
        try:
            tried["fires"] = next_fires(text, ask.now)
            tried["frequent"] = is_frequent(text, ask.now)
        except InvalidInputError as error:
            # Half of an expression is no fault of the page: the sentence is what it has to show.
            tried["error"] = str(error)
    return {
        "tried": {**tried, "text": text, "expression": expression, "zone": zone},
        "zones": zones(),
        "example": EXAMPLE,
    }


def read_preview(ask: Ask) -> Data:
    """Return the next fires of an expression; nothing is stored."""
    ask.allow("ListTriggers")
    return {"title": "Try an expression", **preview(ask)}


def _preview_snippets(ask: Ask) -> Snippets:
    expression = shlex.quote(str(preview(ask)["tried"]["text"]) or EXAMPLE)
    return Snippets(
        cli=f"gluepot trigger next {expression}",
        boto3="# AWS Glue tells no next fires; gluepot does by its command",
    )


def start(ask: Ask) -> Done:
    """Let a trigger fire by itself from now on."""
    name = ask.need("name")
    ask.call("StartTrigger", {"Name": name})
    return Done(to=href("trigger", name=name), message=f"Trigger {name} is ACTIVATED")


def stop(ask: Ask) -> Done:
    """Let a trigger fire no more."""
    name = ask.need("name")
    ask.call("StopTrigger", {"Name": name})
    return Done(to=href("trigger", name=name), message=f"Trigger {name} is DEACTIVATED")


def fire(ask: Ask) -> Done:
    """Fire a trigger once, at once, whatever it is."""
    name = ask.need("name")
    ask.allow("StartTrigger", {"Name": name})
    services = ask.services
    firing = Firing(
        clock=services.clock,
        runs=services.runs,
        triggers=services.triggers,
        workflows=services.workflows,
    )
    started = firing.fire_now(name)
    waiting = ", ".join(f"{run.kind} {run.name}" for run in started) or "nothing"
    return Done(to=href("trigger", name=name), message=f"It has fired; queued: {waiting}")


PAGES = (
    Page(
        path="triggers",
        title="Triggers",
        section="triggers",
        template="triggers.html.jinja",
        read=read_triggers,
        snippets=_triggers_snippets,
    ),
    Page(
        path="trigger",
        title="Trigger",
        section="triggers",
        template="trigger.html.jinja",
        read=read_trigger,
        snippets=_trigger_snippets,
    ),
    Page(
        path="trigger-preview",
        title="Try an expression",
        section="triggers",
        template="trigger-preview.html.jinja",
        read=read_preview,
        snippets=_preview_snippets,
    ),
)
ACTIONS = (
    Action(path="trigger-start", act=start),
    Action(path="trigger-stop", act=stop),
    Action(path="trigger-fire", act=fire),
)
