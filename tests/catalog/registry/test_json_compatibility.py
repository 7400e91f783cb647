from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import pytest
from hypothesis import event, given, reject, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from gluepot.catalog.registry.errors import InvalidDefinitionError
from gluepot.catalog.registry.json_compatibility import json_incompatibilities
from gluepot.catalog.registry.json_keywords import subschemas
from gluepot.catalog.registry.json_schema import parse_json_schema

DRAFT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def faults(reader: Any, writer: Any) -> list[str]:  # noqa: ANN401
    parsed = [parse_json_schema(json.dumps(one)) for one in (reader, writer)]
    return [str(fault) for fault in json_incompatibilities(*parsed)]


TEXT = {"type": "string"}
NUMBER = {"type": "number"}
INTEGER = {"type": "integer"}


def record(*needed: str, closed: bool = False, **properties: object) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": list(needed)}
    if closed:
        schema["additionalProperties"] = False
    return schema


TREE = {
    "$ref": "#/definitions/node",
    "definitions": {
        "node": record(
            "value",
            value=INTEGER,
            next={"anyOf": [{"type": "null"}, {"$ref": "#/definitions/node"}]},
        )
    },
}
WIDER_TREE = json.loads(json.dumps(TREE).replace("integer", "number"))
KINDS = {"oneOf": [record("kind", kind={"const": "a"}), record("kind", kind={"const": "b"})]}
MORE_KINDS = {"oneOf": [*KINDS["oneOf"], record("kind", kind={"enum": ["c", "d"]})]}

