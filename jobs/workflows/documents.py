"""State machines as workflows: a document read, checked, stored under a name, and given back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AlreadyExistsError, InvalidInputError, did_you_mean
from gluepot.jobs.workflows.checks import MAX_DOCUMENT, check_machine
from gluepot.jobs.workflows.runs import KIND, MACHINE_KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.definitions import DefinitionStore

_MEMBERS = {
    "description": "Description",
    "default_run_properties": "DefaultRunProperties",
    "max_concurrent_runs": "MaxConcurrentRuns",
}


@dataclass(frozen=True, kw_only=True)
class MachineWorkflow:
    """A workflow that is a state machine.

    Attributes:
        name: Of the workflow.
        document: The machine, in the Amazon States Language.
        resources: What resources stand for that gluepot does not have.
        members: The workflow's own members, in AWS Glue's names.
    """

    name: str
    document: Mapping[str, Any]
    resources: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return it as a document."""
        return {
            "machine": dict(self.document),
            "resources": dict(self.resources),
            "members": dict(self.members),
        }


def read_document(text: str | bytes) -> Any:  # noqa: ANN401
    """Return the JSON document of a file.

    Raises:
        InvalidInputError: It is too large, or no JSON.
    """
    if len(text) > MAX_DOCUMENT:
        raise InvalidInputError(f"The document has more than {MAX_DOCUMENT} bytes")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"The document is not JSON: {error}") from None


def store_machine(definitions: DefinitionStore, workflow: MachineWorkflow) -> bool:
    """Store a workflow, and return whether that changed anything.

    Runs under way go on with the machine that they began with. ``definitions`` is a store within a
    transaction.

    Raises:
        StateMachineError: The document is no state machine that runs.
        AlreadyExistsError: A workflow of triggers has the name.
    """
    check_machine(workflow.document, workflow.resources)
    before = stored_machine(definitions, workflow.name)
    if before is None and definitions.find(KIND, workflow.name) is not None:
        raise AlreadyExistsError("Workflow of triggers", workflow.name)
    if before == workflow:
        return False
    machine = {"Document": dict(workflow.document), "Resources": dict(workflow.resources)}
    definitions.put(KIND, workflow.name, dict(workflow.members))
    definitions.put(MACHINE_KIND, workflow.name, machine)
    return True


def stored_machine(definitions: DefinitionStore, name: str) -> MachineWorkflow | None:
    """Return a workflow that is a state machine, or None where there is none of the name."""
    known, machine = definitions.find(KIND, name), definitions.find(MACHINE_KIND, name)
    if known is None or machine is None:
        return None
    return MachineWorkflow(
        name=name,
        document=machine.definition["Document"],
        resources=machine.definition["Resources"],
        members=known.definition,
    )


def delete_machine(definitions: DefinitionStore, name: str) -> None:
    """Delete a workflow that is a state machine; its runs stay on record, and go on."""
    if definitions.delete(MACHINE_KIND, name):
        definitions.delete(KIND, name)


def machine_from_json(value: Mapping[str, Any]) -> MachineWorkflow:
    """Return the workflow of plain data: ``name``, ``machine``, and what is optional.

    Raises:
        InvalidInputError: A key is unknown or missing, or the machine does not run.
    """
    known = ("name", "machine", "resources", *_MEMBERS)
    for key in value:
        if key not in known:
            raise InvalidInputError(f"workflow has no {key!r}.{did_you_mean(str(key), known)}")
    for key in ("name", "machine"):
        if not value.get(key):
            raise InvalidInputError(f"workflow has no {key}")
    resources = value.get("resources") or {}
    check_machine(value["machine"], resources)
    members = {_MEMBERS[key]: value[key] for key in _MEMBERS if value.get(key) is not None}
    return MachineWorkflow(
        name=value["name"], document=value["machine"], resources=resources, members=members
    )
