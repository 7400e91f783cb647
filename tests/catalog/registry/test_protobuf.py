from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.registry.errors import InvalidDefinitionError
from gluepot.catalog.registry.protobuf import parse_protobuf
from gluepot.catalog.registry.protobuf_compatibility import protobuf_incompatibilities


def proto3(*messages: str) -> str:
    return "\n".join(['syntax = "proto3";', *messages])


def row(*fields: str) -> str:
    return proto3(f"message Row {{ {' '.join(fields)} }}")


def needed(*fields: str, more: str = "") -> str:
    return f'syntax = "proto2"; message Row {{ {" ".join(fields)} }} {more}'


FAULTS = [
    ("", "it declares no message"),
    ("message A { string a = ; }", "at line 1, column 24: ';' is not expected here"),
    ('syntax = "proto3";\n\nmessage A { int32 a = 1 }', "at line 3, column 25: '}'"),
    ("// a\n/* b\n */ message A { x }", "at line 3, column 19"),
    ("message A { string a = 1; }", "message A, field a: proto2 wants optional"),
    ('edition = "2023"; message A {}', "editions are not supported"),
    ('syntax = "proto4"; message A {}', "neither proto2 nor proto3"),
    (proto3("package a; package b; message A {}"), "more than one package"),
    (proto3('import "x.proto"; message A {}'), "imports 'x.proto'"),
    (proto3("message A {} message A {}"), "A is declared a second time"),
    (proto3("message A { message B { B.C c = 1; } }"), "the type 'B.C' is not declared"),
    (proto3("message A { google.protobuf.Any a = 1; }"), "is not declared, nor imported"),
    (row("int32 a = 1;", "int32 b = 1;"), "field b: a has the number 1 already"),
    (row("int32 a = 1;", "int32 a = 2;"), "a field of this name already"),
    (row("int32 a = 0;"), "the number 0 cannot be"),
    (row("int32 a = 19500;"), "without 19000 to 19999"),
    (row("int32 a = 536870912;"), "1 to 536870911"),
    (row("int32 a = 0x10;"), "write numbers in decimal"),
    (row("reserved 2, 4 to 6;", "int32 a = 5;"), "the number 5 is reserved"),
    (row("reserved 9 to max;", "int32 a = 99;"), "the number 99 is reserved"),
    (row('reserved "a";', "int32 a = 5;"), "the name is reserved"),
    (row("reserved 6 to 4;"), "ends before it begins"),
    (row("required int32 a = 1;"), "proto3 has no required fields"),
    (row("int32 a = 1 [default = 5];"), "proto3 has no defaults"),
    (row("map<float, string> a = 1;"), "'float' is not expected here"),
    (row("oneof a { }"), "oneof a: it has no field"),
    (needed("optional group G = 1 { optional int32 a = 1; }"), "groups and extensions"),
    (needed("extensions 5 to 9;", "optional int32 a = 5;"), "the number 5 is of extensions"),
    (proto3("message A {} enum E { }"), "enum E: it has no value"),
    (proto3("message A {} enum E { X = 1; }"), "the first value has the number 0"),
    (proto3("message A {} enum E { X = 0; Y = 0; }"), "Y has the number 0 of another value"),
    (proto3("message A {} enum E { X = 0; } enum F { X = 0; }"), "X is declared a second time"),
    (proto3("message A {} enum E { X = 0; Y = 2147483648; }"), "more than 32 bits"),
    (proto3("enum E { X = 0; } message A {} service S { rpc Do(E) returns (A); }"), "no message"),
    ("message A {" * 40 + "}" * 40, "nests deeper than 32"),
    (proto3("message A { " + ";" * 70_000 + "}"), "more than 60000 words"),
    (proto3("message A {} // \0"), "NUL"),
]


@pytest.mark.parametrize(("text", "sentence"), FAULTS)
def test_a_faulty_file_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(InvalidDefinitionError) as caught:
        parse_protobuf(text)

    assert sentence in caught.value.fault


def test_a_file_is_read_with_its_types_resolved() -> None:
    text = proto3(
        'package a.b; import "google/protobuf/any.proto"; option java_package = "/* no comment";',
        "message Row { Inner.Deep d = 1; .a.b.Kind k = 2; b.Row r = 3; google.protobuf.Any x = 4;",
        "  message Inner { message Deep { Inner up = 1; } } }",
        "enum Kind { option allow_alias = true; NONE = 0; ZERO = 0; }",
        "service S { rpc Do(Row) returns (stream Row.Inner) { option deprecated = true; } }",
    )

    found = parse_protobuf(text)

    assert list(found.messages) == ["a.b.Row", "a.b.Row.Inner", "a.b.Row.Inner.Deep"]
    types = [one.type.name for one in found.messages["a.b.Row"].fields]
    assert types == ["a.b.Row.Inner.Deep", "a.b.Kind", "a.b.Row", "google.protobuf.Any"]


