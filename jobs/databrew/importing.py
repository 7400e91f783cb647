"""A recipe made a pipeline: each action a step or two; what is not known is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.databrew.conditions import all_hold
from gluepot.jobs.databrew.expressions import EXPRESSIONS
from gluepot.jobs.databrew.operations import OPERATIONS
from gluepot.jobs.databrew.recipe import RecipeError, read_recipe
from gluepot.jobs.databrew.sql import column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gluepot.jobs.databrew.recipe import Action

_FORMATS = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".orc": "orc", ".avro": "avro"}


def source_of(place: str, kind: str | None) -> dict[str, Any]:
    """Return the source of a pipeline for a table, ``database.table``, or a path.

    CSV has a header, as DataBrew takes it.

    Raises:
        InvalidInputError: It is a path whose format is neither told nor seen.
    """
    if "/" not in place and kind is None:
        return {"table": place}
    found = kind or next((form for end, form in _FORMATS.items() if place.endswith(end)), None)
    if found is None:
        raise InvalidInputError(f"the format of {place} is not seen by its name: give --format")
    source = {"path": place, "format": found}
    return source | {"options": {"header": True}} if found == "csv" else source


def import_recipe(file: Path, *, name: str, source: Mapping[str, Any], sink: str) -> str:
    """Return the YAML of the pipeline that does what a recipe does.

    Args:
        file: The recipe: JSON.
        name: Of the job.
        source: As in the YAML.
        sink: A path.

    Raises:
        RecipeError: Names every action that cannot be imported, with its line.
        InvalidInputError: The file cannot be read.
    """
    steps: list[dict[str, Any]] = []
    problems: list[str] = []
    before = "data"
    for action in read_recipe(file):
        try:
            made = list(_steps(action))
        except InvalidInputError as error:
            problems.append(str(error))
            continue
        for number, step in enumerate(made):
            again = "" if number == 0 else f"_{number + 1}"
            alias = f"step_{action.number}_{action.operation.lower()}{again}"
            steps.append({"name": alias, "input": before, **step})
            before = alias
    if problems:
        raise RecipeError(str(file), tuple(problems))
    job = {
        "name": name,
        "description": f"Imported from the DataBrew recipe {file.name}",
        "sources": {"data": dict(source)},
        "steps": steps,
        "sinks": [{"input": before, "path": sink}],
    }
    return yaml.safe_dump(job, sort_keys=False, allow_unicode=True, width=100)


def _steps(action: Action) -> Iterator[dict[str, Any]]:
    if action.operation in OPERATIONS:
        operation = OPERATIONS[action.operation]
        if action.conditions and not operation.conditional:
            raise action.fault("conditions are not imported with this operation")
        action.check_known(operation.parameters)
        yield from operation.steps(action)
        return
    if action.operation not in EXPRESSIONS:
        hint = did_you_mean(action.operation, (*OPERATIONS, *EXPRESSIONS))
        raise action.fault(f"this operation is not imported.{hint}")
    yield _column_step(action)


def _column_step(action: Action) -> dict[str, Any]:
    expression = EXPRESSIONS[action.operation]
    action.check_known(expression.takes)
    source = expression.sources[0]
    target = action.optional("targetColumn")
    if target is None:
        if source != "sourceColumn":
            raise action.fault("parameter 'targetColumn' is missing")
        target = action.text(source)
    sql = expression.sql(action)
    if action.conditions:
        # Where they do not hold the column stays; a new one is null there.
        kept = column(target) if target == action.parameters.get(source) else "NULL"
        sql = f"CASE WHEN {all_hold(action)} THEN {sql} ELSE {kept} END"
    return {"transform": "Map", "columns": {target: sql}}
