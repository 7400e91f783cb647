from __future__ import annotations

import json

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.registry.avro import parse_avro
from gluepot.catalog.registry.errors import InvalidDefinitionError


def fault(document: object) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(InvalidDefinitionError) as caught:
        parse_avro(text)
    return caught.value.fault


def record(*fields: object, **more: object) -> dict[str, object]:
    return {"type": "record", "name": "R", "fields": list(fields), **more}


def field(type_: object, **more: object) -> dict[str, object]:
    return {"name": "f", "type": type_, **more}


FAULTS = [
    ("{", "it is not JSON"),
    ("5", "5 is no schema"),
    ("NaN", "NaN is not a JSON number"),
    ('"strin"', "'strin' is not defined|\"strin\" is not defined"),
    ({"type": 5}, "no member type that is a text"),
    ({"type": "array"}, "the array has no member items"),
    ({"type": "map"}, "the map has no member values"),
    ({"type": "record"}, "the record has no member name"),
    ({"type": "record", "name": "R"}, "no list of fields"),
    ({"type": "record", "name": "a-b", "fields": []}, '"a-b" is no name'),
    (record(5), "at /fields/0: the field is not an object"),
    (record({"name": "f"}), "at /fields/0: field f has no type"),
    (record({"name": "1f", "type": "int"}), 'at /fields/0/name: "1f" is no name'),
    (record(field("int"), field("int")), "at /fields/1: the record has a field f already"),
    (record(field("int", order="up")), "at /fields/0/order"),
    (record(field("int", aliases="a")), "at /fields/0/aliases: the aliases are not a list"),
    (record(field("int", default="a")), 'at /fields/0/default: the default of field f is "a"'),
    (record(field("int", default=1 << 31)), "no value of int"),
    (record(field({"type": "array", "items": "int"}, default=[True])), "no value of array"),
    (record(field(["null", "int"], default="a")), "no value of [null, int]"),
    (record(field({"type": "fixed", "name": "F", "size": 2}, default="a")), "no value of F"),
    (["int", "int"], "at /1: the union has the type int twice"),
    (["int", ["null"]], "at /1: a union may not directly hold another union"),
    ({"type": "enum", "name": "E"}, "no list of symbols"),
    ({"type": "enum", "name": "E", "symbols": ["a", "a"]}, "the symbol a twice"),
    ({"type": "enum", "name": "E", "symbols": ["a b"]}, '"a b" is no symbol'),
    ({"type": "enum", "name": "E", "symbols": ["a"], "default": "b"}, '"b" is not a symbol'),
    ({"type": "fixed", "name": "F", "size": -1}, "at /size: -1 is no size"),
    (record(field(record(field("int"))), field("R")), "the type R is defined a second time"),
    ("[" * 100 + "]" * 100, "nests deeper than 64"),
    (json.dumps(["int"] * 30_000), "more than 20000 values"),
    ('"\0"', "NUL"),
]


@pytest.mark.parametrize(("document", "sentence"), FAULTS)
def test_a_faulty_schema_is_told_with_its_place(document: object, sentence: str) -> None:
    found = fault(document)

    assert any(one in found for one in sentence.split("|")), found


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('"int"', '{"type": "int"}'),
        (json.dumps(record(field("int")), indent=4), json.dumps(record(field("int")))),
        (
            json.dumps({"namespace": "a", **record(field(["null", "R"]))}),
            json.dumps({"type": "record", "fields": [field(["null", "a.R"])], "name": "a.R"}),
        ),
    ],
)
def test_definitions_that_say_the_same_have_one_normal_form(left: str, right: str) -> None:
    assert parse_avro(left).normal_form == parse_avro(right).normal_form


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (record(field("int")), record(field("int", default=1))),
        (record(field("int")), record(field("int", aliases=["g"]))),
        (record(field("int")), record(field({"type": "int", "logicalType": "date"}))),
    ],
)
def test_what_changes_reading_changes_the_normal_form(left: object, right: object) -> None:
    assert parse_avro(json.dumps(left)).normal_form != parse_avro(json.dumps(right)).normal_form


def test_a_wrong_logical_type_is_passed_over_as_the_rules_have_it() -> None:
    wrong = {"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 5}

    assert parse_avro(json.dumps(wrong)).root == parse_avro('"bytes"').root


def test_a_default_that_many_branches_could_hold_is_checked_quickly() -> None:
    branches: list[dict[str, object]] = [
        {"type": "record", "name": name, "fields": [{"name": "f", "type": ["null", "A", "B"]}]}
        for name in ("A", "B")
    ]
    branches[0]["fields"] = [{"name": "f", "type": ["null", "A", branches[1]]}]
    deep: object = 5
    for _ in range(30):
        deep = {"f": deep}

    assert "no value" in fault(record(field(["null", branches[0], "B"], default=deep)))


NAMES = st.sampled_from(["A", "B", "a.C", "1x", ""])
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from(["int", "string", "record", "enum", "A", "a.C", "array"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {"type": inner | st.sampled_from(["record", "enum", "fixed", "array", "map"])},
            optional={
                "name": NAMES,
                "namespace": NAMES,
                "fields": st.lists(
                    st.fixed_dictionaries(
                        {"name": st.sampled_from(["f", "g", ""])},
                        optional={"type": inner, "default": inner, "aliases": inner},
                    ),
                    max_size=2,
                ),
                "symbols": inner | st.lists(st.sampled_from(["x", "y"]), max_size=2),
                "size": inner,
                "items": inner,
                "values": inner,
                "aliases": inner,
            },
        )
    ),
    max_leaves=8,
)


@given(JUNK)
def test_a_schema_is_read_or_refused_and_what_is_read_is_avro(document: object) -> None:
    text = json.dumps(document)
    try:
        parse_avro(text)
    except InvalidDefinitionError:
        return
    fastavro.parse_schema(json.loads(text), _ignore_default_error=True)
