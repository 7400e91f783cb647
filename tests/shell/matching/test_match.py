"""`gluepot match run` finds the records that are the same and writes all that it knows."""

from __future__ import annotations

import filecmp
import json
import resource
from itertools import combinations
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import gluepot
from gluepot.catalog.errors import GluepotError, StorageError
from gluepot.cli import match
from gluepot.cli.main import app
from gluepot.matching.csv_files import read_csv
from gluepot.matching.errors import MatchingMissingError, OutputRefusedError, ResultError
from gluepot.transforms.matching.records import MatchInputError
from tests.shell.matching.commands import as_json, matched, pairs, rows

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


def test_the_records_come_back_in_order_with_match_ids(people: Path, result: Path) -> None:
    given, found = rows(people / "records.csv"), rows(result / "records" / "records.csv")

    ours = ["match_id", "match_confidence_score"]
    assert list(found[0]) == [*given[0], *ours]
    assert [{name: row[name] for name in given[0]} for row in found] == given
    assert any(row["id"].startswith("0") for row in found)
    assert all(0 <= float(row["match_confidence_score"]) <= 1 for row in found)


def test_the_pairs_are_those_of_the_clusters_and_nearly_all_are_true(
    people: Path, result: Path
) -> None:
    by_match_id: dict[str, list[str]] = {}
    for row in rows(result / "records" / "records.csv"):
        by_match_id.setdefault(row["match_id"], []).append(row["id"])
    text = (result / "pairs" / "pairs.csv").read_text()
    truth = {frozenset(row.values()) for row in rows(people / "matches.csv")}
    found = pairs(result)

    assert text.startswith("id_left,id_right,confidence\n")
    assert found == {
        frozenset(pair) for ids in by_match_id.values() for pair in combinations(ids, 2)
    }
    assert len(found & truth) > 0.98 * max(len(found), len(truth))


def test_the_same_input_gives_the_same_files(people: Path, result: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    matched("run", "--records", people / "records.csv", "--id-column", "id", "--output", again)

    names = [str(path.relative_to(result)) for path in result.rglob("*") if path.is_file()]
    assert sorted(names) == [
        "compared.parquet",
        "match.json",
        "model.html",
        "model.json",
        "model.md",
        "pairs/pairs.csv",
        "records/records.csv",
    ]
    assert filecmp.cmpfiles(result, again, names, shallow=False)[0] == names


def test_a_stored_model_finds_the_same_and_can_be_told_of(
    people: Path, result: Path, tmp_path: Path
) -> None:
    told = as_json(
        "run",
        *("--records", people / "records.csv", "--id-column", "id"),
        *("--model", result / "model.json", "--output", tmp_path / "out"),
    )

    assert pairs(tmp_path / "out") == pairs(result)
    assert told["records"] == 500
    assert told["pairs"] == len(pairs(result))
    assert 0 <= told["estimated_precision"]["low"] <= told["estimated_precision"]["high"] <= 1


def test_two_sources_are_linked(people: Path, tmp_path: Path) -> None:
    """The second source has another column besides, and lies in Parquet."""
    right = read_csv(people / "right.csv").table
    extra = right.append_column("visits", pa.array(range(len(right))))
    parquet.write_table(extra, tmp_path / "right.parquet")

    matched(
        "run",
        *("--records", people / "left.csv", "--records", tmp_path / "right.parquet"),
        *("--id-column", "id", "--output", tmp_path / "out"),
    )

    found = parquet.read_table(tmp_path / "out" / "records").to_pylist()
    sides = {row["id"]: row["match_source"] for row in found}
    assert {row["match_source"] for row in found if row["visits"] is None} == {"left"}
    for row in rows(tmp_path / "out" / "pairs" / "pairs.csv"):
        assert (sides[row["id_left"]], sides[row["id_right"]]) == ("left", "right")
    truth = tmp_path / "out", "--truth", people / "matches.csv"
    assert as_json("evaluate", *truth)["f1"] > 0.98


def test_columns_that_only_one_source_has_are_named(people: Path, tmp_path: Path) -> None:
    text = (people / "records.csv").read_text()
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(text.replace("surname", f"{name}_surname", 1))
    words = ["match", "run", "--id-column", "id", "--output", str(tmp_path / "out")]
    for name in ("one", "two"):
        words += ["--records", str(tmp_path / f"{name}.csv")]

    done = CliRunner().invoke(app, words, catch_exceptions=False)

    assert done.exit_code == 0
    assert f"only {tmp_path}/one.csv has one_surname" in done.stderr
    assert "rename those that mean the same" in done.stderr


def test_names_alone_say_that_chance_cannot_be_told(tmp_path: Path) -> None:
    lines = [f"{at},firm of {at % 90}" for at in range(100)]
    (tmp_path / "firms.csv").write_text("\n".join(["id,name", *lines, ""]))
    out = tmp_path / "out"

    told = matched("run", "--records", tmp_path / "firms.csv", "--id-column", "id", "--output", out)

    assert "only records alike in all that is compared match" in told
    assert len(pairs(out)) == 10


def test_parquet_keeps_its_types_and_an_earlier_result_is_replaced(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": [1, 2, 3],
            "name": ["Anna Meier", "Anna Meier", "Bo Li"],
            "tags": [["a"], ["a"], None],
            "match_id": [1, 2, 3],
        }
    )
    parquet.write_table(table, tmp_path / "in.parquet")

    matched(
        "run", "--records", tmp_path / "in.parquet", "--id-column", "id", "--output", tmp_path / "o"
    )

    found = parquet.read_table(tmp_path / "o" / "records")
    assert found.column_names == ["id", "name", "tags", "match_id", "match_confidence_score"]
    assert found.drop_columns(["match_id", "match_confidence_score"]).equals(
        table.drop_columns(["match_id"])
    )


