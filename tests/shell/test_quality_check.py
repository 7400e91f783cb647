"""`gluepot quality check`, `run`, `results` and `history`, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.model import Cause, Column, Database, Partition, StorageDescriptor
from gluepot.cli.main import app
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.services import Services, open_services
from gluepot.settings import load_settings
from tests.jobs.conftest import csv_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

ORDERS = """\
id,country,total
1,DE,10.5
2,FR,
3,DE,20
4,,-1
"""
RULES = """\
Rules = [
    RowCount > 3,
    IsComplete "country",
    ColumnValues "total" >= 0,
    IsUnique "id"
]
"""


@pytest.fixture(autouse=True)
def services(
    sqlite_url: str, tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """Yield what commands work on: a table ``raw.orders`` with a day, and a file beside it."""
    _ = spark
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "rules.dqdl").write_text(RULES)
    with open_services(load_settings()) as found:
        found.catalog.create_database(Database(name="raw"))
        columns = "id bigint, country string, total double"
        root = f"file://{tmp_path}/lake"
        table = csv_table("orders", root, columns, "day int")
        found.catalog.create_table(table, Cause(kind="cli", id="test"))
        land(found, tmp_path, 1, ORDERS)
        yield found


def land(services: Services, home: Path, day: int, text: str) -> None:
    folder = home / "lake" / f"day={day}"
    folder.mkdir(parents=True)
    (folder / "orders.csv").write_text(text)
    place = StorageDescriptor(location=f"file://{folder}", columns=(Column(name="id"),))
    partition = Partition(values=(str(day),), storage_descriptor=place)
    services.catalog.partitions.create("raw", "orders", [partition])


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["quality", *arguments])


def listed(*arguments: str) -> Any:  # noqa: ANN401
    done = invoke(*arguments, "-o", "json")
    assert done.exit_code in {0, 3}, done.output or done.exception
    return json.loads(done.stdout)


def test_a_check_of_a_file_tells_each_rule_in_plain_words_and_ends_with_3() -> None:
    done = invoke("check", "orders.csv", "--ruleset", "rules.dqdl")

    assert done.exit_code == 3, done.output or done.exception
    told = " ".join(done.stdout.split())
    assert "rules: FAILED, 2 of 4 rules hold" in told
    assert "4 rows" in told
    assert "country is never null" in told
    assert "75 %" in told
    assert "Value: NULL does not meet the constraint requirement" in told


def test_a_check_that_holds_ends_with_0_and_gives_programs_everything(tmp_path: Path) -> None:
    (found,) = listed("check", "raw.orders", "--ruleset", "rules.dqdl", "--mask", "total")

    assert [rule["result"] for rule in found["rules"]] == ["PASS", "FAIL", "FAIL", "PASS"]
    assert "Column.total.Minimum" not in found["rules"][2]["metrics"]
    assert found["result_id"].startswith("dqresult-")
    (tmp_path / "good.dqdl").write_text("Rules = [ RowCount = 4 ]")
    assert invoke("check", "raw.orders", "--ruleset", "good.dqdl").exit_code == 0


def test_rows_that_break_a_rule_are_kept_where_that_is_wished(
    services: Services, tmp_path: Path
) -> None:
    place = str(tmp_path / "bad")
    options = ("--failing-rows", place, "--failing-table", "raw.bad_orders")

    (found,) = listed("check", "raw.orders", "--ruleset", "rules.dqdl", *options)

    rows = pq.read_table(place).to_pylist()
    assert found["failing_rows"] == len(rows) == 2
    assert {row["id"]: row["DataQualityRuleIdsFail"] for row in rows} == {
        2: ["Rule_3"],
        4: ["Rule_2", "Rule_3"],
    }
    assert {row["DataQualityContext"] for row in rows} == {"rules"}
    table = services.catalog.get_table("raw", "bad_orders")
    assert [key.name for key in table.partition_keys or ()] == ["data_quality_run"]


def test_only_new_partitions_are_checked_where_that_is_wished(
    services: Services, tmp_path: Path
) -> None:
    check = ("check", "raw.orders", "--ruleset", "rules.dqdl", "--only-new")
    first, second = listed(*check), listed(*check)
    land(services, tmp_path, 2, "id,country,total\n9,IT,1\n")
    third = listed(*check)

    assert second == []
    assert [one["row_count"] for one in (*first, *third)] == [4, 1]
    nothing = invoke(*check)
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "Nothing new" in nothing.stderr


def test_history_shows_the_trend_of_each_rule(services: Services, tmp_path: Path) -> None:
    check = ("check", "raw.orders", "--ruleset", "rules.dqdl")
    listed(*check)
    land(services, tmp_path, 2, "id,country,total\n9,IT,1\n")
    listed(*check)

    found = listed("history", "raw.orders", "--ruleset", "rules")
    table = invoke("history", "raw.orders").stdout

    rows, country, *_ = found
    assert [check["observed"] for check in rows["checks"]] == [4.0, 5.0]
    assert (rows["passed"], rows["failing_since"]) == (True, None)
    assert [check["observed"] for check in country["checks"]] == [0.75, 0.8]
    assert country["failing_since"] == country["checks"][0]["at"]
    assert "▁█" in table
    kept = listed("results", "--table", "raw.orders")
    assert [one["verdict"] for one in kept] == ["FAILED", "FAILED"]
    assert listed("results", "--job", "raw.orders") == []
    shown = invoke("show", kept[0]["id"])
    assert "country is never null" in " ".join(shown.stdout.split())


def test_a_file_deep_down_is_checked_too(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["a folder of a very long name, as people make them"] * 8)
    folder.mkdir(parents=True)
    (folder / "orders.csv").write_text(ORDERS)

    (found,) = listed("check", str(folder / "orders.csv"), "--ruleset", "rules.dqdl")

    assert Path(found["html_report"]).is_file()


def test_a_check_is_on_record_as_a_run(services: Services) -> None:
    invoke("check", "raw.orders", "--ruleset", "rules.dqdl")

    (run,) = services.runs.list(kind=RunKind.QUALITY)
    assert (run.name, run.state) == ("raw.orders", RunState.SUCCEEDED)
    assert len(run.metrics["result_ids"]) == 1


def test_a_run_is_queued_for_a_worker(services: Services) -> None:
    services.jobs.definitions.create("DataQualityRuleset", "stored", {"Ruleset": RULES})

    done = invoke("run", "raw.orders", "--ruleset", "stored", "--only-new")

    run = services.runs.get(done.stdout.strip())
    assert (run.kind, run.state) == (RunKind.QUALITY, RunState.WAITING)
    assert run.settings["Request"]["RulesetNames"] == ["stored"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("check", "raw.nothing", "--ruleset", "rules.dqdl"), EntityNotFoundError, "raw.nothing"),
        (("check", "orders.csv", "--ruleset", "nobody"), EntityNotFoundError, "nobody"),
        (
            ("check", "orders.csv", "--ruleset", "orders.csv"),
            InvalidInputError,
            "Parsing Error",
        ),
        (
            ("check", "orders.csv", "--ruleset", "rules.dqdl", "--only-new"),
            InvalidInputError,
            "is no table",
        ),
        (
            ("check", "raw.orders", "--ruleset", "rules.dqdl", "--failing-table", "a.b"),
            InvalidInputError,
            "--failing-rows",
        ),
        (("check", "rules.dqdl", "--ruleset", "rules.dqdl"), InvalidInputError, "its format"),
        (("run", "raw.orders", "--ruleset", "rules.dqdl"), EntityNotFoundError, "rules.dqdl"),
        (("run", "orders", "--ruleset", "rules.dqdl"), InvalidInputError, "database.table"),
        (("history", "raw.orders"), EntityNotFoundError, "raw.orders"),
    ],
)
def test_what_cannot_be_checked_is_said_in_a_sentence(
    arguments: tuple[str, ...], error: type[Exception], message: str
) -> None:
    done = invoke(*arguments)

    assert isinstance(done.exception, error), done.output
    assert message in str(done.exception)


def test_a_suite_of_great_expectations_runs_as_it_is(tmp_path: Path) -> None:
    entry = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "country"}}
    (tmp_path / "suite.json").write_text(json.dumps({"name": "s", "expectations": [entry]}))

    done = CliRunner().invoke(
        app, ["quality", "check", "raw.orders", "--suite", "suite.json", "-o", "json"]
    )

    assert done.exit_code == 3, done.exception
    (found,) = json.loads(done.stdout)
    assert (found["ruleset"], found["verdict"]) == ("s", "FAILED")
    told = CliRunner().invoke(
        app, ["quality", "report", found["result_id"], "--to", str(tmp_path / "new"), "--junit"]
    )
    assert told.stdout.split() == [str(tmp_path / "new" / "s.junit.xml")]
    assert "country is not null" in (tmp_path / "new" / "s.junit.xml").read_text()
    shown = CliRunner().invoke(app, ["quality", "report", found["result_id"], "--validation"])
    (result,) = json.loads(shown.stdout)["results"]
    assert (result["success"], result["expectation_config"]["kwargs"]) == (False, entry["kwargs"])


def test_suites_of_one_name_have_each_a_report(tmp_path: Path) -> None:
    for at, column in enumerate(("country", "id")):
        entry = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": column}}
        file = tmp_path / f"{at}.json"
        file.write_text(json.dumps({"name": "s", "expectations": [entry]}))

    done = CliRunner().invoke(
        app,
        ["quality", "check", "orders.csv", "--suite", "0.json", "--suite", "1.json", "-o", "json"],
    )

    reports = [(tmp_path / one["html_report"]).read_text() for one in json.loads(done.stdout)]
    assert ["country is not null" in page for page in reports] == [True, False]
    assert ["id is not null" in page for page in reports] == [False, True]


def test_the_report_draws_columns_as_their_last_profile_has_them(tmp_path: Path) -> None:
    CliRunner().invoke(app, ["quality", "profile", "orders.csv"], catch_exceptions=False)

    done = CliRunner().invoke(
        app, ["quality", "check", "orders.csv", "--ruleset", "rules.dqdl", "-o", "json"]
    )

    (found,) = json.loads(done.stdout)
    page = (tmp_path / found["html_report"]).read_text()
    assert "As the profile of" in page
    assert ">DE</th>" in page
