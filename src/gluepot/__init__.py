"""An open AWS Glue that runs where you are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

__version__ = "0.1.0"


def spark(conf: Mapping[str, str] | None = None) -> SparkSession:
    """Return a Spark session in which tables are ``gluepot.database.table``.

    ``gluepot.spark().sql("SELECT * FROM gluepot.sales.orders")``; ``conf`` are Spark settings.
    """
    from gluepot.spark_session import open_session  # noqa: PLC0415 - importing gluepot stays cheap

    return open_session(conf or {})
