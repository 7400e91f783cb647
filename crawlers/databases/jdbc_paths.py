"""Include paths of JDBC targets: ``database/schema/table``, where ``%`` stands for anything.

Source: AWS Glue developer guide, "Include and exclude patterns", its part on JDBC.
"""

from __future__ import annotations

from dataclasses import dataclass

from gluepot.catalog.errors import InvalidInputError

ANYTHING = "%"


@dataclass(frozen=True, kw_only=True)
class IncludePath:
    """A pattern for each part of a table's name; ``schema`` is None where there are no schemas."""

    database: str
    schema: str | None
    table: str

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns that there are, the database's first."""
        parts = (self.database, self.schema, self.table)
        return tuple(part for part in parts if part is not None)

    @property
    def root(self) -> str:
        """What every matching table's location begins with.

        >>> IncludePath(database="shop", schema="pub%", table="%").root
        'shop.pub'
        """
        return ".".join(self.patterns).partition(ANYTHING)[0]

    def behind(self, names: tuple[str, ...]) -> str:
        """Return what stands behind the path in a table's name: all from the first pattern on.

        >>> IncludePath(database="shop", schema="%", table="%").behind(("shop", "hr", "staff"))
        'hr/staff'
        """
        fixed = next(
            (level for level, part in enumerate(self.patterns) if ANYTHING in part), len(names) - 1
        )
        return "/".join(names[fixed:])


def read_path(path: str, *, has_schemas: bool) -> IncludePath:
    """Return the patterns of a path; parts that are left out at its end stand for anything.

    Raises:
        InvalidInputError: It is empty, or has too many parts or an empty one.
    """
    right = "database/schema/table" if has_schemas else "database/table"
    parts = path.removesuffix("/").split("/")
    most = right.count("/") + 1
    if not all(parts) or len(parts) > most:
        raise InvalidInputError(
            f"Path {path!r} of a JDBC target is not {right}; % stands for anything in a part"
        )
    parts += [ANYTHING] * (most - len(parts))
    return IncludePath(database=parts[0], schema=parts[1] if has_schemas else None, table=parts[-1])


def matches(pattern: str, name: str) -> bool:
    """Return whether a name is one of a pattern, in time that grows with its length only.

    >>> matches("order%", "orders"), matches("%_old", "orders"), matches("a%b%c", "abc")
    (True, False, True)
    """
    first, *rest = pattern.split(ANYTHING)
    if not rest:
        return name == pattern
    *middle, last = rest
    position, end = len(first), len(name) - len(last)
    if position > end or not (name.startswith(first) and name.endswith(last)):
        return False
    for part in middle:
        found = name.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True