def test_blanks_and_comments_do_not_make_another_definition() -> None:
    left = parse_protobuf(row("int32 a = 1;"))
    right = parse_protobuf(f"// new\n{row('int32 /* old */   a=1 ;')}\n")

    assert left.normal_form == right.normal_form


WORDS = st.sampled_from(
    [
        *("syntax", "=", '"proto3"', ";", "message", "A", "B", "{", "}", "int32", "a", "b", "1"),
        *("repeated", "oneof", "map", "<", ">", ",", "enum", "E", "X", "0", "reserved", "to"),
        *("import", "package", ".", "option", "(", ")", "[", "]", "optional", "string", "max"),
        *("/", "'", '"', "//", "/*", "*/", "2", "service", "rpc", "returns", "extend", "-"),
    ]
)


@given(st.lists(WORDS, max_size=30), st.booleans())
def test_any_text_is_read_or_refused_in_words(words: list[str], inside: bool) -> None:  # noqa: FBT001
    text = " ".join(words)
    try:
        found = parse_protobuf(row(text) if inside else text)
    except InvalidDefinitionError:
        return
    assert found.messages


def faults(reader: str, writer: str) -> list[str]:
    found = protobuf_incompatibilities(parse_protobuf(reader), parse_protobuf(writer))
    return [str(fault) for fault in found]


KIND = "enum Kind { NONE = 0; ONE = 1; }"
MORE = "enum Kind { NONE = 0; ONE = 1; TWO = 2; }"
TREE = proto3("message Row { int32 value = 1; repeated Row rows = 2; }")
LONG_TREE = proto3("message Row { int64 value = 1; repeated Row rows = 2; }")
TEXT_TREE = proto3("message Row { string value = 1; repeated Row rows = 2; }")
EMPTY = row()
STAMPED = proto3(
    'import "google/protobuf/timestamp.proto";',
    "message Row { google.protobuf.Timestamp a = 1; }",
)

COMPATIBLE = [
    ("a field more", row("int32 a = 1;", "string b = 2;"), row("int32 a = 1;")),
    ("a field less", row("reserved 1;"), row("int32 a = 1;")),
    ("a renamed field", row("int32 b = 1;"), row("int32 a = 1;")),
    ("another number of the same group", row("uint64 a = 1;"), row("int32 a = 1;")),
    ("bool to int32", row("int32 a = 1;"), row("bool a = 1;")),
    ("zigzag", row("sint64 a = 1;"), row("sint32 a = 1;")),
    ("four bytes", row("sfixed32 a = 1;"), row("fixed32 a = 1;")),
    ("eight bytes", row("fixed64 a = 1;"), row("sfixed64 a = 1;")),
    ("string to bytes", row("bytes a = 1;"), row("string a = 1;")),
    ("bytes to string", row("string a = 1;"), row("bytes a = 1;")),
    (
        "enum to int32",
        proto3("message Row { int32 a = 1; }"),
        proto3("message Row { Kind a = 1; }", KIND),
    ),
    (
        "an enum value more",
        proto3("message Row { Kind a = 1; }", MORE),
        proto3("message Row { Kind a = 1; }", KIND),
    ),
    (
        "an enum value less",
        proto3("message Row { Kind a = 1; }", KIND),
        proto3("message Row { Kind a = 1; }", MORE),
    ),
    ("one to many", row("repeated int32 a = 1;"), row("int32 a = 1;")),
    ("many texts to one", row("string a = 1;"), row("repeated string a = 1;")),
    ("a message to bytes", row("bytes a = 1;"), row("Row a = 1;")),
    ("a wider recursive message", LONG_TREE, TREE),
    ("a message more", proto3("message Row {} message Other {}"), EMPTY),
    (
        "a part that is new, with its field",
        row("int32 a = 1;"),
        proto3("message Row { int32 a = 1; Part b = 2; } message Part { int32 c = 1; }"),
    ),
    (
        "a part of another name",
        proto3("message Row { New a = 1; } message New { int64 b = 1; }"),
        proto3("message Row { Old a = 1; } message Old { int32 b = 1; }"),
    ),
    ("one field into a oneof", row("oneof x { int32 a = 1; }"), row("int32 a = 1;")),
    (
        "a field more in a oneof",
        row("oneof x { int32 a = 1; int32 b = 2; }"),
        row("oneof x { int32 a = 1; }"),
    ),
    (
        "out of a oneof",
        row("int32 a = 1;", "int32 b = 2;"),
        row("oneof x { int32 a = 1; int32 b = 2; }"),
    ),
    (
        "a map as its entries",
        proto3("message Row { repeated Pair a = 1; message Pair { string k = 1; int64 v = 2; } }"),
        row("map<string, int32> a = 1;"),
    ),
    (
        "entries as a map",
        row("map<string, int32> a = 1;"),
        proto3("message Row { repeated Pair a = 1; message Pair { string k = 1; int64 v = 2; } }"),
    ),
    ("no longer required", needed("optional int32 a = 1;"), needed("required int32 a = 1;")),
    ("proto2 to proto3", row("int32 a = 1;"), needed("optional int32 a = 1;")),
    ("a known type", STAMPED, STAMPED),
]
INCOMPATIBLE = [
    ("int to string", row("string a = 1;"), row("int32 a = 1;"), "Row.a: field 1 is string"),
    ("varint to zigzag", row("sint32 a = 1;"), row("int32 a = 1;"), "differently on the wire"),
    ("varint to fixed", row("fixed32 a = 1;"), row("uint32 a = 1;"), "differently on the wire"),
    ("float to double", row("double a = 1;"), row("float a = 1;"), "differently on the wire"),
    ("bytes to a message", row("Row a = 1;"), row("bytes a = 1;"), "differently on the wire"),
    ("a number used again", row("string b = 1;"), row("int32 a = 1;"), "Row.b"),
    ("many numbers to one", row("int32 a = 1;"), row("repeated int32 a = 1;"), "packed together"),
    (
        "newly required",
        needed("required int32 a = 1;"),
        needed("optional int32 a = 1;"),
        "requires field 1",
    ),
    ("required and new", needed("required int32 a = 1;"), needed(), "requires field 1"),
    (
        "an unknown number of a required closed enum",
        needed("required Kind a = 1;", more=KIND),
        needed("required Kind a = 1;", more=MORE),
        "may write 2",
    ),
    ("a recursive message", TEXT_TREE, TREE, "Row.value"),
    (
        "a message less",
        EMPTY,
        proto3("message Row {} message Other {}"),
        "Other: the reader's file",
    ),
    (
        "another package",
        proto3("package b; message Row {}"),
        proto3("package a; message Row {}"),
        "a.Row",
    ),
    (
        "two fields into a oneof",
        row("oneof x { int32 a = 1; int32 b = 2; }"),
        row("int32 a = 1;", "int32 b = 2;"),
        "Row.x: the reader takes one of the fields 1, 2",
    ),
    ("a map to one", row("string a = 1;"), row("map<string, string> a = 1;"), "a map on one side"),
    ("keys of a map", row("map<int32, string> a = 1;"), row("map<string, string> a = 1;"), "keys"),
    (
        "values of a map",
        row("map<int32, string> a = 1;"),
        row("map<int32, bool> a = 1;"),
        "field 1",
    ),
    (
        "a part",
        proto3("message Row { Part a = 1; } message Part { string b = 1; }"),
        proto3("message Row { Part a = 1; } message Part { int32 b = 1; }"),
        "Row.a.b",
    ),
]


