"""Tables by a pattern of their names, as GetTables' ``Expression`` has it."""

from __future__ import annotations

import re
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

_WILDCARD = re.compile(r"(?<![.)\]}*])(?<!\\.)\*")
"""A star after a character of a name: no name repeats one of its letters at will."""
_LITERAL_START = re.compile(r"[a-z0-9_]+(?![*?{a-z0-9_])")


class NamePattern:
    """A regular expression that a whole name must match, in any case.

    A star that follows a character of a name, or nothing, is a wildcard, as AWS Glue takes it and
    Hive's clients write it. Patterns are a caller's: they are matched by an engine whose time
    grows with the name's length only, which knows neither back references nor looking around.
    """

    def __init__(self, expression: str) -> None:
        """Take an expression.

        Raises:
            InvalidInputError: It is not a regular expression.
        """
        self._pattern = _WILDCARD.sub(".*", expression)
        self.matching(("",))
        start = _LITERAL_START.match(self._pattern)
        self.prefix = start[0] if start and "|" not in self._pattern else ""

    def matching(self, names: Sequence[str]) -> list[str]:
        """Return those of ``names`` that match."""
        # A third of a second and 30 MB, which most commands and many servers never need.
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        strings = _strings(names)
        try:
            found = pc.match_substring_regex(strings, f"^(?:{self._pattern})$", ignore_case=True)
        except pa.ArrowInvalid as error:
            raise InvalidInputError(
                f"Expression {self._pattern!r} is not a regular expression: {error}"
            ) from error
        kept: list[str] = strings.filter(found).to_pylist()
        return kept


def _strings(names: Sequence[str]) -> Any:  # noqa: ANN401
    """Return an Arrow array; pyarrow's own way to one imports pandas, a second and 40 MB."""
    import pyarrow as pa  # noqa: PLC0415

    encoded = [name.encode() for name in names]
    offsets = array("i", accumulate(map(len, encoded), initial=0))
    return pa.StringArray.from_buffers(
        len(encoded), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))
    )
