from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DropDuplicates, DynamicFrame
from gluepot.transforms.paths import UnknownFieldError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FEBRL = Path(__file__).parents[1] / "data" / "febrl1"
PEOPLE = [
    (0, "José García", "1010", None),
    (1, "jose  garcia", "1010", "a@x"),
    (2, "Jose Garcja", "1010", None),
    (3, "Anna O'Brien", "8010", None),
    (4, "ANNA OBRIEN", "8010", None),
    (5, "Bert Smith-Jones", None, None),
    (6, "bert smith jones", None, None),
    (7, None, None, None),
    (8, "", " ", None),
    (9, "Ed", "1", None),
    (10, "Al", "1", None),
]


@pytest.fixture
def people(spark: SparkSession) -> DynamicFrame:
    source = spark.createDataFrame(PEOPLE, "id int, name string, zip string, mail string")
    return DynamicFrame(source.repartition(3, "id"), None, "people")


def ids(frame: DynamicFrame) -> list[int]:
    return sorted(row.id for row in frame.toDF().collect())


def clusters(frame: DynamicFrame) -> set[frozenset[Any]]:
    found: dict[int, set[Any]] = {}
    for row in frame.toDF().collect():
        found.setdefault(row.match_id, set()).add(row.id)
    return {frozenset(members) for members in found.values() if len(members) > 1}


def test_equal_records_become_one(spark: SparkSession) -> None:
    rows = [(1, None, {"k": 1}), (1, None, {"k": 1}), (1, "x", {"k": 1}), (1, None, {"k": 2})]
    frame = DynamicFrame(spark.createDataFrame(rows, "a int, b string, m map<string,int>"))

    assert DropDuplicates.apply(frame).count() == 3


def test_exact_keys_take_null_for_equal_as_spark_does(people: DynamicFrame) -> None:
    result = DropDuplicates.apply(people, ["zip"], keep="lowest id")

    assert ids(result) == [0, 3, 5, 8, 9]
    assert result.schema() == people.schema()


def test_normalized_keys_ignore_case_accents_punctuation_and_space(people: DynamicFrame) -> None:
    result = people.drop_duplicates(keys=["name"], normalize=True, keep="highest id")

    assert ids(result) == [1, 2, 4, 6, 7, 8, 9, 10]


def test_near_keys_are_within_a_few_edits(people: DynamicFrame) -> None:
    result = people.drop_duplicates(
        keys=["name", "zip"], normalize=True, max_edits=2, match_id_column="match_id", keep="all"
    )

    assert clusters(result) == {frozenset({0, 1, 2}), frozenset({3, 4}), frozenset({5, 6})}
    assert result.count() == len(PEOPLE)
    assert result.toDF().schema.names == ["id", "name", "zip", "mail", "match_id"]


def test_the_most_complete_record_stays(people: DynamicFrame) -> None:
    result = people.drop_duplicates(keys=["name", "zip"], normalize=True, max_edits=1)

    assert ids(result) == [1, 3, 5, 7, 8, 9, 10]


def test_records_without_keys_are_nobodys_duplicates(spark: SparkSession) -> None:
    rows = [(1, None), (2, None), (2, None), (3, "  ")]
    frame = DynamicFrame(spark.createDataFrame(rows, "id int, name string"))

    result = frame.drop_duplicates(keys=["name"], normalize=True)

    assert ids(result) == [1, 2, 3]


def test_near_clusters_are_transitive(spark: SparkSession) -> None:
    words = ["abcdefghij", "abcdefghiX", "abcdefghYX", "abcdefgZYX", "another word"]
    frame = DynamicFrame(spark.createDataFrame(list(enumerate(words)), "id int, name string"))

    marked = frame.drop_duplicates(keys="name", max_edits=1, match_id_column="match_id", keep="all")

    assert clusters(marked) == {frozenset({0, 1, 2, 3})}


def test_keys_may_be_nested_dates_and_numbers(spark: SparkSession) -> None:
    source = spark.sql(
        "SELECT id, named_struct('born', date'1980-01-02', 'n', 5) AS who FROM range(3)"
    )

    result = DynamicFrame(source).drop_duplicates(keys=["who.born", "who.n"], normalize=True)

    assert ids(result) == [0]


