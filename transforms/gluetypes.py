# ruff: noqa: N802, N803  (names and signatures are Glue's)
"""Glue's types of records: what a DynamicFrame's schema is made of, choices among them.

Types are values: equal when they say the same. The merge of the types of two records is
commutative but for the order of fields, and associative, so a schema does not depend on how
records are spread. Executors get this module's code inside pickled functions: it stands alone.

Source: the ``gluetypes`` module of the open awsglue library, whose names and JSON form these are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_DIGITS = 38
"""The widest decimal of Spark, Hive and Glue."""


class DataType:
    """A type; ``properties`` are kept and not interpreted."""

    _name: ClassVar[str] = ""

    def __init__(self, properties: Mapping[str, Any] | None = None) -> None:
        self.properties = dict(properties or {})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(self.typeName())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.properties})"

    @classmethod
    def typeName(cls) -> str:
        """Return Glue's name of the type, such as ``long``."""
        return cls._name

    def jsonValue(self) -> dict[str, Any]:
        """Return the type as JSON's objects and lists."""
        return {"dataType": self.typeName(), "properties": self.properties}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """Return what ``jsonValue`` described."""
        return cls(**{key: value for key, value in json_value.items() if key != "dataType"})


class AtomicType(DataType):
    """A type without parts."""


class BinaryType(AtomicType):
    """Bytes."""

    _name = "binary"


class BooleanType(AtomicType):
    """True or false."""

    _name = "boolean"


class ByteType(AtomicType):
    """Whole numbers of 8 bits."""

    _name = "byte"


class DateType(AtomicType):
    """Days."""

    _name = "date"


