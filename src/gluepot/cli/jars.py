"""``gluepot jars``: fetch and list Spark's companion jars."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gluepot.cli.output import print_table, say

app = typer.Typer(help="Spark's companion jars.", no_args_is_help=True)


@app.command()
def fetch(
    settings: Annotated[
        Path | None, typer.Option("--ivy-settings", help="An Ivy settings file, for a mirror.")
    ] = None,
) -> None:
    """Fetch what is missing; every jar is checked against its locked sha256."""
    from gluepot.jobs.jars import fetch_jars, java_command, locked_jars  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    known = load_settings()
    java = java_command(known.java_home)
    fetched = fetch_jars(known.jars_dir, java=java, settings=settings)
    say(f"{len(locked_jars())} jars in {known.jars_dir}, {fetched} of them fetched now")


@app.command("ls")
def list_jars() -> None:
    """List the locked jars and whether each is there."""
    from gluepot.jobs.jars import locked_jars, missing_jars  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    missing = set(missing_jars(load_settings().jars_dir))
    rows = [(str(jar), "missing" if jar in missing else "there") for jar in locked_jars()]
    print_table(["jar", "state"], rows)
