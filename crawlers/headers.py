"""Headers of delimited files, settled by comparing files: one file alone often cannot tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.csv import columns_of
from gluepot.crawlers.classifiers.csv_header import fault_of_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.crawlers.classifiers.base import CsvLayout, FileSchema, Verdict


@dataclass
class _Seen:
    """What is known of files that begin with one row."""

    files: int = 0
    with_header: int = 0
    seconds: set[tuple[str, ...]] | None = None


def settle_headers(verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return the verdicts with headers that other files prove.

    A first row is a header in every file that begins with it, if it was taken for one in some file
    by itself, or if two files go on differently after it. A file of one row counts as empty then.
    """
    seen: dict[tuple[str, ...], _Seen] = {}
    for verdict in verdicts.values():
        layout = _layout(verdict)
        if layout is not None:
            row = seen.setdefault(_row_key(layout), _Seen(seconds=set()))
            row.files += 1
            row.with_header += layout.has_header
            if layout.second_row is not None and row.seconds is not None:
                row.seconds.add(layout.second_row)
    return {path: _settled(verdict, seen) for path, verdict in verdicts.items()}


def _settled(verdict: Verdict, seen: Mapping[tuple[str, ...], _Seen]) -> Verdict:
    layout, schema = _layout(verdict), verdict.schema
    if layout is None or schema is None:
        return verdict
    row = seen[_row_key(layout)]
    proof = _proof(layout, row)
    if proof is None or (layout.has_header and verdict.problem is None):
        return verdict
    settled = replace(layout, has_header=True, header_reason=proof)
    return replace(verdict, schema=_with_layout(schema, settled), problem=None)


def _proof(layout: CsvLayout, row: _Seen) -> str | None:
    if row.with_header:
        return f"the same first row is a header in {row.with_header} other files"
    if row.files > 1 and len(row.seconds or ()) > 1 and fault_of_names(layout.first_row) is None:
        return f"{row.files} files begin with this row and go on differently"
    return None


def _with_layout(schema: FileSchema, layout: CsvLayout) -> FileSchema:
    columns = columns_of(layout, has_header=layout.has_header)
    return replace(schema, csv=layout, columns=columns, records=max(schema.records - 1, 0))


def _layout(verdict: Verdict) -> CsvLayout | None:
    return None if verdict.schema is None else verdict.schema.csv


def _row_key(layout: CsvLayout) -> tuple[str, ...]:
    return (layout.delimiter, *layout.first_row)