class DecimalType(AtomicType):
    """Exact numbers of ``precision`` digits, ``scale`` of them after the point."""

    _name = "decimal"

    def __init__(
        self, precision: int = 10, scale: int = 2, properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.precision = precision
        self.scale = scale

    def __repr__(self) -> str:
        return f"DecimalType({self.precision}, {self.scale}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """Return the type as JSON's objects and lists."""
        return {**super().jsonValue(), "precision": self.precision, "scale": self.scale}


class DoubleType(AtomicType):
    """Floating numbers of 64 bits."""

    _name = "double"


class EnumType(AtomicType):
    """Texts of a closed set."""

    _name = "enum"

    def __init__(self, options: Iterable[str], properties: Mapping[str, Any] | None = None) -> None:
        super().__init__(properties)
        self.options = list(options)

    def __repr__(self) -> str:
        shown = ",".join(self.options[:3]) + (",..." if len(self.options) > 3 else "")  # noqa: PLR2004
        return f"EnumType([{shown}], {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """Return the type as JSON's objects and lists."""
        return {**super().jsonValue(), "options": list(self.options)}


class FloatType(AtomicType):
    """Floating numbers of 32 bits."""

    _name = "float"


class IntegerType(AtomicType):
    """Whole numbers of 32 bits."""

    _name = "int"


class LongType(AtomicType):
    """Whole numbers of 64 bits."""

    _name = "long"


class NullType(AtomicType):
    """Nothing but nulls."""

    _name = "null"


class ShortType(AtomicType):
    """Whole numbers of 16 bits."""

    _name = "short"


class StringType(AtomicType):
    """Text."""

    _name = "string"


class TimestampType(AtomicType):
    """Points in time."""

    _name = "timestamp"


class TimestampNTZType(AtomicType):
    """Times on a calendar and a clock, of no zone."""

    _name = "timestampntz"


class UnknownType(AtomicType):
    """A type that is not known yet, or that Glue has no name for."""

    _name = "unknown"


class _ItemsType(DataType):
    def __init__(
        self, elementType: DataType | None = None, properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.elementType = _checked(elementType or UnknownType())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.elementType}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """Return the type as JSON's objects and lists."""
        return {**super().jsonValue(), "elementType": self.elementType.jsonValue()}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """Return what ``jsonValue`` described."""
        return cls(from_json_value(json_value["elementType"]), json_value.get("properties"))


class ArrayType(_ItemsType):
    """Lists of ``elementType``."""

    _name = "array"


class SetType(_ItemsType):
    """Sets of ``elementType``."""

    _name = "set"


class MapType(DataType):
    """Texts to values of ``valueType``."""

    _name = "map"

    def __init__(
        self, valueType: DataType | None = None, properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.valueType = _checked(valueType or UnknownType())

    def __repr__(self) -> str:
        return f"MapType({self.valueType}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """Return the type as JSON's objects and lists."""
        return {**super().jsonValue(), "valueType": self.valueType.jsonValue()}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """Return what ``jsonValue`` described."""
        return cls(from_json_value(json_value["valueType"]), json_value.get("properties"))


class ChoiceType(DataType):
    """One of several types, record by record; ``choices`` are by their names."""

    _name = "choice"

    def __init__(
        self, choices: Iterable[DataType] = (), properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.choices: dict[str, DataType] = {}
        for choice in choices:
            self.add(choice)

    def __repr__(self) -> str:
        shown = ",".join(str(self.choices[name]) for name in sorted(self.choices))
        return f"ChoiceType([{shown}], {self.properties})"

    def add(self, new_choice: DataType) -> None:
        """Add a type.

        Raises:
            ValueError: There is one of that name.
        """
        if new_choice.typeName() in self.choices:
            raise ValueError(f"the choice has a {new_choice.typeName()} already: {self}")
        self.choices[new_choice.typeName()] = new_choice

    def merge(self, new_choices: DataType | list[DataType]) -> None:
        """Add types, merging those whose names are there."""
        for choice in new_choices if isinstance(new_choices, list) else [new_choices]:
            before = self.choices.get(choice.typeName(), UnknownType())
            self.choices[choice.typeName()] = mergeDataTypes(before, choice)

    def jsonValue(self) -> dict[str, Any]:
        """Return the type as JSON's objects and lists."""
        choices = [choice.jsonValue() for choice in self.choices.values()]
        return {**super().jsonValue(), "choices": choices}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """Return what ``jsonValue`` described."""
        choices = map(from_json_value, json_value["choices"])
        return cls(choices, json_value.get("properties"))


class Field:
    """A name and a type."""

    def __init__(
        self, name: str, dataType: DataType, properties: Mapping[str, Any] | None = None
    ) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a field's name is a text, not {name!r}")
        self.name = name
        self.dataType = _checked(dataType)
        self.properties = dict(properties or {})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and (self.name, self.dataType) == (
            other.name,
            other.dataType,
        )

    def __hash__(self) -> int:
        return hash((self.name, self.dataType))

    def __repr__(self) -> str:
        return f"Field({self.name}, {self.dataType}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """Return the field as JSON's objects and lists."""
        container = self.dataType.jsonValue()
        return {"name": self.name, "container": container, "properties": self.properties}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """Return what ``jsonValue`` described."""
        kind = from_json_value(json_value["container"])
        return cls(json_value["name"], kind, json_value.get("properties"))


class StructType(DataType):
    """Fields by name, in an order."""

    _name = "struct"

    def __init__(
        self, fields: Iterable[Field] = (), properties: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.fields = list(fields)
        if not all(isinstance(field, Field) for field in self.fields):
            raise TypeError(f"a struct is made of Fields, not of {self.fields!r}")
        self.field_map = {field.name: field for field in self.fields}

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __repr__(self) -> str:
        return f"StructType([{','.join(map(str, self.fields))}], {self.properties})"

    def add(self, field: Field) -> None:
        """Put a field after the others."""
        if not isinstance(field, Field):
            raise TypeError(f"a struct is made of Fields, not of {field!r}")
        self.fields.append(field)
        self.field_map[field.name] = field

    def hasField(self, field: str | Field) -> bool:
        """Return whether there is a field of that name."""
        return (field.name if isinstance(field, Field) else field) in self.field_map

    def getField(self, field: str | Field) -> Field:
        """Return the field of that name.

        Raises:
            KeyError: There is none.
        """
        return self.field_map[field.name if isinstance(field, Field) else field]

    def jsonValue(self) -> dict[str, Any]:
        """Return the type as JSON's objects and lists."""
        return {**super().jsonValue(), "fields": [field.jsonValue() for field in self.fields]}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """Return what ``jsonValue`` described."""
        fields = map(Field.fromJsonValue, json_value["fields"])
        return cls(fields, json_value.get("properties"))


class EntityType(DataType):
    """Reserved by Glue; there is none yet."""

    _name = "entity"

    def __init__(self, entity: object, base_type: object, properties: object) -> None:
        raise NotImplementedError(f"entity types are reserved: {entity}, {base_type}, {properties}")


_TYPES: dict[str, type[DataType]] = {
    kind.typeName(): kind
    for kind in (
        *(BinaryType, BooleanType, ByteType, DateType, DecimalType, DoubleType, EnumType),
        *(FloatType, IntegerType, LongType, NullType, ShortType, StringType, TimestampType),
        *(TimestampNTZType, UnknownType, ArrayType, SetType, MapType, ChoiceType, StructType),
    )
}


def type_named(name: str) -> DataType | None:
    """Return an atomic type by Glue's name, or None.

    >>> type_named("long")
    LongType({})
    """
    kind = _TYPES.get(name)
    if kind is None or not issubclass(kind, AtomicType) or kind is EnumType:
        return None
    return kind()


def from_json_value(json_value: Mapping[str, Any]) -> DataType:
    """Return the type that ``jsonValue`` described.

    Raises:
        ValueError: There is no such type.
    """
    name = json_value.get("dataType")
    if name not in _TYPES:
        raise ValueError(f"there is no type {name!r}; there are: {', '.join(_TYPES)}")
    return _TYPES[str(name)].fromJsonValue(json_value)


def from_json(text: str) -> DataType:
    """Return the type that a JSON text describes."""
    return from_json_value(json.loads(text))


def to_json(kind: DataType) -> str:
    """Return a type as a JSON text."""
    return json.dumps(kind.jsonValue())


def mergeDataTypes(s1: DataType, s2: DataType) -> DataType:  # noqa: PLR0911 - a type each
    """Return the type that values of both have: one type, or a choice.

    Nulls and unknown types give way; structs have the fields of both; items of arrays and values
    of maps merge. Whole numbers of different width are a choice, as in Glue; decimals widen.
    """
    if isinstance(s1, (UnknownType, NullType)):
        return s2
    if isinstance(s2, (UnknownType, NullType)):
        return s1
    if type(s1) is not type(s2) or isinstance(s1, ChoiceType):
        return _make_choice(s1, s2)
    if isinstance(s1, StructType) and isinstance(s2, StructType):
        return _merge_structs(s1, s2)
    if isinstance(s1, _ItemsType) and isinstance(s2, _ItemsType):
        return type(s1)(mergeDataTypes(s1.elementType, s2.elementType), s1.properties)
    if isinstance(s1, MapType) and isinstance(s2, MapType):
        return MapType(mergeDataTypes(s1.valueType, s2.valueType), s1.properties)
    if isinstance(s1, EnumType) and isinstance(s2, EnumType):
        return EnumType(dict.fromkeys(s1.options + s2.options), s1.properties)
    if isinstance(s1, DecimalType) and isinstance(s2, DecimalType):
        return _merge_decimals(s1, s2)
    return s1


def _merge_structs(s1: StructType, s2: StructType) -> StructType:
    names = dict.fromkeys([*s1.field_map, *s2.field_map])
    fields = []
    for name in names:
        found = [struct.field_map[name] for struct in (s1, s2) if struct.hasField(name)]
        kind = found[0].dataType
        if len(found) > 1:
            kind = mergeDataTypes(kind, found[1].dataType)
        fields.append(Field(name, kind, found[0].properties))
    return StructType(fields, s1.properties)


def _merge_decimals(s1: DecimalType, s2: DecimalType) -> DecimalType:
    scale = max(s1.scale, s2.scale)
    whole = max(s1.precision - s1.scale, s2.precision - s2.scale)
    return DecimalType(min(whole + scale, MOST_DIGITS), scale, s1.properties)


def _make_choice(s1: DataType, s2: DataType) -> ChoiceType:
    members: dict[str, DataType] = {}
    for kind in (s1, s2):
        for choice in kind.choices.values() if isinstance(kind, ChoiceType) else (kind,):
            before = members.get(choice.typeName(), UnknownType())
            members[choice.typeName()] = mergeDataTypes(before, choice)
    # In the order of names, which records in another order cannot change.
    return ChoiceType([members[name] for name in sorted(members)], s1.properties)


def _checked(kind: DataType) -> DataType:
    if not isinstance(kind, DataType):
        raise TypeError(f"a Glue type is wanted, not {kind!r}")
    return kind
