"""Options of ``custom.jdbc`` and ``marketplace.jdbc`` connectors as those of JDBC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io.options import required

if TYPE_CHECKING:
    from collections.abc import Mapping

_RENAMED = {
    "className": "customJdbcDriverClassName",
    "dbTable": "dbtable",
    "tableName": "dbtable",
}


def jdbc_options(options: Mapping[str, Any], *, reads: bool) -> dict[str, Any]:
    """Return the options of JDBC that a connector's options mean.

    Raises:
        InvalidInputError: ``className`` is missing, or a mapping of types is asked for.
    """
    if "connectionName" not in options:
        required(options, "className", "a connector of JDBC")
    if options.get("dataTypeMapping"):
        raise InvalidInputError(
            "dataTypeMapping is not read: give Spark's customSchema, or use ApplyMapping"
        )
    found = {_RENAMED.get(name, name): value for name, value in options.items()}
    found.pop("dataTypeMapping", None)
    condition = found.pop("filterPredicate", None)
    if condition and reads:
        table = found.pop("dbtable", None) or f"({found.pop('query', '')}) filtered"
        found["dbtable"] = f"(SELECT * FROM {table} WHERE {condition}) kept"  # noqa: S608 - the script's
    return found
