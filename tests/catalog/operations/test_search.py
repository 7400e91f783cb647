from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluepot.catalog.search import parse_search
from gluepot.catalog.search_text import words_of
from tests.catalog.conftest import CLI

if TYPE_CHECKING:
    from gluepot.catalog.store import CatalogStore

TABLES: dict[str, dict[str, Any]] = {
    "customer-link": {"Description": "Who buys, and what", "Owner": "anna"},
    "xx-link-yy": {"Parameters": {"classification": "parquet", "skip.header.line.count": "1"}},
    "xxlinkyy": {"Parameters": {"classification": "csv"}, "TableType": "EXTERNAL_TABLE"},
    "orders_2013": {
        "StorageDescriptor": {
            "Location": "s3://lake/raw/orders/",
            "Columns": [{"Name": "delay", "Comment": "minutes late"}],
        },
        "PartitionKeys": [{"Name": "origin"}],
    },
}


@pytest.fixture
def filled(glue: Any) -> Any:  # noqa: ANN401
    """Return a client of a server that has these tables in two databases."""
    for database in ("shop", "lab"):
        glue.create_database(DatabaseInput={"Name": database})
    for number, (name, members) in enumerate(TABLES.items()):
        database = "lab" if number == 2 else "shop"
        glue.create_table(DatabaseName=database, TableInput={"Name": name, **members})
    return glue


def found(glue: Any, text: str | None = None, **request: Any) -> list[str]:  # noqa: ANN401
    asked = request | ({} if text is None else {"SearchText": text})
    return [table["Name"] for table in glue.search_tables(**asked)["TableList"]]


def by(glue: Any, key: str, value: str, comparator: str | None = None) -> list[str]:  # noqa: ANN401
    condition = {"Key": key, "Value": value}
    return found(glue, Filters=[condition | ({"Comparator": comparator} if comparator else {})])


def test_words_are_found_whole_and_in_any_property(filled: Any) -> None:  # noqa: ANN401
    assert found(filled, "link") == ["customer-link", "xx-link-yy"]
    assert found(filled, "LINK customer") == ["customer-link"]
    assert found(filled, "orders") == ["orders_2013"]
    assert found(filled, "minutes") == ["orders_2013"]
    assert found(filled, "origin") == ["orders_2013"]
    assert found(filled, "lab") == ["xxlinkyy"]
    assert found(filled, "parquet") == ["xx-link-yy"]
    assert found(filled, "orders_201%") == found(filled, "order__2013") == found(filled, "-") == []


def test_a_quoted_text_is_a_phrase(filled: Any) -> None:  # noqa: ANN401
    assert found(filled, '"who buys"') == ["customer-link"]
    assert found(filled, '"buys who"') == []
    assert found(filled, '"link who"') == [], "a phrase does not go over two properties"
    assert found(filled, '"who buys" anna') == ["customer-link"]


def test_filters_look_at_their_own_property_and_are_all_held(filled: Any) -> None:  # noqa: ANN401
    assert by(filled, "Name", "link") == ["customer-link", "xx-link-yy"]
    assert by(filled, "name", "customer-link") == ["customer-link"]
    assert by(filled, "DatabaseName", "lab") == ["xxlinkyy"]
    assert by(filled, "Owner", "link") == []
    assert by(filled, "classification", "csv") == ["xxlinkyy"]
    assert by(filled, "skip.header.line.count", "1") == ["xx-link-yy"]
    assert by(filled, "TableType", "EXTERNAL_TABLE") == ["xxlinkyy"]
    assert by(filled, "Name", "--") == []
    both = [{"Key": "Name", "Value": "link"}, {"Key": "Owner", "Value": "Anna"}]
    assert found(filled, Filters=both) == ["customer-link"]


def test_times_are_compared(filled: Any) -> None:  # noqa: ANN401
    made = filled.get_table(DatabaseName="shop", Name="customer-link")["Table"]["CreateTime"]
    later = datetime(2100, 1, 1, tzinfo=UTC)
    everything = ["customer-link", "orders_2013", "xx-link-yy"]

    assert by(filled, "CreateTime", later.isoformat(), "LESS_THAN")[1:] == everything
    assert by(filled, "UpdateTime", "4102444800", "GREATER_THAN_EQUALS") == []
    assert "customer-link" in by(filled, "CreateTime", made.astimezone(UTC).isoformat())
    at = made.astimezone(UTC).isoformat()
    assert "customer-link" in by(filled, "CreateTime", at, "LESS_THAN_EQUALS")
    assert "customer-link" not in by(filled, "CreateTime", at, "GREATER_THAN")


