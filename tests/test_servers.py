"""The real servers that the other tests stand on do start and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_each_database_answers(database_url: str) -> None:
    engine = sa.create_engine(database_url)

    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1

    engine.dispose()


def test_each_s3_keeps_an_object(s3_client: Any, bucket: str) -> None:  # noqa: ANN401
    s3_client.put_object(Bucket=bucket, Key="a/b", Body=b"x")

    assert s3_client.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"x"


def test_spark_has_delta(spark: SparkSession, tmp_path: object) -> None:
    path = f"file://{tmp_path}/d"
    spark.range(3).write.format("delta").save(path)

    assert spark.read.format("delta").load(path).count() == 3
