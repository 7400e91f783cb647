"""Operations of recipes that are steps of their own: columns and rows that come and go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.jobs.databrew.conditions import all_hold
from gluepot.jobs.databrew.sql import column, literal, missing, quoted_pattern, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.databrew.recipe import Action

Steps = Callable[["Action"], Iterator[dict[str, Any]]]
MOST_SPLITS = 20


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation: the parameters it takes, and the steps that it becomes.

    Attributes:
        does: For the table of the documentation.
        steps: Makes them.
        parameters: Those that are followed, or change nothing here.
        conditional: Whether it may have conditions.
    """

    does: str
    steps: Steps
    parameters: tuple[str, ...]
    conditional: bool = False


def _rename(action: Action) -> Iterator[dict[str, Any]]:
    old, new = column(action.text("sourceColumn")), column(action.text("targetColumn"))
    yield {"transform": "RenameField", "old_name": old, "new_name": new}


def _delete(action: Action) -> Iterator[dict[str, Any]]:
    yield {"transform": "DropFields", "paths": [column(name) for name in action.columns()]}


def _remove_missing(action: Action) -> Iterator[dict[str, Any]]:
    yield _filter(f"NOT {missing(action.text('sourceColumn'))}")


def _remove_values(action: Action) -> Iterator[dict[str, Any]]:
    if not action.conditions:
        raise action.fault("it has no ConditionExpressions, so it would remove every row")
    yield _filter(f"NOT ({all_hold(action)})")


def _filter(expression: str) -> dict[str, Any]:
    return {"transform": "Filter", "expression": expression}


def _unique_rows(_action: Action) -> Iterator[dict[str, Any]]:
    yield {"transform": "DropDuplicates"}


def _unique_values(action: Action) -> Iterator[dict[str, Any]]:
    yield {"transform": "DropDuplicates", "keys": [column(action.text("sourceColumn"))]}


def _split(action: Action, pattern: str) -> Iterator[dict[str, Any]]:
    if action.switch("includeInSplit"):
        raise action.fault("includeInSplit true is not imported")
    name, limit = action.text("sourceColumn"), action.whole("limit")
    if not 1 <= limit <= MOST_SPLITS:
        raise action.fault(f"limit must be from 1 to {MOST_SPLITS}, but is {limit}")
    parts = f"SPLIT({text_of(name)}, {literal(pattern)}, {limit + 1})"
    yield _columns({f"{name}_{at + 1}": f"GET({parts}, {at})" for at in range(limit + 1)})


def _split_single(action: Action) -> Iterator[dict[str, Any]]:
    return _split(action, quoted_pattern(action.text("pattern")))


def _split_between_positions(action: Action) -> Iterator[dict[str, Any]]:
    start, end = action.whole("startPosition"), action.whole("endPosition")
    if end < start:
        raise action.fault(f"endPosition {end} is before startPosition {start}")
    name = action.text("sourceColumn")
    text = text_of(name)
    yield _columns(
        {
            f"{name}_1": f"LEFT({text}, {start})",
            f"{name}_2": f"SUBSTRING({text}, {start + 1}, {end - start})",
            f"{name}_3": f"SUBSTRING({text}, {end + 1})",
        }
    )


def _split_from_start(action: Action) -> Iterator[dict[str, Any]]:
    name, at = action.text("sourceColumn"), action.whole("position")
    text = text_of(name)
    yield _columns(
        {f"{name}_1": f"LEFT({text}, {at})", f"{name}_2": f"SUBSTRING({text}, {at + 1})"}
    )


def _split_from_end(action: Action) -> Iterator[dict[str, Any]]:
    name, at = action.text("sourceColumn"), action.whole("position")
    text = text_of(name)
    first = f"LEFT({text}, GREATEST(LENGTH({text}) - {at}, 0))"
    yield _columns({f"{name}_1": first, f"{name}_2": f"RIGHT({text}, {at})"})


def _columns(columns: Mapping[str, str]) -> dict[str, Any]:
    return {"transform": "Map", "columns": dict(columns)}


def _map_categories(action: Action) -> Iterator[dict[str, Any]]:
    mapping = action.json("categoryMap")
    if not isinstance(mapping, dict) or not mapping:
        raise action.fault("categoryMap must be a mapping that is not empty")
    source = text_of(action.text("sourceColumn"))
    cases = " ".join(
        f"WHEN {literal(str(value))} THEN {literal(_plain(category))}"
        for value, category in mapping.items()
    )
    other = action.optional("other")
    kept = source if action.switch("keepOthers") else "NULL"
    sql = f"CASE {source} {cases} ELSE {kept if other is None else literal(other)} END"
    numbers = (action.optional("mapType") or "").upper() == "NUMERIC"
    # Values that are kept as they are may be texts among the numbers.
    if numbers and not action.switch("keepOthers"):
        sql = f"TRY_CAST({sql} AS DOUBLE)"
    if action.switch("deleteOtherRows"):
        known = ", ".join(literal(str(value)) for value in mapping)
        yield _filter(f"COALESCE({source} IN ({known}), FALSE)")
    yield _columns({action.text("targetColumn"): sql})


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_PLACES = ("startPosition", "endPosition")

OPERATIONS: Mapping[str, Operation] = {
    "RENAME": Operation(
        does="RenameField", steps=_rename, parameters=("sourceColumn", "targetColumn")
    ),
    "DELETE": Operation(does="DropFields", steps=_delete, parameters=("sourceColumns",)),
    "REMOVE_MISSING": Operation(
        does="Filter: rows whose value is neither null nor empty",
        steps=_remove_missing,
        parameters=("sourceColumn",),
    ),
    "REMOVE_VALUES": Operation(
        does="Filter: rows for which not all conditions hold",
        steps=_remove_values,
        parameters=("sourceColumn",),
        conditional=True,
    ),
    "DELETE_DUPLICATE_ROWS": Operation(
        does="DropDuplicates of all columns", steps=_unique_rows, parameters=()
    ),
    "REMOVE_DUPLICATES": Operation(
        does="DropDuplicates of one column",
        steps=_unique_values,
        parameters=("sourceColumn",),
    ),
    "SPLIT_COLUMN_SINGLE_DELIMITER": Operation(
        does="Map: SPLIT into COLUMN_1, COLUMN_2, ...; the column stays",
        steps=_split_single,
        parameters=("sourceColumn", "pattern", "limit", "includeInSplit"),
    ),
    "SPLIT_COLUMN_BETWEEN_POSITIONS": Operation(
        does="Map: COLUMN_1, COLUMN_2, COLUMN_3; the column stays",
        steps=_split_between_positions,
        parameters=("sourceColumn", *_PLACES),
    ),
    "SPLIT_COLUMN_FROM_START": Operation(
        does="Map: COLUMN_1, COLUMN_2; the column stays",
        steps=_split_from_start,
        parameters=("sourceColumn", "position"),
    ),
    "SPLIT_COLUMN_FROM_END": Operation(
        does="Map: COLUMN_1, COLUMN_2; the column stays",
        steps=_split_from_end,
        parameters=("sourceColumn", "position"),
    ),
    "CATEGORICAL_MAPPING": Operation(
        does="Map: CASE; deleteOtherRows is a Filter before it",
        steps=_map_categories,
        parameters=(
            *("sourceColumn", "targetColumn", "categoryMap", "deleteOtherRows"),
            *("other", "keepOthers", "mapType"),
        ),
    ),
}
