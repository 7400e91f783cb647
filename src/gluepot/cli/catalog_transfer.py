"""``gluepot catalog export`` and ``import``: a whole catalog to and from JSON lines."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.catalog_source import open_caller
from gluepot.cli.output import next_step, note, say
from gluepot.cli.progress import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.catalog.transfer.kinds import Line
    from gluepot.catalog.transfer.lines import ImportReport

KindsOption = Annotated[
    list[str] | None,
    typer.Option("--only", help="A kind of thing, such as tables; may be repeated."),
]


class Source(StrEnum):
    """Where an import comes from, if not from a file."""

    glue = "glue"


class Conflict(StrEnum):
    """What happens to what is there already."""

    FAIL = "fail"
    SKIP = "skip"
    REPLACE = "replace"


def export_catalog(
    file: Annotated[Path | None, typer.Argument(help="Without it, standard output.")] = None,
    *,
    only: KindsOption = None,
    history: Annotated[bool, typer.Option(help="All versions of tables, or the last.")] = True,
    secrets: Annotated[bool, typer.Option(help="Passwords of connections too, in clear.")] = False,
) -> None:
    """Write the catalog as lines of JSON: the requests that make it anew, here or in AWS Glue."""
    from gluepot.catalog.transfer.kinds import KINDS, Options  # noqa: PLC0415
    from gluepot.catalog.transfer.lines import export_lines  # noqa: PLC0415

    options = Options(history=history, secrets=secrets, partition_statistics=True)
    count = -1
    with open_caller() as call:
        lines = counted(export_lines(call, options, only or KINDS), "requests")
        if file is None:
            for count, line in enumerate(lines):  # noqa: B007
                sys.stdout.write(line)
        else:
            count = _write_whole(file, lines)
    note(f"{count} requests written")
    if file is not None:
        next_step(f"gluepot catalog import {file}")


def import_catalog(  # noqa: PLR0913  one for each option
    file: Annotated[Path | None, typer.Argument(help="An export; - is standard input.")] = None,
    *,
    source: Annotated[
        Source | None, typer.Option("--from", help="A live Glue endpoint instead of a file.")
    ] = None,
    source_endpoint_url: Annotated[
        str | None, typer.Option(help="Of that Glue; without it AWS itself.")
    ] = None,
    source_region: Annotated[str | None, typer.Option(help="Of that Glue.")] = None,
    source_profile: Annotated[str | None, typer.Option(help="An AWS profile.")] = None,
    only: KindsOption = None,
    on_conflict: Annotated[
        Conflict, typer.Option(help="When a thing is there already.")
    ] = Conflict.FAIL,
    history: Annotated[bool, typer.Option(help="All versions of tables, or the last.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read it all, count what it asks for, change nothing.")
    ] = False,
) -> None:
    """Read a catalog from an export, or from a live AWS Glue (--from glue)."""
    from gluepot.callers import remote_caller  # noqa: PLC0415
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.catalog.transfer.kinds import KINDS, Options  # noqa: PLC0415
    from gluepot.catalog.transfer.lines import (  # noqa: PLC0415
        OnConflict,
        import_requests,
        live_lines,
    )

    if (file is None) == (source is None):
        raise InvalidInputError("Name a file to import, or --from glue; one of the two")
    if source is None:
        if only:
            raise InvalidInputError("A file is imported whole; give --only to its export")
        lines = _file_lines(str(file))
    else:
        of = remote_caller(
            endpoint_url=source_endpoint_url, region=source_region, profile=source_profile
        )
        lines = live_lines(of, Options(history=history), only or KINDS)
    shown = counted(lines, "requests")
    if dry_run:
        for operation, count in sorted(Counter(name for name, _ in shown).items()):
            say(f"{count:>8} {operation}")
        return
    with open_caller() as call:
        report = import_requests(call, shown, OnConflict(on_conflict))
    _tell(report)


def _write_whole(file: Path, lines: Iterator[str]) -> int:
    """Write a file whole or not at all, readable by its owner alone; return its requests."""
    from gluepot.catalog.errors import StorageError  # noqa: PLC0415

    part = file.with_name(f".{file.name}.part")
    count = -1
    try:
        part.touch(mode=0o600)
        with part.open("w", encoding="utf-8") as out:
            for count, line in enumerate(lines):  # noqa: B007
                out.write(line)
        part.replace(file)
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _file_lines(name: str) -> Iterator[Line]:
    from gluepot.catalog.errors import StorageError  # noqa: PLC0415
    from gluepot.catalog.transfer.lines import read_lines  # noqa: PLC0415

    if name == "-":
        yield from read_lines(sys.stdin, "standard input")
        return
    try:
        with Path(name).open(encoding="utf-8") as text:
            yield from read_lines(text, name)
    except OSError as error:
        raise StorageError(f"{name} cannot be read: {error}") from error


def _tell(report: ImportReport) -> None:
    for operation, count in sorted(report.done.items()):
        note(f"{count:>8} {operation}")
    for operation, count in sorted(report.skipped.items()):
        note(f"{count:>8} {operation} left as they are")
