"""Variables put into place: a ruleset as it is evaluated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.tree import (
    Composite,
    Condition,
    Operand,
    Parameter,
    Rule,
    Text,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.transforms.quality.dqdl.tree import AnyRule, Definition, Ruleset


def resolved(ruleset: Ruleset) -> Ruleset:
    """Return the ruleset with each ``$name`` replaced by what it stands for."""
    known = {definition.name: definition for definition in ruleset.definitions}
    if not known:
        return ruleset
    analyzers = tuple(
        replace(each, parameters=_parameters(each.parameters, known)) for each in ruleset.analyzers
    )
    rules = tuple(_any(rule, known) for rule in ruleset.rules)
    return replace(ruleset, rules=rules, analyzers=analyzers, definitions=())


def _any(rule: AnyRule, known: Mapping[str, Definition]) -> AnyRule:
    if isinstance(rule, Composite):
        return replace(rule, rules=tuple(_any(each, known) for each in rule.rules))
    return _rule(rule, known)


def _rule(rule: Rule, known: Mapping[str, Definition]) -> Rule:
    condition = rule.condition
    if condition is not None:
        condition = _condition(condition, known)
    return replace(rule, parameters=_parameters(rule.parameters, known), condition=condition)


def _condition(condition: Condition, known: Mapping[str, Definition]) -> Condition:
    operands: tuple[Operand, ...] = ()
    for operand in condition.operands:
        if isinstance(operand, Variable):
            operands += tuple(Text(value=value) for value in known[operand.name].values)
        else:
            operands += (operand,)
    return replace(condition, operands=operands)


def _parameters(
    parameters: tuple[Parameter, ...], known: Mapping[str, Definition]
) -> tuple[Parameter, ...]:
    return tuple(
        replace(each, value=known[each.value].values[0], quoted=True, is_variable=False)
        if each.is_variable
        else each
        for each in parameters
    )
