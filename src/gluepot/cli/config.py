"""``gluepot config``: the settings, and where each comes from."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.output import OutputFormat, OutputOption, print_data, print_table, say

if TYPE_CHECKING:
    from gluepot.settings_origin import EffectiveSetting

app = typer.Typer(help="The settings, and where each comes from.", no_args_is_help=True)


def _keys(incomplete: str) -> list[str]:
    # A shell in the middle of a line has no place for an error.
    with contextlib.suppress(Exception):
        return [one.name for one in _known() if one.name.startswith(incomplete)]
    return []


@app.command()
def show(
    *,
    origin: Annotated[
        bool, typer.Option("--origin", help="Where each comes from: file and line, or variable.")
    ] = False,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List every setting with its value; secrets are masked."""
    rows = [
        {"key": one.name, "value": one.value} | ({"origin": one.origin} if origin else {})
        for one in _known()
    ]
    if output.is_data:
        print_data(rows, output)
        return
    columns = ("key", "value", "origin")[: 3 if origin else 2]
    print_table(columns, [list(row.values()) for row in rows])


@app.command()
def get(
    key: Annotated[str, typer.Argument(help="Such as s3.endpoint_url.", autocompletion=_keys)],
    output: OutputOption = OutputFormat.table,
) -> None:
    """Print one setting; an empty line where it is not set, and a mask where it is secret."""
    from gluepot.catalog.errors import InvalidInputError, did_you_mean  # noqa: PLC0415

    known = {one.name: one for one in _known()}
    if key not in known:
        raise InvalidInputError(f"There is no setting {key!r}.{did_you_mean(key, known)}")
    found = known[key]
    if output.is_data:
        print_data({"key": key, "value": found.value, "origin": found.origin}, output)
    else:
        say("" if found.value is None else str(found.value))


def _known() -> list[EffectiveSetting]:
    from gluepot.setting_lines import placed_settings  # noqa: PLC0415

    return placed_settings()
