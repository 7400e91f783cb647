"""Paths to fields of a record: dots between levels, back-ticks around a name that holds dots."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEP = re.compile(
    r"(?:`(?P<quoted>(?:[^`]|``)+)`|(?P<plain>[^`.\[\]][^`.]*?))(?:\[\])?(?:\.(?=.)|$)"
)


class UnknownFieldError(InvalidInputError):
    """A field is not in the frame: ``UnknownFieldError(where, path, frame, known)``.

    ``where`` is the transform, and the argument if several could be meant; ``known`` are the
    names that were there at the level where the path stopped.
    """

    def __init__(self, where: str, path: str, frame: str, known: tuple[str, ...]) -> None:
        super().__init__(where, path, frame, known)

    def __str__(self) -> str:
        """Say what is missing, from what, and what is there."""
        where, path, frame, known = self.args
        of = f" of frame {frame!r}" if frame else ""
        last = parse_path(path)[-1]
        there = ", ".join(known) or "none"
        hint = did_you_mean(last, known)
        return f"{where}: there is no field {path!r}{of}.{hint} It has: {there}"


def parse_path(path: str) -> tuple[str, ...]:
    """Return the names along ``path``; ``[]`` after an array's name changes nothing.

    Raises:
        InvalidInputError: The path is empty, or a back-tick or a dot stands alone.

    >>> parse_path("address.`zip.code`")
    ('address', 'zip.code')
    >>> parse_path("orders[].price")
    ('orders', 'price')
    """
    names: list[str] = []
    position = 0
    while position < len(path) or not names:
        step = _STEP.match(path, position)
        if step is None:
            raise InvalidInputError(
                f"{path!r} is no path of a field: write a.b for b inside a,"
                " and `a.b` in back-ticks for one name with a dot"
            )
        names.append((step["quoted"] or step["plain"]).replace("``", "`"))
        position = step.end()
    return tuple(names)


def quote(name: str) -> str:
    """Return one name in back-ticks, as Spark and Glue read it.

    >>> quote("a.b")
    '`a.b`'
    """
    return "`" + name.replace("`", "``") + "`"


def as_paths(paths: str | Iterable[str]) -> tuple[str, ...]:
    """Return ``paths`` as a tuple; Glue takes a single path for a list of one."""
    return (paths,) if isinstance(paths, str) else tuple(paths)
