"""The types of Python values, choices among them: what a schema is inferred by.

Values of a whole column are looked at together: the sets of their types and their extremes are
found at C's speed, so that a million records cost seconds. Merging is commutative and associative
and a field's place is the least that it has in any record, so a schema does not depend on how
records are spread. Executors get this module's code inside pickled functions: it stands alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from itertools import chain
from numbers import Integral, Rational, Real
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from gluepot.transforms import gluetypes as G  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_LEVELS = 100
"""Structs and arrays inside each other; what lies deeper is text, as JSON."""

_BITS = {"byte": 8, "short": 16, "int": 32, "long": 64}
_FAMILIES: dict[type, tuple[type[G.DataType], ...]] = {
    int: (G.ByteType, G.ShortType, G.IntegerType, G.LongType),
    float: (G.FloatType, G.DoubleType),
    str: (G.StringType, G.EnumType),
    datetime: (G.TimestampType, G.TimestampNTZType),
    dict: (G.StructType, G.MapType),
    list: (G.ArrayType, G.SetType),
    Decimal: (G.DecimalType,),
    object: (G.UnknownType,),
}
# bool before int and datetime before date: the one is a subclass of the other.
_KINDS: tuple[tuple[type, tuple[type, ...]], ...] = (
    (dict, (dict,)),
    (list, (list, tuple, set, frozenset)),
    *((kind, (kind,)) for kind in (bool, str, Decimal, datetime, date)),
    (bytes, (bytes, bytearray)),
    (int, (Integral,)),
    (object, (Rational,)),
    (float, (Real,)),
)
_SIMPLE: dict[type, str] = {
    bool: "boolean",
    bytes: "binary",
    date: "date",
    datetime: "timestamp",
    float: "double",
    str: "string",
    object: "string",
}
_STRING: dict[str, tuple[Any, ...]] = {"string": ()}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What is known of the values of a column; nothing, if all were None.

    Attributes:
        atoms: Parameters by the names of atomic types: of a decimal its digits before and after
            the point, of an enum its options, of an unknown type its properties.
        items: What ``array``, ``set`` and ``map`` hold.
        keys: The properties of a map.
        fields: Of a struct: places and shapes by names; None where no value is a struct.
    """

    atoms: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    items: Mapping[str, Shape] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, tuple[int, Shape]] | None = None


NOTHING = Shape()
_TEXT = Shape(atoms=_STRING)


def infer(
    values: Sequence[Any], expected: G.DataType | None = None, *, levels: int = MOST_LEVELS
) -> Shape:
    """Return the shape of a column of Python values; None is no value.

    A bool is a boolean, an int an int, a long, a decimal or a double as its digits need, a
    datetime a timestamp, a dict a struct, a list, tuple or set an array, and what is nothing of
    these is text. ``expected``, the type that the column had, is kept as far as the values fit.

    >>> to_type(infer([1, 2**40, "x", None]))
    ChoiceType([IntegerType({}),LongType({}),StringType({})], {})
    """
    shape = NOTHING
    for kind, members in _by_kind(values).items():
        known = _member(expected, kind)
        if kind in {dict, list}:
            found = _infer_nested(kind, members, known, levels - 1) if levels else _TEXT
        else:
            found = Shape(atoms=_infer_atoms(kind, members, known))
        shape = found if shape is NOTHING else merge(shape, found)
    return shape


def merge(one: Shape, two: Shape) -> Shape:
    """Return the shape of the values of both."""
    if one is NOTHING or two is NOTHING or one == two:
        return two if one is NOTHING else one
    items = {
        name: merge(one.items.get(name, NOTHING), two.items.get(name, NOTHING))
        for name in {**one.items, **two.items}
    }
    fields = one.fields if two.fields is None else two.fields
    if one.fields is not None and two.fields is not None:
        fields = _merge_fields(one.fields, two.fields)
    atoms = {**one.atoms, **two.atoms}
    for name in one.atoms.keys() & two.atoms.keys():
        if name == "decimal":
            atoms[name] = tuple(map(max, one.atoms[name], two.atoms[name]))
    return Shape(atoms=atoms, items=items, keys={**one.keys, **two.keys}, fields=fields)


def _merge_fields(
    one: Mapping[str, tuple[int, Shape]], two: Mapping[str, tuple[int, Shape]]
) -> dict[str, tuple[int, Shape]]:
    merged = {**one, **two}
    for name in one.keys() & two.keys():
        (first, mine), (second, other) = one[name], two[name]
        merged[name] = (min(first, second), merge(mine, other))
    return merged