COMPATIBLE = [
    ("the same", TREE, TREE),
    ("a wider number", NUMBER, INTEGER),
    ("one more type", {"type": ["string", "null"]}, TEXT),
    ("types as choices", {"anyOf": [TEXT, {"type": "null"}]}, {"type": ["string", "null"]}),
    ("choices as types", {"type": ["string", "null"]}, {"anyOf": [TEXT, {"type": "null"}]}),
    ("true", True, TREE),
    ("nothing is written", TEXT, False),
    ("an optional property more", record(a=TEXT, b=INTEGER), record(a=TEXT)),
    ("a property less", record(a=TEXT), record(a=TEXT, b=INTEGER)),
    ("no longer required", record(a=TEXT), record("a", a=TEXT)),
    ("opened", record(a=TEXT), record(a=TEXT, closed=True)),
    ("more in a closed one", record(a=TEXT, b=TEXT, closed=True), record(a=TEXT, closed=True)),
    ("a listed value more", {"enum": ["a", "b", "c"]}, {"enum": ["a", "b"]}),
    ("listed values as a type", TEXT, {"enum": ["a", "b"]}),
    ("both booleans listed", {"enum": [True, False]}, {"type": "boolean"}),
    ("a wider range", {"type": "number", "minimum": 0}, {"type": "number", "exclusiveMinimum": 0}),
    ("whole numbers", {"minimum": 6, **INTEGER}, {"exclusiveMinimum": 5, **INTEGER}),
    ("a coarser step", {"multipleOf": 2, **INTEGER}, {"multipleOf": 6, **INTEGER}),
    ("longer text", {"maxLength": 9, **TEXT}, {"maxLength": 8, **TEXT}),
    ("the same pattern", {"pattern": "^a", **TEXT}, {"pattern": "^a", "maxLength": 3, **TEXT}),
    ("wider items", {"type": "array", "items": NUMBER}, {"type": "array", "items": INTEGER}),
    ("a recursive schema", WIDER_TREE, TREE),
    ("parts that hold together", {"allOf": [TEXT, {"minLength": 1}]}, {"minLength": 2, **TEXT}),
    (
        "parts of the writer",
        {"type": "string", "minLength": 1, "maxLength": 5},
        {"allOf": [TEXT, {"minLength": 1}], "maxLength": 5},
    ),
    ("a kind more", MORE_KINDS, KINDS),
    ("one of the kinds", KINDS, KINDS["oneOf"][1]),
    (
        "the same patterns of names",
        {"patternProperties": {"^x": NUMBER}, "additionalProperties": False},
        {"patternProperties": {"^x": NUMBER}, "additionalProperties": False, "type": "object"},
    ),
]
INCOMPATIBLE = [
    ("a narrower number", INTEGER, NUMBER, "does not take the type number"),
    ("a type less", TEXT, {"type": ["string", "null"]}, "does not take the value null"),
    ("newly required", record("a", a=TEXT), record(a=TEXT), "requires the property 'a'"),
    ("another type", record(a=INTEGER), record(a=TEXT), "/properties/a: .*type string"),
    ("closed", record(a=TEXT, closed=True), record(a=TEXT), "limits properties"),
    ("a property less in a closed one", record(closed=True), record(a=TEXT, closed=True), "/a: "),
    ("a listed value less", {"enum": ["a"]}, {"enum": ["a", "b"]}, 'the value "b"'),
    ("listed values", {"enum": ["a"]}, TEXT, "1 listed values only"),
    ("a range", {"minimum": 1, **INTEGER}, {"minimum": 0, **INTEGER}, "greater or equal 0"),
    ("an open range", {"exclusiveMaximum": 5, **NUMBER}, {"maximum": 5, **NUMBER}, "less than 5"),
    ("a step", {"multipleOf": 4, **INTEGER}, {"multipleOf": 6, **INTEGER}, "multiples of 4"),
    ("shorter text", {"maxLength": 7, **TEXT}, {"maxLength": 8, **TEXT}, "at most 7 characters"),
    ("a pattern", {"pattern": "^a", **TEXT}, TEXT, "pattern"),
    ("items", {"type": "array", "items": INTEGER}, {"type": "array", "items": TEXT}, "/items: "),
    ("fewer items", {"type": "array", "maxItems": 2}, {"type": "array"}, "at most 2 items"),
    ("a recursive schema", TREE, WIDER_TREE, "/properties/value: "),
    ("a kind less", KINDS, MORE_KINDS, "no single branch"),
    ("kinds that overlap", {"oneOf": [TEXT, {"minLength": 3}]}, TEXT, "no single branch"),
    ("a negation", {"not": {"minLength": 3}}, TEXT, "reader's not"),
    ("nothing is taken", False, TEXT, "takes nothing"),
    ("named patterns", {"patternProperties": {"^x": TEXT}}, record(a=TEXT), "patternProperties"),
    (
        "a property that was open",
        record(a=TEXT),
        {"type": "object", "additionalProperties": True},
        "/properties/a: ",
    ),
    ("conditions", {"if": TEXT, "then": {"minLength": 2}}, TEXT, "reader's if/then"),
]


@pytest.mark.parametrize(
    ("reader", "writer"), [pair[1:] for pair in COMPATIBLE], ids=[pair[0] for pair in COMPATIBLE]
)
def test_a_step_that_keeps_old_documents_readable_is_taken(reader: Any, writer: Any) -> None:  # noqa: ANN401
    assert faults(reader, writer) == []


@pytest.mark.parametrize(
    ("reader", "writer", "sentence"),
    [case[1:] for case in INCOMPATIBLE],
    ids=[case[0] for case in INCOMPATIBLE],
)
def test_a_step_that_breaks_old_documents_is_told(
    reader: Any,  # noqa: ANN401
    writer: Any,  # noqa: ANN401
    sentence: str,
) -> None:
    found = faults(reader, writer)

    assert found
    assert any(_matches(sentence, one) for one in found), found


def _matches(sentence: str, text: str) -> bool:
    first, _, second = sentence.partition(".*")
    return first in text and second in text


