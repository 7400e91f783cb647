"""What ``gluepot apply`` would do, and doing it: the files of conf/ against what is stored.

What an earlier apply has stored is on record, so that a file that is gone takes its crawler or
trigger with it, and nothing that somebody has made by the API or the command line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.wire import to_wire
from gluepot.crawlers.crawler_documents import document_of
from gluepot.crawlers.store import ONLY_API
from gluepot.definitions import read_definitions
from gluepot.jobs.workflows.documents import delete_machine, store_machine, stored_machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.definitions import Definitions
    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.workflows.documents import MachineWorkflow
    from gluepot.services import Services

APPLIED = "Applied"
"""The kind of the records of what was applied; their names are ``crawler/raw`` and such."""


class Change(StrEnum):
    """What becomes of a definition."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """A member that is not what it was; None is one that is not there."""

    path: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """One step of a plan.

    Attributes:
        kind: ``job``, ``crawler``, ``workflow`` or ``trigger``.
        name: Of the definition.
        change: What becomes of it.
        fields: Of a change, the members that differ.
    """

    kind: str
    name: str
    change: Change
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What applying the files would do.

    Attributes:
        changes: Jobs, crawlers, workflows, triggers, each by name.
        unchanged: How many definitions are as their files say.
        wanted: What the files say, as documents, by kind and name.
    """

    changes: tuple[PlannedChange, ...]
    unchanged: int
    wanted: Mapping[str, Mapping[str, Any]] = field(repr=False)


def plan_definitions(services: Services) -> Plan:
    """Return what applying the files of ``settings.conf_dir`` would do; nothing is changed.

    Raises:
        DefinitionError: Files have faults; all are named.
    """
    return _plan(services, read_definitions(services.settings.conf_dir))


def apply_definitions(services: Services) -> Plan:
    """Store what the files define, and return what was done; applying again changes nothing.

    Raises:
        DefinitionError: Files have faults; nothing is stored then.
        GluepotError: A definition cannot be stored; those before it are.
    """
    found = read_definitions(services.settings.conf_dir)
    plan = _plan(services, found)
    crawlers = {crawler.name: crawler for crawler in found.crawlers}
    triggers = {trigger.name: trigger for trigger in found.triggers}
    workflows = {workflow.name: workflow for workflow in found.workflows}
    # A workflow has one starting trigger: one that goes must not be in the way of one that comes.
    for change in sorted(plan.changes, key=lambda one: not _removes_trigger(one)):
        if change.change is Change.REMOVED:
            _remove(services, change)
            continue
        if change.kind == "crawler":
            services.crawlers.put_crawler(crawlers[change.name])
        elif change.kind == "workflow":
            _store_workflow(services, workflows[change.name])
        elif change.kind == "trigger" and change.change is Change.CREATED:
            services.triggers.create(triggers[change.name])
        elif change.kind == "trigger":
            services.triggers.update(triggers[change.name])
    _record(services, plan)
    return plan


def _removes_trigger(change: PlannedChange) -> bool:
    return change.kind == "trigger" and change.change is Change.REMOVED


def _plan(services: Services, found: Definitions) -> Plan:
    wanted: dict[str, dict[str, Any]] = {
        "job": {job.name: _job_document(job) for job in found.jobs},
        "crawler": {item.name: document_of(item) for item in found.crawlers},
        "workflow": {item.name: item.plain() for item in found.workflows},
        "trigger": {item.name: to_wire(item) for item in found.triggers},
    }
    applied = _applied(services)
    stored = _stored(services, wanted, applied)
    changes = [
        change
        for kind, documents in wanted.items()
        for change in _changes(kind, documents, stored[kind], applied[kind])
    ]
    count = sum(map(len, wanted.values()))
    touched = sum(change.change is not Change.REMOVED for change in changes)
    return Plan(changes=tuple(changes), unchanged=count - touched, wanted=wanted)


def _changes(
    kind: str,
    wanted: Mapping[str, Any],
    stored: Mapping[str, Any],
    applied: Mapping[str, Any],
) -> Iterator[PlannedChange]:
    for name in sorted({*wanted, *applied}):
        if name not in wanted:
            yield PlannedChange(kind=kind, name=name, change=Change.REMOVED)
        elif name not in stored:
            yield PlannedChange(kind=kind, name=name, change=Change.CREATED)
        else:
            fields = tuple(field_changes(stored[name], wanted[name]))
            if fields:
                yield PlannedChange(kind=kind, name=name, change=Change.CHANGED, fields=fields)


