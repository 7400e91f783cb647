"""Rulesets and data at their limits, and beyond: results with reasons, and never a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.operations.quality_results import MOST_RULES, show
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality_runs.tasks import Evaluation, evaluate
from gluepot.transforms.quality.dqdl import parse_ruleset
from tests.jobs.operations.conftest import refused
from tests.jobs.quality.conftest import FLIGHTS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.quality.model import GateResult
    from tests.jobs.quality.conftest import Yard

LONGEST = 65_536


def evaluated(yard: Yard, spark: SparkSession, text: str) -> GateResult:
    """Evaluate a text on the flights, whatever its length, and return what is kept of it."""
    wanted = Evaluation(
        name="raw.flights",
        rulesets={"rules": parse_ruleset(text)},
        data_source=FLIGHTS,
        sources={},
    )
    (checked,) = evaluate(lambda: spark, yard.begun(), wanted)
    return checked.kept


def test_the_longest_ruleset_is_kept_and_one_more_character_is_refused(yard: Yard) -> None:
    text = "Rules = [ RowCount = 3 ] #"
    longest = text + "x" * (LONGEST - len(text))
    yard.glue.create_data_quality_ruleset(Name="longest", Ruleset=longest)

    run = yard.evaluate("longest")

    assert yard.results(run)[0]["Score"] == 1.0
    with refused(yard.glue, "Validation", "65536"):
        yard.glue.create_data_quality_ruleset(Name="longer", Ruleset=longest + "x")


def test_of_5000_rules_a_result_shows_2000_the_failed_ones_first_and_counts_all(
    yard: Yard, spark: SparkSession
) -> None:
    rules = [f"RowCount > {-number}" for number in range(1, 4999)]
    rules += ["RowCount = 0", 'Mean "nothing" > 1']

    kept = evaluated(yard, spark, f"Rules = [ {', '.join(rules)} ]")

    assert len(kept.result["rules"]) == 5000
    assert kept.evaluated is not None
    assert [rule["result"] for rule in kept.evaluated["rules"][-2:]] == ["FAIL", "ERROR"]
    shown = yard.glue.get_data_quality_result(ResultId=kept.id)
    assert len(shown["RuleResults"]) == MOST_RULES
    assert [rule["Name"] for rule in shown["RuleResults"][:3]] == [
        "Rule_4999",
        "Rule_5000",
        "Rule_1",
    ]
    assert shown["AggregatedMetrics"]["TotalRulesProcessed"] == 5000.0
    assert shown["AggregatedMetrics"]["TotalRulesFailed"] == 2.0
    assert shown["Score"] == 4998 / 5000


def test_bad_rules_are_results_with_reasons_and_take_no_other_rule_along(yard: Yard) -> None:
    yard.ruleset(
        "bad",
        'IsComplete "nothing"',
        'Mean "carrier" > 1',
        "RowCount > 1 / 0",
        'CustomSql "delete from primary" > 0',
        'CustomSql "no query at all" > 0',
        'IsComplete "flight" where "nonsense ("',
        'ColumnValues "carrier" matches "["',
        'ReferentialIntegrity "carrier" "nobody.code" = 1.0',
        "RowCount = 3",
    )

    run = yard.evaluate("bad")

    assert run["Status"] == "SUCCEEDED"
    (result,) = yard.results(run)
    *bad, good = result["RuleResults"]
    assert [rule["Result"] for rule in bad] == ["ERROR"] * len(bad)
    assert all(rule["EvaluationMessage"] for rule in bad)
    assert good["Result"] == "PASS"
    assert yard.lake.catalog.get_table("raw", "flights").name == "flights"


def test_an_empty_table_has_results_too(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 0", 'IsComplete "carrier"', 'Mean "dep_time" > 1')
    empty = {
        "GlueTable": {**FLIGHTS["GlueTable"], "AdditionalOptions": {"pushDownPredicate": "day = 9"}}
    }

    run = yard.evaluate("rows", DataSource=empty)

    first, *rest = yard.results(run)[0]["RuleResults"]
    assert first["Result"] == "PASS"
    assert all(rule["Result"] in {"PASS", "FAIL", "ERROR"} for rule in rest)


def test_texts_longer_than_the_api_may_show_are_cut_visibly(
    yard: Yard, spark: SparkSession
) -> None:
    values = ", ".join(f'"value {number}"' for number in range(500))

    kept = evaluated(yard, spark, f'Rules = [ ColumnValues "carrier" in [{values}] ]')

    assert kept.subject is Subject.TABLE
    (rule,) = show(kept)["RuleResults"]
    assert len(rule["Description"]) == 2048
    assert rule["Description"].endswith("...")
