"""What nobody is to see stays out of everything that is kept."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gluepot.jobs.quality.rows import RowTarget
from gluepot.jobs.quality_runs.tasks import Evaluation, evaluate
from gluepot.sql.attach import read_table
from gluepot.transforms.quality.dqdl import parse_ruleset
from tests.jobs.quality.conftest import FLIGHTS

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.jobs.quality.conftest import Yard

RULES = """
Rules = [ ColumnValues "dep_time" < 520, ColumnValues "carrier" in ["UA"], RowCount = 3 ]
Analyzers = [ Distribution "dep_time", AllStatistics "carrier", Mean "flight" ]
"""

# Times and random ids hold the same digits: a value stands by itself, as they do not.
VALUE = re.compile(r"(?<![\w.])(?:517|533\.5|AA)(?:\.0+)?(?!\w)")


def test_masked_values_are_in_no_result_no_statistic_no_file_and_no_kept_row(
    yard: Yard, spark: SparkSession, tmp_path: Path
) -> None:
    wanted = Evaluation(
        name="raw.flights",
        rulesets={"rules": parse_ruleset(RULES)},
        data_source=FLIGHTS,
        sources={},
        mask=["Dep_Time", "carrier"],
        rows=RowTarget(path=yard.lake.uri("bad"), table="raw.bad"),
        results=str(tmp_path / "results"),
    )

    (checked,) = evaluate(lambda: spark, yard.begun(), wanted)

    kept = checked.kept
    (file,) = (tmp_path / "results").rglob("*.json")
    shown = yard.glue.get_data_quality_result(ResultId=kept.id)
    listed = yard.glue.list_data_quality_statistics(ProfileId=kept.profile_id)["Statistics"]
    texts = [
        json.dumps(kept.result),
        json.dumps(kept.evaluated),
        file.read_text(),
        json.dumps([shown, listed], default=str),
    ]
    assert [found for text in texts for found in VALUE.findall(text)] == []
    assert "Column.flight.Mean" in texts[1]
    assert [rule.passed for rule in checked.report.rules] == [False, False, True]
    rows = read_table(yard.lake.catalog, yard.lake.s3, "raw", "bad").to_pylist()
    assert len(rows) == 3
    assert {row["carrier"] for row in rows} == {"•••"}
    assert {row["dep_time"] for row in rows} == {None}
    assert sorted(row["flight"] for row in rows) == [1, 2, 3]
