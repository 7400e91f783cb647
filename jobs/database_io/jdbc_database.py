"""A JDBC database as Spark reads it: schemas, small queries, and what went wrong in plain words."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.jobs.database_io.spark_errors import spark_told
from gluepot.jobs.runs.failure import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.catalog.errors import GluepotError
    from gluepot.jobs.database_io.jdbc_address import JdbcAddress

_SHORT_PASSWORD = 4
_NO_DRIVER = ("ClassNotFoundException", "No suitable driver", "JDBC_DRIVER_NOT_FOUND")


@dataclass(frozen=True, kw_only=True)
class JdbcDatabase:
    """A database of a session.

    Attributes:
        spark: The session.
        address: Where it is.
        failed: Makes the error of what could not be read or written, of the reason.
    """

    spark: SparkSession
    address: JdbcAddress
    failed: Callable[[str], GluepotError]

    def table(self, name: str, options: Mapping[str, str]) -> DataFrame:
        """Return a table, or a query in brackets; its columns are asked for now.

        Raises:
            GluepotError: As ``failed`` makes it: there is no such table, or no such database.
        """
        with self.told():
            frame: DataFrame = self._reader(options).option("dbtable", name).load()
            _ = frame.schema
        return frame

    def parts(self, name: str, conditions: list[str], options: Mapping[str, str]) -> DataFrame:
        """Return the rows of a table that fulfil a condition, a partition for each condition."""
        properties = {**options, **self.address.options}
        url = properties.pop("url")
        with self.told():
            frame = self.spark.read.jdbc(url, name, predicates=conditions, properties=properties)
            _ = frame.schema
        return frame

    def rows(self, query: str) -> list[Any]:
        """Return the few rows of a query."""
        with self.told():
            found: list[Any] = self._reader({}).option("query", query).load().collect()
        return found

    def add_driver(self) -> None:
        """Give the session the driver's jar, where the address names one."""
        if self.address.driver_jar is not None:
            path = self.address.driver_jar.replace("'", "%27")
            with self.told():
                self.spark.sql(f"ADD JAR '{path}'").collect()

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turn Spark's errors into one sentence without the password."""
        with spark_told(lambda error: self.failed(self._reason(error))):
            yield

    def _reader(self, options: Mapping[str, str]) -> Any:  # noqa: ANN401 - classic or Connect
        return self.spark.read.format("jdbc").options(**options, **self.address.options)

    def _reason(self, error: Exception) -> str:
        reason = brief(error)
        if any(mark in reason for mark in _NO_DRIVER):
            driver = self.address.driver or f"of {self.address.engine}"
            return (
                f"the JDBC driver {driver} is not on the class path: give its jar as"
                " customJdbcDriverS3Path with customJdbcDriverClassName, or by --conf spark.jars="
            )
        password = self.address.password or ""
        return reason.replace(password, "***") if len(password) >= _SHORT_PASSWORD else reason