def test_a_record_keeps_its_match_id_from_run_to_run(people: DynamicFrame) -> None:
    options = {"keys": ["name"], "normalize": True, "match_id_column": "m", "keep": "all"}

    first, second = (people.drop_duplicates(**options).toDF().collect() for _ in range(2))

    assert sorted(first) == sorted(second)
    assert len({row.m for row in first}) == 8


@pytest.mark.parametrize("max_edits", [0, 1])
def test_the_result_does_not_depend_on_order_or_partitioning(
    people: DynamicFrame, max_edits: int
) -> None:
    results = []
    for parts, order in ((1, "id"), (4, "name"), (2, "rand(7)")):
        shuffled = people.toDF().orderBy(F.expr(order)).repartition(parts)
        near = DynamicFrame(shuffled).drop_duplicates(
            keys=["name", "zip"], normalize=True, max_edits=max_edits, match_id_column="m"
        )
        results.append(sorted((row.id, row.m) for row in near.toDF().collect()))

    assert results[0] == results[1] == results[2]


def test_dropping_duplicates_twice_changes_nothing(people: DynamicFrame) -> None:
    once = people.drop_duplicates(keys=["name", "zip"], normalize=True, max_edits=2)

    twice = once.drop_duplicates(keys=["name", "zip"], normalize=True, max_edits=2)

    assert ids(twice) == ids(once)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"keys": ["nmae"]}, UnknownFieldError, "Did you mean 'name'"),
        ({"keep": "lowest idd"}, UnknownFieldError, "Did you mean 'id'"),
        ({"keep": "newest"}, InvalidInputError, "lowest COLUMN"),
        ({"keep": "all"}, InvalidInputError, "match_id_column"),
        ({"max_edits": 4}, InvalidInputError, "a number from 0 to 3"),
        ({"match_id_column": "mail"}, InvalidInputError, "has a field 'mail' already"),
    ],
)
def test_wrong_options_are_refused(
    people: DynamicFrame, options: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        DropDuplicates.apply(people, **options)


@pytest.fixture(scope="module")
def febrl(spark: SparkSession) -> DataFrame:
    records = spark.read.csv(str(FEBRL / "records.csv"), header=True)
    return records.orderBy(F.rand(5)).repartition(3).cache()


def precision_and_recall(found: DynamicFrame, truth: set[frozenset[str]]) -> tuple[float, float]:
    pairs = {frozenset(pair) for members in clusters(found) for pair in combinations(members, 2)}
    right = len(pairs & truth)
    return right / len(pairs), right / len(truth)


@pytest.mark.parametrize(
    ("keys", "exact", "near"),
    [
        (["date_of_birth", "soc_sec_id"], 0.82, 0.88),
        (["given_name", "surname", "date_of_birth"], 0.43, 0.66),
    ],
)
def test_near_keys_find_more_true_pairs_than_exact_ones(
    spark: SparkSession, febrl: DataFrame, keys: list[str], exact: float, near: float
) -> None:
    pairs = spark.read.csv(str(FEBRL / "matches.csv"), header=True)
    truth = {frozenset(pair) for pair in pairs.collect()}
    options: dict[str, Any] = {"keys": keys, "match_id_column": "match_id", "keep": "all"}

    by_value = DynamicFrame(febrl).drop_duplicates(**options)
    by_edits = DynamicFrame(febrl).drop_duplicates(**options, normalize=True, max_edits=2)

    exact_precision, exact_recall = precision_and_recall(by_value, truth)
    near_precision, near_recall = precision_and_recall(by_edits, truth)
    assert min(exact_precision, near_precision) >= 0.99
    assert exact <= exact_recall < near <= near_recall


def test_values_of_a_choice_are_duplicates_within_their_type(spark: SparkSession) -> None:
    texts = DynamicFrame(spark.sql("SELECT * FROM VALUES ('1'), ('x'), (null) AS t(k)"))
    mixed = DynamicFrame(spark.sql("SELECT 1 AS k")).union(texts).union(texts)

    result = DropDuplicates.apply(mixed, ["k"])

    found = [(row.k and row.k.int, row.k and row.k.string) for row in result.toDF().collect()]
    assert sorted(found, key=str) == sorted(
        [(1, None), (None, "1"), (None, "x"), (None, None)], key=str
    )
