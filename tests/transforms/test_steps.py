from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame
from gluepot.transforms.paths import UnknownFieldError
from gluepot.transforms.registry import find_step

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

_LATER = "SELECT *, id + 1 AS later FROM __THIS__"


@pytest.fixture
def flights(spark: SparkSession) -> DynamicFrame:
    rows = [(1, "N1", "5"), (2, "n1", "x"), (3, None, None)]
    source = spark.createDataFrame(rows, "id int, tail string, delay string")
    return DynamicFrame(source, None, "flights")


@pytest.mark.parametrize(
    ("name", "params", "fields", "count"),
    [
        ("DropFields", {"paths": ["delay"]}, "id tail", 3),
        ("SelectFields", {"paths": ["delay", "id"]}, "id delay", 3),
        ("RenameField", {"old_name": "tail", "new_name": "number"}, "id delay number", 3),
        ("DropNullFields", {"all_null": True}, "id tail delay", 3),
        ("Filter", {"expression": "id > 1"}, "id tail delay", 2),
        ("Map", {"columns": {"late": "try_cast(delay AS int) > 1"}}, "id tail delay late", 3),
        ("ApplyMapping", {"mappings": [["id", "key"], ["delay", "delay", "int"]]}, "key delay", 3),
        ("DropDuplicates", {"keys": ["tail"], "normalize": True}, "id tail delay", 2),
        (
            "DropDuplicates",
            {"keys": ["tail"], "max_edits": 1, "match_id_column": "m", "keep": "all"},
            "id tail delay m",
            3,
        ),
        ("Repartition", {"num_partitions": 2}, "id tail delay", 3),
        ("Coalesce", {"num_partitions": 1}, "id tail delay", 3),
        ("ErrorsAsDynamicFrame", {}, "error", 0),
        ("FillMissingValues", {"missing_values_column": "id"}, "id tail delay id_filled", 3),
        (
            "MLStage",
            {"stage": "pyspark.ml.feature.SQLTransformer", "params": {"statement": _LATER}},
            "id tail delay later",
            3,
        ),
    ],
)
def test_a_step_runs_its_transform(
    flights: DynamicFrame, name: str, params: dict[str, Any], fields: str, count: int
) -> None:
    result = find_step(name).run([flights], params)

    assert result.toDF().schema.names == fields.split()
    assert result.count() == count


def test_a_join_step_takes_two_inputs(spark: SparkSession, flights: DynamicFrame) -> None:
    planes = DynamicFrame(spark.createDataFrame([("N1", 1999)], "tail string, year int"))

    result = find_step("Join").run(
        [flights, planes], {"keys1": "tail", "keys2": "tail", "how": "left"}
    )

    assert result.toDF().schema.names == ["id", ".tail", "delay", "tail", "year"]
    assert result.count() == 3


def test_a_merge_step_takes_the_older_rows_first(
    spark: SparkSession, flights: DynamicFrame, tmp_path: Path
) -> None:
    newer = DynamicFrame(spark.createDataFrame([(1, "N9")], "id int, tail string"))

    merged = find_step("MergeDynamicFrame").run([flights, newer], {"primary_keys": ["id"]})
    result = find_step("Spigot").run([merged], {"path": str(tmp_path), "options": {"topk": 2}})

    assert sorted(map(tuple, result.select_fields(["id", "tail"]).toDF().collect())) == [
        *((1, "N9"), (2, "n1"), (3, None)),
    ]
    assert sum(file.read_text().count("\n") for file in tmp_path.glob("part-*")) == 2


def test_a_union_step_takes_all_its_inputs(flights: DynamicFrame) -> None:
    result = find_step("Union").run([flights, flights, flights], {})

    assert result.count() == 9


def test_a_step_checks_before_it_runs(flights: DynamicFrame) -> None:
    with pytest.raises(InvalidInputError, match="unknown parameter 'expresion'"):
        find_step("Filter").run([flights], {"expresion": "id > 1"})


def test_a_step_tells_the_frame_that_lacks_a_field(flights: DynamicFrame) -> None:
    with pytest.raises(UnknownFieldError, match=r"'idd' of frame 'flights'\. Did you mean 'id'"):
        find_step("Join").run([flights, flights], {"keys1": ["idd"], "keys2": ["id"]})


def test_a_step_that_parts_makes_a_collection(flights: DynamicFrame) -> None:
    parts = find_step("SplitRows").run(
        [flights], {"comparison_dict": {"id": {">": 1}}, "name1": "late"}
    )

    late = find_step("SelectFromCollection").run([parts], {"key": "late"})

    assert list(parts) == ["late", "frame2"]
    assert late.count() == 2


def test_a_nested_field_is_unboxed_unnested_and_relationalized(spark: SparkSession) -> None:
    rows = [(1, '{"tags": ["a", "b"], "at": {"x": 1}}')]
    boxed = DynamicFrame(spark.createDataFrame(rows, "id int, box string"), None, "boxes")

    opened = find_step("Unbox").run([boxed], {"path": "box", "format": "json"})
    flat = find_step("UnnestFrame").run([opened], {})
    tables = find_step("Relationalize").run([opened], {"name": "root"})

    assert "box.at.x" in flat.toDF().schema.names
    assert list(tables) == ["root", "root_box.tags"]
    assert tables["root_box.tags"].count() == 2


def test_choices_are_resolved_by_a_step(spark: SparkSession) -> None:
    boxed = DynamicFrame(spark.createDataFrame([('{"n": 1}',), ('{"n": "x"}',)], "box string"))
    opened = find_step("Unbox").run([boxed], {"path": "box", "format": "json"})

    resolved = find_step("ResolveChoice").run([opened], {"specs": [["box.n", "cast:int"]]})

    assert sorted(str(row.box.n) for row in resolved.toDF().collect()) == ["1", "None"]
