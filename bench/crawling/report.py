"""What is printed of a run, and what is written."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING

from serving.servers import machine

from crawling.targets import targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawling.measuring import Figure

PACKAGES = ("pyspark", "awswrangler", "duckdb", "pyarrow")


def line(figure: Figure) -> str:
    """Return one figure as it is printed while the run goes on."""
    peak = "" if figure.peak_bytes is None else f"{figure.peak_bytes / 1e6:>8.0f} MB"
    what = f"{figure.shape}, {figure.size:,} {figure.unit}"
    return f"{what:<24}{figure.place:<11}{figure.who:<28}{_seconds(figure):>12}{peak}"


def tables(figures: Sequence[Figure]) -> list[str]:
    """Return a table for each shape: a line for each place and reader, a column for each size."""
    lines = []
    for shape in dict.fromkeys(figure.shape for figure in figures):
        own = [figure for figure in figures if figure.shape == shape]
        sizes = sorted({figure.size for figure in own})
        heads = "".join(f"{f'{size:,} {own[0].unit}':>18}{'peak':>10}" for size in sizes)
        lines += ["", f"{shape:<11}{'':<28}{heads}"]
        for place, who in dict.fromkeys((figure.place, figure.who) for figure in own):
            found = {item.size: item for item in own if (item.place, item.who) == (place, who)}
            cells = "".join(_cell(found.get(size)) for size in sizes)
            lines.append(f"{place:<11}{who:<28}{cells}")
    return lines


def differences(figures: Sequence[Figure]) -> list[str]:
    """Return where readers differ from what was written, which is known and no error."""
    found = dict.fromkeys(
        f"{item.who}, {figure.shape}: {item.columns} of type {item.written}"
        f" told as {item.told}; {item.why}"
        for figure in figures
        for item in figure.differences
    )
    return ["", "Types were told as they were written, but for these, which are known:", *found]


def problems(figures: Sequence[Figure]) -> list[str]:
    """Return which readers failed or were wrong, and how."""
    return [
        f"FAILED: {item.who}, {item.shape} of {item.size:,} {item.unit} at {item.place}:"
        f" {item.problem}"
        for item in figures
        if item.problem is not None
    ]


def verdicts(figures: Sequence[Figure]) -> list[str]:
    """Return each target with pass or FAIL; those of other sizes than the target's in brackets."""
    lines = ["", "Targets (those in brackets were set for another size)"]
    for item in targets(figures):
        word = "pass" if item.held else "FAIL"
        word = word if item.decides else f"({word})"
        told = f"{item.what:<58}{item.place:<11}{item.found:>36}  {item.wanted}"
        lines.append(f"{word:<8}{told}")
    return lines


def write(path: Path, figures: Sequence[Figure]) -> None:
    """Write everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": machine(),
        "packages": {name: version(name) for name in PACKAGES},
        "figures": [asdict(figure) for figure in figures],
        "targets": [asdict(target) for target in targets(figures)],
    }
    path.write_text(json.dumps(document, indent=2) + "\n")


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return f"{'-':>18}{'':>10}"
    peak = "" if figure.peak_bytes is None else f"{figure.peak_bytes / 1e6:.0f} MB"
    return f"{_seconds(figure):>18}{peak:>10}"


def _seconds(figure: Figure) -> str:
    if figure.problem is not None:
        return "failed"
    return f"> {figure.limit} s" if figure.seconds is None else f"{figure.seconds:.3f} s"