@pytest.mark.parametrize(
    ("reader", "writer"), [case[1:] for case in COMPATIBLE], ids=[case[0] for case in COMPATIBLE]
)
def test_a_step_that_keeps_the_wire_readable_is_taken(reader: str, writer: str) -> None:
    assert faults(reader, writer) == []


@pytest.mark.parametrize(
    ("reader", "writer", "sentence"),
    [case[1:] for case in INCOMPATIBLE],
    ids=[case[0] for case in INCOMPATIBLE],
)
def test_a_step_that_breaks_the_wire_is_told(reader: str, writer: str, sentence: str) -> None:
    found = faults(reader, writer)

    assert any(sentence in one for one in found), found


SCALARS = st.sampled_from(
    ["int32", "int64", "bool", "sint32", "fixed32", "string", "bytes", "double", "Row", "Other"]
)
FIELDS = st.dictionaries(
    st.integers(1, 4), st.tuples(st.sampled_from(["", "repeated ", "optional "]), SCALARS)
)


def text_of(row_fields: dict[int, tuple[str, str]], other: dict[int, tuple[str, str]]) -> str:
    messages = []
    for name, fields in (("Row", row_fields), ("Other", other)):
        lines = [
            f"{label}{type_} f{number} = {number};" for number, (label, type_) in fields.items()
        ]
        messages.append(f"message {name} {{ {' '.join(lines)} }}")
    return proto3(*messages)


@given(FIELDS, FIELDS)
def test_a_file_reads_what_it_wrote(first: dict, second: dict) -> None:  # type: ignore[type-arg]
    text = text_of(first, second)

    assert faults(text, text) == []


@given(FIELDS, FIELDS, st.integers(1, 4))
def test_dropping_a_field_is_compatible_both_ways(
    first: dict[int, tuple[str, str]], second: dict[int, tuple[str, str]], number: int
) -> None:
    old = text_of(first, second)
    new = text_of({key: one for key, one in first.items() if key != number}, second)

    assert faults(new, old) == []
    assert faults(old, new) == []
