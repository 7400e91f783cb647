"""What is converted between DQDL and suites, what is refused, and that both tables are whole."""

from __future__ import annotations

import json

import pytest
from scripts import suite_docs

from gluepot.transforms.quality.dqdl import parse_ruleset, print_rule
from gluepot.transforms.quality.dqdl.rule_types import RULE_TYPES
from gluepot.transforms.quality.signatures import SIGNATURES
from gluepot.transforms.quality.suites import exporting, importing
from gluepot.transforms.quality.suites.exporting import export_ruleset
from gluepot.transforms.quality.suites.importing import import_suite
from gluepot.transforms.quality.suites.model import Expectation, NotTheSameError
from gluepot.transforms.quality.suites.reading import suite_of


def exported(rule: str) -> list[tuple[str, dict[str, object]]]:
    (found,) = parse_ruleset(f"Rules = [ {rule} ]").rules
    return [(each.type, dict(each.kwargs)) for each in exporting.expectations_of(found)]


def imported(kind: str, **kwargs: object) -> str:
    return print_rule(importing.rule_of(Expectation(type=f"expect_{kind}", kwargs=kwargs)))


def test_the_page_is_what_the_script_writes() -> None:
    found = suite_docs.PAGE.read_text(encoding="utf-8")
    assert found == suite_docs.page(), "run: python -m scripts.suite_docs"


def test_every_type_of_rule_has_a_twin_or_a_reason() -> None:
    types = {kind.name for kind in RULE_TYPES if kind.rule}
    assert set(exporting.EXPORTERS) | set(exporting.WITHOUT) == types
    assert not set(exporting.EXPORTERS) & set(exporting.WITHOUT)


def test_every_expectation_has_a_twin_or_a_reason() -> None:
    assert set(importing.IMPORTERS) | set(importing.WITHOUT) == set(SIGNATURES)
    assert not set(importing.IMPORTERS) & set(importing.WITHOUT)


def test_a_suite_keeps_the_rules_that_it_was_made_of_and_names_what_is_missing() -> None:
    ruleset = parse_ruleset(
        'kinds = ["a", "b"] DefaultLabels = ["team"="data"]'
        ' Rules = [ ColumnValues "k" in $kinds, Entropy "k" > 1, (RowCount > 1) or (RowCount = 0) ]'
        ' Analyzers = [ Mean "x" ]'
    )

    made = export_ruleset(ruleset, "kinds")

    assert made.suite["name"] == "kinds"
    assert [each["type"] for each in made.suite["expectations"]] == [
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_not_be_null",
    ]
    assert made.suite["expectations"][0]["kwargs"]["value_set"] == ["a", "b"]
    assert made.suite["expectations"][0]["meta"]["labels"] == {"team": "data"}
    assert [each.text.split()[0] for each in made.refused] == ["Entropy", "(RowCount", "Mean"]
    assert "no `or`" in made.refused[1].reason


def test_an_exported_suite_comes_back_as_rules_that_mean_the_same() -> None:
    text = 'ColumnValues "k" in ["a"] where "({x} > 1) AND `k` IS NOT NULL"'.replace("{x}", "x")
    made = export_ruleset(parse_ruleset(f"Rules = [ {text} ]"), "s").suite

    back = import_suite(suite_of(json.loads(json.dumps(made)), "s").expectations)

    assert list(map(print_rule, back.ruleset.rules)) == [text]
    assert back.refused == ()


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("RowCount > last()", "earlier values"),
        ("RowCount not between 1 and 5", "no expectation has the bound"),
        ("RowCount between 1 and 2", "no count meets"),
        ('Completeness "a" > 1.5', "no share meets"),
        ('ColumnValues "a" > 1 with threshold >= 0.9', "leave nulls out"),
        ('ColumnValues "a" > 1 where "a IS NOT NULL" with threshold > 0.9', "least share"),
        ('ColumnValues "a" = "x" with ignoreCase = "true"', "without regard to case"),
        ('ColumnValues "a" in [WHITESPACES_ONLY]', "WHITESPACES_ONLY"),
        ('ColumnValues "d" > (now() - 3 days)', "clock"),
        ('ColumnValues "d" in ["2024-01-01","2024-02-01"]', "several days"),
        ('ColumnLength "a" >= 0', "length 0"),
        ('IsUnique "a" "b"', "IsPrimaryKey"),
        ('CustomSql "select max(a) from primary" > 3', "select count"),
        ('CustomSql "select count(*) from (select 1 from x where primary.a) as found" = 0', "FROM"),
    ],
)
def test_a_rule_without_a_twin_is_refused_with_the_reason(rule: str, reason: str) -> None:
    with pytest.raises(NotTheSameError, match=reason):
        exported(rule)


@pytest.mark.parametrize(
    ("kind", "kwargs", "reason"),
    [
        ("column_min_to_be_between", {"column": "a", "min_value": 1}, "least or greatest"),
        (
            "column_values_to_be_between",
            {"column": "a", "min_value": 1, "max_value": 2, "mostly": 0.9},
            "leaves out its ends",
        ),
        (
            "column_values_to_be_between",
            {"column": "a", "max_value": "2024-01-01"},
            "compares days",
        ),
        (
            "column_values_to_be_between",
            {"column": "a", "min_value": "2024-01-01T12:00:00"},
            "within a day",
        ),
        ("column_values_to_be_in_set", {"column": "a", "value_set": [1, "b"]}, "texts and numbers"),
        ("column_values_to_be_in_set", {"column": "a", "value_set": [True]}, "no number"),
        ("column_values_to_be_in_set", {"column": "a", "value_set": ["2024-01-01"]}, "days"),
        ("column_values_to_be_unique", {"column": "a", "mostly": 0.5}, "seen once"),
        ("column_values_to_not_be_null", {"column": "a", "windows": []}, "'windows' is unknown"),
        (
            "column_values_to_not_be_null",
            {"column": "a", "row_condition": "b > 1", "condition_parser": "pandas"},
            "not Spark SQL",
        ),
        ("column_values_to_be_mine", {}, "none of the library's"),
    ],
)
def test_an_expectation_without_a_twin_is_refused_with_the_reason(
    kind: str, kwargs: dict[str, object], reason: str
) -> None:
    with pytest.raises(NotTheSameError, match=reason):
        imported(kind, **kwargs)


def test_an_expectation_that_only_warns_is_no_rule() -> None:
    warns = Expectation(type="expect_table_row_count_to_equal", severity="warning")

    assert "severity is warning" in import_suite([warns]).refused[0].reason


def test_hostile_names_stay_names() -> None:
    name = 'a"b\\' + "`; drop"

    told = imported("column_values_to_be_in_set", column=name, value_set=['x"', "y\\"])

    (rule,) = parse_ruleset(f"Rules = [ {told} ]").rules
    assert exported(told) == [
        ("expect_column_values_to_be_in_set", {"column": name, "value_set": ['x"', "y\\"]})
    ]
    assert print_rule(rule) == told
