from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gluepot.transforms import ApplyMapping, DropDuplicates, DropFields, DynamicFrame, Filter

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Rows = list[tuple[int | None, str | None, float | None]]
SCHEMA = "n int, word string, x double"

rows = st.lists(
    st.tuples(
        st.none() | st.integers(-3, 3),
        st.none() | st.text("aáA b-", max_size=4),
        st.none() | st.floats(allow_nan=False, width=32),
    ),
    min_size=10,
    max_size=40,
)
few_examples = settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def frame_of(spark: SparkSession, values: Rows, parts: int = 2) -> DynamicFrame:
    return DynamicFrame(spark.createDataFrame(values, SCHEMA).repartition(parts))


def texts(frame: DynamicFrame) -> list[str]:
    return sorted(map(repr, frame.toDF().collect()))


@example(values=[], names=["p"])
@given(values=rows, names=st.lists(st.text("pqr.", min_size=1, max_size=5), max_size=4))
@few_examples
def test_dropping_unknown_fields_changes_nothing(
    spark: SparkSession, values: Rows, names: list[str]
) -> None:
    frame = frame_of(spark, values)

    result = DropFields.apply(frame, [f"`{name}`" for name in names])

    assert result.schema() == frame.schema()
    assert texts(result) == texts(frame)


@example(values=[])
@given(values=rows)
@few_examples
def test_mapping_each_field_to_itself_changes_nothing(spark: SparkSession, values: Rows) -> None:
    frame = frame_of(spark, values)
    same = [
        (field.name, field.dataType.simpleString(), field.name, field.dataType.simpleString())
        for field in frame.toDF().schema.fields
    ]

    result = ApplyMapping.apply(frame, same)

    assert result.schema() == frame.schema()
    assert texts(result) == texts(frame)


@example(values=[], limit=0)
@given(values=rows, limit=st.integers(-3, 3))
@few_examples
def test_kept_dropped_and_failed_records_are_all_records(
    spark: SparkSession, values: Rows, limit: int
) -> None:
    frame = frame_of(spark, values)

    # None raises TypeError (dropped), 0 raises ZeroDivisionError (kept as an error).
    result = Filter.apply(frame, lambda record: 1 / record["n"] and record["n"] > limit)

    dropped = sum(n is None or (n != 0 and n <= limit) for n, _, _ in values)
    failed = sum(n == 0 for n, _, _ in values)
    assert result.errorsCount() == failed
    assert result.count() + failed + dropped == len(values)


@pytest.mark.parametrize("max_edits", [0, 1])
@example(values=[])
@given(values=rows)
@few_examples
def test_duplicates_are_dropped_once_and_however_rows_lie(
    spark: SparkSession, values: Rows, max_edits: int
) -> None:
    def drop(frame: DynamicFrame) -> DynamicFrame:
        return DropDuplicates()(frame, ["word"], normalize=True, max_edits=max_edits)

    once = drop(frame_of(spark, values))
    elsewhere = drop(frame_of(spark, values[::-1], parts=3))

    assert texts(once) == texts(elsewhere) == texts(drop(once))
