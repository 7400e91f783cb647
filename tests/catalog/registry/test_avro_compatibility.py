from __future__ import annotations

import copy
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

import fastavro
import pytest
from fastavro.utils import generate_many
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gluepot.catalog.registry.avro import parse_avro
from gluepot.catalog.registry.avro_compatibility import avro_incompatibilities

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator


def faults(reader: object, writer: object) -> list[str]:
    parsed = [parse_avro(json.dumps(one)) for one in (reader, writer)]
    return [str(fault) for fault in avro_incompatibilities(*parsed)]


def readable(reader: Any, writer: Any) -> bool:  # noqa: ANN401
    """Return whether fastavro reads with one schema what it wrote with another."""
    written, wanted = (fastavro.parse_schema(copy.deepcopy(one)) for one in (writer, reader))
    for datum in generate_many(written, 20):
        file = io.BytesIO()
        fastavro.schemaless_writer(file, written, datum)
        file.seek(0)
        try:
            fastavro.schemaless_reader(file, written, wanted)
        except UnicodeDecodeError:
            continue  # bytes are read as text where they are text
        except (fastavro.read.SchemaResolutionError, ValueError, TypeError, KeyError):
            return False
    return True


def record(name: str, *fields: object, **more: object) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name: str, type_: object, **more: object) -> dict[str, Any]:
    return {"name": name, "type": type_, **more}


def enum(*symbols: str, **more: str) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def fixed(size: int) -> dict[str, Any]:
    return {"type": "fixed", "name": "F", "size": size}


def decimal(precision: int, scale: int) -> dict[str, Any]:
    return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}


CHAIN = record("Node", field("value", "int"), field("next", ["null", "Node"]))
WIDE_CHAIN = record("Node", field("value", "long"), field("next", ["null", "Node"]))
ID = field("id", "int")

COMPATIBLE = [
    ("int to long", "long", "int"),
    ("int to float", "float", "int"),
    ("long to double", "double", "long"),
    ("float to double", "double", "float"),
    ("string to bytes", "bytes", "string"),
    ("bytes to string", "string", "bytes"),
    ("a type to a union", ["null", "string"], "string"),
    ("a promoted type to a union", ["null", "double"], "int"),
    ("a union of one to its type", "string", ["string"]),
    ("a union to a type that holds all", "double", ["int", "float"]),
    ("a branch more", ["null", "int", "string"], ["int", "null"]),
    ("a field less", record("R", ID), record("R", ID, field("a", "int"))),
    ("a field with a default more", record("R", ID, field("a", "int", default=1)), record("R", ID)),
    (
        "a renamed field",
        record("R", field("new", "int", aliases=["id"])),
        record("R", ID),
    ),
    (
        "fields in another order",
        record("R", field("a", "int"), ID),
        record("R", ID, field("a", "int")),
    ),
    ("a renamed record", record("S", ID, aliases=["R"]), record("R", ID)),
    ("another namespace", record("b.R", ID), record("a.R", ID)),
    ("a symbol more", enum("x", "y"), enum("x")),
    ("a symbol less with a default", enum("x", "z", default="x"), enum("x", "y")),
    ("items", {"type": "array", "items": "long"}, {"type": "array", "items": "int"}),
    ("values", {"type": "map", "values": ["null", "int"]}, {"type": "map", "values": "int"}),
    ("a recursive record", WIDE_CHAIN, CHAIN),
]
INCOMPATIBLE = [
    ("long to int", "int", "long", "/: int cannot read long"),
    ("string to int", "int", "string", "int cannot read string"),
    ("a branch less", ["null", "int"], ["null", "int", "string"], "reads string"),
    ("a union to one of its types", "int", ["null", "int"], "int cannot read null"),
    (
        "a field without a default more",
        record("R", ID, field("a", "int")),
        record("R", ID),
        "/a: the reader's field a is not in the writer's record R, and has no default",
    ),
    ("another type of a field", record("R", field("id", "string")), record("R", ID), "/id: string"),
    ("a renamed record", record("S", ID), record("R", ID), "neither its name nor an alias"),
    ("a symbol less", enum("x"), enum("x", "y"), "does not know the writer's symbols y"),
    ("another size", fixed(3), fixed(4), "fixed F of 3 bytes cannot read one of 4 bytes"),
    ("items", {"type": "array", "items": "int"}, {"type": "array", "items": "string"}, "/items: "),
    ("values", {"type": "map", "values": "int"}, {"type": "map", "values": "null"}, "/values: "),
    (
        "array to map",
        {"type": "map", "values": "int"},
        {"type": "array", "items": "int"},
        "map cannot",
    ),
    ("a recursive record", CHAIN, WIDE_CHAIN, "/value: int cannot read long"),
    (
        "a branch that fits by name only",
        ["null", record("R", ID, field("a", "int"))],
        ["null", record("R", ID)],
        "has no default",
    ),
]


