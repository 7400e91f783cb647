"""What the formats share when their types become column types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from gluepot.catalog.type_tree import Type

MAX_TYPES = 10_000
"""How many types all columns may hold together; names that refer to names can double at each."""

MAX_DEPTH = 60
"""How deep columns may nest; what is deeper, or holds itself, is shown as text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedType:
    """A column to be: its comment is what the schema says of it."""

    name: str
    type: Type
    comment: str | None = None


class TypeCount:
    """Counts types while they are written out."""

    def __init__(self) -> None:
        self._count = 0

    def add(self) -> None:
        """Count one.

        Raises:
            InvalidInputError: There are more than ``MAX_TYPES``.
        """
        self._count += 1
        if self._count > MAX_TYPES:
            raise InvalidInputError(
                f"Written out, the schema holds more than {MAX_TYPES} types, which no table can"
            )
