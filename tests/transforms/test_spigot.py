from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.spigot import Spigot

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


def records(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("part-*.json"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def ids(spark: SparkSession) -> DynamicFrame:
    return DynamicFrame(spark.range(1000).toDF("id"), None, "ids")


def test_a_sample_is_written_at_once_and_the_frame_goes_on(
    ids: DynamicFrame, tmp_path: Path
) -> None:
    result = Spigot.apply(ids, str(tmp_path / "sample"), {"topk": "5"})

    assert [record["id"] for record in records(tmp_path / "sample")] == [0, 1, 2, 3, 4]
    assert result.count() == 1000
    assert result.name == "ids"


def test_a_hundred_records_are_written_unless_told(ids: DynamicFrame, tmp_path: Path) -> None:
    Spigot.apply(ids, str(tmp_path))

    assert len(records(tmp_path)) == 100


def test_which_records_are_picked_depends_on_their_values_alone(
    ids: DynamicFrame, tmp_path: Path
) -> None:
    options = {"topk": 1000, "prob": 0.3}

    Spigot.apply(ids, str(tmp_path / "one"), options)
    Spigot.apply(DynamicFrame(ids.toDF().repartition(7)), str(tmp_path / "two"), options)

    one, two = ({record["id"] for record in records(tmp_path / name)} for name in ("one", "two"))
    assert one == two
    assert 230 < len(one) < 370


def test_values_of_choices_are_written_as_they_are(spark: SparkSession, tmp_path: Path) -> None:
    texts = DynamicFrame(spark.sql("SELECT 'x' AS c, array('y') AS l"))
    parts = DynamicFrame(spark.sql("SELECT struct(1 AS n, array(2) AS m) AS c, array(3) AS l"))

    Spigot.apply(texts.union(parts), str(tmp_path))

    assert sorted(records(tmp_path), key=str) == [
        {"c": "x", "l": ["y"]},
        {"c": {"m": [2], "n": 1}, "l": [3]},
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"topK": 5}, "no option 'topK'. Did you mean 'topk'?"),
        ({"topk": -1}, "not -1 and 1"),
        ({"prob": 2}, "not 100 and 2"),
        ({"prob": "half"}, "not 100 and 'half'"),
    ],
)
def test_a_wrong_option_is_refused(
    ids: DynamicFrame, tmp_path: Path, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        Spigot.apply(ids, str(tmp_path), options)
