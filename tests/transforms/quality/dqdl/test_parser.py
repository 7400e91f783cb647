"""What parses, what does not, and that printing what was parsed changes nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.quality.dqdl import (
    InvalidRulesetError,
    Ruleset,
    parse_ruleset,
    print_rule,
    print_ruleset,
)
from gluepot.transforms.quality.dqdl.rule_types import RULE_TYPES
from gluepot.transforms.quality.dqdl.tree import Composite, Kind, Logic, Rule, Size
from gluepot.transforms.quality.dqdl.variables import resolved
from tests.transforms.quality.dqdl.rules import INVALID, PRINTED

WHOLE = r"""
# what must hold of orders
Metadata = { "Version": "1.0" }
DataSources = { "Primary": "orders", "AdditionalDataSources": [ "people", "places" ] }
names = ["a", "b"]
key = "order id"
DefaultLabels = [ "team" = "data" ]
Rules = [ IsComplete $key, // a comment of the guide's kind
    ColumnValues "name" in $names labels = ["team"="web", "why"="// no comment"],
    (RowCount > 1) and ((IsUnique of $key) or (ColumnCount = 3)) ]
Analyzers = [ Mean "x", Distribution "x" with bins = 10, rebin = true, RowCount ]
"""


def only_rule(text: str) -> Rule:
    (rule,) = parse_ruleset(f"Rules = [ {text} ]").rules
    assert isinstance(rule, Rule)
    return rule


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidRulesetError) as caught:
        parse_ruleset(text)
    return tuple(map(str, caught.value.problems))


@pytest.mark.parametrize("text", PRINTED)
def test_a_rule_is_printed_as_glue_prints_it(text: str) -> None:
    (rule,) = parse_ruleset(f"Rules = [ {text} ]").rules
    assert print_rule(rule) == text


@pytest.mark.parametrize("text", INVALID)
def test_what_is_no_ruleset_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(InvalidRulesetError, match=r"^Parsing Error: .*\(line 1, column \d+\)"):
        parse_ruleset(text)


def test_a_whole_document_is_printed_and_parsed_to_the_same_tree() -> None:
    found = parse_ruleset(WHOLE)
    assert parse_ruleset(print_ruleset(found)) == found
    assert found.sources is not None
    assert found.sources.additional == ("people", "places")
    assert [analyzer.type for analyzer in found.analyzers] == ["Mean", "Distribution", "RowCount"]
    assert [tag.name for tag in found.analyzers[1].tags] == ["bins", "rebin"]


def test_variables_stand_for_their_texts_and_labels_override_the_defaults() -> None:
    found = resolved(parse_ruleset(WHOLE))
    assert print_rule(found.rules[0]) == 'IsComplete "order id"'
    assert 'in ["a","b"]' in print_rule(found.rules[1])
    assert found.labels_of(found.rules[0]) == {"team": "data"}
    assert found.labels_of(found.rules[1]) == {"team": "web", "why": "// no comment"}


def test_and_binds_tighter_than_or() -> None:
    (rule,) = parse_ruleset('Rules = [ (RowCount > 1) or (RowCount > 2) and (IsUnique "a") ]').rules
    assert isinstance(rule, Composite)
    assert rule.logic is Logic.OR
    assert isinstance(rule.rules[1], Composite)
    assert rule.rules[1].logic is Logic.AND


def test_operands_of_and_may_stand_without_parentheses_where_no_word_is_ambiguous() -> None:
    (rule,) = parse_ruleset('Rules = [ RowCount > 1 and (IsUnique "a") ]').rules
    assert print_rule(rule) == '(RowCount > 1) AND (IsUnique "a")'


def test_labels_after_parentheses_are_the_rules_own() -> None:
    (rule,) = parse_ruleset('Rules = [ (RowCount > 1) labels=["a"="b"] ]').rules
    assert print_rule(rule) == 'RowCount > 1 labels=["a"="b"]'


@pytest.mark.parametrize(
    ("operand", "kind"),
    [
        ('"2024-01-31"', Kind.DATE),
        ('"2024-02-31"', Kind.STRING),
        ('"12:30"', Kind.DATE),
        ('"13:00 PM"', Kind.STRING),
        ("NULL", Kind.STRING),
        ("5", Kind.NUMBER),
        ("now()", Kind.DATE),
    ],
)
def test_what_an_operand_is_decides_what_is_compared(operand: str, kind: Kind) -> None:
    condition = only_rule(f'ColumnValues "a" = {operand}').condition
    assert condition is not None
    assert condition.kind is kind


def test_a_size_without_a_unit_is_in_bytes() -> None:
    condition = only_rule("FileSize in [3, 4]").condition
    assert condition is not None
    assert condition.operands == (Size(amount=3, unit="B"), Size(amount=4, unit="B"))


def test_only_quotes_and_backslashes_are_escaped() -> None:
    assert (
        only_rule(r'ColumnValues "a" matches "\d\"\\"').condition
        == only_rule('ColumnValues "a" matches "' + r"\d\"\\" + '"').condition
    )
    assert only_rule(r'CustomSql "select \"x\" from \\d"').values == (r'select "x" from \d',)


def test_the_place_and_what_was_expected_are_told() -> None:
    with pytest.raises(InvalidRulesetError) as caught:
        parse_ruleset('Rules = [\n  DataFreshness "a" <= 3 weeks\n]')
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (2, 26)
    assert "days, hours or minutes" in problem.expected


def test_all_wrong_rules_are_named_at_once_in_glues_words() -> None:
    found = faults(
        'Rules = [ Complete "a" > 0,\n IsUnique "a" = 1,\n Mean "a",\n RowCount > 1 with threshold'
        ' > 0,\n AllStatistics "a" > 0 ]'
    )
    assert found == (
        "Rule Type: Complete is not valid. Did you mean 'IsComplete'? (line 1, column 11)",
        (
            "Unexpected condition for rule of type IsUnique with boolean return type"
            " (line 2, column 2)"
        ),
        "Unexpected condition for rule of type Mean with number return type (line 3, column 2)",
        "Threshold condition not supported for rule type: RowCount (line 4, column 20)",
        "Analyzer Type: AllStatistics is not supported in rules section (line 5, column 2)",
    )


def test_labels_are_few_short_and_each_once() -> None:
    many = ", ".join(f'"k{at}"="v"' for at in range(10))
    assert (
        "Number of labels exceed maximum allowed (MAX: 10)"
        in faults(f'DefaultLabels = ["d"="v"] Rules = [ IsUnique "a" labels=[{many}] ]')[0]
    )
    key = "k" * 129
    assert (
        "length 129 exceeding the maximum length of 128 characters"
        in faults(f'Rules = [ IsUnique "a" labels=["{key}"="v"] ]')[0]
    )
    assert "Duplicate label key" in faults('Rules = [ IsUnique "a" labels=["k"="v", "k"="w"] ]')[0]


def test_nothing_to_evaluate_is_refused_in_glues_words() -> None:
    assert faults("Rules = []")[0].startswith("No rules or analyzers provided.")
    assert faults("")[0].startswith("No rules or analyzers provided.")


def test_five_thousand_rules_are_parsed() -> None:
    text = ",\n".join(f'Completeness "c{at}" > 0.{at} where "a > {at}"' for at in range(5000))
    assert len(parse_ruleset(f"Rules = [ {text} ]").rules) == 5000


@pytest.mark.parametrize(
    "text",
    [
        "Rules = [ " + "(" * 400 + "RowCount > 0" + ") and (RowCount > 1)" * 400 + " ]",
        "Rules = [ RowCount > " + "1 + " * 5000 + "1 ]",
        "Rules = [ RowCount > " + "(" * 5000 + "1" + ")" * 5000 + " ]",
        "Rules = [ RowCount > " + "avg(" * 5000 + "1" + ")" * 5000 + " ]",
        'Rules = [ IsUnique "' + "a" * 100_000,
        "\x00" * 1000,
    ],
)
def test_hostile_texts_are_refused_as_any_other(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_ruleset(text)


def test_each_type_can_be_written_and_found() -> None:
    shapes = {
        Kind.NUMBER: "> 0",
        Kind.STRING: '= "x"',
        Kind.DATE: "> now()",
        Kind.DURATION: "< 1 days",
        Kind.SIZE: "> 1 KB",
        Kind.BOOLEAN: "",
    }
    for kind in RULE_TYPES:
        names = ["RowCount" if name == "type" else "x" for name in kind.parameters]
        called = " ".join([kind.name, *(f'"{name}"' for name in names)])
        section = f"Rules = [ {called} {shapes[kind.kinds[0]]} ]"
        if not kind.rule:
            section = f"Analyzers = [ {called} ]"
        assert isinstance(parse_ruleset(section), Ruleset)


def test_parsing_needs_no_spark() -> None:
    code = (
        "import sys; from gluepot.transforms.quality.dqdl import parse_ruleset;"
        "parse_ruleset('Rules = [ RowCount > 0 ]');"
        "sys.exit('pyspark' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
