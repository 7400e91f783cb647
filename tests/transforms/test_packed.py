from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms import inference
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.kept import letting_go
from gluepot.transforms.packing import pack, unpack
from gluepot.transforms.record_arrays import conform, decode_values, encode_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest
    from pyspark.sql import SparkSession

ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),  # wider ones beside fractions are text, as 38 digits end
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.dates(date(1900, 1, 1)),
    st.datetimes(datetime(1900, 1, 1)),  # noqa: DTZ001
    st.decimals(-1000, 1000, places=2),
)
NAMES = st.sampled_from(["a", "b", "a.b", "c d"])
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3), min_size=1, max_size=6)


def seen(value: Any, kind: G.DataType) -> Any:  # noqa: ANN401
    """Return what a record's value looks like when it comes back: missing members are None."""
    if isinstance(kind, G.ChoiceType):
        named = {"dict": "struct", "list": "array"}.get(type(value).__name__)
        return seen(value, kind.choices[named]) if named in kind.choices else value
    if isinstance(value, dict) and isinstance(kind, G.StructType):
        return {f.name: seen(value.get(f.name), f.dataType) for f in kind}
    if isinstance(value, list) and isinstance(kind, G.ArrayType):
        return [seen(item, kind.elementType) for item in value]
    return value


@given(records=RECORDS)
@settings(max_examples=150, deadline=None)
def test_records_of_any_types_come_back_as_they_went(records: list[dict[str, Any]]) -> None:
    kind = inference.to_type(inference.infer(records))

    column = encode_values(records, kind)

    assert decode_values(column, kind) == [seen(record, kind) for record in records]


@given(records=RECORDS, others=RECORDS)
@settings(max_examples=150, deadline=None)
def test_records_keep_their_values_in_the_types_of_all(
    records: list[dict[str, Any]], others: list[dict[str, Any]]
) -> None:
    one, two = inference.infer(records), inference.infer(others)
    kind, merged = inference.to_type(one), inference.to_type(inference.merge(one, two))
    assert isinstance(merged, G.StructType)

    batch = unpack(pa.py_buffer(pack(records, kind, "UTC")), merged)

    column = pa.StructArray.from_arrays(batch.columns, fields=list(batch.schema))
    expected = encode_values([dict(record) for record in records], merged)
    assert decode_values(column, merged) == decode_values(expected, merged)


def test_a_value_moves_to_the_wider_member_of_a_choice() -> None:
    narrow = encode_values([1, None, 3], G.ShortType())
    wanted = G.ChoiceType([G.IntegerType(), G.StringType()])

    column = conform(narrow, G.ShortType(), wanted)

    assert column.to_pylist() == [{"int": 1, "string": None}, None, {"int": 3, "string": None}]


def test_fields_of_different_types_are_choices(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = [1, 2**40, "x", 2.5, None, {"z": 1}, [1, "y"], Decimal("1.5")]
    frame = DynamicFrame(spark.range(8).repartition(3, "id"), None, "kinds")

    result = frame.map(lambda record: {"id": record.id, "value": kinds[record.id]})
    result.printSchema()
    back = result.map(lambda record: {"id": record.id, "text": repr(record.value)})

    assert capsys.readouterr().out.splitlines() == [
        "root",
        "|-- id: long",
        "|-- value: choice",
        "|    |-- array",
        "|    |    |-- element: choice",
        "|    |    |    |-- int",
        "|    |    |    |-- string",
        "|    |-- decimal",
        "|    |-- double",
        "|    |-- int",
        "|    |-- long",
        "|    |-- string",
        "|    |-- struct",
        "|    |    |-- z: int",
    ]
    rows = {row.id: row.text for row in back.toDF().collect()}
    assert rows == {at: repr(kind) for at, kind in enumerate(kinds)}
    assert "gluepot" not in result.toDF().schema.json()


def test_a_function_over_partitions_makes_and_refuses_records(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.range(4).repartition(2, "id"), None, "numbers")

    def change(index: int, items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for item in items:
            if item["record"]["id"] == 3:
                yield {**item, "isError": True, "errorMessage": "three"}
            else:
                yield {"record": {"id": item["record"]["id"], "part": index}, "isError": False}

    result = frame.mapPartitionsWithIndex(change)
    errors = result.errorsAsDynamicFrame().toDF().select("error.msg", "error.dynamicRecord.id")

    assert sorted(row.id for row in result.toDF().collect()) == [0, 1, 2]
    assert [tuple(row) for row in errors.collect()] == [("three", 3)]
    assert frame.mapPartitions(lambda items: items).count() == 4


def test_what_a_block_kept_is_let_go_at_its_end(spark: SparkSession) -> None:
    before = len(spark.sparkContext._jsc.getPersistentRDDs())
    frame = DynamicFrame(spark.range(2))

    with letting_go():
        frame.map(lambda record: record).count()
        inside = len(spark.sparkContext._jsc.getPersistentRDDs())

    assert inside == before + 1
    assert len(spark.sparkContext._jsc.getPersistentRDDs()) == before


def test_times_keep_their_point_in_time() -> None:
    at = datetime(2024, 7, 1, 12, tzinfo=UTC)
    kind = G.ChoiceType([G.StringType(), G.TimestampType()])

    column = encode_values([at, "x"], kind, zone="America/New_York")

    assert column.field(1).to_pylist() == [at, None]
