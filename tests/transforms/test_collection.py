from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.transforms import DropFields, DynamicFrame, SelectFields
from gluepot.transforms.collection import DynamicFrameCollection, UnknownFrameError
from gluepot.transforms.collection_transforms import (
    FlatMap,
    MapToCollection,
    SelectFromCollection,
)
from gluepot.transforms.split import SplitFields

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture
def towns(spark: SparkSession) -> DynamicFrame:
    return DynamicFrame(spark.createDataFrame([(1, "Graz")], "no int, name string"), None, "towns")


@pytest.fixture
def people(spark: SparkSession) -> DynamicFrame:
    return DynamicFrame(spark.createDataFrame([(7, "Eva")], "no int, who string"), None, "people")


@pytest.fixture
def both(towns: DynamicFrame, people: DynamicFrame) -> DynamicFrameCollection:
    return DynamicFrameCollection([towns, people], None)


def names(frame: DynamicFrame) -> list[str]:
    return frame.toDF().columns


def test_a_list_of_frames_is_known_by_their_names(
    both: DynamicFrameCollection, towns: DynamicFrame, people: DynamicFrame
) -> None:
    assert list(both.keys()) == list(both) == ["towns", "people"]
    assert list(both.values()) == [towns, people]
    assert len(both) == 2
    assert both["people"] is people
    assert "people" in both
    assert repr(both) == "DynamicFrameCollection(['towns', 'people'])"


def test_a_dictionary_names_frames_anew_and_is_not_kept(towns: DynamicFrame) -> None:
    given = {"t": towns}

    frames = DynamicFrameCollection(given, None)
    given.clear()

    assert frames.select("t") is towns


def test_frames_come_as_a_list_or_a_dictionary(towns: DynamicFrame) -> None:
    with pytest.raises(TypeError, match="must be list or dict"):
        DynamicFrameCollection((towns,), None)  # type: ignore[arg-type]


def test_an_unknown_key_is_a_key_error_that_names_the_nearest(both: DynamicFrameCollection) -> None:
    with pytest.raises(KeyError) as caught:
        _ = both["peeple"]

    assert isinstance(caught.value, UnknownFrameError)
    assert "Did you mean 'people'?" in str(caught.value)
    assert "towns, people" in str(caught.value)


def test_selecting_an_unknown_key_gives_an_empty_frame(
    both: DynamicFrameCollection, people: DynamicFrame, caplog: pytest.LogCaptureFixture
) -> None:
    missing = SelectFromCollection.apply(both, "peeple")

    assert missing.name == "peeple"
    assert names(missing) == []
    assert missing.count() == 0
    assert "Did you mean 'people'?" in caplog.text
    assert SelectFromCollection.apply(dfc=both, key="people", transformation_ctx="x") is people


def test_each_frame_is_mapped_with_a_context_of_its_own(both: DynamicFrameCollection) -> None:
    contexts = []

    def drop(frame: DynamicFrame, ctx: str) -> DynamicFrame:
        contexts.append(ctx)
        return frame.drop_fields(["no"], ctx)

    mapped = MapToCollection.apply(both, drop, "step")

    assert contexts == ["step:towns", "step:people"]
    assert {key: names(mapped[key]) for key in mapped} == {"towns": ["name"], "people": ["who"]}


def test_a_mapping_must_return_frames(both: DynamicFrameCollection) -> None:
    with pytest.raises(TypeError, match=r"must return a DynamicFrame\. Got <class 'int'>"):
        both.map(lambda *_: 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"DynamicFrame or DynamicFrameCollection\. Got"):
        both.flatmap(lambda *_: "frame")  # type: ignore[arg-type]


def test_a_transform_is_called_with_each_frame(both: DynamicFrameCollection) -> None:
    result = FlatMap.apply(both, DropFields, "frame", "each", paths=["no"])

    assert {key: names(result[key]) for key in result} == {"towns": ["name"], "people": ["who"]}


def test_the_context_of_a_flat_map_ends_with_the_name_of_the_frame(
    towns: DynamicFrame,
) -> None:
    contexts = []

    class Noting(SelectFields):
        def __call__(self, frame: DynamicFrame, transformation_ctx: str = "") -> DynamicFrame:  # type: ignore[override]
            contexts.append(transformation_ctx)
            return frame

    FlatMap.apply(DynamicFrameCollection({"t": towns}, None), Noting, "frame", "ctx")

    assert contexts == ["ctx:towns"]


def test_collections_that_a_transform_makes_become_one(both: DynamicFrameCollection) -> None:
    result = FlatMap.apply(both, SplitFields, "frame", paths=["no"])

    assert {key: names(result[key]) for key in result} == {
        "towns1": ["no"],
        "towns2": ["name"],
        "people1": ["no"],
        "people2": ["who"],
    }


def test_of_results_with_one_name_the_last_stays_and_a_warning_says_so(
    both: DynamicFrameCollection, caplog: pytest.LogCaptureFixture
) -> None:
    result = FlatMap.apply(both, SplitFields, "frame", paths=["no"], name1="a", name2="b")

    assert list(result) == ["a", "b"]
    assert names(result["b"]) == ["who"]
    replaced = [vars(record).get("frame") for record in caplog.records]
    assert replaced == ["a", "b"]
