"""``gluepot quality profile`` and ``recommend``: what tables hold, and rules that fit that."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.names import completed
from gluepot.cli.output import (
    OutputFormat,
    OutputOption,
    next_step,
    note,
    print_data,
    print_table,
    say,
)
from gluepot.cli.progress import working

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.profiling import Profiled
    from gluepot.transforms.quality.profiling import ColumnProfile, FrameProfile

app = typer.Typer()

TREND = 30
"""Earlier profiles that the trend of a column shows."""
STRONG = 0.9
"""Correlations that are shown in a table; JSON has all."""
_LABELS = ("type", "complete", "different", "least", "greatest", "mean", "most often")

TargetArgument = Annotated[
    str,
    typer.Argument(
        metavar="TABLE|FILE",
        help="A table of the catalog, or files.",
        autocompletion=completed("Table"),
    ),
]
OnlyNewOption = Annotated[
    bool, typer.Option("--only-new", help="Read only partitions that were never profiled.")
]
StoredOption = Annotated[
    bool, typer.Option("--stored", help="Take the last profile; read nothing.")
]
ConfOption = Annotated[list[str] | None, typer.Option("--conf", help="A Spark setting: key=value.")]


@app.command()
def profile(  # noqa: PLR0913 - one parameter is one option of the command
    target: TargetArgument,
    *,
    column: Annotated[
        str | None, typer.Option("--column", help="Show one column, and its trend.")
    ] = None,
    only_new: OnlyNewOption = False,
    stored: StoredOption = False,
    conf: ConfOption = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Profile a table or files, keep that, and fill the catalog's column statistics."""
    from gluepot.transforms.quality.profiling.telling import told, told_column  # noqa: PLC0415

    with _opened(target) as profiled:
        found = _found(profiled, conf, only_new=only_new, stored=stored)
        if column is not None:
            known = found.whole.column(column)
            trend = _trend(profiled, column)
            if output.is_data:
                print_data(told_column(known) | {"trend": trend}, output)
                return
            _show_column(known, trend)
            return
    if output.is_data:
        print_data(told(found), output)
        return
    _show(found)


@app.command()
def recommend(
    target: TargetArgument,
    *,
    save: Annotated[
        str | None, typer.Option("--save", help="Keep it as a ruleset of this name.")
    ] = None,
    only_new: OnlyNewOption = False,
    stored: StoredOption = False,
    conf: ConfOption = None,
) -> None:
    """Print a ruleset that a table or files pass, with its evidence."""
    from gluepot.transforms.operations.rulesets import RULESETS  # noqa: PLC0415
    from gluepot.transforms.quality.recommending import recommend as rules_for  # noqa: PLC0415

    with _opened(target) as profiled:
        text = rules_for(_found(profiled, conf, only_new=only_new, stored=stored))
        if save is not None:
            made: dict[str, Any] = {"Ruleset": text}
            if profiled.table is not None:
                database, name = profiled.table.database_name, profiled.table.name
                made["TargetTable"] = {"DatabaseName": database, "TableName": name}
            profiled.services.jobs.definitions.create(RULESETS.kind, save, made)
            note(f"Kept as the ruleset {save}")
            next_step(f"gluepot quality check {target} --ruleset {save}")
    say(text.rstrip("\n"))


@contextmanager
def _opened(target: str) -> Iterator[Profiled]:
    from gluepot.profiling import Profiled  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        yield Profiled(services, target)


def _found(
    profiled: Profiled, conf: list[str] | None, *, only_new: bool, stored: bool
) -> FrameProfile:
    from gluepot.cli.job import pairs  # noqa: PLC0415

    if stored:
        return profiled.last()
    with working("Profiling"):
        return profiled.make(pairs("--conf", conf), only_new=only_new)


