"""Blueprints of the Glue API: templates of workflows, and the runs that make workflows of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.operations.named import Family, create, delete, page, without
from gluepot.jobs.blueprints.model import (
    ARCHIVE_KIND,
    KIND,
    PARAMETERS,
    REGISTER,
    ROLE,
    WORKFLOW,
    IllegalBlueprintStateError,
)
from gluepot.jobs.blueprints.parameters import read_parameters
from gluepot.jobs.runs.state import RunKind, RunState

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

PAGE = 25
RUNS_PAGE = 1000
TRIES = 2
"""How often the reading of a blueprint is tried again where a worker dies in it."""

_ENDS = {RunState.SUCCEEDED: "SUCCEEDED"}


def _show(definition: Definition) -> Document:
    return {
        "Name": definition.name,
        **definition.definition,
        "CreatedOn": definition.created_at,
        "LastModifiedOn": definition.updated_at,
    }


BLUEPRINTS = Family(kind=KIND, resource="blueprint", show=_show)


def create_blueprint(stores: ApiStores, call: Call, request: Document) -> Document:
    """Create a blueprint; a worker reads its ZIP, and it is ACTIVE or FAILED then.

    Raises:
        AlreadyExistsError: The name is taken.
    """
    name, tags = request["Name"], request.get("Tags")
    document = {**without(request, "Name", "Tags"), "Status": "CREATING"}
    with stores.runs.transaction() as connection:
        objects = stores.objects.within(connection)
        create(BLUEPRINTS, objects, call, name, definition=document, tags=tags)
        _read(stores.runs.within(connection), name, document["BlueprintLocation"])
    return {"Name": name}


def get_blueprint(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a blueprint, with the specification of its parameters if asked.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    shown = _show(stores.objects.definitions.get(KIND, request["Name"]))
    if not request.get("IncludeParameterSpec", False):
        shown.pop("ParameterSpec", None)
    return {"Blueprint": shown}


def list_blueprints(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of the names of blueprints, of those with some tags if asked."""
    has_tags = stores.tagged(call, "blueprint", request.get("Tags"))
    return page(
        BLUEPRINTS,
        stores.objects,
        call,
        request,
        "Blueprints",
        most=PAGE,
        keep=None if has_tags is None else lambda one: has_tags(one.name),
        show=lambda one: one.name,
    )


def batch_get_blueprints(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the blueprints of some names, and the names that no blueprint has."""
    names = list(dict.fromkeys(request["Names"]))
    found = stores.objects.definitions.find_many(KIND, names)
    with_spec = request.get("IncludeParameterSpec", False)
    shown = [_show(found[name]) for name in names if name in found]
    if not with_spec:
        shown = [without(one, "ParameterSpec") for one in shown]
    return {
        "Blueprints": shown,
        "MissingBlueprints": [name for name in names if name not in found],
    }


def update_blueprint(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Give a blueprint another ZIP, which a worker reads; runs go on with the old one till then.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    name, members = request["Name"], without(request, "Name")
    with stores.runs.transaction() as connection:
        definitions = stores.objects.definitions.within(connection)
        definitions.change(
            KIND, name, lambda old: {**old.definition, **members, "Status": "UPDATING"}
        )
        _read(stores.runs.within(connection), name, request["BlueprintLocation"])
    return {"Name": name}


def delete_blueprint(stores: ApiStores, call: Call, request: Document) -> Document:
    """Delete a blueprint; one that is not there is no error. Its workflows stay."""
    with stores.objects.transaction() as inside:
        inside.definitions.delete(ARCHIVE_KIND, request["Name"])
        delete(BLUEPRINTS, inside, call, request["Name"])
    return {"Name": request["Name"]}


def start_blueprint_run(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Have a worker make a workflow of a blueprint, with its triggers, jobs and crawlers.

    Raises:
        EntityNotFoundError: There is no such blueprint.
        IllegalBlueprintStateError: It is not ACTIVE.
        InvalidInputError: A parameter is missing, unknown or not what the blueprint says.
    """
    name = request["BlueprintName"]
    found = stores.objects.definitions.get(KIND, name)
    archive = stores.objects.definitions.find(ARCHIVE_KIND, name)
    status = found.definition.get("Status")
    if status != "ACTIVE" or archive is None:
        raise IllegalBlueprintStateError(f"Blueprint {name} is {status}; one that is ACTIVE is run")
    read_parameters(archive.definition["Spec"], request.get(PARAMETERS))
    settings = {key: request[key] for key in (PARAMETERS, ROLE) if key in request}
    run = stores.runs.enqueue(RunKind.BLUEPRINT, name, settings=settings, max_retries=0)
    return {"RunId": None if run is None else run.id}


def get_blueprint_run(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a run of a blueprint.

    Raises:
        EntityNotFoundError: The blueprint has no such run.
    """
    run = stores.runs.get(request["RunId"])
    if (run.kind, run.name) != (RunKind.BLUEPRINT, request["BlueprintName"]):
        raise EntityNotFoundError("Blueprint run", request["RunId"])
    return {"BlueprintRun": _show_run(run)}


def get_blueprint_runs(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of a blueprint's runs, the newest first.

    Raises:
        EntityNotFoundError: There is no such blueprint.
    """
    name = request["BlueprintName"]
    stores.objects.definitions.get(KIND, name)

    def fetch(after: str | None, limit: int) -> list[Run]:
        return stores.runs.list(kind=RunKind.BLUEPRINT, name=name, limit=limit, after=after)

    return call.tokens.page(
        request, "BlueprintRuns", fetch, lambda run: run.id, most=RUNS_PAGE, show=_show_run
    )


def _read(runs: RunStore, name: str, location: str) -> None:
    settings = {"BlueprintLocation": location}
    runs.enqueue(RunKind.BLUEPRINT, f"{REGISTER}{name}", settings=settings, max_retries=TRIES)


def _show_run(run: Run) -> Document:
    ended = _ENDS.get(run.state, "FAILED") if run.state.final else "RUNNING"
    return {
        "BlueprintName": run.name,
        "RunId": run.id,
        "WorkflowName": run.metrics.get(WORKFLOW),
        "State": ended,
        "StartedOn": run.started_at or run.queued_at,
        "CompletedOn": run.completed_at,
        "ErrorMessage": run.error and run.error.message,
        "Parameters": run.settings.get(PARAMETERS),
        "RoleArn": run.settings.get(ROLE),
    }


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on blueprints."""
    return {
        "BatchGetBlueprints": partial(batch_get_blueprints, stores),
        "CreateBlueprint": partial(create_blueprint, stores),
        "DeleteBlueprint": partial(delete_blueprint, stores),
        "GetBlueprint": partial(get_blueprint, stores),
        "GetBlueprintRun": partial(get_blueprint_run, stores),
        "GetBlueprintRuns": partial(get_blueprint_runs, stores),
        "ListBlueprints": partial(list_blueprints, stores),
        "StartBlueprintRun": partial(start_blueprint_run, stores),
        "UpdateBlueprint": partial(update_blueprint, stores),
    }
