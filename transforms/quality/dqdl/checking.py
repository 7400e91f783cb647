"""From raw parts to rules: each is looked up by its type, and everything wrong is noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.errors import did_you_mean
from gluepot.transforms.quality.dqdl.errors import RulesetProblem
from gluepot.transforms.quality.dqdl.kinds import typed
from gluepot.transforms.quality.dqdl.reading import RawComposite
from gluepot.transforms.quality.dqdl.rule_types import ANOMALY_TYPES, BY_NAME, RuleType, find_type
from gluepot.transforms.quality.dqdl.tree import (
    Analyzer,
    AnyRule,
    Composite,
    Condition,
    Kind,
    Labels,
    Number,
    Operator,
    Rule,
    Tag,
    Text,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.transforms.quality.dqdl.reading import RawAny, RawLabels, RawRule, RawTag
    from gluepot.transforms.quality.dqdl.tree import Definition, Place

MOST_LABELS = 10
LONGEST_KEY = 128
LONGEST_VALUE = 256
_THRESHOLD = "threshold"


@dataclass
class Checks:
    """The problems of one text; what is made of a wrong part is not to be used."""

    definitions: Mapping[str, Definition]
    default_labels: Labels = ()
    problems: list[RulesetProblem] = field(default_factory=list)

    def note(self, place: Place, message: str) -> None:
        """Keep a problem."""
        self.problems.append(RulesetProblem.at(place, message))

    def rule(self, raw: RawAny, above: tuple[RawLabels, ...] = ()) -> AnyRule:
        """Return a rule or a composite; labels of its parentheses are its own."""
        labels = (*raw.labels, *above)
        if not isinstance(raw, RawComposite):
            return self._one(raw, labels)
        if len(raw.rules) == 1:
            return self.rule(raw.rules[0], labels)
        return Composite(
            logic=raw.logic,
            rules=tuple(self.rule(each) for each in raw.rules),
            labels=self.labels(labels),
            place=raw.place,
        )

    def _one(self, raw: RawRule, labels: tuple[RawLabels, ...]) -> Rule:
        kind = self._type(raw, "Rule")
        if kind is not None and not kind.rule:
            self.note(raw.place, f"Analyzer Type: {raw.type} is not supported in rules section")
            kind = None
        condition = threshold = None
        if kind is not None:
            condition = self._condition(raw, kind)
            threshold = self._threshold(raw, kind)
            self._check_where(raw, kind)
            self._check_anomaly(raw, kind)
        self._check_variables(raw, condition)
        return Rule(
            type=raw.type,
            parameters=raw.parameters,
            condition=condition,
            where=raw.where,
            threshold=threshold,
            tags=self._tags(raw.tags),
            labels=self.labels(labels),
            place=raw.place,
        )

    def analyzer(self, raw: RawRule) -> Analyzer:
        """Return an analyzer."""
        kind = self._type(raw, "Analyzer")
        if kind is not None and not kind.analyzer:
            self.note(raw.place, f"Analyzer Type: {raw.type} is not supported")
        self._check_variables(raw, None)
        tags = self._tags(raw.tags)
        return Analyzer(type=raw.type, parameters=raw.parameters, tags=tags, place=raw.place)

    def labels(self, found: Sequence[RawLabels]) -> Labels:
        """Return labels, which are few, short and each once."""
        pairs = tuple(pair for each in found for pair in each.pairs)
        if not found:
            return ()
        place = found[0].place
        for problem in _label_problems(pairs, len(self.default_labels)):
            self.note(place, problem)
        return pairs

    def _type(self, raw: RawRule, word: str) -> RuleType | None:
        kind = find_type(raw.type, len(raw.parameters))
        if kind is not None:
            return kind
        if raw.type not in BY_NAME:
            hint = did_you_mean(raw.type, BY_NAME)
            self.note(raw.place, f"{word} Type: {raw.type} is not valid.{hint}")
            return None
        takes = " or ".join(map(_takes, BY_NAME[raw.type]))
        given = len(raw.parameters)
        self.note(
            raw.place, f"{word} Type: {raw.type} is not valid with {given} parameters: {takes}"
        )
        return None

    def _condition(self, raw: RawRule, kind: RuleType) -> Condition | None:
        first = kind.kinds[0]
        if raw.comparison is None:
            if Kind.BOOLEAN not in kind.kinds:
                self.note(raw.place, _unexpected(raw.type, first))
            return None
        found = typed(raw.comparison, [each for each in kind.kinds if each is not Kind.BOOLEAN])
        if found is None:
            self.note(raw.place, _unexpected(raw.type, first))
        return found

    def _threshold(self, raw: RawRule, kind: RuleType) -> Condition | None:
        given = [tag for tag in raw.tags if tag.name == _THRESHOLD]
        if not given:
            return None
        if not kind.threshold:
            self.note(
                given[0].place, f"Threshold condition not supported for rule type: {raw.type}"
            )
            return None
        if len(given) > 1:
            self.note(given[1].place, "Only one threshold condition is allowed")
        found = typed(given[0].comparison, [Kind.NUMBER])
        if found is None:
            self.note(
                given[0].place,
                f"Unable to parse threshold condition provided for rule type: {raw.type}",
            )
        return found

    def _check_where(self, raw: RawRule, kind: RuleType) -> None:
        if raw.where is None:
            return
        if not kind.where:
            self.note(raw.place, f"Where clause not supported for rule type: {raw.type}")
        elif not raw.where.strip():
            self.note(raw.place, f"Empty where clause provided for rule type: {raw.type}")

    def _check_anomaly(self, raw: RawRule, kind: RuleType) -> None:
        if kind.name != "DetectAnomalies" or raw.parameters[0].is_variable:
            return
        watched = raw.parameters[0].value
        if watched not in (*ANOMALY_TYPES, "CustomSql"):
            hint = did_you_mean(watched, ANOMALY_TYPES)
            self.note(raw.parameters[0].place, f"DetectAnomalies cannot watch {watched}.{hint}")

    def _check_variables(self, raw: RawRule, condition: Condition | None) -> None:
        used = [(each.value, each.place) for each in raw.parameters if each.is_variable]
        operands = () if condition is None else condition.operands
        used += [(each.name, each.place) for each in operands if isinstance(each, Variable)]
        for name, place in used:
            if name not in self.definitions:
                hint = did_you_mean(name, self.definitions)
                self.note(place, f"Variable ${name} is not defined.{hint}")
        for each in raw.parameters:
            found = self.definitions.get(each.value) if each.is_variable else None
            if found is not None and found.is_list:
                self.note(each.place, f"Variable ${each.value} is a list, and no parameter")

    def _tags(self, raw: Sequence[RawTag]) -> tuple[Tag, ...]:
        return tuple(
            made for tag in raw if tag.name != _THRESHOLD and (made := self._tag(tag)) is not None
        )

    def _tag(self, raw: RawTag) -> Tag | None:
        comparison = raw.comparison
        values = tuple(each for each in comparison.operands if isinstance(each, Text | Number))
        right = comparison.operator is Operator.EQUAL and len(values) == len(comparison.operands)
        if not right:
            self.note(raw.place, f"Tag {raw.name} takes only = and a text or a number")
            return None
        return Tag(name=raw.name, values=values, is_list=comparison.is_list, place=raw.place)


def _label_problems(pairs: Labels, defaults: int) -> list[str]:
    found = [] if pairs else ["Labels must have at least one label"]
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        found.append("Duplicate label key. Key must be unique.")
    if len(pairs) + defaults > MOST_LABELS:
        found.append(f"Number of labels exceed maximum allowed (MAX: {MOST_LABELS})")
    for key, value in pairs:
        if not key or not value:
            found.append("Label key or value cannot be empty")
        for name, text, most in (("key", key, LONGEST_KEY), ("value", value, LONGEST_VALUE)):
            if len(text) > most:
                found.append(
                    f"Label {name} has length {len(text)} exceeding the maximum length of"
                    f" {most} characters"
                )
    return found


def _unexpected(name: str, kind: Kind) -> str:
    return f"Unexpected condition for rule of type {name} with {kind} return type"


def _takes(kind: RuleType) -> str:
    least, most = len(kind.parameters) - kind.optional, len(kind.parameters)
    if kind.repeats:
        return f"it takes {least} or more"
    return f"it takes {most}" if least == most else f"it takes {least} to {most}"
