"""Columns out of values that came row by row: the widest type of each, and what decided it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gluepot.catalog.merge import widest
from gluepot.catalog.types import STRING, VOID, Array, Field, Map, Struct, Type
from gluepot.crawlers.classifiers.base import FoundColumn

_LONGEST_SHOWN = 40
_LONGEST_LOOKED_AT = 1_000


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A value, shortened to be shown, and where it stands."""

    type: Type
    where: str
    shown: str

    def __str__(self) -> str:
        """Say what is where."""
        return f"{self.where} holds {self.shown}"


@dataclass
class _Column:
    name: str
    type: Type = VOID
    held: int = 0
    first: Seen | None = None
    decided: Seen | None = None
    clash: bool = False


@dataclass
class Evidence:
    """Gathers values; ``rows`` is what rows are called."""

    rows: str
    count: int = 0
    _columns: dict[str, _Column] = field(default_factory=dict)

    def add(self, name: str, type_: Type, value: object, where: str) -> None:
        """Take in one value of a column; ``void`` is the type of none."""
        column = self._columns.setdefault(name, _Column(name))
        if type_ == VOID:
            return
        column.held += 1
        if type_ == column.type:
            return
        joined = join(column.type, type_)
        if joined == column.type:
            return
        seen = Seen(type=type_, where=where, shown=short(value))
        column.first = column.first or seen
        column.clash = column.clash or (joined == STRING and column.type != VOID)
        column.type, column.decided = joined, seen

    def columns(self) -> tuple[FoundColumn, ...]:
        """Return the columns in the order in which they were first seen."""
        return tuple(
            FoundColumn(name=item.name, type=item.type, reason=self._reason(item))
            for item in self._columns.values()
        )

    def _reason(self, column: _Column) -> str:
        if column.first is None or column.decided is None:
            return f"null in all {self.count} {self.rows} read"
        text = f"in {column.held} of {self.count} {self.rows} read"
        if column.clash:
            return f"{text}; {column.first}, {column.decided}"
        return f"{text}, such as {column.decided.shown} in {column.decided.where}"


def join(left: Type, right: Type) -> Type:
    """Return the narrowest type that holds both; where there is none, text, as deep as can be.

    >>> from gluepot.catalog.types import parse_type, print_type
    >>> one, other = parse_type("struct<a:int,b:date>"), parse_type("struct<a:double,b:boolean>")
    >>> print_type(join(one, other))
    'struct<a:double,b:string>'
    """
    if right in (left, VOID):
        return left
    match left, right:
        case Array(one), Array(other):
            return Array(join(one, other))
        case Map(key, one), Map(other_key, other):
            return Map(join(key, other_key), join(one, other))
        case Struct(fields), Struct(others):
            return _join_structs(fields, others)
        case _:
            found = widest(left, right)
            return STRING if found is None else found


def _join_structs(left: tuple[Field, ...], right: tuple[Field, ...]) -> Struct:
    members = {item.name.lower(): item for item in left}
    for item in right:
        known = members.get(item.name.lower())
        type_ = item.type if known is None else join(known.type, item.type)
        members[item.name.lower()] = Field(item.name if known is None else known.name, type_)
    return Struct(tuple(members.values()))


def short(value: object) -> str:
    """Return a value to be shown, short whatever its size."""
    if isinstance(value, str | bytes):
        value = value[: _LONGEST_SHOWN + 1]
    elif isinstance(value, list | tuple | dict) and len(value) > _LONGEST_SHOWN:
        return f"{type(value).__name__} of {len(value)}"
    text = str(value)[:_LONGEST_LOOKED_AT] if not isinstance(value, str | bytes) else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
