from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.inference import (
    MOST_LEVELS,
    NOTHING,
    dump,
    infer,
    load,
    merge,
    to_type,
)

if TYPE_CHECKING:
    from random import Random

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def type_of(values: list[Any], expected: G.DataType | None = None) -> G.DataType:
    return to_type(infer(values, expected))


def choice(*kinds: G.DataType) -> G.ChoiceType:
    return G.ChoiceType(kinds)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], G.NullType()),
        ([None, None], G.NullType()),
        ([True, None], G.BooleanType()),
        ([2**31 - 1, -(2**31)], G.IntegerType()),
        ([2**31], G.LongType()),
        ([1, 2**63 - 1], choice(G.IntegerType(), G.LongType())),
        ([2**63], G.DecimalType(38, 0)),
        ([10**38], G.DoubleType()),
        ([1, 10**37, 10**40], choice(G.DecimalType(38, 0), G.DoubleType(), G.IntegerType())),
        ([1.5], G.DoubleType()),
        ([Decimal("1.25"), Decimal(100)], G.DecimalType(5, 2)),
        ([Decimal(10**37), Decimal("0.25")], G.StringType()),
        ([Decimal("NaN"), Decimal("1.5")], choice(G.DecimalType(2, 1), G.StringType())),
        (["a", b"a"], choice(G.BinaryType(), G.StringType())),
        ([MOMENT, MOMENT.date()], choice(G.DateType(), G.TimestampType())),
        ([date(2026, 1, 1)], G.DateType()),
        ([timedelta(1), range(2)], G.StringType()),
        ([[1], (None,), {"a"}], G.ArrayType(choice(G.IntegerType(), G.StringType()))),
        ([[], None], G.ArrayType(G.NullType())),
        ([{}], G.StructType()),
        ([np.int64(2**40), np.int8(1)], choice(G.IntegerType(), G.LongType())),
        ([np.float32(1)], G.DoubleType()),
        ([np.bool_(1)], G.BooleanType()),
    ],
    ids=repr,
)
def test_a_column_has_the_types_of_its_values(values: list[Any], expected: G.DataType) -> None:
    assert type_of(values) == expected


@pytest.mark.parametrize(
    ("values", "before", "expected"),
    [
        ([1, 2**40], G.LongType(), G.LongType()),
        ([1, "x"], G.LongType(), choice(G.LongType(), G.StringType())),
        ([1, 2**63], G.LongType(), choice(G.DecimalType(38, 0), G.LongType())),
        ([1], G.ShortType(), G.ShortType()),
        ([1, 2**15], G.ShortType(), G.IntegerType()),
        ([1, 2**40], G.ByteType(), choice(G.IntegerType(), G.LongType())),
        ([0.5, math.nan], G.FloatType(), G.FloatType()),
        ([0.5, 0.1], G.FloatType(), G.DoubleType()),
        ([Decimal("1.5")], G.DecimalType(10, 2), G.DecimalType(10, 2)),
        ([Decimal("1.567")], G.DecimalType(10, 2), G.DecimalType(11, 3)),
        ([MOMENT], G.TimestampNTZType(), G.TimestampNTZType()),
        ([MOMENT], G.TimestampType(), G.TimestampType()),
        (["a"], G.EnumType(["a", "b"]), G.EnumType(["a", "b"])),
        (["a", "c"], G.EnumType(["a", "b"]), G.StringType()),
        ([{"a": 1}, {"b": 2}], G.MapType(G.LongType()), G.MapType(G.LongType())),
        ([[1]], G.SetType(G.LongType()), G.SetType(G.LongType())),
        ([timedelta(1)], G.UnknownType({"sparkType": "x"}), G.UnknownType({"sparkType": "x"})),
        ([1, "x"], choice(G.LongType(), G.StringType()), choice(G.LongType(), G.StringType())),
        ([None], G.LongType(), G.NullType()),
        ([{"a": 1}], G.LongType(), G.StructType([G.Field("a", G.IntegerType())])),
    ],
    ids=repr,
)
def test_a_column_keeps_the_type_it_had_while_its_values_fit(
    values: list[Any], before: G.DataType, expected: G.DataType
) -> None:
    assert type_of(values, before) == expected


def names(kind: G.DataType) -> list[str]:
    assert isinstance(kind, G.StructType)
    return [member.name for member in kind]


def test_members_stand_by_their_least_place_then_by_name() -> None:
    assert names(type_of([{"z": 1, "b": 1}, {"c": 1, "b": 1, "z": 1}])) == ["c", "z", "b"]


def test_members_that_were_known_stay_before_new_ones() -> None:
    before = G.StructType([G.Field("z", G.LongType()), G.Field("b", G.LongType())])

    assert names(type_of([{"new": 1, "b": 1}, {"b": 1, "z": 1}], before)) == ["z", "b", "new"]


def test_names_that_are_no_texts_are_told_as_texts() -> None:
    assert type_of([{1: "x", "1": 2}]) == G.StructType(
        [G.Field("1", choice(G.IntegerType(), G.StringType()))]
    )


def test_what_lies_too_deep_is_text() -> None:
    value: Any = 1
    for _ in range(MOST_LEVELS + 1):
        value = [value]
    kind = type_of([value])
    for _ in range(MOST_LEVELS):
        assert isinstance(kind, G.ArrayType)
        kind = kind.elementType

    assert kind == G.StringType()


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 200, 2**20, 2**40, -(2**63), 2**63, 10**38]),
    st.sampled_from([0.5, 0.1, math.inf]),
    st.sampled_from([Decimal("1.5"), Decimal("NaN"), Decimal(10**30), Decimal("1e-20")]),
    st.sampled_from(["a", "c", b"x", MOMENT, MOMENT.date(), timedelta(1)]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)
BEFORE = st.sampled_from(
    [
        *(None, G.ByteType(), G.ShortType(), G.IntegerType(), G.LongType(), G.FloatType()),
        *(G.DecimalType(10, 2), G.EnumType(["a"]), G.TimestampNTZType(), G.MapType(G.ByteType())),
        *(G.SetType(G.ShortType()), G.UnknownType({"sparkType": "x"})),
        G.StructType([G.Field("b", G.ShortType()), G.Field("c", G.FloatType())]),
        choice(G.ShortType(), G.FloatType()),
    ]
)


@settings(max_examples=300)
@given(st.lists(VALUES, max_size=6), BEFORE, st.randoms(use_true_random=False))
def test_a_type_does_not_depend_on_how_values_are_spread(
    values: list[Any], before: G.DataType | None, random: Random
) -> None:
    whole = type_of(values, before)
    random.shuffle(values)
    apart = [load(dump(infer([value], before))) for value in values]

    assert to_type(reduce(merge, apart, NOTHING)) == whole