@pytest.mark.parametrize(
    ("reader", "writer"), [case[1:] for case in COMPATIBLE], ids=[case[0] for case in COMPATIBLE]
)
def test_a_compatible_step_is_taken_and_fastavro_agrees(reader: object, writer: object) -> None:
    assert faults(reader, writer) == []
    assert readable(reader, writer)


@pytest.mark.parametrize(
    ("reader", "writer", "sentence"),
    [case[1:] for case in INCOMPATIBLE],
    ids=[case[0] for case in INCOMPATIBLE],
)
def test_an_incompatible_step_is_told_and_fastavro_agrees(
    reader: object, writer: object, sentence: str
) -> None:
    found = faults(reader, writer)

    assert any(sentence in one for one in found), found
    assert not readable(reader, writer)


def test_decimals_of_another_scale_are_not_compatible() -> None:
    # The bytes do not say the scale: a reader would take 12.34 for 1.234.
    assert faults(decimal(9, 2), decimal(9, 2)) == []
    assert faults(decimal(9, 3), decimal(9, 2)) == [
        "/: decimal(9,3) cannot read decimal(9,2)",
    ]


def test_records_that_hold_each_other_are_compared_to_the_end() -> None:
    # That B fits stood on the assumption that A does, and must not outlive it.
    def top(*more: object, others: tuple[object, ...] = ()) -> dict[str, object]:
        inner = record("B", field("a", ["null", "A"]))
        outer = record("A", field("b", ["null", inner]), *more)
        return record("Top", field("first", ["null", outer, *others]), field("second", "B"))

    old = top()
    new = top(field("x", "int"), others=(record("C", aliases=["A"]),))

    found = faults(new, old)

    assert any(one.startswith("/second") for one in found), found
    assert faults(top(), top()) == []


def test_schemas_that_are_made_to_be_slow_are_refused_in_time() -> None:
    many = [record(f"n{number}.R", ID) for number in range(700)]

    assert faults(record("T", field("a", ["null", *many]), field("b", "int")), many) != []


PRIMITIVES = ["boolean", "int", "long", "float", "double", "string", "bytes"]
WIDER = {"int": ["long", "double"], "long": ["float"], "float": ["double"], "string": ["bytes"]}
DEFAULTS: dict[str, object] = {"int": 1, "string": "a", "boolean": True, "double": 0.5}


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    numbers = itertools.count()

    def node(depth: int) -> Any:  # noqa: ANN401, PLR0911  one a kind
        kinds = ["primitive", "enum", "fixed", "optional"]
        match draw(st.sampled_from([*kinds, *(["record", "array", "map"] if depth else [])])):
            case "record":
                return record(
                    f"R{next(numbers)}",
                    *(
                        field(f"f{place}", node(depth - 1))
                        for place in range(draw(st.integers(1, 3)))
                    ),
                )
            case "array":
                return {"type": "array", "items": node(depth - 1)}
            case "map":
                return {"type": "map", "values": node(depth - 1)}
            case "enum":
                return {**enum("x", "y"), "name": f"E{next(numbers)}"}
            case "fixed":
                return {**fixed(2), "name": f"F{next(numbers)}"}
            case "optional":
                return ["null", draw(st.sampled_from(PRIMITIVES))]
            case _:
                return draw(st.sampled_from(PRIMITIVES))

    return record("Top", *(field(name, node(2)) for name in ("a", "b")))


