"""DQDL, the language of AWS Glue's data-quality rules: text, tree, and what each rule may say.

Nothing here needs Spark; rules are run by ``gluepot.transforms.quality.running``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.transforms.quality.dqdl.errors import InvalidRulesetError, RulesetProblem
    from gluepot.transforms.quality.dqdl.parser import parse_ruleset
    from gluepot.transforms.quality.dqdl.printer import print_rule, print_ruleset
    from gluepot.transforms.quality.dqdl.tree import Ruleset

__all__ = [
    "InvalidRulesetError",
    "Ruleset",
    "RulesetProblem",
    "parse_ruleset",
    "print_rule",
    "print_ruleset",
]

_HOMES = {
    "InvalidRulesetError": "errors",
    "Ruleset": "tree",
    "RulesetProblem": "errors",
    "parse_ruleset": "parser",
    "print_rule": "printer",
    "print_ruleset": "printer",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
