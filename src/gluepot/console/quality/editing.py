"""What the editor of rules tells while somebody types: words to complete, faults, sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, did_you_mean
from gluepot.console.quality.gate_text import Fault, GateText, checked, gate_at
from gluepot.transforms.quality.dqdl import InvalidRulesetError, parse_ruleset
from gluepot.transforms.quality.dqdl.rule_types import RULE_TYPES, find_type
from gluepot.transforms.quality.dqdl.sentences import sentence_of
from gluepot.transforms.quality.dqdl.tree import leaves
from gluepot.transforms.quality.rules import parse_rules
from gluepot.transforms.quality.signatures import SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gluepot.jobs.definitions.pipeline import GateSpec
    from gluepot.transforms.quality.dqdl import Ruleset

_KEYWORDS = {
    "and": "Both rules must hold",
    "between": "Between two values, without them",
    "in": "One of a list",
    "matches": "A regular expression that the whole text has",
    "not": "The opposite of a condition",
    "or": "One of the rules must hold",
    "where": "Only rows of which this SQL is true",
    "with threshold": "Which share of the rows must comply",
    "Analyzers": "What is measured without a rule",
    "Rules": "The list of rules",
}
_GATE_KEYS = {
    "column": "The column that the rule reads",
    "description": "Why it must hold",
    "expect": "Which expectation it is",
    "mostly": "Which share of the rows must comply, from 0 to 1",
    "severity": "critical, or warning: a failure fails nothing",
    "mask": "Columns whose values are not shown",
    "on_failure": "fail, or warn: the job goes on",
}


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What is told of a text.

    Attributes:
        faults: Everything that is wrong; nothing is saved while there are some.
        doubts: What is likely wrong, such as a column that the table does not have.
        sentences: The rules in plain words.
        changes: What would change in the file, as lines of a diff.
    """

    faults: tuple[Fault, ...] = ()
    doubts: tuple[Fault, ...] = ()
    sentences: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def plain(self) -> Mapping[str, Any]:
        """Return it as JSON's own types."""
        told = {"faults": self.faults, "doubts": self.doubts}
        return {
            **{
                key: [
                    {"line": one.line, "column": one.column, "message": one.message}
                    | {"inside": one.inside}
                    for one in found
                ]
                for key, found in told.items()
            },
            "sentences": list(self.sentences),
            "changes": list(self.changes),
        }


def look_at_ruleset(text: str, columns: Sequence[str]) -> Looked:
    """Return what is to be said of a ruleset in DQDL.

    Args:
        text: The ruleset.
        columns: Those of the table; empty where no table is known.
    """
    try:
        ruleset = parse_ruleset(text)
    except InvalidRulesetError as error:
        return Looked(
            faults=tuple(
                Fault(line=one.line, column=one.column, message=one.message)
                for one in error.problems
            )
        )
    return Looked(doubts=tuple(_unknown_columns(ruleset, columns)), sentences=_sentences(ruleset))


def look_at_gate(found: GateText, text: str, columns: Sequence[str]) -> Looked:
    """Return what is to be said of the text of a job's gate; the whole file is checked with it."""
    pipeline, faults = checked(found, text)
    changes = tuple(found.changes(text))
    if pipeline is None:
        return Looked(faults=faults, changes=changes)
    gate = gate_at(pipeline, found)
    doubts = _doubts_of_gate(gate, columns, text)
    return Looked(doubts=tuple(doubts), sentences=_sentences_of_gate(gate), changes=changes)


def words_of_dqdl(columns: Iterable[str]) -> list[dict[str, str]]:
    """Return what can be completed in DQDL: types of rules, words, columns."""
    types = {each.name: each.meaning for each in RULE_TYPES}
    return [
        *_words(types, "rule"),
        *_words(_KEYWORDS, "word"),
        *_words(dict.fromkeys(columns, ""), "column"),
    ]


def words_of_gate(gate: GateSpec, columns: Iterable[str]) -> list[dict[str, str]]:
    """Return what can be completed in the YAML of a gate."""
    if gate.ruleset is not None:
        return [*words_of_dqdl(columns), *_words(_GATE_KEYS, "key")]
    known = {name: _about(name) for name, one in SIGNATURES.items() if not one.unsupported}
    parameters = {
        name: parameter.meaning
        for one in SIGNATURES.values()
        for name, parameter in one.parameters.items()
    }
    return [
        *_words(known, "rule"),
        *_words(parameters | _GATE_KEYS, "key"),
        *_words(dict.fromkeys(columns, ""), "column"),
    ]


def _about(expectation: str) -> str:
    return expectation.removeprefix("expect_").replace("_", " ")


def _words(found: Mapping[str, str], kind: str) -> Iterator[dict[str, str]]:
    for word in sorted(found, key=str.casefold):
        yield {"word": word, "kind": kind, "about": found[word]}


def _sentences(ruleset: Ruleset) -> tuple[str, ...]:
    return tuple(map(sentence_of, ruleset.rules))


def _sentences_of_gate(gate: GateSpec) -> tuple[str, ...]:
    if gate.ruleset is not None:
        return _sentences(parse_ruleset(gate.ruleset))
    return tuple(rule.sentence for rule in parse_rules(list(gate.rules)))


def _unknown_columns(ruleset: Ruleset, columns: Sequence[str]) -> Iterator[Fault]:
    known = {name.casefold() for name in columns}
    for rule in (leaf for each in ruleset.rules for leaf in leaves(each)):
        kind = find_type(rule.type, len(rule.parameters))
        for name, parameter in zip(kind.parameters if kind else (), rule.values, strict=False):
            missing = name == "column" and columns and parameter.casefold() not in known
            # Members of structs, and variables, are seen when the rows are.
            if missing and "." not in parameter and not parameter.startswith("$"):
                place = rule.place
                message = _no_column(parameter, columns)
                yield Fault(line=place.line, column=place.column, message=message)


def _doubts_of_gate(gate: GateSpec, columns: Sequence[str], text: str) -> Iterator[Fault]:
    if not columns:
        return
    if gate.ruleset is not None:
        for one in _unknown_columns(parse_ruleset(gate.ruleset), columns):
            yield Fault(line=1, column=1, message=one.message, inside=False)
        return
    known = {name.casefold() for name in columns}
    lines = text.splitlines()
    try:
        rules = parse_rules(list(gate.rules))
    except GluepotError:
        return
    for name in dict.fromkeys(name for rule in rules for name in rule.columns):
        if name.casefold() not in known and "." not in name:
            line = next((at for at, each in enumerate(lines, start=1) if name in each), 1)
            yield Fault(line=line, column=1, message=_no_column(name, columns))


def _no_column(name: str, columns: Sequence[str]) -> str:
    return f"the table has no column {name!r}.{did_you_mean(name, columns)}"