def places(schema: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    """Yield where types stand: a container and its key."""
    if isinstance(schema, dict):
        for one in schema.get("fields", ()):
            yield one, "type"
            yield from places(one["type"])
        for key in ("items", "values"):
            if key in schema:
                yield schema, key
                yield from places(schema[key])


def records(schema: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    if schema["type"] == "record":
        yield schema
    yield from (
        container[key]
        for container, key in places(schema)
        if isinstance(container[key], dict) and container[key]["type"] == "record"
    )


def of_type(schema: Any, type_: str) -> list[dict[str, Any]]:  # noqa: ANN401
    found = [container[key] for container, key in places(schema)]
    return [one for one in found if isinstance(one, dict) and one["type"] == type_]


def widen(schema: Any, chance: random.Random) -> None:  # noqa: ANN401
    found = [(one, key) for one, key in places(schema) if str(one[key]) in WIDER]
    for container, key in found[:1]:
        container[key] = chance.choice(WIDER[container[key]])


def make_optional(schema: Any, chance: random.Random) -> None:  # noqa: ANN401
    container, key = chance.choice(list(places(schema)))
    if not isinstance(container[key], list):
        container[key] = ["null", container[key]]


def add_defaulted(schema: Any, chance: random.Random) -> None:  # noqa: ANN401
    one = chance.choice(list(records(schema)))
    type_ = chance.choice(sorted(DEFAULTS))
    one["fields"].append(field(f"n{len(one['fields'])}", type_, default=DEFAULTS[type_]))


def drop(schema: Any, chance: random.Random) -> None:  # noqa: ANN401
    one = chance.choice(list(records(schema)))
    if len(one["fields"]) > 1:
        one["fields"].pop()


def add_symbol(schema: Any, _chance: random.Random) -> None:  # noqa: ANN401
    for one in of_type(schema, "enum"):
        one["symbols"] = [*one["symbols"], "z"] if "z" not in one["symbols"] else one["symbols"]


def rename(schema: Any, chance: random.Random) -> None:  # noqa: ANN401
    one = chance.choice(chance.choice(list(records(schema)))["fields"])
    one["aliases"] = [*one.get("aliases", []), one["name"]]
    one["name"] += "x"


def add_needed(schema: Any, chance: random.Random) -> None:  # noqa: ANN401
    one = chance.choice(list(records(schema)))
    one["fields"].append(field(f"needed{len(one['fields'])}", "int"))


def change_type(schema: Any, chance: random.Random) -> None:  # noqa: ANN401
    container, key = chance.choice(list(places(schema)))
    container.pop("default", None)
    container[key] = {**fixed(5), "name": f"Other{chance.getrandbits(64):x}"}


def grow_fixed(schema: Any, _chance: random.Random) -> None:  # noqa: ANN401
    for one in of_type(schema, "fixed"):
        one["size"] += 1


def drop_symbol(schema: Any, _chance: random.Random) -> None:  # noqa: ANN401
    for one in of_type(schema, "enum"):
        one["symbols"] = one["symbols"][:1]


GOOD: list[Callable[[Any, random.Random], None]] = [
    widen,
    make_optional,
    add_defaulted,
    drop,
    add_symbol,
    rename,
]
BAD = [add_needed, change_type, grow_fixed, drop_symbol]


@settings(max_examples=150, deadline=None)
@given(schemas(), st.lists(st.sampled_from(GOOD), max_size=4), st.randoms(use_true_random=False))
def test_schemas_evolved_by_compatible_steps_stay_readable(
    old: dict[str, Any], steps: list[Any], chance: random.Random
) -> None:
    new = copy.deepcopy(old)
    for step in steps:
        step(new, chance)

    assert faults(new, old) == []
    assert readable(new, old)


@settings(max_examples=150, deadline=None)
@given(
    schemas(),
    st.lists(st.sampled_from([*GOOD, *BAD]), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_what_is_found_compatible_is_read_by_fastavro(
    old: dict[str, Any], steps: list[Any], chance: random.Random
) -> None:
    new = copy.deepcopy(old)
    for step in steps:
        step(new, chance)
    for reader, writer in ((new, old), (old, new)):
        compatible = faults(reader, writer) == []
        event(f"compatible: {compatible}")
        if compatible:
            assert readable(reader, writer)


@settings(max_examples=100, deadline=None)
@given(schemas(), st.sampled_from(BAD), st.randoms(use_true_random=False))
def test_an_incompatible_step_is_found_wherever_it_is(
    old: dict[str, Any],
    step: Callable[[Any, random.Random], None],
    chance: random.Random,
) -> None:
    new = copy.deepcopy(old)
    step(new, chance)

    assert (faults(new, old) != []) is (new != old)