NAMES = st.sampled_from(["a", "b"])
SMALL = st.integers(-1, 3)
SCALARS = [None, True, False, 0, 1, 2, 3.0, 0.5, "", "ab", "abc"]
VALUES: list[Any] = [
    *SCALARS,
    *([], [1], ["ab"], [None, 0.5], [1, 1], [0, "abc", True]),
    *({}, {"a": []}, {"a": {"b": "ab"}}, {"b": [2, "ab"]}),
    *({name: value} for name in "ab" for value in SCALARS),
    *({"a": left, "b": right} for left, right in itertools.product(SCALARS[::2], SCALARS[::3])),
]
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object", ["string", "null"]]
KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(TYPES),
    "enum": st.lists(st.sampled_from(VALUES), min_size=1, max_size=3),
    "const": st.sampled_from(VALUES),
    "minimum": SMALL,
    "exclusiveMinimum": SMALL,
    "maximum": SMALL,
    "exclusiveMaximum": SMALL,
    "multipleOf": st.sampled_from([1, 2, 0.5]),
    "minLength": st.integers(0, 2),
    "maxLength": st.integers(0, 3),
    "minItems": st.integers(0, 1),
    "maxItems": st.integers(0, 2),
    "uniqueItems": st.booleans(),
    "required": st.lists(NAMES, unique=True, max_size=2),
    "minProperties": st.integers(0, 1),
    "maxProperties": st.integers(0, 2),
}


@st.composite
def schemas(draw: st.DrawFn, depth: int = 0) -> Any:  # noqa: ANN401
    if draw(st.integers(0, 9)) == 0:
        return draw(st.booleans())
    schema = {word: draw(KEYWORDS[word]) for word in draw(some(KEYWORDS, 2))}
    if depth < 2:
        inside = schemas(depth + 1)
        several = st.lists(inside, min_size=1, max_size=3)
        words = {
            **dict.fromkeys(("additionalProperties", "items", "not", "contains"), inside),
            **dict.fromkeys(("if", "then", "else", "propertyNames"), inside),
            **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems"), several),
            "properties": st.dictionaries(NAMES, inside, max_size=2),
            "$ref": st.sampled_from(["#", "#/$defs/x"]),
        }
        schema |= {word: draw(words[word]) for word in draw(some(words, 2))}
    return schema


def some(words: Any, most: int) -> st.SearchStrategy[list[str]]:  # noqa: ANN401
    return st.lists(st.sampled_from(sorted(words)), unique=True, max_size=most)


@st.composite
def evolved(draw: st.DrawFn) -> tuple[Any, Any]:
    """Make two schemas that differ in a few keywords, so that they are often compatible."""
    definitions = {**DRAFT, "$defs": {"x": draw(schemas(2))}}
    before = draw(schemas())
    left = {**definitions, **(before if isinstance(before, dict) else {"allOf": [before]})}
    right = copy.deepcopy(left)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from([schema for _, schema in subschemas(right)]))
        word = draw(st.sampled_from(sorted({*place, "type", "enum", "minLength", "required"})))
        if word in KEYWORDS and draw(st.booleans()):
            place[word] = draw(KEYWORDS[word])
        elif word not in definitions:
            place.pop(word, None)
    return (left, right) if draw(st.booleans()) else (right, left)


def valid(schema: Any, value: Any) -> bool:  # noqa: ANN401
    try:
        return bool(validator_for(schema)(schema).is_valid(value))
    except RecursionError:
        return False


@settings(max_examples=200, deadline=None)
@given(evolved())
def test_what_is_found_compatible_reads_every_document(pair: tuple[Any, Any]) -> None:
    reader, writer = pair
    for _, schema in subschemas(writer):
        # Without this word, properties without a name are taken as not written.
        schema.setdefault("additionalProperties", True)
    try:
        compatible = faults(reader, writer) == []
    except InvalidDefinitionError:
        reject()
    event(f"compatible: {compatible}")
    if not compatible:
        return

    for value in VALUES:
        if valid(writer, value):
            assert valid(reader, value), value
