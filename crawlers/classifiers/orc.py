"""ORC: the schema and the number of rows stand in the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.registry.column_types import MAX_DEPTH, TypeCount
from gluepot.catalog.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    MAX_PRECISION,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    Array,
    Char,
    Decimal,
    Field,
    Map,
    Struct,
    Type,
    Union,
    Varchar,
)
from gluepot.crawlers.classifiers.base import (
    CERTAIN,
    Classification,
    FileSchema,
    FoundColumn,
    Sample,
)
from gluepot.crawlers.classifiers.orc_footer import (
    MAGIC,
    OrcFooter,
    OrcType,
    Postscript,
    check_postscript,
    read_footer,
    read_postscript,
    read_type,
)
from gluepot.crawlers.classifiers.protobuf_wire import WireError
from gluepot.crawlers.classifiers.ranged_file import OutOfReachError, read_range
from gluepot.crawlers.codecs.compression import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TAIL_BYTES = 16 * 1024
"""The first read of a footer; most footers fit."""

KNOWN_SCHEMAS = 256
"""How many schemas are remembered, so that the thousandth file of a table costs no conversion."""

_LIST, _MAP, _STRUCT, _UNION, _DECIMAL, _VARCHAR, _CHAR, _INSTANT = 10, 11, 12, 13, 14, 16, 17, 18
_NAMES = (
    *("boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "binary"),
    *("timestamp", "array", "map", "struct", "uniontype", "decimal", "date", "varchar", "char"),
    "timestamp with local time zone",
)
_SCALARS: Mapping[int, Type] = {
    0: BOOLEAN,
    1: TINYINT,
    2: SMALLINT,
    3: INT,
    4: BIGINT,
    5: FLOAT,
    6: DOUBLE,
    7: STRING,
    8: BINARY,
    9: TIMESTAMP,
    15: DATE,
    # Spark and Athena do not know Hive's name of it, but read the moments as timestamps.
    _INSTANT: TIMESTAMP,
}
_LONGEST = {_CHAR: 255, _VARCHAR: 65_535}
_DEFAULT_DECIMAL = Decimal(38, 18)
"""Files of Hive 0.11 do not tell; Hive reads them so."""

_Converted: TypeAlias = "tuple[tuple[FoundColumn, ...], tuple[str, ...]]"


class Orc:
    """Reads a footer by ranges, and refuses one whose lengths cannot be true."""

    name = "orc"

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, ...], _Converted] = {}

    def classify(self, sample: Sample) -> Classification:
        """Return the schema of the footer.

        Raises:
            StorageError: The store fails while the footer is read.
        """
        if not sample.data.startswith(MAGIC):
            return self._no("does not start with ORC")
        binary = b"\0" in sample.data[:TAIL_BYTES]
        if sample.codec != NONE:
            if not binary:
                return self._no("starts with ORC, but goes on as text")
            return self._damaged(
                f"it is ORC inside {sample.codec}, which no reader takes; undo the {sample.codec}"
            )
        try:
            return self._look(sample, binary=binary)
        except OutOfReachError as error:
            return self._damaged(f"its footer cannot be had: {error}")
        except InvalidInputError as error:
            return self._damaged(str(error))

    def _look(self, sample: Sample, *, binary: bool) -> Classification:
        start = max(sample.size - TAIL_BYTES, 0)
        tail = sample.tail or read_range(sample, start, sample.size - start)
        postscript = read_postscript(tail)
        if postscript is None or not (postscript.has_magic or binary):
            if not binary:
                return self._no("starts with ORC, but has no postscript at its end")
            return self._damaged("it starts as ORC, but its footer is cut off")
        problem = check_postscript(postscript, sample.size)
        if problem is not None:
            return self._damaged(problem)
        wanted = postscript.footer_bytes + postscript.length
        if wanted > len(tail):
            tail = read_range(sample, sample.size - wanted, wanted)
        footer = read_footer(tail[-wanted : -postscript.length], postscript)
        return self._answer(sample, footer, postscript)

    def _answer(self, sample: Sample, footer: OrcFooter, postscript: Postscript) -> Classification:
        columns, warnings = self._convert(footer.types)
        if footer.encrypted:
            warnings = (*warnings, "some columns are encrypted; without their keys they are masked")
        schema = FileSchema(
            format=self.name,
            codec=sample.codec,
            columns=columns,
            records=footer.rows,
            exact=True,
            warnings=warnings,
        )
        reason = (
            f"ORC at its start, and a footer of {len(columns)} columns whose blocks are"
            f" {postscript.compression}"
        )
        return Classification(classifier=self.name, certainty=CERTAIN, reason=reason, schema=schema)

    def _convert(self, types: tuple[bytes, ...]) -> _Converted:
        """Return the columns of a footer's types; equal ones share them, in memory too."""
        known = self._known.get(types)
        if known is None:
            try:
                known = orc_columns([read_type(item) for item in types])
            except WireError as error:
                raise InvalidInputError(
                    f"its footer is damaged: a type is not read: {error}"
                ) from error
            if len(self._known) >= KNOWN_SCHEMAS:
                self._known.clear()
            self._known[types] = known
        return known

    def _no(self, reason: str) -> Classification:
        return Classification(classifier=self.name, certainty=0.0, reason=reason)

    def _damaged(self, problem: str) -> Classification:
        return Classification(
            classifier=self.name, certainty=CERTAIN, reason="ORC at its start", problem=problem
        )


