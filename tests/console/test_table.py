"""A table's pages show each side of it, and change it only at the version that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.console.tables.tree import MOST_MEMBERS, type_tree
from tests.console.conftest import console_at
from tests.console.lake import HOSTILE, fill_lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.console.conftest import ConsoleServer
    from tests.console.visitor import Seen, Visitor

ORDERS = {"database": "sales", "name": "orders"}
TABS = ("", "-versions", "-partitions", "-rows", "-profile", "-quality", "-lineage", "-code")


@pytest.fixture
def visitor(console: ConsoleServer, tmp_path: Path) -> Visitor:
    fill_lake(console.services, tmp_path / "lake")
    made = console.visitor()
    made.get("/console/table", None, **ORDERS)
    return made


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Yield a visitor who changes nothing, of one server for all such tests."""
    home = tmp_path_factory.mktemp("home")
    with console_at(home) as server:
        fill_lake(server.services, home / "lake")
        yield server.visitor()


def _data(visitor: Visitor, tab: str, **query: str) -> Any:  # noqa: ANN401
    return visitor.data(f"/console/table{tab}", **ORDERS, **query)


def test_columns_are_trees_with_comments_and_statistics(
    console: ConsoleServer, visitor: Visitor
) -> None:
    client: Any = boto3.client(
        "glue",
        endpoint_url=console.url,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",  # noqa: S106 - nobody looks at it
    )
    client.update_column_statistics_for_table(
        DatabaseName="sales",
        TableName="orders",
        ColumnStatisticsList=[
            {
                "ColumnName": "id",
                "ColumnType": "bigint",
                "AnalyzedTime": 0,
                "StatisticsData": {
                    "Type": "LONG",
                    "LongColumnStatisticsData": {
                        "MinimumValue": 1,
                        "MaximumValue": 9,
                        "NumberOfNulls": 2,
                        "NumberOfDistinctValues": 7,
                    },
                },
            }
        ],
    )
    found = _data(visitor, "")
    columns = {each["name"]: each for each in found["columns"]}

    assert list(columns) == ["id", "customer", "lines", "note", "year", "month"]
    assert columns["id"]["statistics"] == {"nulls": 2, "distinct": 7, "least": 1, "greatest": 9}
    assert columns["year"]["key"]
    (_, address) = columns["customer"]["tree"]["members"]
    assert (address["name"], address["members"][0]["name"]) == ("address", "city")
    assert columns["lines"]["tree"]["kind"] == "array<struct>"
    assert found["about"]["created_by"]["href"] == "/console/crawl?id=crawl-1"


def test_a_type_of_many_members_says_how_many_are_left_out() -> None:
    members = ",".join(f"m{number}:int" for number in range(MOST_MEMBERS + 5))
    tree = type_tree(f"struct<{members}>")

    assert (len(tree["members"]), tree["cut"]) == (MOST_MEMBERS, 5)
    assert type_tree("no type <")["kind"] == "no type <"


@pytest.mark.parametrize("tab", TABS)
def test_hostile_texts_stay_texts_on_each_page(reader: Visitor, tab: str) -> None:
    show = {"show": "yes"} if tab == "-rows" else {}
    seen = reader.get(f"/console/table{tab}", None, **ORDERS, **show)

    assert seen.status == 200
    assert "<script>alert" not in seen.text


def test_versions_tell_who_made_them_and_what_changed(reader: Visitor) -> None:
    found = _data(reader, "-versions")
    newest, first = found["versions"]

    assert newest["cause"]["href"] == "/console/run?id=run-7"
    assert first["cause"]["href"] == "/console/crawl?id=crawl-1"
    assert newest["compatibility"] == "backward"
    assert newest["changes"][0].startswith("+ column lines")
    assert found["pair"] == ["0", "1"]
    changes = {each["name"]: each["change"] for each in found["diff"]["columns"]}
    assert changes["id"] == "same"
    assert (changes["lines"], changes["note"]) == ("added", "added")


def test_any_two_versions_are_compared_in_either_direction(reader: Visitor) -> None:
    back = _data(reader, "-versions", **{"from": "1", "to": "0"})["diff"]

    assert back["compatibility"] == "forward"
    assert {each["change"] for each in back["columns"]} == {"same", "removed"}


def _restore(reader: Visitor, version: str, current: str) -> Seen:
    form = {**ORDERS, "version": version, "current": current}
    return reader.post("/console/table-restore", form)


def test_an_old_version_comes_back_as_a_new_one(console: ConsoleServer, visitor: Visitor) -> None:
    seen = _restore(visitor, "0", "1")
    catalog = console.services.catalog

    assert "equals version 0" in seen.text
    old, new = (catalog.get_version("sales", "orders", each).table for each in ("0", "2"))
    assert new.storage_descriptor == old.storage_descriptor


def test_nothing_is_restored_over_a_version_that_nobody_has_seen(
    console: ConsoleServer, visitor: Visitor
) -> None:
    _restore(visitor, "0", "1")
    seen = _restore(visitor, "1", "1")

    assert seen.status == 400
    assert "by now" in seen.text
    assert console.services.catalog.get_table("sales", "orders").version_id == "2"


