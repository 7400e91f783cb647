"""What one delimited file alone often cannot tell, settled by comparing files of one target.

- A header: a first row is one in every file that begins with it, if it was taken for one in some
  file by itself, or if two files go on differently after it. A file of one row counts as empty
  then.
- An encoding: a head of ASCII only is of the one-byte encoding that files with the same columns
  are in, unless one of them is UTF-8; and Windows-1252 holds all that ISO-8859-1 does.
- The order of day and month in dates: files with the same columns write it the same way.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.csv import columns_of
from gluepot.crawlers.classifiers.csv_header import fault_of_names
from gluepot.crawlers.classifiers.day_orders import orders_of, settle_orders
from gluepot.crawlers.classifiers.text import ONE_BYTE, UTF_8

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.classifiers.base import CsvLayout, FileSchema, Verdict


@dataclass
class _Seen:
    """What is known of files that begin with one row."""

    files: int = 0
    with_header: int = 0
    seconds: set[tuple[str, ...]] | None = None


def settle_headers(verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return the verdicts with the headers, encodings and dates that other files prove."""
    seen: dict[tuple[str, ...], _Seen] = {}
    for verdict in verdicts.values():
        layout = _layout(verdict)
        if layout is not None:
            row = seen.setdefault(_row_key(layout), _Seen(seconds=set()))
            row.files += 1
            row.with_header += layout.has_header
            if layout.second_row is not None and row.seconds is not None:
                row.seconds.add(layout.second_row)
    return _settle_alike({path: _settled(verdict, seen) for path, verdict in verdicts.items()})


def _settled(verdict: Verdict, seen: Mapping[tuple[str, ...], _Seen]) -> Verdict:
    layout, schema = _layout(verdict), verdict.schema
    if layout is None or schema is None:
        return verdict
    row = seen[_row_key(layout)]
    proof = _proof(layout, row)
    if proof is None:
        return verdict
    # A header alone is no table, unless other files show what stands below it.
    if layout.has_header and (verdict.problem is None or not row.seconds):
        return verdict
    settled = replace(layout, has_header=True, header_reason=proof)
    records = max(schema.records - (not layout.has_header), 0)
    schema = replace(schema, csv=settled, columns=columns_of(settled), records=records)
    return replace(verdict, schema=schema, problem=None)


def _proof(layout: CsvLayout, row: _Seen) -> str | None:
    if row.with_header:
        return f"the same first row is a header in {row.with_header} other files"
    if row.files > 1 and len(row.seconds or ()) > 1 and fault_of_names(layout.first_row) is None:
        return f"{row.files} files begin with this row and go on differently"
    return None


def _settle_alike(verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """Settle what files with the same columns share."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path, verdict in verdicts.items():
        layout, schema = _layout(verdict), verdict.schema
        if layout is not None and schema is not None:
            names = (column.name.lower() for column in schema.columns)
            alike[layout.delimiter, *names].append(path)
    for paths in alike.values():
        layouts = [found for path in paths if (found := _layout(verdicts[path])) is not None]
        encoding, orders = _encoding(layouts), orders_of(layouts)
        if encoding is None and not orders:
            continue
        for path in paths:
            verdicts[path] = _with_settled(verdicts[path], encoding, orders)
    return verdicts


def _encoding(layouts: Sequence[CsvLayout]) -> str | None:
    """Return the one-byte encoding that these files are in, None if each is what it seems."""
    found = {layout.encoding for layout in layouts if not layout.ascii}
    if not found or not found <= set(ONE_BYTE):
        return None
    return max(found, key=ONE_BYTE.index)


def _with_settled(verdict: Verdict, encoding: str | None, orders: frozenset[str]) -> Verdict:
    layout, schema = _layout(verdict), verdict.schema
    if layout is None or schema is None:
        return verdict
    settled = settle_orders(layout, orders)
    if encoding is not None and settled.encoding in {UTF_8, *ONE_BYTE}:
        settled = replace(settled, encoding=encoding)
        schema = _with_encoding(schema, encoding)
    if settled == layout:
        return verdict
    return replace(verdict, schema=replace(schema, csv=settled, columns=columns_of(settled)))


def _with_encoding(schema: FileSchema, encoding: str) -> FileSchema:
    traits = dict(schema.traits) | {"encoding": encoding}
    return replace(schema, traits=tuple(sorted(traits.items())))


def _layout(verdict: Verdict) -> CsvLayout | None:
    return None if verdict.schema is None else verdict.schema.csv


def _row_key(layout: CsvLayout) -> tuple[str, ...]:
    return (layout.delimiter, *layout.first_row)