def to_type(shape: Shape) -> G.DataType:
    """Return the type of a shape's values: nulls', one type, or a choice in the order of names.

    The members of a struct stand by the least place that they have in any value, then by name.
    """
    kinds = [_atom(name, parameters) for name, parameters in _settled(shape.atoms).items()]
    kinds += [_collection(name, to_type(items), shape) for name, items in shape.items.items()]
    if shape.fields is not None:
        placed = sorted(shape.fields.items(), key=lambda each: (each[1][0], each[0]))
        kinds.append(G.StructType([G.Field(name, to_type(inner)) for name, (_, inner) in placed]))
    if len(kinds) > 1:
        return G.ChoiceType(sorted(kinds, key=lambda kind: kind.typeName()))
    return kinds[0] if kinds else G.NullType()


def dump(shape: Shape) -> str:
    """Return a shape as a JSON text."""
    return json.dumps(_plain(shape), separators=(",", ":"))


def load(text: str) -> Shape:
    """Return the shape that ``dump`` wrote."""
    return _from_plain(json.loads(text))


def _by_kind(values: Sequence[Any]) -> dict[type, Sequence[Any]]:
    types = set(map(type, values))
    kind_of = {found: _kind(found) for found in types if found is not type(None)}
    kinds = set(kind_of.values())
    if len(kinds) == 1:
        same = values if len(kind_of) == len(types) else [v for v in values if v is not None]
        return {kind: same for kind in kinds}  # noqa: C420 - one list, of one kind
    return {kind: [v for v in values if kind_of.get(type(v)) is kind] for kind in kinds}


def _kind(found: type) -> type:
    for kind, classes in _KINDS:
        if issubclass(found, classes):
            return kind
    # numpy's numbers are of the classes above, but for its bool.
    return bool if found.__module__ == "numpy" and found.__name__.startswith("bool") else object


def _member(expected: G.DataType | None, kind: type) -> G.DataType | None:
    """Return the one type among those expected that values of a Python kind have."""
    if expected is None:
        return None
    choices = expected.choices.values() if isinstance(expected, G.ChoiceType) else (expected,)
    fitting = [choice for choice in choices if isinstance(choice, _FAMILIES.get(kind, ()))]
    return fitting[0] if len(fitting) == 1 else None


def _infer_nested(
    kind: type, values: Sequence[Any], known: G.DataType | None, levels: int
) -> Shape:
    if kind is dict and not isinstance(known, G.MapType):
        return _infer_struct(values, known if isinstance(known, G.StructType) else None, levels)
    if isinstance(known, G.MapType):
        inner = list(chain.from_iterable(map(dict.values, values)))
        held = infer(inner, known.valueType, levels=levels)
        return Shape(items={"map": held}, keys=known.properties)
    name, element = "array", None
    if isinstance(known, (G.ArrayType, G.SetType)):
        name, element = known.typeName(), known.elementType
    items = list(chain.from_iterable(values))
    return Shape(items={name: infer(items, element, levels=levels)})


def _infer_struct(
    values: Sequence[dict[Any, Any]], known: G.StructType | None, levels: int
) -> Shape:
    types = {member.name: member.dataType for member in known} if known is not None else {}
    places = {name: place for place, name in enumerate(types)}
    fields: dict[str, tuple[int, Shape]] = {}
    for name, (place, column) in _columns(values).items():
        text = str(name)
        shape = infer(column, types.get(text), levels=levels)
        found = {text: (places.get(text, len(places) + place), shape)}
        # Names that are no texts may be the same as texts.
        fields |= _merge_fields({text: fields[text]}, found) if text in fields else found
    return Shape(fields=fields)


def _columns(values: Sequence[dict[Any, Any]]) -> dict[Any, tuple[int, Sequence[Any]]]:
    """Return the least place and the values of each name; names that all dicts share are quick."""
    layouts = set(map(tuple, values))
    if len(layouts) == 1:
        names = next(iter(layouts))
        columns = zip(*map(dict.values, values), strict=True)
        return dict(zip(names, enumerate(columns), strict=True))
    places: dict[Any, int] = {}
    for layout in layouts:
        for place, name in enumerate(layout):
            places[name] = min(place, places.get(name, place))
    return {name: (place, [value.get(name) for value in values]) for name, place in places.items()}


def _infer_atoms(
    kind: type, values: Sequence[Any], known: G.DataType | None
) -> dict[str, tuple[Any, ...]]:
    if kind is int:
        return _infer_whole(values, known)
    if kind is Decimal:
        return _infer_decimal(values, known)
    name = _SIMPLE[kind]
    if isinstance(known, G.EnumType):
        return {"enum": tuple(known.options)} if set(known.options).issuperset(values) else _STRING
    if isinstance(known, G.FloatType):
        return {"float" if _fit(values, pa.float32()) else name: ()}
    if isinstance(known, G.UnknownType) and known.properties:
        return {"unknown": tuple(known.properties.items())}
    return {known.typeName() if isinstance(known, G.TimestampNTZType) else name: ()}


