"""Gates whose rules are DQDL: what stops a run, what is kept, and what later runs compare with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.errors import DefinitionError
from gluepot.jobs.process.child import FAILED, GATE_FAILED, carry_out
from gluepot.sql.attach import read_table
from gluepot.transforms.quality import QualityResult, Verdict
from gluepot.transforms.quality.result import Reason

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

pytestmark = pytest.mark.usefixtures("spark")

PIPELINE = """
name: flights
sources:
  flights: { table: raw.flights }
  airlines: { table: raw.airlines }
quality:
  - input: flights
    name: known times
    on_failure: ON_FAILURE
    sources: { ref: airlines }
    ruleset: |
      Rules = [
RULES
      ]
sinks:
  - { input: flights, path: s3://BUCKET/curated/flights }
"""


def run(lake: Lake, *rules: str, on_failure: str = "fail") -> tuple[int, Run]:
    lines = ",\n".join(f"        {rule}" for rule in rules)
    text = PIPELINE.replace("RULES", lines).replace("ON_FAILURE", on_failure)
    lake.define("flights", text)
    workshop = lake.workshop("flights")
    code = carry_out(workshop, lake.runs.get(workshop.run_id), lake.facts, {})
    return code, lake.runs.get(workshop.run_id)


def kept(lake: Lake, ended: Run) -> QualityResult:
    (found,) = lake.jobs.list_gates(run_id=ended.id)
    return QualityResult.from_json(found.result)


def test_a_ruleset_that_holds_lets_the_sink_write(lake: Lake) -> None:
    code, ended = run(lake, "RowCount > 0", 'ReferentialIntegrity "carrier" "ref.code" = 1.0')

    assert (code, ended.metrics["rows_out"]) == (0, 3)
    assert kept(lake, ended).verdict is Verdict.PASSED


def test_a_ruleset_that_does_not_hold_stops_the_run_before_anything_is_written(
    lake: Lake,
) -> None:
    code, ended = run(lake, "RowCount > 0", 'IsComplete "dep_time"', 'Mean "nothing" > 1')

    assert code == GATE_FAILED
    assert ended.error is not None
    assert "quality gate 'known times' failed, so nothing was written" in ended.error.message
    assert "dep_time is never null" in ended.error.message
    assert lake.keys("curated/") == []
    found = kept(lake, ended)
    assert [rule.passed for rule in found.rules] == [True, False, False]
    assert found.rules[1].examples == ({"dep_time": None},)
    assert found.rules[2].error is not None
    assert found.rules[2].error.reason is Reason.UNKNOWN_COLUMN
    (gate,) = lake.jobs.list_gates(run_id=ended.id)
    page = Path(gate.html_report).read_text(encoding="utf-8")
    assert "dep_time is never null" in page
    assert json.loads(Path(gate.json_report).read_text(encoding="utf-8"))["verdict"] == "FAILED"


def test_later_runs_compare_with_earlier_ones_of_the_same_gate(lake: Lake) -> None:
    first = run(lake, "RowCount >= 0")
    second = run(lake, "RowCount = last()", "RowCount > last()", on_failure="warn")

    assert (first[0], second[0]) == (0, 0)
    assert kept(lake, first[1]).statistics == {"Dataset.*.RowCount": 3.0}
    assert [rule.passed for rule in kept(lake, second[1]).rules] == [True, False]


def test_rows_that_break_a_gates_rules_are_kept_though_the_run_fails(lake: Lake) -> None:
    place = lake.uri("bad/flights")
    rows = f"failing_rows: {{ path: {place}, table: raw.bad_flights }}"
    text = PIPELINE.replace("on_failure: ON_FAILURE", f"on_failure: fail\n    {rows}")
    lake.define("flights", text.replace("RULES", '        IsComplete "dep_time"'))
    workshop = lake.workshop("flights")

    code = carry_out(workshop, lake.runs.get(workshop.run_id), lake.facts, {})

    assert code == GATE_FAILED
    found = read_table(lake.catalog, lake.s3, "raw", "bad_flights").to_pylist()
    assert [(row["flight"], row["dataqualityruleidsfail"]) for row in found] == [(2, ["Rule_1"])]
    (gate,) = lake.jobs.list_gates(run_id=workshop.run_id)
    assert (gate.failing_rows, gate.failing_path) == (1, place)
    assert lake.keys("curated/") == []


def test_rules_on_files_look_into_the_stores_of_the_run(lake: Lake) -> None:
    path = "s3://BUCKET/raw/flights"
    rules = (f'FileSize "{path}" between 1 B and 1 MB', f'FileUniqueness "{path}" > 0.5')
    code, ended = run(lake, *rules)

    assert code == 0, kept(lake, ended)


def test_a_ruleset_that_does_not_parse_is_told_before_spark_starts(lake: Lake) -> None:
    code, ended = run(lake, "RowCont > 0")

    assert code == FAILED
    assert ended.error is not None
    assert "Rule Type: RowCont is not valid. Did you mean 'RowCount'?" in ended.error.message


def test_a_suite_beside_the_jobs_file_is_a_gate(lake: Lake) -> None:
    entries = [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": column}}
        for column in ("carrier", "dep_time")
    ]
    head, _, rest = PIPELINE.replace("ON_FAILURE", "fail").partition("    ruleset: |")
    text = f"{head}    suite: flights.suite.json\n{rest[rest.index('sinks:') :]}"
    file = lake.define("flights", text)
    (file.parent / "flights.suite.json").write_text(json.dumps({"expectations": entries}))
    workshop = lake.workshop("flights")

    code = carry_out(workshop, lake.runs.get(workshop.run_id), lake.facts, {})

    assert code == GATE_FAILED
    found = kept(lake, lake.runs.get(workshop.run_id))
    assert [(rule.sentence, rule.passed) for rule in found.rules] == [
        ("carrier is not null", True),
        ("dep_time is not null", False),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("    ruleset: |", "    suite: lost.json\n    ruleset: |"),
            "either rules, a ruleset or a",
        ),
        (
            ("    ruleset: |", "    suite: lost.json\n    ruleset: |"),
            "there is no suite .*lost.json",
        ),
        (
            ("    ruleset: |", "    rules: [{expect: x}]\n    ruleset: |"),
            "either rules, a ruleset or a",
        ),
        (("{ ref: airlines }", "{ ref: airline }"), "nothing here is called 'airline'"),
        (
            ("    ruleset: |", "    failing_rows: { path: s3://b/x, table: bad }\n    ruleset: |"),
            "table",
        ),
    ],
)
def test_a_gate_has_one_kind_of_rules_and_sources_that_are_there(
    tmp_path: Path, spark: SparkSession, change: tuple[str, str], message: str
) -> None:
    _ = spark
    text = PIPELINE.replace("RULES", "        RowCount > 0").replace("ON_FAILURE", "fail")
    file = tmp_path / "flights.yaml"
    file.write_text(text.replace(*change))
    with pytest.raises(DefinitionError, match=message):
        load_pipeline(file)
