from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(glue: Any, postgres_url: str) -> Any:  # noqa: ANN401
    """Return a client with the connection ``shop`` to a PostgreSQL that has a table and a view."""
    engine = sa.create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                'CREATE TABLE public."or.ders" (id bigint PRIMARY KEY, day date, paid numeric,'
                ' "odd ""name" text, raw bytea)'
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO public.\"or.ders\" VALUES (1, '2026-01-02', 1.50, 'a', 'x'),"
                " (2, NULL, NULL, NULL, NULL)"
            )
        )
        connection.execute(sa.text('CREATE VIEW public.v AS SELECT id FROM public."or.ders"'))
    engine.dispose()
    url = sa.make_url(postgres_url)
    properties = {
        "JDBC_CONNECTION_URL": f"jdbc:postgresql://{url.host}:{url.port}/{url.database}",
        "USERNAME": url.username or "",
        "PASSWORD": url.password or "x",
    }
    glue.create_connection(
        ConnectionInput={
            "Name": "shop",
            "ConnectionType": "JDBC",
            "ConnectionProperties": properties,
        }
    )
    return glue


def test_schemas_tables_and_columns_are_listed(shop: Any) -> None:  # noqa: ANN401
    schemas = shop.list_entities(ConnectionName="shop")["Entities"]
    tables = shop.list_entities(ConnectionName="shop", ParentEntityName="public")["Entities"]
    fields = shop.describe_entity(ConnectionName="shop", EntityName="public.or.ders")["Fields"]

    assert [(one["EntityName"], one["IsParentEntity"]) for one in schemas] == [("public", True)]
    assert {(one["EntityName"], one["Category"]) for one in tables} >= {
        ("public.or.ders", "TABLE"),
        ("public.v", "VIEW"),
    }
    assert [(one["FieldName"], one["FieldType"], one["IsPrimaryKey"]) for one in fields] == [
        ("id", "BIGINT", True),
        ("day", "DATE", False),
        ("paid", "DECIMAL", False),
        ('odd "name', "STRING", False),
        ("raw", "BINARY", False),
    ]


def test_rows_come_as_json_in_the_order_that_is_asked_for(shop: Any) -> None:  # noqa: ANN401
    def read(**request: Any) -> list[Any]:  # noqa: ANN401
        reply = shop.get_entity_records(
            ConnectionName="shop", EntityName="public.or.ders", **request
        )
        records: list[Any] = reply["Records"]
        return records

    assert read(Limit=1, OrderBy="id") == [
        {"id": 1, "day": "2026-01-02", "paid": "1.50", 'odd "name': "a", "raw": "eA=="}
    ]
    assert read(Limit=9, OrderBy="id DESC", SelectedFields=["id"]) == [{"id": 2}, {"id": 1}]
    assert read(Limit=9, OrderBy='odd "name', SelectedFields=['odd "name'])[0] == {'odd "name': "a"}
    invalid = shop.exceptions.InvalidInputException
    with pytest.raises(invalid, match="no field nope"):
        read(Limit=1, SelectedFields=["nope"])
    with pytest.raises(invalid, match="no field"):
        read(Limit=1, OrderBy="id; DROP TABLE v")
    with pytest.raises(shop.exceptions.OperationNotSupportedException):
        read(Limit=1, FilterPredicate="id = 1")


def test_what_is_not_there_is_told(shop: Any) -> None:  # noqa: ANN401
    missing = shop.exceptions.EntityNotFoundException

    with pytest.raises(missing, match="Connection x"):
        shop.list_entities(ConnectionName="x")
    with pytest.raises(missing, match="Entity nope"):
        shop.list_entities(ConnectionName="shop", ParentEntityName="nope")
    with pytest.raises(missing, match=r"Entity public\.nope"):
        shop.describe_entity(ConnectionName="shop", EntityName="public.nope")
    with pytest.raises(shop.exceptions.InvalidInputException, match="ConnectionName"):
        shop.list_entities()


def test_a_file_of_sqlite_is_looked_through(glue: Any, tmp_path: Path) -> None:  # noqa: ANN401
    path = tmp_path / "a file.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        connection.execute("INSERT INTO t VALUES (1, 'x')")
        connection.commit()
    properties = {"JDBC_CONNECTION_URL": f"jdbc:sqlite:{path}"}
    given = {"Name": "f", "ConnectionType": "JDBC", "ConnectionProperties": properties}
    glue.create_connection(ConnectionInput=given)

    tables = glue.list_entities(ConnectionName="f", ParentEntityName="main")["Entities"]
    records = glue.get_entity_records(ConnectionName="f", EntityName="main.t", Limit=5)["Records"]

    assert [one["EntityName"] for one in tables] == ["main.t"]
    assert records == [{"a": 1, "b": "x"}]
