from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame, DynamicRecord, Filter, Map
from gluepot.transforms.stages import ErrorThresholdError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession


@pytest.fixture
def numbers(spark: SparkSession) -> DynamicFrame:
    rows = [(n, f"n{n}" if n else None, (n * 2,)) for n in range(6)]
    source = spark.createDataFrame(rows, "n int, name string, inner struct<twice:int>")
    return DynamicFrame(source.repartition(3, "n"), None, "numbers")


def empty_and_refill(record: DynamicRecord) -> DynamicRecord:
    record.inner["twice"] = -1
    record.clear()
    record["x"] = 1
    return record


def values(frame: DynamicFrame, column: str) -> list[Any]:
    return sorted(row[0] for row in frame.toDF().select(column).collect())


def test_a_function_filters_by_key_and_by_attribute(numbers: DynamicFrame) -> None:
    by_key = Filter.apply(frame=numbers, f=lambda record: record["n"] > 3)
    by_attribute = numbers.filter(lambda record: record.inner.twice < 4)

    assert values(by_key, "n") == [4, 5]
    assert values(by_attribute, "n") == [0, 1]
    assert by_key.schema() == numbers.schema()


@pytest.mark.parametrize(
    "f",
    [
        lambda record: record["n"] > 2 or record["missing"],
        lambda record: record["n"] > 2 or int("x"),
        lambda record: record["n"] > 2 or record["name"] > 1,
    ],
    ids=["KeyError", "ValueError", "TypeError"],
)
def test_a_record_that_the_function_cannot_read_is_dropped(
    numbers: DynamicFrame, f: Callable[[DynamicRecord], object]
) -> None:
    result = Filter.apply(numbers, f)

    assert values(result, "n") == [3, 4, 5]
    assert result.errorsCount() == 0


def test_another_exception_makes_an_error_record(numbers: DynamicFrame) -> None:
    result = Filter.apply(numbers, lambda record: 6 / record["n"] >= 2, info="halves")

    assert values(result, "n") == [1, 2, 3]
    assert result.stageErrorsCount() == 1
    error = result.errorsAsDynamicFrame().toDF().collect()[0].error
    assert error.msg == "ZeroDivisionError: division by zero"
    assert error.callsite.info == "halves"
    assert re.search(r"test_rows\.py:\d+$", error.callsite.site)
    assert "test_rows.py" in error.stackTrace
    assert "python_rows.py" not in error.stackTrace
    assert error.source == "numbers"
    assert json.loads(error.input) == {"n": 0, "name": None, "inner": {"twice": 0}}
    assert error.bytesread == len(error.input)
    assert error.dynamicRecord.inner.twice == 0


def test_a_sql_condition_filters(numbers: DynamicFrame) -> None:
    result = Filter.apply(numbers, "n > 3 AND inner.twice < 10")

    assert values(result, "n") == [4]


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [("nmae = 'x'", "Did you mean 'name'?"), ("n >", "PARSE_SYNTAX_ERROR")],
)
def test_a_wrong_condition_is_refused_at_the_call(
    numbers: DynamicFrame, condition: str, sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(sentence)) as caught:
        numbers.filter(condition)

    assert "'numbers'" in str(caught.value)


def test_a_map_may_add_drop_and_change_fields(numbers: DynamicFrame) -> None:
    def change(record: DynamicRecord) -> DynamicRecord:
        record["half"] = record.n / 2
        record["tags"] = [record.name]
        record["n"] = f"<{record.n}>"
        del record["inner"]
        return record

    result = Map.apply(frame=numbers, f=change)

    expected = "struct<n:string,name:string,half:double,tags:array<string>>"
    assert result.toDF().schema.simpleString() == expected
    assert values(result, "half") == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    assert result.errorsCount() == 0


def test_a_map_infers_lazily_and_once(spark: SparkSession, numbers: DynamicFrame) -> None:
    calls = spark.sparkContext.accumulator(0)

    def count(record: DynamicRecord) -> DynamicRecord:
        calls.add(1)
        return record

    result = numbers.map(count)
    after_call = calls.value
    result.schema()
    result.schema()
    after_schema = calls.value
    result.toDF().collect()

    assert (after_call, after_schema, calls.value) == (0, 6, 6)


