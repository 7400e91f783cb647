"""The law of the printer: what is printed means what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from gluepot.transforms.quality.dqdl import parse_ruleset, print_ruleset
from tests.transforms.quality.dqdl.trees import RULESETS

if TYPE_CHECKING:
    from gluepot.transforms.quality.dqdl import Ruleset


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(RULESETS)
def test_a_printed_ruleset_parses_to_the_same_tree(ruleset: Ruleset) -> None:
    text = print_ruleset(ruleset)
    found = parse_ruleset(text)
    assert found == ruleset
    assert print_ruleset(found) == text
