"""How a frame is shown: as a table in notebooks, and its making in words."""

from __future__ import annotations

import base64
import json
from html import escape
from typing import TYPE_CHECKING, Any

from gluepot.transforms.choices import to_glue_struct
from gluepot.transforms.python_rows import records_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.stages import Stage

ROWS = 20
"""Rows of a table in a notebook; one more is read to know whether there are more."""

LONGEST = 80
"""Characters of a cell."""


def html_table(frame: DynamicFrame) -> str:
    """Return the first rows as an HTML table; every value is escaped."""
    rows = frame.toDF().limit(ROWS + 1).collect()
    fields = list(frame.schema())
    head = "".join(
        f"<th>{escape(field.name)}<br><small>{escape(field.dataType.typeName())}</small></th>"
        for field in fields
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(value))}</td>" for value in row) + "</tr>"
        for row in rows[:ROWS]
    )
    more = f"<p>The first {ROWS} rows; there are more.</p>" if len(rows) > ROWS else ""
    title = escape(frame.name or "DynamicFrame")
    return f"<table><caption>{title}</caption><tr>{head}</tr>{body}</table>{more}"


def _cell(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "null"
    nested = hasattr(value, "asDict") or isinstance(value, (list, dict))
    text = json.dumps(_plain(value), default=str) if nested else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _plain(value: Any) -> Any:  # noqa: ANN401
    if hasattr(value, "asDict"):
        return {name: _plain(member) for name, member in value.asDict().items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(member) for key, member in value.items()}
    return value


def json_lines(frame: DataFrame, number: int) -> Iterator[str]:
    """Yield the first rows as JSON, choices as the values that they hold."""
    kind = to_glue_struct(frame.schema)
    for batch in frame.limit(number).toArrow().to_batches():
        for record in records_of(batch, kind):
            yield json.dumps(record, default=_text, ensure_ascii=False, separators=(",", ":"))


def _text(value: Any) -> str:  # noqa: ANN401
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def in_words(stage: Stage) -> Iterator[str]:
    """Yield a line for each transform in the making of a frame, the earliest first."""
    lineage = stage.lineage
    places = {id(each): place for place, each in enumerate(lineage, start=1)}
    for each in lineage:
        sources = [str(places[id(before)]) for before in each.before]
        of = f" of {' and '.join(sources)}" if sources else ""
        yield f"{places[id(each)]}. {each.name}{of}{_details(each)}"


def _details(stage: Stage) -> str:
    facts = []
    if stage.transformation_ctx:
        facts.append(f"context {stage.transformation_ctx!r}")
    if stage.site:
        facts.append(f"at {stage.site}")
    if stage.info:
        facts.append(stage.info)
    if stage.errors is not None:
        facts.append("records may fail here")
    if stage.stage_threshold:
        facts.append(f"ends the job at {stage.stage_threshold} failed records of its own")
    if stage.total_threshold:
        facts.append(f"ends the job at {stage.total_threshold} failed records so far")
    return f" ({'; '.join(facts)})" if facts else ""
