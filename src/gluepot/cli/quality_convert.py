"""``gluepot quality convert``: rulesets of DQDL as suites of Great Expectations, and back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.output import note, print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.quality.suites.model import Refused

app = typer.Typer()


class Language(StrEnum):
    """What a file of rules becomes."""

    suite = "suite"
    dqdl = "dqdl"


@app.command()
def convert(
    file: Annotated[
        str, typer.Argument(help="DQDL, or a suite: its JSON, or Python that makes one.")
    ],
    *,
    to: Annotated[
        Language | None,
        typer.Option("--to", help="By default DQDL of .json and .py, and a suite of all else."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The suite's name.")] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out what has no twin, and note it.")
    ] = False,
) -> None:
    """Print rules in the other language; what does not mean the same there is refused by name."""
    path = Path(file.partition(".py:")[0])
    wanted = to or (Language.dqdl if _is_suite(file) else Language.suite)
    if wanted is Language.suite:
        _to_suite(path, name or path.stem, partial=partial)
    else:
        _to_dqdl(file, partial=partial)


def _is_suite(file: str) -> bool:
    return ".py:" in file or file.endswith((".json", ".py"))


def _to_suite(path: Path, name: str, *, partial: bool) -> None:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.transforms.quality.dqdl import parse_ruleset  # noqa: PLC0415
    from gluepot.transforms.quality.suites.exporting import export_ruleset  # noqa: PLC0415

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}") from error
    made = export_ruleset(parse_ruleset(text), name)
    _refuse(made.refused, partial=partial)
    print_json(made.suite)


def _to_dqdl(file: str, *, partial: bool) -> None:
    from gluepot.transforms.quality.dqdl import print_ruleset  # noqa: PLC0415
    from gluepot.transforms.quality.suites.importing import import_suite  # noqa: PLC0415
    from gluepot.transforms.quality.suites.reading import read_suite  # noqa: PLC0415

    made = import_suite(read_suite(file).expectations)
    _refuse(made.refused, partial=partial)
    say(print_ruleset(made.ruleset))


def _refuse(refused: Sequence[Refused], *, partial: bool) -> None:
    """Tell what has no twin: as a note, or as the error that ends the command."""
    from gluepot.transforms.quality.suites.model import NotTheSameError  # noqa: PLC0415

    told = [f"{each.text}: {each.reason}" for each in refused]
    if told and not partial:
        raise NotTheSameError("these have no twin (--partial leaves them out): " + "; ".join(told))
    for text in told:
        note(f"left out: {text}")
