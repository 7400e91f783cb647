"""Laws of column types: print and parse undo each other, and merging is a least upper bound."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.merge import merge_columns, widest
from gluepot.catalog.model import Column
from gluepot.catalog.types import (
    BOOLEAN,
    PRIMITIVES,
    VOID,
    Array,
    Char,
    Decimal,
    Field,
    Map,
    Primitive,
    Struct,
    Type,
    Union,
    Varchar,
    from_arrow,
    parse_type,
    print_type,
    to_arrow,
    to_spark_ddl,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

decimals = st.integers(1, 38).flatmap(
    lambda precision: st.integers(0, precision).map(lambda scale: Decimal(precision, scale))
)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
few_names = st.sampled_from("abcde")


def nested(
    leaves: SearchStrategy[Type], names: SearchStrategy[str], *, unions: bool
) -> SearchStrategy[Type]:
    def extend(inner: SearchStrategy[Type]) -> SearchStrategy[Type]:
        fields = st.lists(
            st.builds(Field, names, inner), max_size=4, unique_by=lambda field: field.name.lower()
        )
        kinds: list[SearchStrategy[Type]] = [
            st.builds(Array, inner),
            st.builds(Map, inner, inner),
            fields.map(lambda found: Struct(tuple(found))),
        ]
        if unions:
            members = st.lists(inner, min_size=1, max_size=3)
            kinds.append(members.map(lambda found: Union(tuple(found))))
        return st.one_of(kinds)

    return st.recursive(leaves, extend, max_leaves=6)


primitives: SearchStrategy[Type] = st.sampled_from(sorted(PRIMITIVES)).map(Primitive)
lengths = st.integers(1, 65535)
scalars: SearchStrategy[Type] = st.one_of(
    primitives, decimals, st.builds(Char, lengths), st.builds(Varchar, lengths)
)
all_types = nested(scalars, names, unions=True)

mergeable: SearchStrategy[Type] = st.one_of(
    st.sampled_from(
        [*("tinyint", "smallint", "int", "bigint", "float", "double"), "date", "timestamp", "void"]
    ).map(Primitive),
    decimals,
    st.builds(Char, st.integers(1, 9)),
    st.builds(Varchar, st.integers(1, 9)),
    st.just(Primitive("string")),
)
alike = nested(mergeable, few_names, unions=False)


def in_any_order(type_: Type | None) -> Type | None:
    """Return a type with its members sorted: their order follows first sight, by design."""
    match type_:
        case Struct(fields):
            inner = [Field(item.name, in_any_order(item.type) or VOID) for item in fields]
            return Struct(tuple(sorted(inner, key=lambda field: field.name)))
        case Array(element):
            return Array(in_any_order(element) or VOID)
        case Map(key, value):
            return Map(in_any_order(key) or VOID, in_any_order(value) or VOID)
        case _:
            return type_


def joined(left: Type | None, right: Type | None) -> Type | None:
    return None if left is None or right is None else widest(left, right)


@given(all_types)
def test_a_printed_type_parses_to_the_same_tree(type_: Type) -> None:
    assert parse_type(print_type(type_)) == type_


@given(all_types)
def test_spaces_and_case_of_type_names_do_not_matter(type_: Type) -> None:
    text = print_type(type_)
    spaced = text.replace("<", " < ").replace(",", " , ") if "`" not in text else text

    assert parse_type(f" {spaced} ") == type_


@given(st.text(st.sampled_from("aint<>(),:`decml 19struc"), max_size=30))
def test_any_text_is_a_type_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        type_ = parse_type(text)
        assert parse_type(print_type(type_)) == type_


@given(alike, alike)
def test_widening_does_not_depend_on_the_order_of_samples(left: Type, right: Type) -> None:
    assert in_any_order(widest(left, right)) == in_any_order(widest(right, left))


@given(alike, alike, alike)
def test_widening_does_not_depend_on_the_grouping_of_samples(a: Type, b: Type, c: Type) -> None:
    one, other = joined(widest(a, b), c), joined(a, widest(b, c))

    assert in_any_order(one) == in_any_order(other)


@given(alike, alike)
def test_seeing_a_type_again_changes_nothing(left: Type, right: Type) -> None:
    assert widest(left, left) == left
    wide = widest(left, right)
    if wide is not None:
        assert in_any_order(widest(wide, right)) == in_any_order(wide)
        assert in_any_order(widest(left, wide)) == in_any_order(wide)


@pytest.mark.parametrize(
    ("left", "right", "wide"),
    [
        ("tinyint", "bigint", "bigint"),
        ("bigint", "double", "double"),
        ("tinyint", "float", "double"),
        ("float", "double", "double"),
        ("int", "decimal(4,2)", "decimal(12,2)"),
        ("bigint", "decimal(38,10)", "decimal(38,10)"),
        ("bigint", "decimal(38,37)", "double"),
        ("decimal(10,2)", "decimal(8,4)", "decimal(12,4)"),
        ("decimal(10,2)", "float", "double"),
        ("decimal(10,2)", "string", None),
        ("date", "timestamp", "timestamp"),
        ("void", "array<int>", "array<int>"),
        ("char(3)", "varchar(2)", "varchar(3)"),
        ("varchar(2)", "string", "string"),
        ("int", "string", None),
        ("boolean", "int", None),
        ("array<int>", "array<double>", "array<double>"),
        ("map<string,int>", "map<string,date>", None),
        ("struct<b:int,a:date>", "struct<A:timestamp,c:int>", "struct<b:int,a:timestamp,c:int>"),
        ("struct<a:int>", "struct<a:date>", None),
    ],
)
def test_the_widest_of_two(left: str, right: str, wide: str | None) -> None:
    found = widest(parse_type(left), parse_type(right))

    assert found == (None if wide is None else parse_type(wide))


columns = st.lists(
    st.builds(lambda name, type_: Column(name=name, type=print_type(type_)), few_names, mergeable),
    max_size=4,
    unique_by=lambda column: column.name,
)


@given(columns, columns)
def test_merged_columns_follow_first_sight_and_lose_none(
    left: list[Column], right: list[Column]
) -> None:
    merged = merge_columns(left, right)

    seen = [column.name for column in (*left, *right)]
    assert [column.name for column in merged.columns] == list(dict.fromkeys(seen))
    again = merge_columns(merged.columns, merged.columns)
    assert (again.columns, again.conflicts) == (merged.columns, ())


@given(columns, columns)
def test_merging_columns_does_not_depend_on_the_order_of_files(
    left: list[Column], right: list[Column]
) -> None:
    one, other = merge_columns(left, right), merge_columns(right, left)

    conflicts = {conflict.name for conflict in one.conflicts}
    assert conflicts == {conflict.name for conflict in other.conflicts}
    types = [
        {column.name: column.type for column in found.columns if column.name not in conflicts}
        for found in (one, other)
    ]
    assert types[0] == types[1]


def test_a_conflict_names_both_types_and_keeps_the_first() -> None:
    left = [Column(name="A", type="int", comment="c"), Column(name="b")]
    right = [Column(name="a", type="date"), Column(name="B", type="int", comment="d")]

    merged = merge_columns(left, right)

    assert merged.columns == (
        Column(name="A", type="int", comment="c"),
        Column(name="b", type="int", comment="d"),
    )
    (conflict,) = merged.conflicts
    assert (conflict.name, conflict.left, conflict.right) == ("A", "int", "date")


arrow_primitives: SearchStrategy[Type] = st.sampled_from(
    [
        *("boolean", "tinyint", "smallint", "int", "bigint", "float", "double"),
        *("string", "binary", "date", "timestamp", "void"),
    ]
).map(Primitive)
arrow_leaves: SearchStrategy[Type] = st.one_of(arrow_primitives, decimals)


@given(nested(arrow_leaves, few_names, unions=True))
def test_a_type_survives_arrow(type_: Type) -> None:
    assume("map<void" not in print_type(type_))

    assert from_arrow(to_arrow(type_)) == type_


def test_types_that_arrow_lacks_are_refused() -> None:
    for name in ("variant", "interval_day_time"):
        with pytest.raises(InvalidInputError, match=name):
            to_arrow(Primitive(name))
    with pytest.raises(InvalidInputError, match="map<void,int>"):
        to_arrow(parse_type("map<void,int>"))


@pytest.mark.parametrize(
    ("text", "ddl"),
    [
        ("decimal(10,2)", "DECIMAL(10,2)"),
        ("char(3)", "CHAR(3)"),
        ("map<string,array<tinyint>>", "MAP<STRING, ARRAY<TINYINT>>"),
        ("struct<`a``b`:int,c d:void>", "STRUCT<`a``b`: INT, `c d`: VOID>"),
        ("uniontype<int,string>", "STRUCT<`int`: INT, `string`: STRING>"),
        ("timestamp with local time zone", "TIMESTAMP_LTZ"),
    ],
)
def test_spark_spells_a_type(text: str, ddl: str) -> None:
    assert to_spark_ddl(parse_type(text)) == ddl


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("strng", "Did you mean 'string'"),
        ("array<int", "expected '>' at position 9, found 'the end'"),
        ("struct<a>", "expected ':'"),
        ("struct<:int>", "expected a member's name"),
        ("struct<`a:int>", "expected a closing backquote"),
        ("decimal(39,2)", "1 to 38 digits"),
        ("decimal(4,5)", "1 to 38 digits"),
        ("char(0)", "length of at least 1"),
        ("char(x)", "expected a number"),
        ("int int", "expected a type"),
        ("int>", "expected the end"),
        ("array<" * 200 + "int" + ">" * 200, "nest 100 deep"),
    ],
)
def test_a_text_that_is_no_type_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=r".*") as caught:
        parse_type(text)

    assert message in str(caught.value)


def test_booleans_stay_apart_from_numbers() -> None:
    assert widest(BOOLEAN, VOID) == BOOLEAN
    assert widest(BOOLEAN, Primitive("int")) is None