def _infer_whole(values: Sequence[Any], known: G.DataType | None) -> dict[str, tuple[Any, ...]]:
    """Return the names of the narrowest types, of which ``known`` is the first to be tried."""
    names = ["int", "long"]
    if known is not None:
        names = list(dict.fromkeys([known.typeName(), *names]))
    if known is not None and known.typeName() == "long":
        names = ["long"]
    found: dict[str, tuple[Any, ...]] = {}
    for name in names:
        half = 2 ** (_BITS[name] - 1)
        if -half <= min(values) and max(values) < half:
            return {**found, name: ()}
        beyond = [value for value in values if not -half <= value < half]
        if len(beyond) < len(values):
            found[name] = ()
        values = beyond
    return found | _infer_wide(values)


def _infer_wide(values: Sequence[int]) -> dict[str, tuple[Any, ...]]:
    most = 10**G.MOST_DIGITS
    fitting = [-most < value < most for value in values]
    return {
        **({"decimal": (G.MOST_DIGITS, 0)} if any(fitting) else {}),
        **({} if all(fitting) else {"double": ()}),
    }


def _infer_decimal(
    values: Sequence[Decimal], known: G.DataType | None
) -> dict[str, tuple[Any, ...]]:
    try:
        kind = pa.array(values).type
    except (pa.ArrowException, ValueError):
        if len(values) == 1:
            return _STRING  # NaN, or more digits than Arrow's widest.
        atoms = [Shape(atoms=_infer_decimal([value], known)) for value in values]
        return dict(reduce(merge, atoms).atoms)
    digits = (max(kind.precision - kind.scale, 0), max(kind.scale, 0))
    if isinstance(known, G.DecimalType):
        digits = (max(digits[0], known.precision - known.scale), max(digits[1], known.scale))
    return {"decimal": digits}


def _fit(values: Sequence[Any], kind: pa.DataType) -> bool:
    """Return whether floats are the same after a trip through ``kind``."""
    exact = pa.array(values, pa.float64())
    same = pc.equal(exact.cast(kind).cast(pa.float64()), exact)
    return bool(pc.all(pc.or_(same, pc.is_nan(exact))).as_py())


def _settled(atoms: Mapping[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """Return the types that stand together; a narrow type stands only if all its kind fit it."""
    names = dict(atoms)
    if names.keys() & {"byte", "short"} and names.keys() & {"int", "long", "decimal", "double"}:
        names["int"] = ()
        names.pop("byte", None)
        names.pop("short", None)
    if "double" in names:
        names.pop("float", None)
    if "string" in names:
        names.pop("enum", None)
    if "decimal" in names and sum(names["decimal"]) > G.MOST_DIGITS:
        # Text keeps every digit; Spark has no wider decimal.
        del names["decimal"]
        names["string"] = ()
    if "unknown" in names and len(names) > 1:
        del names["unknown"]
        names["string"] = ()
    return names


def _atom(name: str, parameters: tuple[Any, ...]) -> G.DataType:
    if name == "decimal":
        whole, scale = parameters
        return G.DecimalType(max(whole + scale, 1), scale)
    if name == "enum":
        return G.EnumType(parameters)
    if name == "unknown":
        return G.UnknownType(dict(parameters))
    kind = G.type_named(name)
    if kind is None:
        raise ValueError(f"a shape has a type {name!r} that Glue has not")
    return kind


def _collection(name: str, held: G.DataType, shape: Shape) -> G.DataType:
    if name == "map":
        return G.MapType(held, shape.keys)
    return G.SetType(held) if name == "set" else G.ArrayType(held)


def _plain(shape: Shape) -> dict[str, Any]:
    """Return a shape as JSON's objects and lists, without what is empty."""
    plain: dict[str, Any] = {"atoms": dict(shape.atoms), "keys": dict(shape.keys)}
    plain["items"] = {name: _plain(items) for name, items in shape.items.items()}
    plain = {name: part for name, part in plain.items() if part}
    if shape.fields is not None:
        placed = shape.fields.items()
        plain["fields"] = {name: [place, _plain(inner)] for name, (place, inner) in placed}
    return plain


def _from_plain(plain: Mapping[str, Any]) -> Shape:
    fields = plain.get("fields")
    shape = Shape(
        atoms={name: _tuple(held) for name, held in plain.get("atoms", {}).items()},
        items={name: _from_plain(items) for name, items in plain.get("items", {}).items()},
        keys=plain.get("keys", {}),
        fields=None
        if fields is None
        else {name: (place, _from_plain(inner)) for name, (place, inner) in fields.items()},
    )
    return NOTHING if shape == NOTHING else shape


def _tuple(value: Any) -> Any:  # noqa: ANN401
    return tuple(map(_tuple, value)) if isinstance(value, list) else value
