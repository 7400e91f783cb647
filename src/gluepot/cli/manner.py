"""How the commands of this process speak: quietly or not, in colour or not."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from typing import TextIO


class Colour(StrEnum):
    """When what is printed has colours."""

    auto = "auto"
    always = "always"
    never = "never"


@dataclass(frozen=True, kw_only=True)
class Manner:
    """What ``--quiet`` and ``--color`` have asked for."""

    quiet: bool = False
    colour: Colour = Colour.auto

    def colours(self, stream: TextIO) -> bool:
        """Return whether a stream gets colours.

        The option goes first, then ``NO_COLOR``, then ``FORCE_COLOR``, whatever their values are
        but empty (https://no-color.org), then whether a terminal looks on.
        """
        if self.colour is not Colour.auto:
            return self.colour is Colour.always
        if os.environ.get("NO_COLOR"):
            return False
        return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


_held = [Manner()]


def manner() -> Manner:
    """Return the manner of this process."""
    return _held[0]


def watched() -> bool:
    """Return whether somebody wants to see how far long work is: at a terminal, and not quiet."""
    return sys.stderr.isatty() and not manner().quiet


def _hear_quiet(context: typer.Context, value: bool) -> None:  # noqa: FBT001
    if value or context.parent is None:
        _held[0] = replace(manner(), quiet=value)


def _hear_colour(context: typer.Context, value: Any) -> None:  # noqa: ANN401
    if value is not None or context.parent is None:
        _held[0] = replace(manner(), colour=Colour(value or Colour.auto))


QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        expose_value=False,
        callback=_hear_quiet,
        help="No notes, hints and progress on standard error; warnings and errors stay.",
    ),
]
ColourOption = Annotated[
    Colour | None,
    typer.Option(
        "--color",
        expose_value=False,
        callback=_hear_colour,
        help="When there are colours; auto: at a terminal, by NO_COLOR and FORCE_COLOR.",
    ),
]
COMMON = frozenset({"quiet", "color"})
"""Options that every command takes, before its noun or after its verb."""
