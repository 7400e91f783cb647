# ruff: noqa: N802, N803  (names and signatures are Spark's)
"""What GlueContext has of Spark's SQLContext: scripts call these on the context itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark import SparkContext
    from pyspark.sql import DataFrame, DataFrameReader, SparkSession
    from pyspark.sql.streaming.query import StreamingQueryManager
    from pyspark.sql.streaming.readwriter import DataStreamReader
    from pyspark.sql.types import StructType
    from pyspark.sql.udf import UDFRegistration


class SessionMethods:
    """Mixed into GlueContext; each is the session's own."""

    spark_session: SparkSession

    @property
    def sparkSession(self) -> SparkSession:
        """Return the session, by SQLContext's name of it."""
        return self.spark_session

    @property
    def sparkContext(self) -> SparkContext:
        """Return the SparkContext; a Spark Connect session has none and says so."""
        return self.spark_session.sparkContext

    @property
    def _sc(self) -> SparkContext:
        return self.sparkContext

    @property
    def read(self) -> DataFrameReader:
        """Return Spark's reader."""
        return self.spark_session.read

    @property
    def readStream(self) -> DataStreamReader:
        """Return Spark's reader of streams."""
        return self.spark_session.readStream

    @property
    def streams(self) -> StreamingQueryManager:
        """Return the running streams."""
        return self.spark_session.streams

    @property
    def udf(self) -> UDFRegistration:
        """Return where functions for SQL are registered."""
        return self.spark_session.udf

    def sql(self, sqlQuery: str, **kwargs: Any) -> DataFrame:  # noqa: ANN401
        """Return the rows of a query."""
        return self.spark_session.sql(sqlQuery, **kwargs)

    def table(self, tableName: str) -> DataFrame:
        """Return a table or view as a DataFrame."""
        return self.spark_session.table(tableName)

    def range(
        self, start: int, end: int | None = None, step: int = 1, numPartitions: int | None = None
    ) -> DataFrame:
        """Return a DataFrame of whole numbers, ``id``."""
        return self.spark_session.range(start, end, step, numPartitions)

    def createDataFrame(
        self,
        data: Any,  # noqa: ANN401 - rows of any kind, a pandas frame or an RDD
        schema: StructType | str | Iterable[str] | None = None,
        samplingRatio: float | None = None,
        verifySchema: bool = True,  # noqa: FBT001, FBT002 - Spark's signature
    ) -> DataFrame:
        """Return rows as a DataFrame."""
        frame: DataFrame = self.spark_session.createDataFrame(  # type: ignore[call-overload]
            data, schema, samplingRatio=samplingRatio, verifySchema=verifySchema
        )
        return frame

    def registerDataFrameAsTable(self, df: DataFrame, tableName: str) -> None:
        """Make a DataFrame a temporary view."""
        df.createOrReplaceTempView(tableName)

    def dropTempTable(self, tableName: str) -> None:
        """Drop a temporary view."""
        self.spark_session.catalog.dropTempView(tableName)

    def tableNames(self, dbName: str | None = None) -> list[str]:
        """Return the names of tables and views."""
        return [table.name for table in self.spark_session.catalog.listTables(dbName)]

    def cacheTable(self, tableName: str) -> None:
        """Keep a table in memory."""
        self.spark_session.catalog.cacheTable(tableName)

    def uncacheTable(self, tableName: str) -> None:
        """Let go of a table kept in memory."""
        self.spark_session.catalog.uncacheTable(tableName)

    def clearCache(self) -> None:
        """Let go of all tables kept in memory."""
        self.spark_session.catalog.clearCache()

    def setConf(self, key: str, value: str | int | bool) -> None:  # noqa: FBT001
        """Set one of Spark's settings."""
        self.spark_session.conf.set(key, value)

    def getConf(self, key: str, defaultValue: str | None = None) -> str | None:
        """Return one of Spark's settings."""
        return self.spark_session.conf.get(key, defaultValue)
