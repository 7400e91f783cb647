"""Workflows of the Glue API: definitions, and the graph that their triggers make."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.operations.named import Family, create, delete, page, without
from gluepot.jobs.operations.workflow_graph import graph
from gluepot.jobs.operations.workflow_runs import show_run
from gluepot.jobs.workflows.runs import KIND, MACHINE_KIND, WorkflowNotFoundError

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.jobs.operations.stores import ApiStores

PAGE = 25


def _show(definition: Definition) -> Document:
    return {
        "Name": definition.name,
        **definition.definition,
        "CreatedOn": definition.created_at,
        "LastModifiedOn": definition.updated_at,
    }


WORKFLOWS = Family(kind=KIND, resource="workflow", show=_show)


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
    found = stores.workflows.workflow(request["Name"])
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
    with stores.objects.transaction() as inside:
        inside.definitions.delete(MACHINE_KIND, request["Name"])
        delete(WORKFLOWS, inside, call, request["Name"])
    return {"Name": request["Name"]}


def _shown(stores: ApiStores, found: Definition, *, with_graph: bool) -> Document:
    shown = _show(found)
    for last in stores.workflows.page(found.name, None, 1):
        shown["LastRun"] = show_run(stores, last, with_graph=with_graph)
    if with_graph:
        shown["Graph"] = graph(stores.triggers.of_workflow(found.name))
    return shown


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
