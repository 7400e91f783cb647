"""JSON: objects one a line or one after another, arrays, and documents over many lines.

A head may be cut anywhere: whole values count, and of a document longer than the head what stands
at its start. Without a path an array at the root is one column ``array``, as AWS Glue has it; a
custom classifier's JSON path says which values inside are the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.classifiers.base import (
    CERTAIN,
    Classification,
    FileSchema,
    Sample,
)
from gluepot.crawlers.classifiers.head_text import head_text
from gluepot.crawlers.classifiers.json_path import parse_path, select
from gluepot.crawlers.classifiers.json_stream import JsonValues, read_values
from gluepot.crawlers.classifiers.json_types import (
    MOST_MEMBERS,
    columns_of_rows,
    legible,
    told_place,
)
from gluepot.crawlers.classifiers.text import UTF_8, Text, encoding_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.classifiers.json_path import JsonPath
    from gluepot.crawlers.classifiers.json_types import JsonColumns, Place

MIN_GOOD = 0.5
"""The share of lines, or of the text, that must be JSON for a file to be JSON with damage."""

FORMAT = "json"
ARRAY_COLUMN = "array"
MULTILINE = ("multiLine", "true")
"""The table parameter, and Spark's option, of files in which a value goes over several lines."""

_SHOWN_BROKEN = 3
_SHOWN_COLUMNS = 5
_SPACE = " \t\r\n\x1e"
_EVERY_ELEMENT = parse_path("$[*]")


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What was read of one file: its text, its values, and the rows that were made of them."""

    sample: Sample
    text: Text
    values: JsonValues
    rows: Sequence[tuple[Place, Mapping[str, Any]]]


class Json:
    """Reads JSON of any layout; with a path, the values that it leads to are the rows."""

    def __init__(self, path: JsonPath | None = None, *, name: str = FORMAT) -> None:
        self._path = path
        self._name = name

    @property
    def name(self) -> str:
        """Return ``json``, or the name of the custom classifier."""
        return self._name

    def classify(self, sample: Sample) -> Classification:
        """Return the schema of the rows in the head."""
        text = head_text(sample)
        if text.problem is not None:
            if sample.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
                return self._yes("it starts with {", problem=text.problem)
            return self._no(text.problem)
        start = text.text.lstrip(_SPACE)[:1]
        if not start:
            return self._no("no line of it is whole", needs_more=not sample.complete)
        if start not in "{[":
            return self._no("it starts with neither an object nor an array")
        values = read_values(text.text, complete=sample.complete)
        fault = _fault(values, text.text)
        if fault is not None:
            return self._no(fault)
        return self._read(sample, text, values)

    def _read(self, sample: Sample, text: Text, values: JsonValues) -> Classification:
        more = not values.whole and not sample.complete
        if values.part and not values.whole and values.fault is not None:
            return self._yes("it starts with a JSON value", problem=values.fault)
        rows = _rows(values.values, self._path)
        if not rows:
            return self._no(f"{self._path_text} leads to nothing in it", needs_more=values.part)
        reading = _Reading(sample=sample, text=text, values=values, rows=rows)
        found = columns_of_rows(rows)
        problem = _fault_of_columns(found)
        if problem is not None:
            return self._yes("it is JSON", problem=problem)
        schema = _schema(reading, found, self._path)
        reason = _told_layout(reading) if self._path is None else self._told_rows(reading)
        answer = self._yes(reason, schema=schema)
        return replace(answer, needs_more=more and self._path is None)

    @property
    def _path_text(self) -> str:
        return "$" if self._path is None else self._path.text

    def _told_rows(self, reading: _Reading) -> str:
        return f"its path {self._path_text} leads to {len(reading.rows)} values"

    def _yes(
        self, reason: str, *, schema: FileSchema | None = None, problem: str | None = None
    ) -> Classification:
        return Classification(
            classifier=self.name,
            certainty=CERTAIN,
            reason=reason,
            schema=schema,
            problem=problem,
        )

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


def _fault(values: JsonValues, text: str) -> str | None:
    """Return why values are too few for the text to be JSON, or None."""
    if values.by_line and values.share < MIN_GOOD:
        number, why = values.broken[0]
        return f"line {number} is not a JSON object: {why}"
    if not values.values:
        return values.fault or "no value of it is whole"
    if values.fault is not None and values.end < MIN_GOOD * len(text):
        return values.fault
    return None


def _fault_of_columns(found: JsonColumns) -> str | None:
    if not found.columns:
        return "its objects have no members"
    if len(found.columns) > MOST_MEMBERS:
        return (
            f"its objects have {len(found.columns):,} different members, which are data rather than"
            " columns; a JSON classifier with a path that ends in .* makes rows of them"
        )
    return None


def _rows(
    values: Sequence[tuple[int, Any]], path: JsonPath | None
) -> list[tuple[Place, Mapping[str, Any]]]:
    found: Sequence[tuple[Place, Any]] = values if path is None else select(path, values)
    name = ARRAY_COLUMN if path is None or not path.steps else path.column
    return [
        (place, value if isinstance(value, dict) else {name: value})
        for place, value in found
        if value is not None
    ]


def _schema(reading: _Reading, found: JsonColumns, path: JsonPath | None) -> FileSchema:
    text, several_lines = reading.text, _goes_over_lines(reading.values)
    encoded = () if text.encoding == UTF_8 else (("encoding", text.encoding),)
    layout = (MULTILINE,) if several_lines else ()
    return FileSchema(
        format=FORMAT,
        codec=reading.sample.codec,
        columns=found.columns,
        records=_records(reading, path),
        exact=reading.sample.complete and not _is_partial(reading.values),
        warnings=(*text.warnings, *_warnings(reading), *_told_rows(reading, path), *found.warnings),
        traits=(*encoded, *layout),
        parameters=dict(layout) | ({} if path is None else {"jsonPath": path.text}),
        serde_parameters=encoding_parameters(text.encoding),
    )


def _goes_over_lines(values: JsonValues) -> bool:
    return not values.by_line and (values.lines > 1 or len(values.values) > 1)


def _is_partial(values: JsonValues) -> bool:
    return bool(values.broken) or values.fault is not None or values.stopped


def _records(reading: _Reading, path: JsonPath | None) -> int:
    """Return how many rows there are, estimated from the bytes of those that were read."""
    rows, values, sample = len(reading.rows), reading.values, reading.sample
    one_document = len(values.values) == 1 and (values.part or values.lines > 1)
    if (sample.complete and not values.stopped) or (path is None and one_document):
        return rows
    share = values.end / max(len(reading.text.text), 1)
    bytes_a_row = max(len(sample.data) * share / (rows + len(values.broken)), 1)
    return max(int(sample.plain_size / bytes_a_row), 1)


def _warnings(reading: _Reading) -> list[str]:
    values = reading.values
    found = [
        f"line {number} is not a JSON object: {why}"
        for number, why in values.broken[:_SHOWN_BROKEN]
    ]
    rest = len(values.broken) - _SHOWN_BROKEN
    if rest > 0:
        found.append(f"{rest} more lines are not JSON objects")
    if values.fault is not None:
        found.append(f"{values.fault}; what follows was not read")
    if values.part and not values.whole:
        found.append(
            f"its first value is longer than the {len(reading.sample.data):,} bytes read: only"
            " what stands at its start is known"
        )
    if values.repeated:
        names = ", ".join(legible(repr(name)) for name in sorted(values.repeated)[:_SHOWN_COLUMNS])
        found.append(f"{names} stand twice in an object: Spark takes the last, Hive fails")
    if _goes_over_lines(values):
        found.append(_told_readers(values))
    return found


def _told_rows(reading: _Reading, path: JsonPath | None) -> tuple[str, ...]:
    """Return which readers find the rows where a classifier does."""
    if path is None:
        if any(isinstance(value, list) for _, value in reading.values.values):
            hint = f"a JSON classifier with the path {_EVERY_ELEMENT.text} makes rows of it"
            return (f"no reader finds a column {ARRAY_COLUMN!r} in an array; {hint}",)
        return ()
    if not path.steps:
        return ()
    known = " but that it makes rows of an array's elements" if path == _EVERY_ELEMENT else ""
    return (f"Hive and Athena know no path {path.text}, and Spark none{known}",)


def _told_readers(values: JsonValues) -> str:
    text = "Hive and Athena read one object a line and cannot read it; Spark needs multiLine"
    if len(values.values) > 1:
        text += f", and then reads only the first of its {len(values.values)} values"
    return text


def _told_layout(reading: _Reading) -> str:
    values = reading.values
    _, first = values.values[0]
    if isinstance(first, list) and len(values.values) == 1:
        return _told_array(first, values)
    if values.by_line:
        total = len(values.values) + len(values.broken)
        kind = "arrays" if isinstance(first, list) else "objects"
        return f"{len(values.values)} of {total} lines read are JSON {kind}"
    if len(values.values) == 1:
        return f"it is one JSON object over {values.lines} lines"
    place = told_place(values.values[1][0])
    return f"{len(values.values)} JSON objects follow each other, the second from {place} on"


def _told_array(first: Sequence[Any], values: JsonValues) -> str:
    more = " or more" if values.part else ""
    text = f"it is one JSON array of {len(first)}{more} elements, for AWS Glue one column"
    rows = _rows(values.values[:1], _EVERY_ELEMENT)
    found = columns_of_rows(rows).columns if rows else ()
    if not found:
        return text
    names = ", ".join(column.name for column in found[:_SHOWN_COLUMNS])
    names += ", ..." if len(found) > _SHOWN_COLUMNS else ""
    return (
        f"{text}; a JSON classifier with the path {_EVERY_ELEMENT.text} makes a row of each"
        f" element, with the columns {names}"
    )
