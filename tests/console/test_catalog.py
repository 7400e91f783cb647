"""The catalog's page finds tables by words and facets, of those that the caller may see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from gluepot.access import open_access
from gluepot.catalog.model import Cause, Column, Database, StorageDescriptor, Table
from gluepot.console.pages import catalog as page
from gluepot.console.tables import finding
from gluepot.services import open_services
from gluepot.settings import AuthSettings, Settings
from tests.console.conftest import console_at
from tests.console.lake import HOSTILE, fill_lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.services import Services
    from tests.console.conftest import ConsoleServer
    from tests.console.visitor import Visitor

HOSTILE_NAME = "<script>alert('x')</script>"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CAUSE = Cause(kind="cli", id="test")


@pytest.fixture
def visitor(console: ConsoleServer, tmp_path: Path) -> Visitor:
    fill_lake(console.services, tmp_path / "lake")
    return console.visitor()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Yield a visitor who changes nothing, of one server for all such tests."""
    home = tmp_path_factory.mktemp("home")
    with console_at(home) as server:
        fill_lake(server.services, home / "lake")
        yield server.visitor()


def _names(visitor: Visitor, **query: str) -> list[str]:
    return [each["name"] for each in visitor.data("/console/catalog", **query)["tables"]]


def _counts(found: Any, facet: str) -> dict[str, int]:  # noqa: ANN401
    (one,) = (each for each in found["facets"] if each["name"] == facet)
    return {each["value"]: each["count"] for each in one["values"]}


def test_words_are_found_in_names_columns_comments_and_locations(reader: Visitor) -> None:
    assert _names(reader) == ["orders", "raw", "report"]
    assert _names(reader, q="rder") == ["orders"]
    assert _names(reader, q="custom") == ["orders"]
    assert _names(reader, q="the number") == ["orders"]
    assert _names(reader, q="anna") == ["orders"]
    assert _names(reader, q="report id") == ["report"]
    assert _names(reader, q="REPORT") == ["report"]
    assert _names(reader, q="nothing") == []


def test_the_name_of_a_property_finds_no_table_by_itself(reader: Visitor) -> None:
    for word in ("column", "own", "databasename"):
        assert _names(reader, q=word) == []


def test_facets_count_what_was_found_and_narrow_it(reader: Visitor) -> None:
    found = reader.data("/console/catalog")

    assert found["count"] == 3
    assert _counts(found, "database") == {"sales": 3}
    assert _counts(found, "classification") == {"parquet": 2, "csv": 1}
    assert _counts(found, "partitioned") == {"no": 2, "yes": 1}
    assert _counts(found, "quality") == {"no": 2, "yes": 1}
    assert _counts(found, "updated") == {"day": 3}
    assert _counts(found, "by") == {"somebody": 2, "crawler c": 1}
    assert _names(reader, classification="csv") == ["orders"]
    assert _names(reader, quality="yes", partitioned="yes", by="crawler c") == ["orders"]
    assert _names(reader, classification="csv", partitioned="no") == []


def test_a_facet_follows_a_changed_definition(console: ConsoleServer, visitor: Visitor) -> None:
    assert _names(visitor, classification="delta") == []
    table = console.services.catalog.get_table("sales", "raw")
    changed = Table(**{**vars(table), "parameters": {"classification": "delta"}})
    console.services.catalog.update_table(changed, CAUSE)
    console.services.catalog.delete_table("sales", "report")

    assert _names(visitor, classification="delta") == ["raw"]
    assert visitor.data("/console/catalog")["count"] == 2


def test_pages_go_on_behind_the_last_name(reader: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    monkeypatch.setattr(page, "PAGE", 2)
    first = reader.data("/console/catalog")
    second = reader.data(first["next"])

    assert [each["name"] for each in first["tables"]] == ["orders", "raw"]
    assert [each["name"] for each in second["tables"]] == ["report"]
    assert second["next"] is None
    assert second["count"] == 3


def test_hostile_texts_stay_texts(console: ConsoleServer, visitor: Visitor) -> None:
    console.services.catalog.create_table(
        Table(
            database_name="sales",
            name=HOSTILE_NAME,
            description=HOSTILE,
            owner=HOSTILE,
            parameters={"classification": HOSTILE},
            storage_descriptor=StorageDescriptor(columns=(Column(name=HOSTILE, type="int"),)),
        ),
        CAUSE,
    )
    for path, query in (("catalog", {}), ("catalog", {"q": HOSTILE}), ("databases", {})):
        seen = visitor.get(f"/console/{path}", None, **query)
        assert seen.status == 200
        assert "<script>alert" not in seen.text
    assert HOSTILE_NAME in _names(visitor, q="alert")


def test_a_databases_page_counts_tables(reader: Visitor) -> None:
    (found,) = reader.data("/console/databases")["databases"]

    assert (found["name"], found["tables"]) == ("sales", 3)


def test_postgresql_finds_the_same(postgres_catalog: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, catalog_url=SecretStr(postgres_catalog))
    with open_services(settings) as services:
        for database in ("pg_one", "pg_two"):
            _add(services, database)
        with services.engine.connect() as connection:
            wanted = finding.Wanted(words=("pg_one",), facets={"partitioned": "no"}, now=NOW)
            found = finding.find_tables(connection, wanted)
            assert finding.verdicts(connection, ["pg_one.t"]) == {}

    assert (found.count, [row.database_name for row in found.rows]) == (1, ["pg_one"])
    assert found.facets["classification"] == {"unknown": 1}


def test_an_empty_catalog_says_what_to_do(console: ConsoleServer) -> None:
    assert "gluepot crawl run" in console.visitor().get("/console/catalog").text


_RIGHTS = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": [
  "arn:aws:glue:*:*:catalog", "arn:aws:glue:*:*:database/mine", "arn:aws:glue:*:*:table/mine/*"],
  "Action": ["glue:GetTable", "glue:GetTables"]}]}"""


def test_only_databases_that_a_caller_may_see_are_searched(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with console_at(home, auth=AuthSettings(required=True)) as server:
        for database in ("mine", "theirs"):
            _add(server.services, database)
        access = open_access(server.services)
        access.policies.put("mine", _RIGHTS)
        keys = [access.keys.create(name) for name in ("ann", "bob")]
        access.policies.attach(keys[0].key.id, "mine")
        ann, bob = (server.visitor() for _ in keys)
        for visitor, made in zip((ann, bob), keys, strict=True):
            visitor.get("/console/login")
            visitor.post("/console/login", {"key_id": made.key.id, "secret": made.secret})

        found = ann.data("/console/catalog")
        assert [each["database"] for each in found["tables"]] == ["mine"]
        assert _counts(found, "database") == {"mine": 1}
        refused = bob.get("/console/catalog?format=json")
        assert refused.status == 400
        assert "glue:SearchTables" in refused.text


def _add(services: Services, database: str) -> None:
    services.catalog.create_database(Database(name=database))
    services.catalog.create_table(Table(database_name=database, name="t"), CAUSE)
