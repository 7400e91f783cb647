"""``gluepot jars``: fetch and list Spark's companion jars."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gluepot.cli.output import OutputFormat, OutputOption, print_data, print_table, say
from gluepot.cli.progress import working

app = typer.Typer(help="Spark's companion jars.", no_args_is_help=True)


@app.command()
def fetch(
    settings: Annotated[
        Path | None, typer.Option("--ivy-settings", help="An Ivy settings file, for a mirror.")
    ] = None,
) -> None:
    """Fetch what is missing; every jar is checked against its locked sha256."""
    from gluepot.jobs.sessions.jars import fetch_jars, java_command, locked_jars  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    known = load_settings()
    java = java_command(known.java_home)
    with working("Fetching Spark's companion jars"):
        fetched = fetch_jars(known.jars_dir, java=java, settings=settings)
    say(f"{len(locked_jars())} jars in {known.jars_dir}, {fetched} of them fetched now")


@app.command()
def warm() -> None:
    """Write the class archive that lets sessions start in half the time."""
    import tempfile  # noqa: PLC0415

    from gluepot.jobs.launchers.class_archive import archive_path, build_archive  # noqa: PLC0415
    from gluepot.jobs.sessions.jars import java_command  # noqa: PLC0415
    from gluepot.jobs.sessions.session import session_conf  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    known = load_settings()
    archive = archive_path(known.jars_dir, java=java_command(known.java_home))
    if archive.is_file():
        say(f"{archive.name} is there")
        return
    conf = session_conf(jars_dir=known.jars_dir, s3=known.s3_config, master="local[2]", extra={})
    with working("Writing"), tempfile.TemporaryDirectory(prefix="gluepot-warm-") as work:
        build_archive(archive, conf=conf, work=Path(work))
    say(f"{archive.name} written: {archive.stat().st_size / 2**20:.0f} MiB")


@app.command("ls")
def list_jars(output: OutputOption = OutputFormat.table) -> None:
    """List the locked jars and whether each is there."""
    from gluepot.jobs.sessions.jars import locked_jars, missing_jars  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    missing = set(missing_jars(load_settings().jars_dir))
    rows = [(str(jar), "missing" if jar in missing else "there") for jar in locked_jars()]
    columns = ("jar", "state")
    if output.is_data:
        print_data([dict(zip(columns, row, strict=True)) for row in rows], output)
    else:
        print_table(columns, rows)
