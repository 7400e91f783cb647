"""``gluepot doctor``: every known trap of this machine, as a table or as records."""

from __future__ import annotations

import os

import typer

from gluepot.cli.exit_codes import ExitCode
from gluepot.cli.output import OutputFormat, note, print_data, print_table


def doctor(output: OutputFormat) -> None:
    """Print what each check found; exit code 1 when something is to be fixed."""
    from gluepot.cli.progress import working  # noqa: PLC0415
    from gluepot.doctor import diagnose  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with working("Looking at this machine"):
        findings = diagnose(load_settings(), os.environ)
    rows = [(item.check, "fix" if item.fix else "ok", item.found, item.fix) for item in findings]
    if output.is_data:
        names = ("check", "state", "found", "fix")
        print_data([dict(zip(names, row, strict=True)) for row in rows], output)
    else:
        print_table(["check", "", "found", "what to do"], rows)
    faults = sum(1 for finding in findings if finding.fix)
    note("All is well." if not faults else f"{faults} to fix.")
    if faults:
        raise typer.Exit(ExitCode.ERROR)
