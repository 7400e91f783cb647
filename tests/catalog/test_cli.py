from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.catalog.model import Cause, Column, Database, Partition, StorageDescriptor
from gluepot.cli.main import app
from gluepot.services import open_services
from gluepot.settings import load_settings
from tests.catalog.conftest import a_table

if TYPE_CHECKING:
    from typer.testing import Result

CRAWL = Cause(kind="crawl", id="c-1")


@pytest.fixture(autouse=True)
def _catalog(database_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", database_url)
    monkeypatch.setenv("LOGNAME", "anna")
    with open_services(load_settings()) as services:
        catalog = services.catalog
        catalog.create_database(Database(name="flights", description="All of them"))
        keys = (Column(name="year", type="int"), Column(name="month", type="int"))
        table = replace(
            a_table(delay="int"),
            partition_keys=keys,
            parameters={"classification": "parquet"},
        )
        catalog.create_table(table, CRAWL)
        columns = (Column(name="delay", type="bigint"), Column(name="tailnum", type="string"))
        storage = StorageDescriptor(columns=columns, location="s3://raw/days/")
        catalog.update_table(replace(table, storage_descriptor=storage), CRAWL)
        new = [
            Partition(
                values=(str(year), str(month)),
                storage_descriptor=StorageDescriptor(location=f"s3://raw/days/{year}/{month}/"),
            )
            for year in (2012, 2013)
            for month in range(1, 13)
        ]
        catalog.partitions.create("flights", "days", new)


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["catalog", *arguments], input=answer)


def printed(*arguments: str) -> str:
    done = run(*arguments)
    assert done.exit_code == 0, done.output or done.exception
    return done.stdout


def error(*arguments: str) -> str:
    done = run(*arguments)
    assert isinstance(done.exception, GluepotError), done.output
    return str(done.exception)


def test_databases_and_tables_are_listed() -> None:
    assert "All of them" in printed("ls")
    rows = printed("ls", "Flights").splitlines()
    assert rows[1].split() == ["days", "parquet", "2", "year,", "month", "1", "s3://raw/days/"]
    assert json.loads(printed("ls", "--output", "json"))[0]["Name"] == "flights"
    assert json.loads(printed("ls", "flights", "-o", "json"))[0]["VersionId"] == "1"


def test_a_table_is_shown_with_its_keys_and_parameters() -> None:
    text = printed("show", "flights.days")

    for line in (
        "table        flights.days",
        "format       parquet",
        "version      1",
        "created by   crawl:c-1",
        "partitions   24",
    ):
        assert line in text.splitlines()
    rows = [line.split() for line in text.splitlines()]
    assert ["delay", "bigint"] in rows
    assert ["year", "int", "partition", "key"] in rows
    assert ["classification", "parquet"] in rows


def test_an_older_version_is_shown_as_it_was() -> None:
    rows = [line.split() for line in printed("show", "flights.days", "--version", "0").splitlines()]

    assert ["delay", "int"] in rows
    assert ["tailnum", "string"] not in rows


def test_a_table_is_shown_with_the_partitions_of_an_expression() -> None:
    wire = json.loads(
        printed("show", "flights.days", "--expression", "year = 2013 and month > 10", "-o", "json")
    )

    assert [item["Values"] for item in wire["Partitions"]] == [["2013", "11"], ["2013", "12"]]
    assert "s3://raw/days/2012/7/" in printed("show", "flights.days", "--partitions")


def test_history_tells_what_changed_and_why() -> None:
    text = printed("history", "flights.days")

    assert "~ column delay int -> bigint (widened)" in text
    assert "+ column tailnum string" in text
    assert text.count("crawl c-1") == 2
    newest, first = json.loads(printed("history", "flights.days", "-o", "json"))
    assert newest["diff"]["compatibility"] == "backward"
    assert (first["version_id"], first["diff"]) == ("0", None)


def test_a_diff_is_of_the_last_change_unless_asked() -> None:
    text = printed("diff", "flights.days")

    assert text.splitlines() == [
        "flights.days: version 0 -> 1",
        "+ column tailnum string",
        "~ column delay int -> bigint (widened)",
        "compatibility: backward",
    ]
    turned = json.loads(printed("diff", "flights.days", "--from", "1", "--to", "0", "-o", "json"))
    assert turned["compatibility"] == "forward"
    assert "no difference" in printed("diff", "flights.days", "--from", "1")


def test_a_first_version_has_nothing_before_it() -> None:
    assert "has no version before 0" in error("diff", "flights.days", "--to", "0")


def test_a_table_is_restored_by_the_user() -> None:
    text = printed("restore", "Flights.Days", "0")

    assert text == "flights.days is at version 2, which equals version 0\n"
    newest = json.loads(printed("history", "flights.days", "-o", "json"))[0]
    assert newest["cause"] == {"kind": "cli", "id": "anna"}


def test_a_database_is_created_and_dropped() -> None:
    printed("create-database", "Sales", "--location", "s3://sales/")
    assert "s3://sales/" in printed("ls")

    assert printed("drop-database", "sales", "--yes") == "Database sales deleted\n"

    assert "sales" not in printed("ls")


def test_dropping_asks_first() -> None:
    refused = run("drop-table", "flights.days", answer="n\n")

    assert refused.exit_code == 1
    assert "days" in printed("ls", "flights")
    assert run("drop-table", "flights.days", answer="y\n").exit_code == 0
    assert "days" not in printed("ls", "flights")


def test_partitions_are_listed_up_to_a_limit() -> None:
    done = run("partitions", "flights.days", "-e", "year = 2013", "--limit", "2")

    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[1:] == [
        ["2013", "1", "s3://raw/days/2013/1/"],
        ["2013", "2", "s3://raw/days/2013/2/"],
    ]
    assert "2 of 12 partitions" in done.stderr
    assert len(json.loads(printed("partitions", "flights.days", "-o", "json"))) == 24


def test_an_unknown_name_gets_a_suggestion() -> None:
    assert error("show", "flights.dayz") == "Table dayz not found. Did you mean 'days'?"
    assert error("ls", "fligths") == "Database fligths not found. Did you mean 'flights'?"
    assert error("drop-database", "fligths", "-y").endswith("Did you mean 'flights'?")
    assert error("history", "fligths.days").endswith("Did you mean 'flights'?")
    assert error("show", "flights.days", "--version", "9") == (
        "Version 9 of flights.days not found."
    )
    assert "Did you mean 'month'?" in error("partitions", "flights.days", "-e", "mont = 1")


def test_a_name_without_a_database_is_refused() -> None:
    done = run("show", "days")

    assert isinstance(done.exception, InvalidInputError)
    assert str(done.exception) == "'days' is not a table; right is DATABASE.TABLE"
