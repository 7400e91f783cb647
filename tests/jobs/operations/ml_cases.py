"""Transforms for the tests of ML operations."""

from __future__ import annotations

from typing import Any

PARAMETERS = {
    "TransformType": "FIND_MATCHES",
    "FindMatchesParameters": {"PrimaryKeyColumnName": "id", "PrecisionRecallTradeoff": 0.9},
}
TABLES = [{"DatabaseName": "d", "TableName": "t"}]
COLUMNS = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]


def make_table(glue: Any, columns: list[dict[str, str]] = COLUMNS) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "d"})
    table = {"Name": "t", "StorageDescriptor": {"Columns": columns}}
    glue.create_table(DatabaseName="d", TableInput=table)


def make(glue: Any, name: str, **members: Any) -> str:  # noqa: ANN401
    given = {"Name": name, "Role": "r", "InputRecordTables": TABLES, "Parameters": PARAMETERS}
    made: str = glue.create_ml_transform(**{**given, **members})["TransformId"]
    return made


def paged(glue: Any, operation: str, member: str, **request: Any) -> list[Any]:  # noqa: ANN401
    found: list[Any] = []
    token: dict[str, str] = {}
    while True:
        page = getattr(glue, operation)(MaxResults=2, **request, **token)
        found += page[member]
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}
