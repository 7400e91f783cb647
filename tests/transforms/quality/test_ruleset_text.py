"""How many rules a ruleset holds, whatever stands in them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.quality.ruleset_text import count_rules

RULES = (
    'IsComplete "a"',
    'ColumnValues "b" in ["x, y", "]", "\\" ["]',
    '(IsUnique "a") and (RowCount > 1)',
    'CustomSql "select a, b from primary" between 1 and 2',
    'ColumnLength "c" # a comment, with a comma ]\n > 1',
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(RULES), min_size=1, max_size=8))
def test_every_rule_counts_once(rules: list[str]) -> None:
    assert count_rules(f"Rules = [{', '.join(rules)}]") == len(rules)


def test_analyzers_are_no_rules() -> None:
    assert count_rules('Rules = [ IsUnique "a" ]\nAnalyzers = [ Completeness "a", RowCount ]') == 1
    assert count_rules("Analyzers = [ RowCount ]") == 0


@settings(deadline=None)
@given(st.text())
def test_any_text_is_counted_or_refused(text: str) -> None:
    try:
        assert count_rules(f"Rules = [{text}]") >= 0
    except InvalidInputError:
        return


@pytest.mark.parametrize(
    "text", ["", "Rules = ", "Rules = [", "Rules = []", 'Rules = [ "a ]', "Rules = [(]"]
)
def test_what_is_no_ruleset_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        count_rules(text)
