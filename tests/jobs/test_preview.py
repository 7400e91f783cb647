from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.errors import StepError
from gluepot.jobs.pipelines.preview import preview

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake

JOB = """
name: flights
bookmark: enable
sources:
  flights: { table: raw.flights }
  airlines: { table: raw.airlines, bookmark: false }
  notes: { path: s3://BUCKET/notes, format: json, bookmark: false }
steps:
  - { name: named, transform: Join, inputs: [flights, airlines], keys1: [carrier], keys2: [code] }
  - { name: seen, transform: Spigot, input: named, path: "s3://BUCKET/spigot" }
  - { name: early, transform: Filter, input: seen, expression: dep_time < 560 }
  - { name: parts, transform: SplitRows, input: notes, comparison_dict: {n: {">": 1}} }
sinks:
  - { input: early, path: "s3://BUCKET/out" }
  - { input: parts.frame1, path: "s3://BUCKET/big" }
"""


@pytest.fixture
def notes(lake: Lake) -> Lake:
    lines = [json.dumps({"n": number, "v": number if number % 2 else "x"}) for number in range(40)]
    for part in range(4):
        lake.put(f"notes/{part}.json", "\n".join(lines[part * 10 : part * 10 + 10]))
    return lake


def test_each_source_and_step_is_shown_and_nothing_is_written(
    spark: SparkSession, notes: Lake
) -> None:
    pipeline = load_pipeline(notes.define("flights", JOB))
    before = notes.keys("")

    shown = {each.name: each for each in preview(spark, pipeline, notes.workshop("flights"))}

    assert sorted(shown) == sorted(
        ["flights", "airlines", "notes", "named", "seen", "early", "parts.frame1", "parts.frame2"]
    )
    assert list(shown).index("named") < list(shown).index("seen") < list(shown).index("early")
    assert {"carrier", "name"} <= {name for name, _ in shown["named"].columns}
    assert shown["notes"].tree[2:] == ("|-- v: choice", "|    |-- int", "|    |-- string")
    assert {row["v"] == "x" or row["v"] == row["n"] for row in shown["notes"].rows} == {True}
    assert len(shown["notes"].rows) == 10
    assert "join of samples" in shown["named"].note
    assert "writes nothing" in shown["seen"].note
    rows = {name: sorted(map(str, shown[name].rows)) for name in ("named", "seen")}
    assert rows["seen"] == rows["named"] != []
    assert sorted(row["n"] for row in shown["parts.frame2"].rows) == [0, 1]
    assert notes.keys("") == before
    assert notes.jobs.bookmarks.find("flights") is None


def test_a_step_alone_reads_only_what_it_needs(spark: SparkSession, notes: Lake) -> None:
    text = JOB.replace("table: raw.airlines", "table: raw.none")
    pipeline = load_pipeline(notes.define("flights", text))
    workshop = notes.workshop("flights")

    by_number = list(preview(spark, pipeline, workshop, step="4", rows=3, sample=7))

    assert [each.name for each in by_number] == ["parts.frame1", "parts.frame2"]
    assert len(by_number[0].rows) == 3
    assert min(row["n"] for row in by_number[0].rows) > 1
    with pytest.raises(InvalidInputError, match=r"no step 'erly'\. Did you mean 'early'"):
        preview(spark, pipeline, workshop, step="erly")


def test_a_sample_opens_few_files(spark: SparkSession, notes: Lake) -> None:
    for part in range(4):
        notes.put(f"notes/{part}.json", json.dumps({"n": part, "v": "x" * 3000}))
    notes.put("notes/3.json", b"\x1f\x8b no gzip, no JSON")
    pipeline = load_pipeline(notes.define("flights", JOB))

    source = list(preview(spark, pipeline, notes.workshop("flights"), sample=4))[2]

    assert source.note == "2 of more files"
    assert [row["n"] for row in source.rows] == [0, 1]


def test_a_failing_step_is_named_with_its_line(spark: SparkSession, notes: Lake) -> None:
    text = JOB.replace("dep_time < 560", "arr_time < 560")
    pipeline = load_pipeline(notes.define("flights", text))

    with pytest.raises(StepError, match=r"step 'early' \(.*flights.yaml:11\): .*arr_time"):
        list(preview(spark, pipeline, notes.workshop("flights")))


def test_the_command_shows_a_step_as_json(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("a;b\n1;x\n2;y\n")
    (tmp_path / "conf" / "jobs").mkdir(parents=True)
    source = {"path": str(tmp_path / "in"), "format": "csv", "format_options": {}}
    source["format_options"] = {"separator": ";", "withHeader": True}
    steps = [{"name": "big", "transform": "Filter", "input": "all", "expression": "a > 1"}]
    sinks = [{"input": "big", "path": str(tmp_path / "out")}]
    job = {"name": "big", "sources": {"all": source}, "steps": steps, "sinks": sinks}
    (tmp_path / "conf" / "jobs" / "big.yaml").write_text(yaml.safe_dump(job))
    program = "import sys; from gluepot.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "job", "preview", "big"]
    environment = {**os.environ, "GLUEPOT_HOME": str(tmp_path / "home")}

    done = subprocess.run(
        [*command, "--step", "big", "-o", "json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    (shown,) = json.loads(done.stdout)
    assert shown["rows"] == [{"a": "2", "b": "y"}]
    assert not (tmp_path / "out").exists()
