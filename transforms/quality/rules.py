"""Rules as a job's YAML writes them, checked before Spark starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms import parameters as plain
from gluepot.transforms.quality import bounds
from gluepot.transforms.quality.sentences import sentence
from gluepot.transforms.quality.signature import Signature, shown
from gluepot.transforms.quality.signatures import find_signature

MOST_PROBLEMS = 20
"""Problems that one error names; a long list of rules may have a great many."""
INFO = "info"
"""The library's third severity, which is a warning here: a failure fails nothing."""
_NO_CUSTOM: Mapping[str, Signature] = {}


class Severity(StrEnum):
    """What a rule that does not hold means for the verdict."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Something that must hold of rows.

    Attributes:
        name: Unique within its rules.
        signature: The expectation that it is.
        parameters: The expectation's own parameters, checked.
        severity: Whether a failure fails the gate or only warns.
        description: The author's words on why it must hold.
        mask: Columns whose values no result may show.
    """

    name: str
    signature: Signature
    parameters: Mapping[str, Any]
    severity: Severity = Severity.CRITICAL
    description: str | None = None
    mask: tuple[str, ...] = ()

    @property
    def expectation(self) -> str:
        """Return the library's name of the expectation."""
        return self.signature.expectation

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that the rule reads."""
        return self.signature.columns(self.parameters)

    @property
    def sentence(self) -> str:
        """Return the rule in plain words."""
        return sentence(self.signature, self.parameters)


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """One mapping of the list, its two spellings made one."""

    expectation: object
    parameters: Mapping[str, Any]
    about: Mapping[str, Any] = field(default_factory=dict)


_ABOUT: dict[str, plain.Check] = {
    "name": plain.text,
    "description": plain.text,
    "severity": plain.one_of(*Severity, INFO),
    "mask": bounds.texts,
}
_SUITE_KEYS = {"type", "kwargs", "id", "meta", "notes", "rendered_content"}
"""What Great Expectations writes into a suite; the last four check nothing."""


def parse_rules(
    entries: Sequence[Mapping[str, Any]], custom: Mapping[str, Signature] = _NO_CUSTOM
) -> tuple[Rule, ...]:
    """Return the rules that a list of mappings means; nothing is imported or run.

    Each mapping is ``{expect: NAME, PARAMETER: VALUE, ...}``, or an entry of a suite's JSON,
    ``{type: NAME, kwargs: {PARAMETER: VALUE, ...}}``. Both may have ``name``, ``description``,
    ``severity`` (critical, or warning or info, which only warn) and ``mask`` (columns whose
    values are not shown).

    Args:
        entries: The mappings.
        custom: Expectations that the library does not have, by their names.

    Raises:
        InvalidInputError: Names every rule that is wrong, and what would be right.
    """
    if isinstance(entries, str | Mapping) or not isinstance(entries, Sequence):
        raise InvalidInputError(f"rules must be a list of mappings, not {shown(entries)}")
    rules, problems = [], []
    for number, entry in enumerate(entries, start=1):
        try:
            rules.append(_parse(entry, custom))
        except InvalidInputError as error:
            problems.append(f"rule {number}: {error}" if len(entries) > 1 else str(error))
    named = _named(rules)
    problems += _same_names(named)
    if problems:
        more = len(problems) - MOST_PROBLEMS
        ending = f"; and {more:,} more" if more > 0 else ""
        raise InvalidInputError("; ".join(problems[:MOST_PROBLEMS]) + ending)
    return named


def _parse(raw: object, custom: Mapping[str, Signature]) -> Rule:
    entry = _entry(raw)
    own = custom.get(str(entry.expectation))
    signature = find_signature(entry.expectation) if own is None else own
    problems = [
        f"{key!r} must be {right}, but is {shown(value)}"
        for key, value in entry.about.items()
        if (right := _ABOUT[key](_as_list(key, value)))
    ]
    problems += signature.problems(entry.parameters)
    if problems:
        raise InvalidInputError(f"{signature.expectation}: " + "; ".join(problems))
    about = dict(entry.about)
    return Rule(
        name=str(about.get("name", "")),
        signature=signature,
        parameters=_typed(signature, entry.parameters),
        severity=_severity(about.get("severity", Severity.CRITICAL)),
        description=about.get("description"),
        mask=tuple(_as_list("mask", about.get("mask", ()))),
    )


def _severity(word: str) -> Severity:
    return Severity.WARNING if word == INFO else Severity(word)


def _entry(raw: object) -> _Entry:
    if not isinstance(raw, Mapping):
        raise InvalidInputError(f"a rule is a mapping such as {{expect: ...}}, not {shown(raw)}")
    about = {key: raw[key] for key in _ABOUT if raw.get(key) is not None}
    rest = {key: value for key, value in raw.items() if key not in _ABOUT}
    if "expect" in rest:
        return _Entry(expectation=rest.pop("expect"), parameters=rest, about=about)
    if "type" not in rest:
        near = did_you_mean(next(iter(map(str, rest)), ""), ["expect"])
        raise InvalidInputError(f"'expect' is missing: it names the expectation.{near}")
    unknown = [str(key) for key in rest if key not in _SUITE_KEYS]
    kwargs = rest.get("kwargs", {})
    if unknown or not isinstance(kwargs, Mapping):
        raise InvalidInputError(
            f"{shown(rest['type'])}: with 'type', parameters go into the mapping 'kwargs'"
        )
    return _Entry(expectation=rest["type"], parameters=kwargs, about=about)


def _as_list(key: str, value: Any) -> Any:  # noqa: ANN401 - checked by its caller
    return [value] if key == "mask" and isinstance(value, str) else value


def _typed(signature: Signature, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters that are given, ISO texts of times as times where a time is meant."""
    return {
        name: bounds.comparable(value)
        if signature.parameters[name].check is bounds.number_or_time
        else value
        for name, value in params.items()
        if value is not None
    }


def _named(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Give rules without a name one of their own: what is checked, and of which column."""
    seen: Counter[str] = Counter(rule.name for rule in rules if rule.name)
    found = []
    for rule in rules:
        name = rule.name or _default_name(rule)
        if not rule.name:
            seen[name] += 1
            name = name if seen[name] == 1 else f"{name} ({seen[name]})"
        found.append(_renamed(rule, name))
    return tuple(found)


def _default_name(rule: Rule) -> str:
    short = rule.expectation.removeprefix("expect_").removesuffix("_expectation")
    short = short.removeprefix("column_values_").removeprefix("column_")
    columns = rule.columns or tuple(filter(None, [rule.parameters.get("column")]))
    return f"{', '.join(columns)}: {short}" if columns else short


def _renamed(rule: Rule, name: str) -> Rule:
    return Rule(
        name=name,
        signature=rule.signature,
        parameters=rule.parameters,
        severity=rule.severity,
        description=rule.description,
        mask=rule.mask,
    )


def _same_names(rules: Sequence[Rule]) -> list[str]:
    counts = Counter(rule.name for rule in rules)
    return [f"{count} rules are named {shown(name)}" for name, count in counts.items() if count > 1]