def orc_columns(types: Sequence[OrcType]) -> _Converted:
    """Return the columns of a footer's types, and what readers will trip over.

    Raises:
        InvalidInputError: They are no types of a table.
    """
    if not types or types[0].kind != _STRUCT:
        kind = _name(types[0]) if types else "nothing"
        raise InvalidInputError(f"its rows are of the type {kind}, not struct; tables have structs")
    walk = _Types(types)
    columns = tuple(
        FoundColumn(
            name=name,
            type=walk.of(place, name, 1),
            reason=f"the file's ORC footer says {walk.told(place)}",
        )
        for name, place in walk.members(types[0], 0)
    )
    if columns and all(item.name == f"_col{place}" for place, item in enumerate(columns)):
        walk.warnings["its columns are named _col0 and so on, as Hive before 2.0 wrote them"] = None
    return columns, tuple(walk.warnings)


class _Types:
    def __init__(self, types: Sequence[OrcType]) -> None:
        self._types = types
        self._count = TypeCount()
        self.warnings: dict[str, None] = {}

    def members(self, struct: OrcType, parent: int) -> list[tuple[str, int]]:
        if len(struct.names) != len(struct.subtypes):
            raise InvalidInputError(
                f"its footer is damaged: a struct has {len(struct.names)} names for"
                f" {len(struct.subtypes)} members"
            )
        return list(zip(struct.names, self._inner(struct, parent), strict=True))

    def of(self, place: int, path: str, level: int) -> Type:
        """Return the column type of one of the types."""
        self._count.add()
        found = self._types[place]
        if level > MAX_DEPTH:
            raise InvalidInputError(f"column {path} nests deeper than {MAX_DEPTH} levels")
        if found.kind in _SCALARS:
            return _SCALARS[found.kind]
        if found.kind in {_DECIMAL, _VARCHAR, _CHAR}:
            return self._sized(found, path)
        inner = self._inner(found, place)
        if found.kind == _STRUCT:
            return self._struct(found, place, path, level)
        types = tuple(self.of(item, f"{path}[]", level + 1) for item in inner)
        if found.kind == _LIST and len(types) == 1:
            return Array(types[0])
        if found.kind == _MAP and len(types) == 2:  # noqa: PLR2004
            return Map(types[0], types[1])
        if found.kind == _UNION and types:
            self.warnings[
                f"column {path} is a uniontype, which Spark and Athena do not read; Hive does"
            ] = None
            return Union(types)
        raise InvalidInputError(
            f"column {path} is of ORC's type {_name(found)} with {len(types)} types inside, which"
            " is not known"
        )

    def told(self, place: int) -> str:
        """Return a type as the file has it."""
        found = self._types[place]
        if found.kind == _DECIMAL and found.precision:
            return f"decimal({found.precision},{found.scale})"
        return f"{_name(found)}({found.length})" if found.length else _name(found)

    def _inner(self, found: OrcType, parent: int) -> tuple[int, ...]:
        # Types stand in the order of a walk, so one that points back would hold itself.
        if any(not parent < item < len(self._types) for item in found.subtypes):
            raise InvalidInputError(
                "its footer is damaged: a type points outside the list of types"
            )
        return found.subtypes

    def _struct(self, found: OrcType, place: int, path: str, level: int) -> Type:
        members = tuple(
            Field(name, self.of(item, f"{path}.{name}", level + 1))
            for name, item in self.members(found, place)
        )
        if not members:
            self.warnings[f"column {path} is a struct without members; it is string"] = None
        return Struct(members) if members else STRING

    def _sized(self, found: OrcType, path: str) -> Type:
        if found.kind == _DECIMAL:
            if found.precision == 0:
                return _DEFAULT_DECIMAL
            if found.precision <= MAX_PRECISION and found.scale <= found.precision:
                return Decimal(found.precision, found.scale)
            raise InvalidInputError(f"column {path} is {found.precision} digits long; 38 is most")
        if not 0 < found.length <= _LONGEST[found.kind]:
            return STRING
        return Char(found.length) if found.kind == _CHAR else Varchar(found.length)


def _name(found: OrcType) -> str:
    return _NAMES[found.kind] if found.kind < len(_NAMES) else f"number {found.kind}"
