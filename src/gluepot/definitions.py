"""Jobs, crawlers and triggers as files: read and checked as a whole, before anything is stored.

``conf/crawlers/*.yaml`` and ``conf/triggers/*.yaml`` hold one definition each, in Glue's members in
snake case. Jobs stay in ``conf/jobs`` and are read where they run.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from gluepot.catalog.errors import GluepotError, InvalidInputError, did_you_mean
from gluepot.crawlers.model import Crawler, crawler_from_json
from gluepot.jobs.definitions.model import JobDefinition, list_jobs, load_job
from gluepot.jobs.triggers.model import (
    Action,
    Condition,
    EventBatchingCondition,
    NotificationProperty,
    Predicate,
    Trigger,
    TriggerState,
)
from gluepot.jobs.workflows.documents import machine_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gluepot.jobs.workflows.documents import MachineWorkflow

START = "start_on_creation"
BATCHING = "event_batching_condition"
NOTIFICATION = "notification_property"
T = TypeVar("T")


class DefinitionError(InvalidInputError):
    """Definition files have faults; each is named with its file."""


@dataclass(frozen=True, kw_only=True)
class Definitions:
    """What the files of one folder define."""

    crawlers: tuple[Crawler, ...]
    triggers: tuple[Trigger, ...]
    jobs: tuple[JobDefinition, ...] = ()
    workflows: tuple[MachineWorkflow, ...] = ()


def read_definitions(folder: Path) -> Definitions:
    """Read every file, and raise one error for the faults of all of them.

    Raises:
        DefinitionError: A file is not YAML, has unknown keys, or defines what cannot be.
    """
    faults: list[str] = []
    crawlers = _read(folder / "crawlers", crawler_from_json, faults)
    triggers = _read(folder / "triggers", trigger_from_json, faults)
    workflows = _read(folder / "workflows", machine_from_json, faults)
    jobs = _read_jobs(folder, faults)
    if faults:
        raise DefinitionError("; ".join(faults))
    return Definitions(
        crawlers=tuple(crawlers),
        triggers=tuple(triggers),
        jobs=tuple(jobs),
        workflows=tuple(workflows),
    )


def _read_jobs(folder: Path, faults: list[str]) -> list[JobDefinition]:
    found = []
    for name in list_jobs(folder):
        try:
            found.append(load_job(folder, name))
        except GluepotError as error:
            faults.append(str(error))
    return found


def _read(folder: Path, build: Any, faults: list[str]) -> list[Any]:  # noqa: ANN401
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            value = yaml.safe_load(path.read_text())
            if not isinstance(value, dict):
                raise InvalidInputError("a definition is a mapping of keys to values")
            found.append(build(value))
        except (GluepotError, yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
            faults.append(f"{path}: {error}")
    return found


def trigger_from_json(value: Mapping[str, Any]) -> Trigger:
    """Return the trigger of plain data; ``start_on_creation`` makes it ACTIVATED.

    Raises:
        InvalidInputError: A key is unknown or missing.
    """
    data = dict(value)
    if data.pop(START, False):
        data["state"] = TriggerState.ACTIVATED
    data["actions"] = tuple(_action(item) for item in value.get("actions") or ())
    if value.get(BATCHING):
        data[BATCHING] = _build(EventBatchingCondition, value[BATCHING])
    if value.get("predicate"):
        predicate = dict(value["predicate"])
        conditions = predicate.get("conditions") or ()
        predicate["conditions"] = tuple(_build(Condition, item) for item in conditions)
        data["predicate"] = _build(Predicate, predicate)
    return _build(Trigger, data)


def _action(value: Mapping[str, Any]) -> Action:
    data = dict(value)
    if value.get(NOTIFICATION):
        data[NOTIFICATION] = _build(NotificationProperty, value[NOTIFICATION])
    return _build(Action, data)


def _build(kind: type[T], value: Mapping[str, Any]) -> T:
    known = [item.name for item in fields(kind)]  # type: ignore[arg-type]
    for key in value:
        if key not in known:
            name = kind.__name__.lower()
            raise InvalidInputError(f"{name} has no {key!r}.{did_you_mean(str(key), known)}")
    try:
        return kind(**value)
    except TypeError as error:
        raise InvalidInputError(f"{kind.__name__.lower()}: {error}") from error