def test_fields_keep_their_types_while_their_values_fit(spark: SparkSession) -> None:
    schema = (
        "i int, small smallint, f float, d decimal(10,2), day date, at timestamp, plain"
        " timestamp_ntz, m map<string,int>, l array<int>, s struct<a:int>, b binary, none string"
    )
    row = (
        *(1, 2, 1.5, Decimal("1.25"), date(2024, 1, 2), datetime(2024, 1, 2, 3)),  # noqa: DTZ001
        *(datetime(2024, 1, 2, 3), {"k": 1}, [1], (1,), b"x", None),  # noqa: DTZ001
    )
    frame = DynamicFrame(spark.createDataFrame([row], schema))

    result = frame.map(lambda record: record)

    assert result.toDF().schema.simpleString() == frame.toDF().schema.simpleString()
    assert result.toDF().collect() == frame.toDF().collect()


def test_types_widen_when_values_do_not_fit(numbers: DynamicFrame) -> None:
    result = numbers.map(
        lambda record: {
            "n": record.n + 2**40,
            "mixed": record.n if record.n % 2 else str(record.n),
            "number": record.n if record.n % 2 else record.n / 2,
            "nested": {"a": 1} if record.n % 2 else {"b": {"c": None}},
            "none": None,
        }
    )

    assert result.toDF().schema.simpleString() == (
        "struct<n:bigint,mixed:struct<int:int,string:string>,number:struct<double:double,int:int>,"
        "nested:struct<a:int,b:struct<c:void>>,none:void>"
    )
    assert {tuple(row.mixed) for row in result.toDF().collect()} == {
        *((1, None), (3, None), (5, None)),
        *((None, "0"), (None, "2"), (None, "4")),
    }


def test_the_inferred_schema_does_not_depend_on_partitioning(spark: SparkSession) -> None:
    def change(record: DynamicRecord) -> dict[str, Any]:
        kinds = [1, 2.5, "x", None, {"z": 1}, {"a": 2}, [1], ["x"]]
        nested = {"z": 1} if record.n % 2 else {"a": "x", "z": 2.5}
        return {"n": record.n, f"f{record.n % 3}": kinds[record.n], "nested": nested}

    source = spark.range(8).selectExpr("cast(id as int) as n")

    schemas = {
        DynamicFrame(source.repartition(parts, "n")).map(change).toDF().schema.simpleString()
        for parts in (1, 2, 5)
    }

    assert len(schemas) == 1


