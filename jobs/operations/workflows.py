"""Workflows of the Glue API: definitions, and the graph that their triggers make."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.operations.named import Family, create, delete, page, without
from gluepot.catalog.wire import to_wire
from gluepot.jobs.run_state import RunKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition, DefinitionStore
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.run_state import Target
    from gluepot.jobs.triggers import Trigger

KIND = "Workflow"
PAGE = 25

_NODE_TYPES = {RunKind.JOB: "JOB", RunKind.CRAWL: "CRAWLER"}


class WorkflowNotFoundError(EntityNotFoundError):
    """There is no such workflow, or no such run of one: ``WorkflowNotFoundError(kind, name)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        return "Entity not found"


def _show(definition: Definition) -> Document:
    return {
        "Name": definition.name,
        **definition.definition,
        "CreatedOn": definition.created_at,
        "LastModifiedOn": definition.updated_at,
    }


WORKFLOWS = Family(kind=KIND, resource="workflow", show=_show)


def find_workflow(definitions: DefinitionStore, name: str) -> Definition:
    """Return a workflow.

    Raises:
        WorkflowNotFoundError: There is none of that name.
    """
    found = definitions.find(KIND, name)
    if found is None:
        raise WorkflowNotFoundError(KIND, name)
    return found


def create_workflow(stores: ApiStores, call: Call, request: Document) -> Document:
    """Create a workflow; triggers join it by their ``WorkflowName``.

    Raises:
        AlreadyExistsError: The name is taken.
    """
    document = without(request, "Name", "Tags")
    name, tags = request["Name"], request.get("Tags")
    create(WORKFLOWS, stores.objects, call, name, definition=document, tags=tags)
    return {"Name": request["Name"]}


def get_workflow(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a workflow, with its graph if asked.

    Raises:
        WorkflowNotFoundError: There is none of that name.
    """
    found = find_workflow(stores.objects.definitions, request["Name"])
    return {"Workflow": _shown(stores, found, with_graph=request.get("IncludeGraph", False))}


def list_workflows(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of the names of workflows."""
    return page(
        WORKFLOWS, stores.objects, call, request, "Workflows", most=PAGE, show=lambda one: one.name
    )


def batch_get_workflows(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the workflows of some names, and the names that no workflow has."""
    names = list(dict.fromkeys(request["Names"]))
    found = stores.objects.definitions.find_many(KIND, names)
    with_graph = request.get("IncludeGraph", False)
    return {
        "Workflows": [
            _shown(stores, found[name], with_graph=with_graph) for name in names if name in found
        ],
        "MissingWorkflows": [name for name in names if name not in found],
    }


def update_workflow(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Change the members that are given.

    Raises:
        WorkflowNotFoundError: There is none of that name.
    """
    name, members = request["Name"], without(request, "Name")
    try:
        stores.objects.definitions.change(KIND, name, lambda old: {**old.definition, **members})
    except EntityNotFoundError as error:
        raise WorkflowNotFoundError(KIND, name) from error
    return {"Name": name}


def delete_workflow(stores: ApiStores, call: Call, request: Document) -> Document:
    """Delete a workflow; one that is not there is no error. Its triggers stay."""
    delete(WORKFLOWS, stores.objects, call, request["Name"])
    return {"Name": request["Name"]}


def _shown(stores: ApiStores, found: Definition, *, with_graph: bool) -> Document:
    shown = _show(found)
    if with_graph:
        triggers = (trigger for trigger, _ in stores.triggers.list())
        shown["Graph"] = graph(item for item in triggers if item.workflow_name == found.name)
    return shown


def graph(triggers: Iterable[Trigger]) -> Document:
    """Return the graph of triggers: each leads to what it starts, and from what it waits for."""
    nodes: dict[str, Document] = {}
    edges: dict[tuple[str, str], None] = {}
    for trigger in triggers:
        node = _node("TRIGGER", trigger.name)
        nodes[node["UniqueId"]] = {**node, "TriggerDetails": {"Trigger": to_wire(trigger)}}
        for action in trigger.actions:
            target = _target_node(action.target)
            nodes.setdefault(target["UniqueId"], target)
            edges[node["UniqueId"], target["UniqueId"]] = None
        for condition in trigger.conditions:
            target = _target_node(condition.outcome.target)
            nodes.setdefault(target["UniqueId"], target)
            edges[target["UniqueId"], node["UniqueId"]] = None
    return {
        "Nodes": list(nodes.values()),
        "Edges": [{"SourceId": source, "DestinationId": end} for source, end in edges],
    }


def _target_node(target: Target) -> Document:
    node = _node(_NODE_TYPES[target.kind], target.name)
    if target.kind is RunKind.JOB:
        return {**node, "JobDetails": {"JobRuns": []}}
    return {**node, "CrawlerDetails": {"Crawls": []}}


def _node(kind: str, name: str) -> Document:
    unique = hashlib.sha256(f"{kind} {name}".encode()).hexdigest()
    return {"Type": kind, "Name": name, "UniqueId": f"wnode_{unique}"}


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on definitions of workflows."""
    return {
        "BatchGetWorkflows": partial(batch_get_workflows, stores),
        "CreateWorkflow": partial(create_workflow, stores),
        "DeleteWorkflow": partial(delete_workflow, stores),
        "GetWorkflow": partial(get_workflow, stores),
        "ListWorkflows": partial(list_workflows, stores),
        "UpdateWorkflow": partial(update_workflow, stores),
    }