def _trend(profiled: Profiled, column: str) -> list[dict[str, Any]]:
    """Return what a column was in earlier profiles, oldest first; it may have been in none."""
    from gluepot.transforms.quality.profiling.keeping import series_of  # noqa: PLC0415
    from gluepot.transforms.quality.values import json_value  # noqa: PLC0415

    return [
        {
            "profiled_at": at.isoformat(timespec="seconds"),
            "rows": one.rows,
            "completeness": one.completeness,
            "distinct": one.distinct.estimate(),
            "minimum": json_value(one.least),
            "maximum": json_value(one.greatest),
            "mean": one.moments.mean if one.moments.count else None,
        }
        for at, whole in series_of(profiled.store, profiled.subject, limit=TREND)
        for one in whole.columns
        if one.name == column
    ]


def _show(found: FrameProfile) -> None:
    whole = found.whole
    parts = f" in {len(found.parts):,} partitions" if found.parts else ""
    say(f"{whole.rows:,} rows{parts}, profiled {found.profiled_at:%Y-%m-%d %H:%M} UTC")
    say("")
    print_table(
        ("column", *_LABELS),
        [_summary(column) for column in whole.columns],
    )
    keys = [" and ".join(key.columns) for key in found.keys if key.holds]
    if keys:
        say(f"\nDifferent in all rows: {', '.join(keys)}")
    strong = [
        f"{first} and {second} ({pair.correlation:.2f})"
        for (first, second), pair in whole.pairs.items()
        if abs(pair.correlation) >= STRONG
    ]
    if strong:
        say(f"\nCorrelated: {', '.join(strong)}")


def _summary(column: ColumnProfile) -> tuple[object, ...]:
    from gluepot.transforms.quality.recommending.advice import percent  # noqa: PLC0415
    from gluepot.transforms.quality.values import cut, json_value  # noqa: PLC0415

    about = "" if column.distinct.exact else "about "
    top = column.frequent.top(1)
    often = top[0] if top and top[0][1] > 1 else None
    ends = (
        None if end is None else cut(str(json_value(end)), most=30)
        for end in (column.least, column.greatest)
    )
    return (
        column.name,
        column.type,
        percent(column.completeness),
        f"{about}{column.distinct.estimate():,}",
        *ends,
        f"{column.moments.mean:.6g}" if column.moments.count else None,
        None
        if often is None
        else f"{cut(often[0], most=30)} ({percent(often[1] / column.present)})",
    )


def _show_column(column: ColumnProfile, trend: list[dict[str, Any]]) -> None:
    from gluepot.transforms.quality.profiling.telling import MOST_TOLD  # noqa: PLC0415

    print_table(("column", *_LABELS), [_summary(column)])
    if column.quantiles.count:
        _show_places(column)
    for title, counts in (("Values", column.frequent), ("Shapes", column.shapes)):
        if counts.counts:
            slack = f", each up to {counts.slack:,} more" if counts.slack else ""
            say(f"\n{title}{slack}")
            print_table((title.lower().rstrip("s"), "rows"), counts.top(MOST_TOLD))
    if trend:
        say("\nTrend")
        print_table(tuple(trend[0]), [tuple(one.values()) for one in trend])


def _show_places(column: ColumnProfile) -> None:
    from gluepot.transforms.quality.profiling.telling import BINS, SHARES, place  # noqa: PLC0415

    values = zip(SHARES, column.quantiles.quantiles(SHARES), strict=True)
    error = f", ranks within {column.quantiles.error:.1%}" if column.quantiles.error else ""
    say(f"\nQuantiles{error}")
    print_table(
        ("share", "value"), [(f"{share:.0%}", place(column, value)) for share, value in values]
    )
    bins = column.quantiles.histogram(BINS)
    most = max(rows for _, _, rows in bins)
    say("\nHistogram")
    print_table(
        ("from", "to", "rows", ""),
        [
            (place(column, low), place(column, high), rows, "▇" * round(20 * rows / most))
            for low, high, rows in bins
        ],
    )
