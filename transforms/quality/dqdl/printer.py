r"""From a tree back to text, as Glue prints it: parsing the text gives the same tree.

Order within a rule: type, parameters, condition, ``where``, ``with threshold``, other tags,
labels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.tree import (
    Binary,
    Call,
    Composite,
    Condition,
    DateText,
    Duration,
    Group,
    Keyword,
    Now,
    Number,
    Operand,
    Operator,
    Size,
    Text,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.quality.dqdl.tree import (
        Analyzer,
        AnyRule,
        Definition,
        Labels,
        Parameter,
        Rule,
        Ruleset,
        Tag,
    )

_TO_ESCAPE = re.compile(r'"|\\(?=["\\]|$)', re.DOTALL)
_INDENT = "    "


def print_rule(rule: AnyRule) -> str:
    """Return a rule as text.

    >>> from gluepot.transforms.quality.dqdl.parser import parse_ruleset
    >>> found = parse_ruleset('Rules = [ (RowCount>1) and (IsComplete of a labels = ["k"="v"]) ]')
    >>> print_rule(found.rules[0])
    '(RowCount > 1) AND (IsComplete of a labels=["k"="v"])'
    """
    if isinstance(rule, Composite):
        text = f" {rule.logic} ".join(f"({print_rule(each)})" for each in rule.rules)
        return f"({text}){_labels(rule.labels)}" if rule.labels else text
    return _rule(rule)


def print_analyzer(analyzer: Analyzer) -> str:
    """Return an analyzer as text."""
    parts = [analyzer.type, *map(_parameter, analyzer.parameters), *map(_tag, analyzer.tags)]
    return " ".join(parts)


def print_condition(condition: Condition) -> str:
    """Return a condition as text.

    >>> print_condition(Condition(kind="number", operator=Operator.IN, operands=(
    ...     Number(text="1"), Number(text="2"))))
    'in [1,2]'
    """
    operator, operands = condition.operator, condition.operands
    if operator in (Operator.IN, Operator.NOT_IN):
        if len(operands) == 1 and isinstance(operands[0], Variable):
            return f"{operator} {print_operand(operands[0])}"
        return f"{operator} [{','.join(map(print_operand, operands))}]"
    return f"{operator} {' and '.join(map(print_operand, operands))}"


def print_operand(operand: Operand) -> str:  # noqa: C901, PLR0911 - one for each kind
    """Return an operand as text."""
    match operand:
        case Number(text=text):
            return text
        case Group(inner=inner):
            return f"({print_operand(inner)})"
        case Binary(sign=sign, left=left, right=right):
            return f"{print_operand(left)} {sign} {print_operand(right)}"
        case Call(name=name, arguments=arguments):
            return f"{name}({','.join(map(print_operand, arguments))})"
        case Text(value=value):
            return quoted(value)
        case Keyword(word=word):
            return str(word)
        case Variable(name=name):
            return f"${name}"
        case Duration(amount=amount, unit=unit) | Size(amount=amount, unit=unit):
            return f"{amount} {unit}"
        case DateText(text=text):
            return f'"{text}"'
        case Now(sign=sign, offset=offset):
            return "now()" if offset is None else f"(now() {sign} {print_operand(offset)})"


def print_ruleset(ruleset: Ruleset) -> str:
    """Return a whole document."""
    parts = []
    if ruleset.version is not None:
        parts.append(_block("Metadata", "{}", [f'"Version": {quoted(ruleset.version)}']))
    if ruleset.sources is not None:
        parts.append(_block("DataSources", "{}", _sources(ruleset)))
    parts += map(_definition, ruleset.definitions)
    if ruleset.default_labels:
        parts.append(f"DefaultLabels = {_label_list(ruleset.default_labels)}")
    if ruleset.rules:
        parts.append(_block("Rules", "[]", list(map(print_rule, ruleset.rules))))
    if ruleset.analyzers:
        parts.append(_block("Analyzers", "[]", list(map(print_analyzer, ruleset.analyzers))))
    return "\n\n".join(parts)


def quoted(text: str) -> str:
    r"""Return a text in quotes; a backslash is doubled only where it would escape something.

    >>> print(quoted(r'a"b\d'))
    "a\"b\d"
    """
    escaped = _TO_ESCAPE.sub(lambda found: "\\" + found.group(), text)
    return f'"{escaped}"'


def _rule(rule: Rule) -> str:
    parts = [rule.type, *map(_parameter, rule.parameters)]
    if rule.condition is not None:
        parts.append(print_condition(rule.condition))
    if rule.where is not None:
        parts.append(f"where {quoted(rule.where)}")
    if rule.threshold is not None:
        parts.append(f"with threshold {print_condition(rule.threshold)}")
    return " ".join([*parts, *map(_tag, rule.tags)]) + _labels(rule.labels)


def _parameter(parameter: Parameter) -> str:
    value = quoted(parameter.value) if parameter.quoted else parameter.value
    value = f"${parameter.value}" if parameter.is_variable else value
    return f"{parameter.connector} {value}" if parameter.connector else value


def _tag(tag: Tag) -> str:
    values = ",".join(map(print_operand, tag.values))
    return f"with {tag.name} = {f'[{values}]' if tag.is_list else values}"


def _labels(labels: Labels) -> str:
    return f" labels={_label_list(labels)}" if labels else ""


def _label_list(labels: Labels) -> str:
    return "[" + ", ".join(f"{quoted(key)}={quoted(value)}" for key, value in labels) + "]"


def _definition(definition: Definition) -> str:
    values = ", ".join(map(quoted, definition.values))
    return f"{definition.name} = {f'[{values}]' if definition.is_list else values}"


def _sources(ruleset: Ruleset) -> list[str]:
    found = ruleset.sources
    if found is None:
        return []
    lines = [] if found.primary is None else [f'"Primary": {quoted(found.primary)}']
    if found.additional is not None:
        names = ", ".join(map(quoted, found.additional))
        lines.append(f'"AdditionalDataSources": [ {names} ]')
    return lines


def _block(name: str, brackets: str, lines: Sequence[str]) -> str:
    inner = ",\n".join(f"{_INDENT}{line}" for line in lines)
    return f"{name} = {brackets[0]}\n{inner}\n{brackets[1]}"
