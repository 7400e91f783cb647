"""Triggers of the Glue API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.operations.named import without
from gluepot.catalog.wire import from_wire
from gluepot.jobs.operations.filtered import filtered
from gluepot.jobs.triggers.checks import check_definition
from gluepot.jobs.triggers.model import Trigger, TriggerState, TriggerType, glue_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.jobs.operations.stores import ApiStores

PAGE = 200
QUEUE_TAG = "gluepot:event-queue"
"""A tag of a new trigger of type EVENT: the ARN of the queue its events come from.

AWS Glue's own definition has no place for it.
"""


def create_trigger(stores: ApiStores, call: Call, request: Document) -> Document:
    """Create a trigger; with ``StartOnCreation`` it fires by itself from now on.

    Raises:
        AlreadyExistsError: The name is taken.
        EntityNotFoundError: There is no such workflow.
        InvalidInputError: The definition is not right.
    """
    start = request.get("StartOnCreation", False)
    state = TriggerState.ACTIVATED if start else TriggerState.CREATED
    own = {"State": state, "EventQueue": request.get("Tags", {}).get(QUEUE_TAG)}
    trigger = _read(without(request, "StartOnCreation", "Tags") | own)
    with stores.runs.transaction() as connection:
        if trigger.workflow_name is not None:
            stores.workflows.within(connection).workflow(trigger.workflow_name)
        stores.triggers.within(connection).create(trigger)
        tags = stores.objects.tags.within(connection)
        tags.tag(_arn(call, trigger.name), request.get("Tags", {}))
    return {"Name": trigger.name}


def get_trigger(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a trigger."""
    return {"Trigger": glue_document(stores.triggers.get(request["Name"]))}


def get_triggers(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of triggers by name, of those that start a job if asked."""
    fetch = filtered(stores.triggers.page, _name, _starts(request.get("DependentJobName")))
    return call.tokens.page(request, "Triggers", fetch, _name, most=PAGE, show=glue_document)


def list_triggers(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of the names of triggers, of those with some tags if asked."""
    starts = _starts(request.get("DependentJobName"))
    has_tags = stores.tagged(call, "trigger", request.get("Tags"))

    def keep(trigger: Trigger) -> bool:
        return (starts is None or starts(trigger)) and (has_tags is None or has_tags(trigger.name))

    fetch = filtered(stores.triggers.page, _name, keep if starts or has_tags else None)
    return call.tokens.page(request, "TriggerNames", fetch, _name, most=PAGE, show=_name)


def batch_get_triggers(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the triggers of some names, and the names that no trigger has."""
    found, missing = [], []
    for name in dict.fromkeys(request["TriggerNames"]):
        try:
            found.append(glue_document(stores.triggers.get(name)))
        except EntityNotFoundError:
            missing.append(name)
    return {"Triggers": found, "TriggersNotFound": missing}


def update_trigger(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Replace a trigger's definition; its type, state and workflow stay.

    Raises:
        EntityNotFoundError: There is no such trigger.
        InvalidInputError: The definition is not right.
    """
    name = request["Name"]
    with stores.runs.transaction() as connection:
        triggers = stores.triggers.within(connection)
        old = triggers.get(name)
        kept = {
            "Name": name,
            "Type": old.type,
            "State": old.state,
            "WorkflowName": old.workflow_name,
            "EventQueue": old.event_queue,
        }
        new = triggers.update(_read({"Actions": [], **request["TriggerUpdate"], **kept}))
    return {"Trigger": glue_document(new)}


def delete_trigger(stores: ApiStores, call: Call, request: Document) -> Document:
    """Delete a trigger; one that is not there is no error."""
    with stores.runs.transaction() as connection:
        stores.triggers.within(connection).delete(request["Name"])
        stores.objects.tags.within(connection).drop(_arn(call, request["Name"]))
    return {"Name": request["Name"]}


def start_trigger(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Fire a trigger that is ON_DEMAND; let one of another type fire by itself from now on.

    Raises:
        EntityNotFoundError: There is no such trigger.
        InvalidInputError: Its schedule matches no time to come.
    """
    name = request["Name"]
    if stores.triggers.get(name).type != TriggerType.ON_DEMAND:
        stores.triggers.activate(name)
    else:
        stores.firing.fire_now(name)
    return {"Name": name}


def stop_trigger(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Let a trigger fire no more.

    Raises:
        EntityNotFoundError: There is no such trigger.
    """
    stores.triggers.deactivate(request["Name"])
    return {"Name": request["Name"]}


def _read(document: Document) -> Trigger:
    for condition in document.get("Predicate", {}).get("Conditions", ()):
        if not condition.get("LogicalOperator"):
            raise InvalidInputError("Logical operator cannot be null or empty")
    if document.get("Predicate") and "Conditions" not in document["Predicate"]:
        raise InvalidInputError("A Predicate has 1 to 500 Conditions, not none")
    trigger = from_wire(Trigger, document)
    check_definition(trigger)
    return trigger


def _starts(job_name: str | None) -> Callable[[Trigger], bool] | None:
    if job_name is None:
        return None
    return lambda trigger: any(action.job_name == job_name for action in trigger.actions)


def _name(trigger: Trigger) -> str:
    return trigger.name


def _arn(call: Call, name: str) -> str:
    return call.arn(f"trigger/{name}")


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on triggers."""
    return {
        "BatchGetTriggers": partial(batch_get_triggers, stores),
        "CreateTrigger": partial(create_trigger, stores),
        "DeleteTrigger": partial(delete_trigger, stores),
        "GetTrigger": partial(get_trigger, stores),
        "GetTriggers": partial(get_triggers, stores),
        "ListTriggers": partial(list_triggers, stores),
        "StartTrigger": partial(start_trigger, stores),
        "StopTrigger": partial(stop_trigger, stores),
        "UpdateTrigger": partial(update_trigger, stores),
    }