def field_changes(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:  # noqa: ANN401
    """Yield where two documents differ, by the paths of their members.

    >>> [(item.path, item.before, item.after)
    ...  for item in field_changes({"a": {"b": 1}, "c": [1, 2]}, {"a": {"b": 2}, "c": [1]})]
    [('a.b', 1, 2), ('c[1]', 2, None)]
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            inner = f"{path}.{key}" if path else str(key)
            yield from field_changes(before.get(key), after.get(key), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else None
            new = after[index] if index < len(after) else None
            yield from field_changes(old, new, f"{path}[{index}]")
    elif before != after:
        yield FieldChange(path=path, before=before, after=after)


def _job_document(job: JobDefinition) -> dict[str, Any]:
    """Return what there is to say of a job, its script by a digest."""
    parts = {} if job.pipeline is None else job.pipeline.model_dump(mode="json")
    script = None if job.script is None else job.script.read_bytes()
    found = {
        **parts,
        "kind": job.kind,
        "command": job.command,
        "bookmark": job.bookmark,
        "description": job.description,
        "location": job.location,
        "members": dict(job.members),
        "spark": {"conf": dict(job.spark_conf)},
        "script_sha256": None if script is None else hashlib.sha256(script).hexdigest(),
    }
    return {key: value for key, value in found.items() if value not in (None, {}, [], "")}


def _applied(services: Services) -> dict[str, dict[str, Any]]:
    kinds = ("job", "crawler", "workflow", "trigger")
    found: dict[str, dict[str, Any]] = {kind: {} for kind in kinds}
    for item in services.jobs.definitions.all(APPLIED):
        kind, _, name = item.name.partition("/")
        found[kind][name] = item.definition
    return found


def _stored(
    services: Services,
    wanted: Mapping[str, Mapping[str, Any]],
    applied: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Return what is there now; of what files cannot say, their word is taken as said."""
    crawlers: dict[str, Any] = {}
    for name in wanted["crawler"]:
        try:
            known = services.crawlers.get(name).definition
        except EntityNotFoundError:
            continue
        crawlers[name] = {key: known[key] for key in known.keys() - ONLY_API}
    return {
        "job": dict(applied["job"]),  # They are read from their files: nothing else is stored.
        "crawler": crawlers,
        "workflow": {
            name: machine.plain()
            for name in wanted["workflow"]
            if (machine := stored_machine(services.jobs.definitions, name)) is not None
        },
        "trigger": {
            trigger.name: to_wire(_with_state(trigger, wanted["trigger"].get(trigger.name)))
            for trigger, _ in services.triggers.list()
        },
    }


def _with_state(trigger: Any, wanted: Mapping[str, Any] | None) -> Any:  # noqa: ANN401
    # Somebody who stopped a trigger meant it: a file says only how it begins.
    return trigger if wanted is None else replace(trigger, state=wanted["State"])


def _remove(services: Services, change: PlannedChange) -> None:
    if change.kind == "crawler":
        _delete_crawler(services, change.name)
    elif change.kind == "workflow":
        with services.runs.transaction() as connection:
            delete_machine(services.jobs.definitions.within(connection), change.name)
    elif change.kind == "trigger":
        services.triggers.delete(change.name)


def _store_workflow(services: Services, workflow: MachineWorkflow) -> None:
    with services.runs.transaction() as connection:
        store_machine(services.jobs.definitions.within(connection), workflow)


def _delete_crawler(services: Services, name: str) -> None:
    try:
        services.crawlers.delete_crawler(name)
    except EntityNotFoundError:
        return  # Somebody was quicker.


def _record(services: Services, plan: Plan) -> None:
    store = services.jobs.definitions
    # A workflow has one starting trigger: one that goes must not be in the way of one that comes.
    for change in sorted(plan.changes, key=lambda one: not _removes_trigger(one)):
        if change.change is Change.REMOVED:
            store.delete(APPLIED, f"{change.kind}/{change.name}")
    for kind, documents in plan.wanted.items():
        for name, document in documents.items():
            known = store.find(APPLIED, f"{kind}/{name}")
            if known is None or known.definition != document:
                store.put(APPLIED, f"{kind}/{name}", document)
