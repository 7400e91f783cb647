"""JSON lines: types by Glue's rules, and lines that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.types import print_type
from tests.crawlers.classifiers.test_csv import verdict

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import FileSchema

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def read(*rows: object) -> FileSchema:
    schema = verdict("\n".join(json.dumps(row) for row in rows)).schema
    assert schema is not None
    assert schema.format == "json"
    return schema


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, -5], "int"),
        ([2**31], "bigint"),
        ([1, 2**40], "bigint"),
        ([2**63], "double"),
        ([1, 2.5], "double"),
        ([True, None], "boolean"),
        (["x"], "string"),
        (["2013-01-01"], "string"),
        ([None], "void"),
        ([1, "x"], "string"),
        ([[1, 2.5], [], None], "array<double>"),
        ([[1, "x"]], "array<string>"),
        ([{"a": 1}, {"b": [True]}], "struct<a:int,b:array<boolean>>"),
        ([{"a": 1}, {"a": "x"}], "struct<a:string>"),
        ([{"a": 1}, 5], "string"),
        ([{}], "string"),
    ],
)
def test_types_follow_glues_rules(values: list[object], expected: str) -> None:
    schema = read(*({"v": value} for value in values))

    assert [print_type(column.type) for column in schema.columns] == [expected]


def test_a_broken_line_is_named_and_the_others_count() -> None:
    schema = verdict('{"a": 1}\n{"a": 2,}\n{"a": 3}\n').schema

    assert schema is not None
    assert schema.records == 2
    assert len(schema.warnings) == 1
    assert schema.warnings[0].startswith("line 2 is not a JSON object")


def test_a_file_of_broken_lines_is_named_with_the_first() -> None:
    assert "line 1 is not a JSON object" in str(verdict('{"a": \n{"b"\n').problem)


def test_an_array_is_not_taken_for_lines() -> None:
    assert "one JSON array" in str(verdict('[{"a": 1}]').problem)


def test_nesting_without_end_is_named_not_followed() -> None:
    text = '{"a": 1}\n' + '{"a":' * 100_000 + "1" + "}" * 100_000 + '\n{"a": 2}'
    schema = verdict(text).schema

    assert schema is not None
    assert schema.warnings == ("line 2 is not a JSON object: it nests too deep",)


def test_two_lines_that_disagree_are_both_named() -> None:
    assert 'line 1 holds 5; line 2 holds "x"'.replace(";", ",") in read(
        {"a": 5}, {"a": "x"}
    ).columns[0].reason.replace(";", ",")


@given(st.lists(st.dictionaries(st.text(max_size=3), VALUES), min_size=1), st.randoms())
def test_the_order_of_lines_decides_no_type(rows: list[object], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    one = {item.name: _sorted_members(print_type(item.type)) for item in read(*rows).columns}
    other = {item.name: _sorted_members(print_type(item.type)) for item in read(*shuffled).columns}
    assert one == other


def _sorted_members(text: str) -> list[str]:
    return sorted(text)
