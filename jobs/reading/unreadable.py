"""Why a table is not read, and what else reads it: by format, in words for who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Table

_ADVICE: Mapping[str, str] = {
    "hudi": (
        "only Hudi's own reader knows which of its files count: read its folder with"
        " spark.read.format('hudi'), Hudi's bundle among the session's jars"
    ),
    "excel": "save the workbook as CSV, or read it in a script with pandas.read_excel",
    "ion": "convert it to JSON or Parquet first, such as with amazon.ion in a script",
    "bson": "convert it to JSON lines first, such as with bsondump",
    "protobuf": "convert it to JSON or Parquet first, or decode it in a script with from_protobuf",
    "text": "read its lines in a script with spark.read.text",
}


def why_unreadable(table: Table, found: str | None, readable: Sequence[str], reader: str) -> str:
    """Return why a table of another format is not read.

    Args:
        table: Its definition.
        found: Its format, if one is known.
        readable: The formats that are read.
        reader: Who reads them: ``jobs`` or ``queries``.
    """
    name = f"{table.database_name}.{table.name}"
    shown = "of no known format" if found is None else f"of format {found}"
    said = f"table {name} is {shown}; {reader} read {', '.join(readable)}"
    advice = _advice(table, found)
    return f"{said}. {advice[0].upper()}{advice[1:]}" if advice else said


def _advice(table: Table, found: str | None) -> str | None:
    connection = (table.parameters or {}).get("connectionName")
    if connection:
        return (
            f"it lies in a database, where connection {connection!r} leads: read it in a script"
            " with spark.read.jdbc"
        )
    if found == "dynamodb":
        return "it lies in DynamoDB: export it to S3 and crawl the export"
    return _ADVICE.get(found or "")
