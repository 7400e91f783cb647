"""What a person should know about a delimited file: what some reader would get wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.csv_parts import ragged_warnings

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import CsvLayout
    from gluepot.crawlers.classifiers.csv_parts import Parts
    from gluepot.crawlers.classifiers.csv_rows import Rows


def reading_warnings(parts: Parts, rows: Rows, layout: CsvLayout) -> tuple[str, ...]:
    """Return what is wrong with rows, and which of them Hive and Athena read as others."""
    width = len(layout.body)
    warnings = list(ragged_warnings(parts, width, len(rows.cells), has_header=layout.has_header))
    if rows.lone_quotes:
        shown = ", ".join(map(str, rows.lone_quotes[:3]))
        warnings.append(
            f"{len(rows.lone_quotes)} lines have a quote that is never closed, or a field of more"
            f" than 128 KiB: line {shown}; each is read as a row by itself"
        )
    if layout.multiline:
        line = next(start for start, end in zip(rows.lines, rows.ends, strict=True) if end > start)
        warnings.append(
            f"line {line} begins a field with a line break in quotes: Hive and Athena read line"
            " by line and cut this row in two"
        )
    if layout.encoding.startswith("UTF-16") or layout.encoding.startswith("UTF-32"):
        warnings.append(
            f"it is written in {layout.encoding}: Hive and Athena find its lines by single bytes"
            " and cut its characters; Spark reads it whole"
        )
    return tuple(warnings)
