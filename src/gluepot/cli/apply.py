"""``gluepot apply`` and ``gluepot plan``: the definitions of conf/, stored after a look."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from gluepot.cli.exit_codes import ExitCode
from gluepot.cli.output import OutputFormat, print_data, say

if TYPE_CHECKING:
    from gluepot.applying import FieldChange, Plan

_SIGNS = {"created": "+", "changed": "~", "removed": "-"}


def apply(output: OutputFormat) -> None:
    """Store what the files define, and print what was done."""
    from gluepot.applying import apply_definitions  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        _print(apply_definitions(services), output)


def plan(output: OutputFormat) -> None:
    """Print what ``apply`` would do; exit code 4 when that is anything."""
    from gluepot.applying import plan_definitions  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        found = plan_definitions(services)
    _print(found, output)
    if found.changes:
        raise typer.Exit(ExitCode.PENDING)


def _print(found: Plan, output: OutputFormat) -> None:
    if output.is_data:
        changes = [asdict(change) for change in found.changes]
        print_data({"changes": changes, "unchanged": found.unchanged}, output)
        return
    for change in found.changes:
        say(f"{_SIGNS[change.change]} {change.kind} {change.name}: {change.change}")
        for each in change.fields:
            say(f"    {_line(each)}")
    counts = {sign: sum(item.change == sign for item in found.changes) for sign in _SIGNS}
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    say(f"{told}, {found.unchanged} as they are")


def _line(change: FieldChange) -> str:
    before, after = (
        "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=str)
        for value in (change.before, change.after)
    )
    return f"{change.path}: {before} -> {after}"
