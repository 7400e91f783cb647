"""The comparison as a page of the documentation."""

from __future__ import annotations

import json
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tests.jobs.script_api.parity.comparison import ABSENT, DIFFERENT, SAME, compare
from tests.jobs.script_api.parity.reasons import ON_CONNECT, REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.jobs.script_api.parity.comparison import Row
    from tests.jobs.script_api.parity.upstream import Signatures

ROOT = Path(__file__).resolve().parents[4]
PAGE = ROOT / "docs" / "reference" / "glue-parity.md"
RECORDED = ROOT / "tests" / "data" / "awsglue" / "signatures.json"
NEWER = ROOT / "tests" / "data" / "awsglue" / "newer.json"

INTRODUCTION = """# AWS Glue's Python library, name by name

Every public name of AWS's open package `awsglue` (2021.12.30, with what later versions added up to
Glue 6.0, and the transforms of `awsgluedq` and `awsglueml`) beside what scripts import here. The
page is written by `python scripts/glue_parity.py` from the package's own signatures and ours.

*Same*: it is there, and takes the same parameters in the same order with the same defaults; a
default `{}` or `[]` is `None` here, which means the same and cannot be changed by accident. Names
that begin with an underscore, which hold the JVM's objects in Glue, are not compared.
"""


def known_signatures() -> Signatures:
    """Return Glue's names as they are recorded, the newer ones over the older."""
    recorded: Signatures = json.loads(RECORDED.read_text())
    newer: Signatures = json.loads(NEWER.read_text())
    return {
        module: {**recorded.get(module, {}), **newer.get(module, {})}
        for module in recorded.keys() | newer.keys()
    }


def parity_page() -> str:
    """Return the page; Glue's names must be importable."""
    rows = compare(known_signatures(), REASONS)
    counts = Counter(row.verdict for row in rows)
    total = f"Of {len(rows)} names, {counts[SAME]} are the same, {counts[DIFFERENT]} are different"
    parts = [INTRODUCTION, f"{total} and {counts[ABSENT]} are absent.\n"]
    parts += [_exceptions(DIFFERENT.capitalize(), rows), _exceptions(ABSENT.capitalize(), rows)]
    parts += [_connect(), "## All names\n"]
    for module, group in groupby(rows, key=lambda row: row.module):
        parts.append(_table(module, group))
    return "\n".join(part for part in parts if part)


def _exceptions(title: str, rows: Sequence[Row]) -> str:
    """Return the names of a verdict, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for module, group in groupby(rows, key=lambda row: row.module):
        names = list(group)
        chosen = [row for row in names if row.verdict == title.lower()]
        whole = len(chosen) == len(names) and len({row.how for row in chosen}) == 1
        for row in chosen[:1] if whole else chosen:
            named = f"`{module}`" if whole else f"`{module}.{row.name}`"
            by_reason.setdefault(row.how, []).append(named)
    lines = [f"- {', '.join(names)}: {how}" for how, names in by_reason.items()]
    return f"## {title}\n\n" + "\n".join(lines) + "\n" if lines else ""


def _connect() -> str:
    lines = [f"- {name}: {why}" for name, why in ON_CONNECT.items()]
    return "## What a Spark Connect session does not have\n\n" + "\n".join(lines) + "\n"


def _table(module: str, rows: Iterable[Row]) -> str:
    lines = [f"### {module}\n", "| Name | Parameters in Glue | Here |", "|---|---|---|"]
    for row in rows:
        given = "" if row.parameters is None else f"`({', '.join(row.parameters)})`"
        here = f"{row.verdict}: {row.how}" if row.how else row.verdict
        lines.append(f"| {row.name} | {given} | {here} |".replace("|  |", "| |"))
    return "\n".join(lines) + "\n"