def test_semicolons_stay_and_a_table_of_no_rows_is_matched(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id;name\n")

    matched(
        "run", "--records", tmp_path / "in.csv", "--id-column", "id", "--output", tmp_path / "out"
    )

    found = (tmp_path / "out" / "records" / "records.csv").read_text()
    assert found == "id;name;match_id;match_confidence_score\n"
    assert (tmp_path / "out" / "pairs" / "pairs.csv").read_text() == "id_left,id_right,confidence\n"


def test_a_table_of_the_catalog_is_matched(
    people: Path, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    (tmp_path / "lake" / "people").mkdir(parents=True)
    (tmp_path / "lake" / "people" / "1.csv").write_bytes((people / "left.csv").read_bytes())
    done = CliRunner().invoke(app, ["crawl", "run", str(tmp_path / "lake" / "people"), "-d", "raw"])
    assert done.exit_code == 0, done.output

    matched(
        "run", "--records", "catalog:raw.people", "--id-column", "id", "--output", tmp_path / "out"
    )

    assert len(parquet.read_table(tmp_path / "out" / "records")) == 250


def test_a_result_is_not_replaced_unless_told(people: Path, result: Path) -> None:
    before = (result / "match.json").read_bytes()

    with pytest.raises(OutputRefusedError, match="--overwrite"):
        matched("run", "--records", people / "records.csv", "--id-column", "id", "--output", result)

    assert (result / "match.json").read_bytes() == before


def test_a_full_disk_leaves_nothing(people: Path, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(StorageError, match="cannot be written"):
            matched(
                "run",
                *("--records", people / "left.csv", "--id-column", "id"),
                *("--output", tmp_path / "out"),
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("--id-column", "ID"), MatchInputError, "no id column 'ID'"),
        (("--id-column", "state"), MatchInputError, "is null in row"),
        (
            ("--id-column", "id", "--model", "{people}/left.csv"),
            ResultError,
            "cannot be used",
        ),
        (("--id-column", "id", "--labels", "{people}/nothing"), StorageError, "No such file"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    people: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    error: type[GluepotError],
    words: str,
) -> None:
    given = [argument.format(people=people) for argument in arguments]

    with pytest.raises(error, match=words):
        matched("run", "--records", people / "left.csv", "--output", tmp_path / "out", *given)

    assert list(tmp_path.iterdir()) == []


def test_a_cluster_gives_the_same_result(
    people: Path, tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gluepot, "spark", lambda: spark)
    given = ("run", "--records", people / "records.csv", "--id-column", "id", "--output")

    for engine in ("local", "spark"):
        matched(*given, tmp_path / engine, "--engine", engine)

    here, there = pairs(tmp_path / "local"), pairs(tmp_path / "spark")
    assert here == there
    assert here


def test_a_missing_package_is_named(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "PACKAGES", ("numpy", "no_such_package"))

    with pytest.raises(MatchingMissingError, match=r"pip install 'gluepot\[matching\]'"):
        matched("evaluate", people, "--truth", people / "matches.csv")


def test_the_card_tells_of_the_run_and_the_model(result: Path) -> None:
    markdown, page = ((result / name).read_text() for name in ("model.md", "model.html"))

    for text in (markdown, page):
        assert "Records with a match" in text
        assert "soc_sec_id" in text
    assert json.loads((result / "model.json").read_text())
