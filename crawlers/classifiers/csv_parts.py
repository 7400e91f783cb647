"""Which rows of a delimited text are rows of its table: not comments, not what stands above.

Lines above the first row of the table's width are a preamble, and so are lines that begin with
``#``. Where the last of these has a name for each column, as in ``#id,name``, it is the header.
Further down a line that begins with ``#`` is a comment if there are comments above, or if no such
line has the table's width. A short last line, such as a sum, is a footer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.classifiers.csv_rows import Rows

COMMENT = "#"
_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Part:
    """A row that may hold names, and the lines on which it stands."""

    cells: tuple[str, ...]
    line: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A text, taken apart.

    Attributes:
        first: The first row of the table's width that is no comment.
        start: The line of the first row that is no comment and no title, which is one cell alone:
            without a header the data begin there, at a row of whatever width.
        commented: The comment above it that has as many cells, and may be the header.
        below: The rows after the first that have the width, and ``lines`` where they stand.
        comments: The lines of comments between the rows.
        leading: Comments stand above the first row.
        above: The rows of another width above the first, from ``start`` on: lines and widths.
        ragged: The rows of another width below the first.
        footer: The line of a short last row; None where there is none, or the end was not read.
    """

    first: Part
    start: int
    commented: Part | None
    below: Sequence[Sequence[str]]
    lines: Sequence[int]
    comments: tuple[int, ...]
    leading: bool
    above: tuple[tuple[int, int], ...]
    ragged: tuple[tuple[int, int], ...]
    footer: int | None


def take_apart(rows: Rows, width: int, *, complete: bool) -> Parts | None:
    """Return the parts of a text, None where no row has the width.

    Args:
        rows: All of its rows.
        width: How many cells a row of the table has.
        complete: The last row read is the last row.
    """
    cells = rows.cells
    marked = {place for place, row in enumerate(cells) if row[0].startswith(COMMENT)}
    leading = next((place for place in range(len(cells)) if place not in marked), 0)
    if not leading and any(len(cells[place]) == width for place in marked):
        marked = set()  # Rows of data that begin with a number sign.
    regular = [
        place for place, row in enumerate(cells) if len(row) == width and place not in marked
    ]
    if not regular:
        return None
    first, below = regular[0], regular[1:]
    ragged = [
        place
        for place in range(first + 1, len(cells))
        if len(cells[place]) != width and place not in marked
    ]
    footer = _footer(rows, ragged, len(below)) if complete else None
    titled = _short_header(rows, first, below, width)
    if titled is not None:
        below = [first, *below]
    start = (
        next(place for place in range(first + 1) if place not in marked and len(cells[place]) > 1)
        if width > 1
        else first
    )
    return Parts(
        first=titled or _part(rows, first),
        start=rows.lines[start],
        commented=_commented(rows, first, width) if leading else None,
        below=[cells[place] for place in below],
        lines=[rows.lines[place] for place in below],
        comments=tuple(rows.lines[place] for place in sorted(marked) if place > first),
        leading=bool(leading),
        above=tuple(
            (rows.lines[place], len(cells[place]))
            for place in range(start, first)
            if place not in marked
        ),
        ragged=tuple((rows.lines[place], len(cells[place])) for place in ragged),
        footer=footer,
    )


def ragged_warnings(parts: Parts, width: int, rows: int, *, has_header: bool) -> tuple[str, ...]:
    """Name the rows of another width; those above a header are skipped with it."""
    above = () if has_header else parts.above
    ragged = [*above, *(item for item in parts.ragged if item[0] != parts.footer)]
    warnings = []
    if ragged:
        shown = ", ".join(f"line {line} has {cells} cells" for line, cells in ragged[:_SHOWN])
        rest = f" and {len(ragged) - _SHOWN} more" if len(ragged) > _SHOWN else ""
        warnings.append(f"{len(ragged)} of {rows} rows do not have {width} cells: {shown}{rest}")
    if parts.footer is not None:
        warnings.append(f"line {parts.footer} looks like a footer: readers take it for a row")
    if parts.comments:
        warnings.append(
            f"line {parts.comments[0]} is a comment, one of {len(parts.comments)}: Hive and Athena"
            " take it for a row"
        )
    return tuple(warnings)


def _part(rows: Rows, place: int) -> Part:
    return Part(cells=tuple(rows.cells[place]), line=rows.lines[place], end=rows.ends[place])


def _commented(rows: Rows, first: int, width: int) -> Part | None:
    """Return the comment just above the first row, without its mark, if it has its width."""
    place = first - 1
    if place < 0 or len(rows.cells[place]) != width:
        return None
    cells = list(rows.cells[place])
    if not cells[0].startswith(COMMENT):
        return None
    cells[0] = cells[0].lstrip(COMMENT).strip()
    return Part(cells=tuple(cells), line=rows.lines[place], end=rows.ends[place])


def _short_header(rows: Rows, first: int, below: Sequence[int], width: int) -> Part | None:
    """Return the row above the first if it is shorter by the empty cell that ends all others."""
    if first == 0 or len(rows.cells[first - 1]) != width - 1 or width < 3:  # noqa: PLR2004
        return None
    if any(rows.cells[place][-1] for place in (first, *below)):
        return None
    return Part(
        cells=(*rows.cells[first - 1], ""), line=rows.lines[first - 1], end=rows.ends[first - 1]
    )


def _footer(rows: Rows, ragged: Sequence[int], below: int) -> int | None:
    """Return the line of the last row if it alone is short."""
    last = len(rows.cells) - 1
    if below < _SHOWN or not ragged or ragged[-1] != last or last - 1 in ragged:
        return None
    return rows.lines[last] if len(rows.cells[last]) == 1 else None