def test_comments_are_changed_at_the_version_that_was_read(
    console: ConsoleServer, visitor: Visitor
) -> None:
    form = {**ORDERS, "version": "1", "description": "New\r\nlines", "comment:id": "an <b>id</b>"}
    assert visitor.post("/console/table-describe", form).status == 200
    table = console.services.catalog.get_table("sales", "orders")
    storage = table.storage_descriptor
    assert storage is not None
    assert storage.columns is not None
    assert (table.description, storage.columns[0].comment) == ("New\nlines", "an <b>id</b>")
    assert storage.columns[3].comment == HOSTILE

    late = visitor.post("/console/table-describe", form | {"description": "Mine"})
    assert late.status == 400
    assert "concurrent modifications" in late.text


def test_a_table_is_deleted_only_when_its_name_is_typed(
    console: ConsoleServer, visitor: Visitor
) -> None:
    refused = visitor.post("/console/table-delete", ORDERS | {"typed": "order"})
    assert refused.status == 400
    assert console.services.catalog.get_table("sales", "orders")

    visitor.post("/console/table-delete", ORDERS | {"typed": "orders"})
    with pytest.raises(EntityNotFoundError):
        console.services.catalog.get_table("sales", "orders")


def test_an_action_needs_the_token_of_its_session(visitor: Visitor) -> None:
    form = ORDERS | {"typed": "orders", "form_token": "0" * 64}

    assert visitor.post("/console/table-delete", form).status == 400
    assert visitor.get("/console/table", None, **ORDERS).status == 200


def test_an_expression_chooses_partitions_and_its_error_is_told_beside_it(
    reader: Visitor,
) -> None:
    found = _data(reader, "-partitions", expression="year = 2013 and month > '01'")
    assert [each["values"] for each in found["partitions"]] == [["2013", "02"], ["2013", "03"]]
    assert found["count"] == 2

    wrong = _data(reader, "-partitions", expression="yaer = 1")
    assert wrong["partitions"] == []
    assert "Did you mean 'year'" in wrong["error"]
    seen = reader.get("/console/table-partitions", None, **ORDERS, expression="yaer = 1")
    assert 'aria-invalid="true"' in seen.text


def test_rows_are_read_when_they_are_asked_for(reader: Visitor) -> None:
    assert _data(reader, "-rows")["rows"] == []
    found = _data(reader, "-rows", show="yes")

    assert [column["name"] for column in found["columns"]] == [
        *("id", "customer", "lines", "note", "year", "month")
    ]
    assert sorted(row[0] for row in found["rows"]) == [1, 2, 3]
    assert found["rows"][0][3] == HOSTILE


def test_rows_that_cannot_be_read_say_why(reader: Visitor) -> None:
    found = reader.data("/console/table-rows", database="sales", name="raw", show="yes")

    assert found["rows"] == []
    assert found["error"]


def test_the_last_profile_is_drawn(reader: Visitor) -> None:
    found = _data(reader, "-profile")
    number, text = found["columns"]

    assert found["profile"]["rows"] == 100
    assert (number["name"], number["completeness"], number["minimum"]) == ("id", 0.9, 1)
    assert len(number["drawn"]["bars"]) == len(number["histogram"])
    assert text["frequent"]["values"][0] == [HOSTILE, 60]
    assert "<rect" in reader.get("/console/table-profile", None, **ORDERS).text
    nothing = reader.get("/console/table-profile", None, database="sales", name="raw").text
    assert "gluepot quality profile" in nothing


def test_quality_is_a_line_of_scores(reader: Visitor) -> None:
    found = _data(reader, "-quality")

    assert [each["verdict"] for each in found["results"]] == ["FAILED", "PASSED"]
    (trend,) = found["trends"]
    assert [dot["tone"] for dot in trend["line"]["dots"]] == ["good", "bad"]


def test_lineage_goes_up_and_down(reader: Visitor) -> None:
    found = _data(reader, "-lineage", up="1", down="1")
    boxes = {each["label"]: each["x"] for each in found["drawing"]["boxes"]}

    assert boxes["sales.raw"] < boxes["sales.orders"] < boxes["sales.report"]
    assert len(found["drawing"]["arrows"]) == 2
    assert {each["job"] for each in found["edges"]} == {"make-orders", "make-report"}
    assert found["columns"][0]["source"] == "sales.raw.id"
    up = _data(reader, "-lineage", up="1", down="0")
    assert [each["label"] for each in up["drawing"]["boxes"]] == ["sales.raw", "sales.orders"]


def test_code_is_a_comment_where_there_is_none(reader: Visitor) -> None:
    pieces = {each["id"]: each["text"] for each in _data(reader, "-code")["pieces"]}

    assert pieces["athena"].startswith("CREATE EXTERNAL TABLE `sales`.`orders`")
    assert "USING csv" in pieces["spark-sql"]
    for name in ("pyspark", "wrangler", "boto3"):
        compile(pieces[name], name, "exec")


def test_a_table_that_is_not_there_is_an_error_and_no_page(reader: Visitor) -> None:
    seen = reader.get("/console/table", None, database="sales", name="nothing")

    assert seen.status == 400
    assert "EntityNotFoundException" in seen.text
