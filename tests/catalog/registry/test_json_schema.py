from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.registry.errors import InvalidDefinitionError, MissingFormatError
from gluepot.catalog.registry.formats import fingerprint, incompatibilities, parse
from gluepot.catalog.registry.json_schema import DRAFTS, parse_json_schema

NEW = "https://json-schema.org/draft/2020-12/schema"

FAULTS = [
    ("{", "it is not JSON"),
    ([], "neither an object nor true or false"),
    ({"type": "strin"}, "at /type: 'strin'"),
    ({"properties": {"a/b": {"minLength": "x"}}}, "at /properties/a~1b/minLength: 'x'"),
    ({"required": "a"}, "at /required"),
    ({"$schema": "http://json-schema.org/draft-03/schema#"}, "none of the drafts 4 to 2020-12"),
    ({"$schema": 5}, "at /$schema: 5 is none"),
    ({"pattern": "("}, "at /pattern: '(' is no regular expression"),
    ({"patternProperties": {"[": {}}}, "at /patternProperties/[: '[' is no regular expression"),
    ({"properties": {"a": {"$ref": "#/definitions/b"}}}, "at /properties/a/$ref"),
    ({"$ref": "http://example.com/other.json"}, "is no place in this document"),
    ({"$ref": "#"}, "leads back to itself"),
    (
        {"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/a"}}},
        "leads back to itself",
    ),
    ({"$schema": NEW, "items": [{}]}, "at /items"),
    ("[" * 100 + "]" * 100, "nests deeper than 64"),
    ({"enum": [0] * 30_000}, "more than 20000 values"),
]


@pytest.mark.parametrize(("document", "sentence"), FAULTS)
def test_a_faulty_schema_is_told_with_its_place(document: object, sentence: str) -> None:
    text = document if isinstance(document, str) else json.dumps(document)

    with pytest.raises(InvalidDefinitionError) as caught:
        parse_json_schema(text)

    assert sentence in caught.value.fault


@pytest.mark.parametrize("uri", [*DRAFTS, *(f"{uri}#" for uri in DRAFTS)])
def test_each_draft_is_read_by_its_own_rules(uri: str) -> None:
    old = uri.startswith("http://json-schema.org/draft-04")
    exclusive = {"$schema": uri, "minimum": 1, "exclusiveMinimum": True}

    assert parse_json_schema(json.dumps({"$schema": uri})).draft == DRAFTS[uri.removesuffix("#")]
    if old:
        parse_json_schema(json.dumps(exclusive))
    else:
        with pytest.raises(InvalidDefinitionError, match="exclusiveMinimum"):
            parse_json_schema(json.dumps(exclusive))


def test_references_are_followed_by_pointer_anchor_and_id() -> None:
    schema = {
        "$schema": NEW,
        "$id": "http://example.com/root.json",
        "properties": {
            "pointer": {"$ref": "#/$defs/text"},
            "anchor": {"$ref": "#here"},
            "id": {"$ref": "part.json"},
            "whole": {"$ref": "http://example.com/root.json#/$defs/text"},
        },
        "$defs": {
            "text": {"$anchor": "here", "type": "string"},
            "part": {"$id": "part.json", "$ref": "#/$defs/own", "$defs": {"own": {"type": "null"}}},
        },
    }

    found = parse_json_schema(json.dumps(schema))

    own = found.document["properties"]
    text = found.document["$defs"]["text"]
    part = found.document["$defs"]["part"]
    targets = {name: found.targets[id(one)] for name, one in own.items()}
    assert targets == {"pointer": text, "anchor": text, "id": part, "whole": text}
    assert found.targets[id(part)] == {"type": "null"}


@pytest.mark.parametrize("pattern", [r"\p{L}+", r"^(?<name>a)$", r"[\d-x]"])
def test_what_only_javascript_knows_is_no_fault(pattern: str) -> None:
    assert parse_json_schema(json.dumps({"pattern": pattern})).document == {"pattern": pattern}


def test_blanks_and_the_order_of_members_do_not_make_another_definition() -> None:
    left = parse("JSON", '{"type": "object", "properties": {"a": {}, "b": {}}}')
    right = parse("JSON", '{\n"properties":{"b":{},"a":{}},"type":"object"}')

    assert fingerprint(left) == fingerprint(right)
    assert fingerprint(left) != fingerprint(parse("JSON", '{"type": "object"}'))


def chain(word: str, levels: int) -> str:
    """Return a schema whose size would double at each level if it were written out."""
    places = {
        f"l{level}": {word: [{"$ref": f"#/definitions/l{level + 1}"}] * 2}
        for level in range(levels)
    }
    last = {f"l{levels}": {"type": "string", "minLength": 1}}
    return json.dumps({"$ref": "#/definitions/l0", "definitions": {**places, **last}})


EXPLODING = [
    *(chain(word, 40) for word in ("allOf", "anyOf", "oneOf")),
    json.dumps({"allOf": [{"anyOf": [{"minimum": one}, {"maximum": one}]} for one in range(60)]}),
    json.dumps({"pattern": "(a+)+$", "enum": ["a" * 60 + "!"]}),
    json.dumps({"anyOf": [{"$ref": "#"}, {"type": "string"}]}),
    json.dumps({"not": {"$ref": "#"}}),
    json.dumps({"enum": [f"v{number}" for number in range(15_000)]}),
    json.dumps(
        {
            "allOf": [{"anyOf": [{}, {"minimum": one}]} for one in range(20)],
            "enum": list(range(10_000)),
        }
    ),
    json.dumps({"allOf": [{"properties": {f"p{one}": {}, f"q{one}": {}}} for one in range(2000)]}),
    json.dumps(
        {"enum": [list(range(1000)), {"a": 1}], "items": {"anyOf": [{"type": "integer"}] * 9}}
    ),
    json.dumps(
        {
            "$ref": "#/definitions/l0",
            "definitions": {
                f"l{level}": {"properties": {"a": {"$ref": f"#/definitions/l{(level + 1) % 900}"}}}
                for level in range(900)
            },
        }
    ),
]


@pytest.mark.parametrize("number", range(len(EXPLODING)))
def test_schemas_that_are_made_to_explode_are_compared_in_time(number: int) -> None:
    new = json.loads(EXPLODING[number])
    new["title"] = "another"
    more = {"maxLength": 3, "minimum": 5}

    for reader in (new, {**new, **more}):
        # Either answer will do; the comparison must end, and not in an exception.
        found = incompatibilities(
            reader=parse("JSON", json.dumps(reader)), writer=parse("JSON", EXPLODING[number])
        )
        assert all(str(one) for one in found)


WORDS = ["type", "properties", "items", "$ref", "allOf", "not", "$id", "pattern", "enum", "$anchor"]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from(["string", "#", "#/not", "a", "(", "http://[", "#a", "../x", "%", "[["]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(WORDS), JUNK, max_size=4))
def test_a_schema_is_read_or_refused_in_words(document: object) -> None:
    try:
        found = parse_json_schema(json.dumps(document))
    except InvalidDefinitionError as error:
        assert error.fault.startswith("at /")  # noqa: PT017
    else:
        assert found.document == document


@pytest.mark.parametrize(
    ("data_format", "package", "definition"),
    [
        ("JSON", "jsonschema", '{"title": "no package"}'),
        ("PROTOBUF", "proto_schema_parser", 'syntax = "proto3"; message NoPackage {}'),
    ],
)
def test_a_missing_package_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, data_format: str, package: str, definition: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingFormatError, match=r"gluepot\[registry\]"):
        parse(data_format, definition)
