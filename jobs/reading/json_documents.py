"""Rows of JSON that is not one object a line, as the texts of objects.

Documents over many lines, several of them in a file, arrays, and the values that a classifier's
JSON path leads to. What reads the objects by a table's types is Spark or DuckDB.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.table_format import serde_parameters, storage_parameters
from gluepot.crawlers.classifiers.json import ARRAY_COLUMN
from gluepot.crawlers.classifiers.json_path import parse_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gluepot.catalog.model import Table

RowReader: TypeAlias = "Callable[[str], Iterator[str | None]]"

_SPACE = " \t\r\n\x1e\ufeff"


@dataclass(frozen=True, kw_only=True)
class JsonLayout:
    """Where the rows of a JSON table are.

    Attributes:
        whole: Values go over several lines, so that a file is read as one text.
        steps: The path from the root of a value: names, indexes, and None for all there are.
        column: What values are put in that are no objects.
        spread: A value that is an array stands for the objects in it.
    """

    whole: bool
    steps: tuple[str | int | None, ...]
    column: str
    spread: bool = False

    @property
    def is_plain(self) -> bool:
        """Return whether each line is one row."""
        return not self.whole and not self.steps and self.column != ARRAY_COLUMN


def json_layout(table: Table) -> JsonLayout:
    """Return where a table's rows are, by what a crawler writes to its parameters.

    Raises:
        InvalidInputError: ``jsonPath`` is no path.
    """
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    text = parameters.get("jsonPath", "$")
    path = parse_path(text)
    storage = table.storage_descriptor
    names = [item.name for item in (storage.columns or ())] if storage is not None else []
    steps = tuple(step if isinstance(step, str | int) else None for step in path.steps)
    # Of lines that are arrays, Spark makes a row of each element, a crawler the one column.
    column = path.column if steps else ARRAY_COLUMN if names == [ARRAY_COLUMN] else ""
    whole = parameters.get("multiLine", "").lower() == "true"
    return JsonLayout(whole=whole, steps=steps, column=column)


def json_names(table: Table) -> dict[str, str]:
    """Return fields as the files spell them by the catalog's lower-case names.

    Source: openx JsonSerDe's ``paths`` (Glue's crawler) and ``mapping.COLUMN`` parameters.
    """
    parameters = serde_parameters(table)
    paths = [path for path in parameters.get("paths", "").split(",") if path]
    mapped = {
        key.removeprefix("mapping.").lower(): field
        for key, field in parameters.items()
        if key.startswith("mapping.")
    }
    return {path.lower(): path for path in paths} | mapped


def row_reader(layout: JsonLayout) -> RowReader:
    """Return a function of a text to its rows, None for a value that cannot be read.

    What follows such a value in the text cannot be read either. The function travels to executors
    whole, which may lack this module.
    """
    follow, column, space = _follower(layout.steps), layout.column or ARRAY_COLUMN, _SPACE
    keeps_objects, spreads = not layout.steps, layout.spread and not layout.steps

    def start_of_value(text: str, at: int) -> int:
        while at < len(text) and text[at] in space:
            at += 1
        return at

    def rows(text: str) -> Iterator[str | None]:
        decode, at = json.JSONDecoder(), start_of_value(text, 0)
        while at < len(text):
            try:
                value, end = decode.raw_decode(text, at)
            except (ValueError, RecursionError):
                yield None
                return
            if keeps_objects and isinstance(value, dict):
                yield text[at:end]  # The text itself keeps every digit.
            elif spreads:
                for item in value if isinstance(value, list) else (value,):
                    yield json.dumps(item) if isinstance(item, dict) else None
            else:
                found = (item for item in follow(value) if item is not None)
                for item in found:
                    yield json.dumps(item if isinstance(item, dict) else {column: item})
            at = start_of_value(text, end)

    return rows


def _follower(steps: Sequence[str | int | None]) -> Callable[[Any], Sequence[Any]]:
    """Return a function of a value to those that a path leads to in it."""

    def below(step: str | int | None, value: Any) -> Iterable[Any]:  # noqa: ANN401
        if isinstance(value, list):
            if step is None:
                return value
            return value[step : step + 1] if isinstance(step, int) else ()
        if isinstance(value, dict):
            if step is None:
                return value.values()
            return (value[step],) if step in value else ()
        return ()

    def follow(value: Any) -> Sequence[Any]:  # noqa: ANN401
        found = [value]
        for step in steps:
            found = [item for value in found for item in below(step, value)]
        return found

    return follow