def test_naive_times_are_times_of_the_session(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        frame = DynamicFrame(
            spark.sql("SELECT timestamp'2024-07-01 12:00:00' t, struct(timestamp'2024-07-01') s")
        )

        seen = frame.map(lambda record: {"hour": record.t.hour, "t": record.t, "s": record.s})
        same = seen.toDF().join(frame.toDF(), ["t", "s"])

        assert seen.toDF().collect()[0].hour == 12
        assert same.count() == 1
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


@pytest.mark.parametrize("nothing", [None, {}], ids=["None", "empty"])
def test_a_map_that_returns_nothing_makes_error_records(
    numbers: DynamicFrame, nothing: object
) -> None:
    result = numbers.map(lambda record: nothing if record.n < 2 else record)

    assert values(result, "n") == [2, 3, 4, 5]
    messages = {row.error.msg for row in result.errorsAsDynamicFrame().toDF().collect()}
    assert messages == {"User-specified function returned None instead of DynamicRecord"}
    assert result.errorsCount() == 2


def test_a_map_that_always_fails_gives_an_empty_frame(numbers: DynamicFrame) -> None:
    result = numbers.map(lambda record: record["missing"])

    assert result.count() == 0
    assert result.errorsCount() == 6


def test_a_given_schema_saves_the_pass_and_misfits_are_errors(numbers: DynamicFrame) -> None:
    result = Map.apply(
        numbers,
        lambda record: {"n": record.n, "m": "many" if record.n > 3 else record.n},
        schema="n bigint, m int",
    )

    assert values(result, "m") == [0, 1, 2, 3]
    errors = [row.error for row in result.errorsAsDynamicFrame().toDF().collect()]
    assert {error.msg for error in errors} == {"field 'm': 'many' does not fit the type int32"}
    assert sorted(error.dynamicRecord.n for error in errors) == [4, 5]


def test_sql_expressions_are_all_computed_from_the_row_as_it_came(numbers: DynamicFrame) -> None:
    result = Map.apply(numbers, {"n": "n + 1", "twice": "n * 2", "up": "upper(name)"})

    rows = {row.twice: row for row in result.toDF().collect()}
    assert rows[4].n == 3
    assert rows[4].up == "N2"


def test_a_wrong_expression_names_its_column(numbers: DynamicFrame) -> None:
    with pytest.raises(InvalidInputError, match=r"column 'b'.*Did you mean 'name'") as caught:
        numbers.map({"a": "n", "b": "upper(nam)"})

    assert "upper(nam)" in str(caught.value)


def test_a_map_never_changes_its_input(numbers: DynamicFrame) -> None:
    before = sorted(numbers.toDF().collect())

    numbers.map(empty_and_refill).toDF().collect()

    assert sorted(numbers.toDF().collect()) == before


def test_errors_of_all_stages_are_kept_and_counted(numbers: DynamicFrame) -> None:
    first = numbers.filter(lambda record: 1 / record["n"])
    second = first.map(lambda record: {"n": str(1 / (record["n"] - 5)), "name": record.name})
    third = second.select_fields(["n"])

    assert third.count() == 4
    assert (third.errorsCount(), third.stageErrorsCount()) == (2, 0)
    assert (second.stageErrorsCount(), first.stageErrorsCount()) == (1, 1)
    errors = [row.error for row in third.errorsAsDynamicFrame().toDF().collect()]
    assert sorted(error.dynamicRecord.n for error in errors) == [0, 5]


def test_a_field_that_changed_its_type_is_text_in_error_records(numbers: DynamicFrame) -> None:
    first = numbers.filter(lambda record: 1 / record["n"])
    second = first.map(lambda record: {"n": f"n{record.n}"})
    third = second.filter(lambda _: 1 / 0)

    errors = third.errorsAsDynamicFrame().toDF().select("error.dynamicRecord.n").collect()

    assert sorted(row.n for row in errors) == ["0", "n1", "n2", "n3", "n4", "n5"]


def test_a_frame_counts_the_errors_of_a_shared_ancestor_once(numbers: DynamicFrame) -> None:
    shared = numbers.filter(lambda record: 1 / record["n"])

    joined = shared.join(["n"], ["n"], shared.select_fields(["n"]))

    assert joined.errorsCount() == 1


@pytest.mark.parametrize("thresholds", [{"stageThreshold": 2}, {"totalThreshold": 3}])
def test_reaching_a_threshold_ends_the_job(
    numbers: DynamicFrame, thresholds: dict[str, Any]
) -> None:
    first = numbers.filter(lambda record: 1 / record["n"])
    second = first.map(
        lambda record: record if record.n < 4 else 1 / 0, transformation_ctx="ctx", **thresholds
    )

    with pytest.raises(ErrorThresholdError) as caught:
        second.toDF()

    assert re.match(r"Map \(ctx\) at .*test_rows\.py:\d+: [23] records", str(caught.value))
    assert "ZeroDivisionError" in str(caught.value)
    with pytest.raises(ErrorThresholdError):
        second.select_fields(["n"]).count()


def test_fewer_errors_than_the_threshold_pass(numbers: DynamicFrame) -> None:
    result = Filter.apply(
        numbers, lambda record: 1 / record["n"], stageThreshold=2, totalThreshold=2
    )

    result.assertErrorThreshold()

    assert result.count() == 5


def test_a_declared_schema_may_hold_a_choice(numbers: DynamicFrame) -> None:
    def mixed(record: DynamicRecord) -> DynamicRecord:
        number = record["n"]
        return DynamicRecord(n=number, kind=number if number % 2 else f"text {number}")

    inferred = Map.apply(numbers, mixed)
    declared = Map.apply(numbers, mixed, schema=inferred.planned().schema)

    assert declared.schema() == inferred.schema()
    assert sorted(declared.toDF().collect()) == sorted(inferred.toDF().collect())
    assert declared.errorsCount() == 0
