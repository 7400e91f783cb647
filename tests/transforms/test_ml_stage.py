from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import Row

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.ml_stage import MLStage
from gluepot.transforms.paths import UnknownFieldError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CENTRES = [(20, 100_000.0), (50, 500_000.0), (80, 50_000.0)]
K_MEANS = "pyspark.ml.clustering.KMeans"
PARAMS = {"k": 3, "seed": 7, "predictionCol": "cluster"}


@pytest.fixture
def customers(spark: SparkSession) -> DynamicFrame:
    """Return three groups that lie far apart once age and spending are on one scale."""
    rows: list[Row] = [
        Row(id=len(CENTRES) * at + group, age=age + at % 5, money=Row(spent=spent + 900.0 * at))
        for at in range(10)
        for group, (age, spent) in enumerate(CENTRES)
    ]
    rows += [Row(id=100, age=None, money=Row(spent=1.0)), Row(id=101, age=30, money=None)]
    schema = "id int, age int, money struct<spent:double>"
    return DynamicFrame(spark.createDataFrame(rows, schema), None, "customers")


def clusters(frame: DynamicFrame) -> dict[int, int | None]:
    return {row.id: row.cluster for row in frame.toDF().collect()}


def test_k_means_finds_the_groups_and_numbers_them_alike_however_rows_lie(
    customers: DynamicFrame,
) -> None:
    def clustered(frame: DynamicFrame) -> DynamicFrame:
        features = ["age", "money.spent"]
        return MLStage()(frame, K_MEANS, features, params=PARAMS, scale=True)

    result = clustered(customers)
    elsewhere = clustered(DynamicFrame(customers.toDF().orderBy("money").repartition(3)))

    found = clusters(result)
    groups = [{found[at] for at in range(30) if at % 3 == group} for group in range(3)]
    assert sorted(groups, key=str) == [{0}, {1}, {2}]
    assert found[100] is None
    assert found[101] is None
    assert result.toDF().columns == ["id", "age", "money", "cluster"]
    assert clusters(elsewhere) == found


def test_a_stage_may_be_an_instance_and_vectors_become_arrays(customers: DynamicFrame) -> None:
    from pyspark.ml.feature import StandardScaler  # noqa: PLC0415

    scaler = StandardScaler(inputCol="features", outputCol="scaled", withMean=True)

    result = MLStage.apply(customers, scaler, "age")

    assert result.toDF().schema["scaled"].dataType.simpleString() == "array<double>"
    scaled = {row.id: row.scaled for row in result.toDF().collect()}
    assert scaled[100] is None
    assert scaled[0][0] < 0 < scaled[2][0]


def test_without_features_a_stage_sees_the_columns(spark: SparkSession) -> None:
    words = DynamicFrame(spark.createDataFrame([("Red Wine",), ("b",)], "`text` string"))

    params = {"inputCol": "text", "outputCol": "words"}
    result = MLStage.apply(words, "pyspark.ml.feature.Tokenizer", params=params)

    assert [row.words for row in result.toDF().collect()] == [["red", "wine"], ["b"]]


@pytest.mark.parametrize(
    ("stage", "options", "sentence"),
    [
        ("pyspark.ml.clustering.KMean", {}, "no class 'pyspark.ml.clustering.KMean'. Did you"),
        ("KMeans", {}, "give its full name"),
        ("collections.OrderedDict", {}, "is no Estimator or Transformer"),
        (K_MEANS, {"params": {"seeds": 1}}, "has no parameter 'seeds'. Did you mean 'seed'?"),
        (K_MEANS, {"params": {"k": "three"}}, "k"),
        (K_MEANS, {"scale": True}, "scale is for features"),
        (K_MEANS, {}, "KMeans refuses the rows"),
        (K_MEANS, {"features": "money"}, "'money' is struct<spent:double>; features are numbers"),
        (3, {}, "3 is no stage of Spark ML"),
    ],
)
def test_what_cannot_be_learned_is_said(
    customers: DynamicFrame, stage: object, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=sentence.replace("?", r"\?")):
        MLStage.apply(customers, stage, **options).planned()


def test_a_feature_that_is_not_there_names_the_nearest(customers: DynamicFrame) -> None:
    with pytest.raises(UnknownFieldError, match="Did you mean 'age'"):
        MLStage.apply(customers, K_MEANS, ["ages"]).planned()


def test_no_record_with_all_features_trains_nothing(spark: SparkSession) -> None:
    source = spark.sql("SELECT 1 AS a, cast(null AS int) AS b")

    with pytest.raises(InvalidInputError, match="no record that has all features"):
        MLStage.apply(DynamicFrame(source), K_MEANS, ["a", "b"]).planned()


def test_a_column_that_would_be_mistaken_is_refused(spark: SparkSession) -> None:
    with pytest.raises(InvalidInputError, match="a field 'features' already"):
        MLStage.apply(DynamicFrame(spark.sql("SELECT 1 AS features")), K_MEANS, "features").toDF()
