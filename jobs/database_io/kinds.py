"""Connection types of Glue that lead to databases, and what the ones need that gluepot lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

JDBC = ("jdbc", "mysql", "mariadb", "postgresql", "sqlserver", "oracle", "redshift")
DYNAMODB = ("dynamodb",)
MONGODB = ("mongodb", "documentdb")
OPENSEARCH = ("opensearch",)
CUSTOM_JDBC = ("custom.jdbc", "marketplace.jdbc")
CUSTOM_SPARK = ("custom.spark", "marketplace.spark")

_NEEDED: Mapping[str, str] = {
    "bigquery": "Spark data source bigquery (com.google.cloud.spark:spark-bigquery)",
    "snowflake": "Spark data source snowflake (net.snowflake:spark-snowflake)",
    "teradata": "driver com.teradata.jdbc.TeraDriver (com.teradata.jdbc:terajdbc)",
    "saphana": "driver com.sap.db.jdbc.Driver (com.sap.cloud.db.jdbc:ngdbc)",
    "vertica": "driver com.vertica.jdbc.Driver (com.vertica.jdbc:vertica-jdbc)",
    "azuresql": "driver com.microsoft.sqlserver.jdbc.SQLServerDriver"
    " (com.microsoft.sqlserver:mssql-jdbc)",
    "azurecosmos": "Spark data source cosmos.oltp (com.azure.cosmos.spark)",
    "custom.athena": "Amazon Athena, whose connectors run at AWS",
    "marketplace.athena": "Amazon Athena, whose connectors run at AWS",
}

CONNECTION_TYPES = (*JDBC, *DYNAMODB, *MONGODB, *OPENSEARCH, *CUSTOM_JDBC, *CUSTOM_SPARK, *_NEEDED)


def refuse(connection_type: str) -> InvalidInputError:
    """Return the error of a connection type that is not served.

    >>> str(refuse("snowflak"))[:49]
    "connection_type 'snowflak' is not known. Did you "
    """
    needed = _NEEDED.get(connection_type)
    if needed is None:
        hint = did_you_mean(connection_type, CONNECTION_TYPES)
        return InvalidInputError(f"connection_type {connection_type!r} is not known.{hint}")
    kind = "custom.jdbc" if needed.startswith("driver") else "custom.spark"
    if needed.startswith("Amazon"):
        return InvalidInputError(f"connection_type {connection_type!r} needs {needed}")
    return InvalidInputError(
        f"connection_type {connection_type!r} needs the {needed}, which gluepot has not:"
        f" give its jar by --conf spark.jars=, and use connection_type {kind!r} with className"
    )
