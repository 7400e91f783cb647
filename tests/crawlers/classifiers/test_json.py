"""JSON of every layout: types by Glue's rules, cut heads, damage, and what readers are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.merge import widest
from gluepot.catalog.types import Type, parse_type, print_type
from gluepot.crawlers.classifiers.json import Json
from gluepot.crawlers.classifiers.json_path import parse_path
from gluepot.crawlers.classifiers.json_types import type_of_values
from tests.crawlers.classifiers.heads import head

if TYPE_CHECKING:
    from random import Random

    from gluepot.crawlers.classifiers.base import Classification, FileSchema

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), min_size=1, max_size=5)


def classify(
    text: str | bytes, *, path: str | None = None, complete: bool = True
) -> Classification:
    reader = Json(None if path is None else parse_path(path))
    return reader.classify(head(text, complete=complete))


def read(text: str | bytes, *, path: str | None = None, complete: bool = True) -> FileSchema:
    answer = classify(text, path=path, complete=complete)
    assert answer.schema is not None, answer
    assert answer.certainty == 1.0
    return answer.schema


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def types(schema: FileSchema) -> dict[str, str]:
    return {column.name: print_type(column.type) for column in schema.columns}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, -5], "int"),
        ([2**31], "bigint"),
        ([1, 2**40], "bigint"),
        ([2**63 - 1, -(2**63)], "bigint"),
        ([2**63], "decimal(38,0)"),
        ([1, -(2**63) - 1], "decimal(38,0)"),
        ([10**38], "string"),
        ([2**64, 0.5], "double"),
        ([1, 2.5], "double"),
        ([True, None], "boolean"),
        (["x"], "string"),
        (["2013-01-01"], "string"),
        ([None], "void"),
        ([1, "x"], "string"),
        ([True, 1], "string"),
        ([[1, 2.5], [], None], "array<double>"),
        ([[1, "x"]], "array<string>"),
        ([[]], "array<void>"),
        ([[], [[1]]], "array<array<int>>"),
        ([{"a": 1}, {"b": [True]}], "struct<a:int,b:array<boolean>>"),
        ([{"a": 1}, {"a": "x"}], "struct<a:string>"),
        ([{"Ab": 1}, {"aB": 2.5}], "struct<Ab:double>"),
        ([{"a:b": 1}], "struct<`a:b`:int>"),
        ([{"a": 1}, 5], "string"),
        ([{}], "void"),
        ([{}, {"a": 1}, None], "struct<a:int>"),
    ],
)
def test_types_follow_glues_rules(values: list[object], expected: str) -> None:
    assert types(read(lines(*({"v": value} for value in values)))) == {"v": expected}


def test_numbers_beyond_a_double_and_words_for_numbers_are_doubles() -> None:
    assert types(read('{"a": 1e400, "b": NaN, "c": -Infinity}')) == dict.fromkeys("abc", "double")


def test_a_number_of_very_many_digits_is_text() -> None:
    assert types(read('{"a": ' + "9" * 100_000 + "}")) == {"a": "string"}


def test_two_lines_that_disagree_are_both_named() -> None:
    (column,) = read(lines({"a": None}, {"a": 5}, {"a": 6}, {"a": "x"})).columns

    assert column.reason == 'in 3 of 4 objects read; line 2 holds 5, line 4 holds "x"'


def test_the_value_that_widened_a_column_is_named() -> None:
    (column,) = read(lines({"a": 1}, {"a": 2}, {"a": 2**40}, {"a": 3})).columns

    assert column.reason == f"in 4 of 4 objects read, such as {2**40} on line 3"


def test_members_that_disagree_are_named_by_their_path() -> None:
    schema = read(lines({"a": {"b": [1]}}, {"a": {"b": ["x"]}}))

    assert types(schema) == {"a": "struct<b:array<string>>"}
    assert schema.warnings == ("a.b[] holds values of several types: it is string",)


def test_keys_that_differ_in_case_are_one_column() -> None:
    schema = read(lines({"Id": 1}, {"id": 2.5}, {"Id": 3, "ID": None}))

    assert types(schema) == {"Id": "double"}
    assert schema.warnings == ("'Id', 'id', 'ID' differ only in case: they are one column 'Id'",)


def test_a_key_that_stands_twice_is_named_and_the_last_value_counts() -> None:
    schema = read('{"a": "x", "a": 1}')

    assert types(schema) == {"a": "int"}
    assert "'a' stand twice in an object" in schema.warnings[0]


def test_a_broken_line_is_named_and_the_others_count() -> None:
    schema = read('{"a": 1}\n{"a": 2,}\n{"a": 3}\n')

    assert schema.records == 2
    assert not schema.exact
    assert len(schema.warnings) == 1
    assert schema.warnings[0].startswith("line 2 is not a JSON object: ")


@pytest.mark.parametrize("text", ['{"a": \n{"b"\n', "{'a': 1}", "{a: 1}\n" * 200, "[2024] started"])
def test_what_only_looks_like_json_has_no_schema(text: str) -> None:
    answer = classify(text)

    assert answer.schema is None
    assert "line 1" in f"{answer.reason} {answer.problem}"


def test_objects_in_any_layout_make_the_same_columns() -> None:
    rows = [{"a": 1, "b": {"c": [1.5]}}, {"a": 2**40, "d": "}{"}]
    expected = types(read(lines(*rows)))

    assert expected == {"a": "bigint", "b": "struct<c:array<double>>", "d": "string"}
    assert types(read("".join(json.dumps(row) for row in rows))) == expected
    assert types(read("\n\n".join(json.dumps(row, indent=4) for row in rows))) == expected
    assert types(read(json.dumps(rows), path="$[*]")) == expected
    assert types(read(json.dumps(rows, indent=2), path="$[*]")) == expected
    assert types(read(json.dumps({"x": [rows]}), path="$.x[0][*]")) == expected


def test_objects_over_several_lines_are_told_to_spark_and_denied_to_hive() -> None:
    pretty = read(json.dumps({"a": 1}, indent=1))
    several = read("\n".join([json.dumps({"a": 1}, indent=1)] * 2))
    flat = read('{"a": 1}\n')

    assert pretty.parameters == {"multiLine": "true"}
    assert pretty.traits == (("multiLine", "true"),)
    assert "Hive and Athena read one object a line" in pretty.warnings[0]
    assert "only the first of its 2 values" in several.warnings[0]
    assert (flat.parameters, flat.traits, flat.warnings) == ({}, (), ())


def test_an_array_at_the_root_is_one_column_as_glue_has_it() -> None:
    answer = classify('[{"a": 1, "b": "x"}, {"a": 2.5}]')

    assert answer.schema is not None
    assert types(answer.schema) == {"array": "array<struct<a:double,b:string>>"}
    assert answer.schema.records == 1
    assert "path $[*] makes a row of each element, with the columns a, b" in answer.reason
    assert "no reader finds a column 'array'" in answer.schema.warnings[0]


@pytest.mark.parametrize(
    ("path", "expected", "records"),
    [
        ("$", {"n": "int", "items": "array<struct<id:int>>", "by": "struct<x:struct<k:int>>"}, 1),
        ("$.items[*]", {"id": "int"}, 2),
        ("$['items'][1]", {"id": "int"}, 1),
        ("$.items[*].id", {"id": "int"}, 2),
        ("$.by.*", {"k": "int"}, 1),
        ("$.items", {"items": "array<struct<id:int>>"}, 1),
        ("$.n", {"n": "int"}, 1),
    ],
)
def test_a_path_says_what_the_rows_are(path: str, expected: dict[str, str], records: int) -> None:
    schema = read('{"n":1,"items":[{"id":1},{"id":2}],"by":{"x":{"k":3}}}', path=path)

    assert types(schema) == expected
    assert schema.records == records
    assert schema.parameters == {"jsonPath": path}
    assert any("know no path" in warning for warning in schema.warnings) == (path != "$")


def test_a_path_that_leads_nowhere_leaves_the_file_to_others() -> None:
    answer = classify('{"a": 1}', path="$.b[*]")

    assert answer.certainty == 0.0
    assert "$.b[*] leads to nothing" in answer.reason


def test_rows_of_a_path_are_named_by_where_they_stand() -> None:
    (column,) = read('{"r": [{"v": 1}, {"v": "x"}]}', path="$.r[*]").columns

    assert column.reason.endswith('$.r[0] holds 1, $.r[1] holds "x"')


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
def test_encodings_are_read_and_told(encoding: str) -> None:
    schema = read('{"städte": 1, "größe": 2.5}\n{"städte": 7}\n'.encode(encoding))

    assert types(schema) == {"städte": "int", "größe": "double"}
    assert bool(schema.serde_parameters) == (encoding != "utf-8-sig")


def test_a_head_without_a_whole_line_asks_for_more_and_tells_what_it_knows() -> None:
    answer = classify('{"a": 1, "b": [{"c": 2.5, "d": "so', complete=False)

    assert answer.needs_more
    assert answer.schema is not None
    assert types(answer.schema) == {"a": "int", "b": "array<struct<c:double>>"}
    assert answer.schema.records == 1
    assert "its first value is longer than the 34 bytes read" in answer.schema.warnings[0]


def test_a_cut_array_gives_its_whole_elements() -> None:
    answer = classify('[\n{"a": 1},\n{"a": 2},\n{"a": tru', complete=False)

    assert not answer.needs_more
    assert answer.schema is not None
    assert types(answer.schema) == {"array": "array<struct<a:int>>"}
    assert types(read('[{"a": 1},{"a": 2.5', path="$[*]", complete=False)) == {"a": "int"}


def test_rows_of_a_cut_document_are_estimated_from_its_size() -> None:
    text = "[" + ",".join(['{"a": 1}'] * 1000)
    schema = (
        Json(parse_path("$[*]"))
        .classify(head(text, complete=False, plain_size=10 * len(text)))
        .schema
    )

    assert schema is not None
    assert 9_900 <= schema.records <= 10_100


def test_a_damaged_document_is_read_up_to_the_damage() -> None:
    schema = read('[{"a": 1}, {"a": 2}, {"a": ', path="$[*]")
    hidden = classify('[{"a": 1}, oops' + "x" * 100)

    assert types(schema) == {"a": "int"}
    assert "what follows was not read" in schema.warnings[0]
    assert hidden.schema is None


@pytest.mark.parametrize("opened", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("complete", [True, False])
def test_nesting_without_end_is_named_not_followed(opened: str, *, complete: bool) -> None:
    first = classify(opened * 100_000, complete=complete)
    later = classify('{"a": 1}\n' + opened * 100_000 + '\n{"a": 2}\n', complete=complete)

    assert "nests too deep" in str(first.problem)
    assert later.schema is not None
    assert later.schema.warnings == ("line 2 is not a JSON object: it nests too deep",)


def test_values_that_nest_deeper_than_types_become_text_below() -> None:
    schema = read('{"a": ' + "[" * 150 + "1" + "]" * 150 + "}")

    assert types(schema) == {"a": "array<" * 50 + "string" + ">" * 50}


def test_keys_that_no_database_takes_are_made_legible() -> None:
    schema = read('{"a\\u0000b": {"\\ud800": 1}}')

    assert types(schema) == {"a\ufffdb": "struct<\ufffd:int>"}


def test_very_many_members_are_data_not_columns() -> None:
    many = {f"k{number}": 1 for number in range(10_001)}

    assert "10,001 different members" in str(classify(json.dumps(many)).problem)
    assert types(read(json.dumps({"a": many}))) == {"a": "string"}
    assert types(read(json.dumps(many), path="$.*")) == {"value": "int"}


def test_very_many_short_values_are_counted_by_their_size() -> None:
    for text in ('{"a":1}\n' * 200_000, '{"a":1}' * 200_000):
        schema = read(text)

        assert not schema.exact
        assert schema.records == pytest.approx(200_000, rel=0.01)


def test_objects_without_members_are_named() -> None:
    assert classify("{}\n{}\n").problem == "its objects have no members"


@settings(max_examples=50)
@given(ROWS, st.sampled_from(["lines", "indented", "array", "pretty array", "run on"]))
def test_a_layout_loses_no_type(rows: list[dict[str, Any]], layout: str) -> None:
    text = {
        "lines": lines(*rows),
        "indented": "\n".join(json.dumps(row, indent=1) for row in rows),
        "run on": "".join(json.dumps(row, ensure_ascii=False) for row in rows),
        "array": json.dumps(rows),
        "pretty array": json.dumps(rows, indent="\t"),
    }[layout]
    schema = read(text, path="$[*]" if "array" in layout else None)

    assert schema.records == len(rows)
    for column in schema.columns:
        parse_type(print_type(column.type))
        found = [
            value
            for row in rows
            for name, value in row.items()
            if name.lower() == column.name.lower()
        ]
        assert column.type == (type_of_values(found) or parse_type("string"))


@settings(max_examples=60)
@given(ROWS, st.sampled_from([None, 1]), st.data())
def test_a_head_cut_anywhere_tells_nothing_that_the_whole_does_not(
    rows: list[dict[str, Any]], indent: int | None, data: st.DataObject
) -> None:
    text = json.dumps(rows, indent=indent, ensure_ascii=False).encode()
    cut = data.draw(st.integers(1, len(text)))
    answer = classify(text[:cut], path="$[*]", complete=False)

    if answer.schema is not None:
        whole = {column.name.lower(): column.type for column in read(text, path="$[*]").columns}
        for column in answer.schema.columns:
            assert _holds(whole[column.name.lower()], column.type)


def _holds(whole: Type, part: Type) -> bool:
    both = widest(whole, part)
    return print_type(whole) == "string" or both is None or print_type(both) == print_type(whole)


@given(st.binary(max_size=300), st.sampled_from([b"", b"{", b"[", b'{"a":1}\n', b'[{"']))
def test_no_bytes_raise(data: bytes, start: bytes) -> None:
    for path in (None, "$[*].a"):
        for complete in (True, False):
            answer = classify(start + data, path=path, complete=complete)
            assert 0.0 <= answer.certainty <= 1.0


@settings(max_examples=40)
@given(ROWS, st.randoms())
def test_the_order_of_lines_decides_no_type(rows: list[object], random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)

    one = {name.lower(): sorted(text.lower()) for name, text in types(read(lines(*rows))).items()}
    other = types(read(lines(*shuffled)))
    assert one == {name.lower(): sorted(text.lower()) for name, text in other.items()}