def test_what_cannot_be_searched_is_refused(filled: Any) -> None:  # noqa: ANN401
    invalid = filled.exceptions.InvalidInputException
    with pytest.raises(invalid, match="is for times"):
        by(filled, "Name", "a", "GREATER_THAN")
    no_times = ("yesterday", "0001-01-01T00:00+05:00", "9999-12-31T23:59:59.5", "9" * 30, "²")
    for text in no_times:
        with pytest.raises(invalid, match="is not a time"):
            by(filled, "CreateTime", text)
    with pytest.raises(invalid, match="LastAccessTime"):
        by(filled, "LastAccessTime", "0")
    with pytest.raises(invalid, match="cannot be sorted by 'Size'"):
        found(filled, SortCriteria=[{"FieldName": "Size"}])
    with pytest.raises(invalid, match="both a Key and a Value"):
        found(filled, Filters=[{"Key": "Name"}])


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["Name", "DatabaseName", "CreateTime", "UpdateTime"])
def test_pages_of_an_order_hold_each_table_once(
    filled: Any,  # noqa: ANN401
    field: str,
    direction: str,
) -> None:
    request: dict[str, Any] = {"SortCriteria": [{"FieldName": field, "Sort": direction}]}
    tables: list[dict[str, Any]] = []
    token = ""
    while True:
        page = filled.search_tables(**request, MaxResults=1, NextToken=token)
        tables += page["TableList"]
        token = page.get("NextToken", "")
        if not token:
            break

    values = [table[field] for table in tables]
    assert values == sorted(values, reverse=direction == "DESC")
    assert sorted(table["Name"] for table in tables) == sorted(TABLES)
    assert tables == filled.search_tables(**request)["TableList"]


def test_a_search_sees_each_change(filled: Any) -> None:  # noqa: ANN401
    filled.update_table(DatabaseName="shop", TableInput={"Name": "customer-link", "Owner": "bo"})
    filled.delete_table(DatabaseName="shop", Name="xx-link-yy")

    assert found(filled, "anna") == []
    assert found(filled, "bo") == found(filled, "link") == ["customer-link"]


def test_nothing_is_shared_from_elsewhere(filled: Any) -> None:  # noqa: ANN401
    assert found(filled, "link", ResourceShareType="FOREIGN") == []
    assert found(filled, "link", ResourceShareType="ALL") == ["customer-link", "xx-link-yy"]


texts = st.text(st.sampled_from("aB_%-: |=é'\\"), max_size=6)


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.lists(texts, min_size=1, max_size=4), texts)
def test_sql_finds_what_holds_all_words(
    catalog: CatalogStore, descriptions: list[str], text: str
) -> None:
    with catalog.transaction() as store:
        for number, description in enumerate(descriptions):
            definition = {"Name": f"t{number}", "Description": description}
            store.tables.create("flights", definition, CLI)
        rows = store.tables.search(parse_search([], text, []), None, 99)
        for number in range(len(descriptions)):
            store.tables.delete("flights", f"t{number}")

    wanted = set(words_of(text))
    assert {row.name for row in rows} == {
        f"t{number}"
        for number, description in enumerate(descriptions)
        if wanted and wanted <= {*words_of(description), "flights", f"t{number}"}
    }


def test_a_search_runs_in_the_database(catalog: CatalogStore) -> None:
    statements: list[str] = []
    for number in range(30):
        catalog.tables.create("flights", {"Name": f"t{number}"}, CLI)

    @sa.event.listens_for(catalog.scope.engine, "before_cursor_execute")
    def record(_connection, _cursor, statement, *_more) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002
        statements.append(statement)

    (only,) = catalog.tables.search(parse_search([], "t7", []), None, 99)

    assert only.name == "t7"
    assert len([text for text in statements if text.startswith("SELECT")]) == 1
