"""`gluepot quality profile` and `recommend`, as a user types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gluepot.catalog.column_statistics import ColumnStatisticsStore
from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.model import Cause, Column, Database, Partition, StorageDescriptor
from gluepot.cli.main import app
from gluepot.services import Services, open_services
from gluepot.settings import load_settings
from gluepot.transforms.quality.dqdl import parse_ruleset
from tests.jobs.conftest import csv_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

HEAD = "id,country,total,at\n"
ROWS = "".join(
    f"{number},{('DE', 'FR', '')[number % 3]},{number * 1.5},2026-01-0{number % 9 + 1}\n"
    for number in range(1, 151)
)


@pytest.fixture(autouse=True)
def services(
    sqlite_url: str, tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """Yield what commands work on: a table ``raw.orders`` with a day, and a file beside it."""
    _ = spark
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    (tmp_path / "orders.csv").write_text(HEAD + ROWS)
    with open_services(load_settings()) as found:
        found.catalog.create_database(Database(name="raw"))
        root = f"file://{tmp_path}/lake"
        columns = "id bigint, country string, total double, at date"
        table = csv_table("orders", root, columns, "day int, place string")
        found.catalog.create_table(table, Cause(kind="cli", id="test"))
        land(found, tmp_path, 1, "b")
        yield found


def land(found: Services, folder: Path, day: int, place: str) -> None:
    file = folder / "lake" / f"day={day}" / f"place={place}" / "part.csv"
    file.parent.mkdir(parents=True)
    file.write_text(HEAD + ROWS)
    where = StorageDescriptor(location=f"file://{file.parent}", columns=(Column(name="id"),))
    partition = Partition(values=(str(day), place), storage_descriptor=where)
    found.catalog.partitions.create("raw", "orders", [partition])


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["quality", *arguments])
    if done.exception is not None:
        raise done.exception
    return done.stdout


def as_json(*arguments: str) -> Any:  # noqa: ANN401
    return json.loads(printed(*arguments, "-o", "json"))


def test_a_table_is_profiled_by_partition_and_its_statistics_are_filled(
    services: Services, tmp_path: Path
) -> None:
    found = as_json("profile", "raw.orders")
    assert found["rows"] == 150
    assert found["partitions"] == [{"values": {"day": "1", "place": "b"}, "rows": 150}]
    columns = {column["name"]: column for column in found["columns"]}
    assert columns["total"]["quantiles"]["0.5"] == 112.5
    assert columns["total"]["mean"] == pytest.approx(113.25)
    assert columns["at"]["maximum"] == "2026-01-09"
    assert columns["country"]["frequent"]["values"][0][1] == 50
    assert {"columns": ["id"], "unique_rows": 150, "is_key": True} in found["keys"]
    kept = ColumnStatisticsStore(services.catalog.scope, "raw", "orders", ["1", "b"])
    of_table = ColumnStatisticsStore(services.catalog.scope, "raw", "orders")
    for store in (kept, of_table):
        data = store.get(["id"])["id"]["StatisticsData"]["LongColumnStatisticsData"]
        assert (data["MinimumValue"], data["MaximumValue"]) == (1, 150)

    land(services, tmp_path, 2, "it's")
    assert as_json("profile", "raw.orders", "--only-new")["rows"] == 300
    assert as_json("profile", "raw.orders", "--stored")["rows"] == 150
    trend = as_json("profile", "raw.orders", "--stored", "--column", "total")["trend"]
    assert [one["rows"] for one in trend] == [150, 150]
    shown = printed("profile", "raw.orders", "--only-new")
    assert shown.startswith("300 rows in 2 partitions")


def test_new_partitions_are_found_by_values_with_backslashes_and_quotes(
    services: Services, tmp_path: Path
) -> None:
    as_json("profile", "raw.orders")
    for day, place in ((2, "a\\b"), (3, "it's \\"), (4, "\\'")):
        land(services, tmp_path, day, place)

    found = as_json("profile", "raw.orders", "--only-new")

    assert [one["values"] for one in found["partitions"]] == [
        {"day": "1", "place": "b"},
        {"day": "2", "place": "a\\b"},
        {"day": "3", "place": "it's \\"},
        {"day": "4", "place": "\\'"},
    ]
    assert [one["rows"] for one in found["partitions"]] == [150] * 4


def test_a_file_is_profiled_and_one_column_is_shown(services: Services) -> None:
    _ = services
    shown = printed("profile", "orders.csv", "--column", "total")
    assert "Quantiles" in shown
    assert "Histogram" in shown
    assert "▇" in shown
    assert "Trend" in shown
    assert "Different in all rows: id" in printed("profile", "orders.csv", "--stored")
    with pytest.raises(InvalidInputError, match="no column nothing"):
        printed("profile", "orders.csv", "--stored", "--column", "nothing")


def test_a_recommended_ruleset_is_printed_and_kept_and_holds(services: Services) -> None:
    text = printed("recommend", "raw.orders", "--save", "sound")
    assert '    IsPrimaryKey "id"' in text
    kept = services.jobs.definitions.get("DataQualityRuleset", "sound").definition
    assert kept["Ruleset"].strip() == text.strip()
    assert kept["TargetTable"] == {"DatabaseName": "raw", "TableName": "orders"}
    assert parse_ruleset(text).rules
    with pytest.raises(AlreadyExistsError):
        printed("recommend", "raw.orders", "--stored", "--save", "sound")
    assert "sound: PASSED" in printed("check", "raw.orders", "--ruleset", "sound")


def test_what_is_not_there_is_said(services: Services) -> None:
    _ = services
    with pytest.raises(EntityNotFoundError, match=r"raw\.nothing"):
        printed("profile", "raw.nothing")
    with pytest.raises(EntityNotFoundError, match="Profile"):
        printed("profile", "raw.orders", "--stored")
    with pytest.raises(InvalidInputError, match="no partitions"):
        printed("profile", "orders.csv", "--only-new")
