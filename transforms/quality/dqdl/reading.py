# ruff: noqa: ANN401  (lark gives each method what the methods of the parts have made)
"""From words to raw parts: what the text says, before it is known whether it may."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lark import Lark, Token, Transformer, v_args

from gluepot.transforms.quality.dqdl.errors import InvalidRulesetError, RulesetProblem
from gluepot.transforms.quality.dqdl.grammar import GRAMMAR
from gluepot.transforms.quality.dqdl.tree import (
    Binary,
    Call,
    Duration,
    Group,
    Keyword,
    Logic,
    Now,
    Number,
    NumberExpression,
    Operand,
    Operator,
    Parameter,
    Place,
    Size,
    Text,
    Variable,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 50
"""Levels of parentheses, or terms of one sum, that a ruleset may have."""
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """An operator and what stands after it; ``variable`` is set for ``in $name``."""

    operator: Operator
    operands: tuple[Operand, ...]
    is_list: bool = False


@dataclass(frozen=True, kw_only=True)
class RawTag:
    """``with name`` and a comparison."""

    name: str
    comparison: Comparison
    place: Place


@dataclass(frozen=True, kw_only=True)
class RawLabels:
    """Labels as they are written, repeated ones too."""

    pairs: tuple[tuple[str, str], ...]
    place: Place


@dataclass(frozen=True, kw_only=True)
class RawRule:
    """A rule or an analyzer."""

    type: str
    parameters: tuple[Parameter, ...]
    comparison: Comparison | None
    where: str | None
    tags: tuple[RawTag, ...]
    labels: tuple[RawLabels, ...]
    place: Place


@dataclass(frozen=True, kw_only=True)
class RawComposite:
    """Rules joined by a word, or one in parentheses that has labels."""

    logic: Logic
    rules: tuple[RawAny, ...]
    labels: tuple[RawLabels, ...] = ()
    place: Place


RawAny = RawRule | RawComposite


@dataclass(frozen=True, kw_only=True)
class RawText:
    """One text, or a list of texts."""

    values: tuple[str, ...]
    is_list: bool


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the document."""

    name: str
    content: Any
    place: Place
    defined: str = ""


@functools.cache
def dqdl_parser() -> Lark:
    """Return the parser; it is built once, and makes raw parts as it goes."""
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=True, transformer=_Reader())


def place_of(token: Token) -> Place:
    """Return where a word stands."""
    return Place(line=token.line or 1, column=token.column or 1)


def unquoted(token: str) -> str:
    r"""Return a text without its quotes; only ``\"`` and ``\\`` are escapes.

    >>> unquoted(r'"a\"b\d"')
    'a"b\\d'
    """
    return _ESCAPED.sub(r"\1", token[1:-1])


def depth(part: object) -> int:
    """Return how deep a raw part nests, counted no further than what is too deep."""
    level, parts = 0, [part]
    while parts and level <= DEEPEST:
        parts = [inner for each in parts for inner in _within(each)]
        level += 1
    return level


def _within(part: object) -> Iterator[object]:
    if isinstance(part, RawComposite):
        yield from part.rules
    elif isinstance(part, Group):
        yield part.inner
    elif isinstance(part, Binary):
        yield from (part.left, part.right)
    elif isinstance(part, Call):
        yield from part.arguments


def _shallow(part: Any, place: Place) -> Any:
    if depth(part) > DEEPEST:
        message = f"It nests deeper than {DEEPEST} levels"
        raise InvalidRulesetError((RulesetProblem.at(place, message),))
    return part


def _given(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part for part in parts if part is not None)


@v_args(inline=True)
class _Reader(Transformer[Token, Any]):
    """Makes the raw parts; the methods have the names of the grammar's rules."""

    def start(self, *sections: Section) -> tuple[Section, ...]:
        return sections

    def metadata(self, pairs: tuple[Any, ...]) -> Section:
        return Section(name="Metadata", content=pairs, place=pairs[0][2])

    def sources(self, pairs: tuple[Any, ...]) -> Section:
        return Section(name="DataSources", content=pairs, place=pairs[0][2])

    def default_labels(self, labels: RawLabels) -> Section:
        return Section(name="DefaultLabels", content=labels, place=labels.place)

    def rules(self, word: Token, *rules: RawAny | None) -> Section:
        return Section(name="Rules", content=_given(rules), place=place_of(word))

    def analyzers(self, word: Token, *parts: Any) -> Section:
        found: list[RawRule] = []
        for part in _given(parts):
            if isinstance(part, RawTag):
                last = found.pop()
                found.append(_with_tag(last, part))
            else:
                found.append(part)
        return Section(name="Analyzers", content=tuple(found), place=place_of(word))

    def definition(self, name: Token, value: Token | RawText) -> Section:
        text = value if isinstance(value, RawText) else _one_text(value)
        return Section(name="", defined=str(name), content=text, place=place_of(name))

    def dict(self, *pairs: Any) -> tuple[Any, ...]:
        return pairs

    def pair(self, key: Token, value: Token | RawText) -> tuple[str, RawText, Place]:
        text = value if isinstance(value, RawText) else _one_text(value)
        return unquoted(key), text, place_of(key)

    def list_of_texts(self, *texts: Token) -> RawText:
        return RawText(values=tuple(map(unquoted, texts)), is_list=True)

    def either(self, *parts: Any) -> RawAny:
        return _joined(Logic.OR, parts)

    def every(self, *parts: Any) -> RawAny:
        return _joined(Logic.AND, parts)

    def parentheses(self, inner: RawAny, labels: RawLabels | None) -> RawAny:
        if labels is None:
            return inner
        return RawComposite(logic=Logic.AND, rules=(inner,), labels=(labels,), place=inner.place)

    def rule(self, name: Token, *parts: Any) -> RawRule:
        return _rule(name, parts)

    def analyzer(self, name: Token, *parts: Any) -> RawRule:
        return _rule(name, parts)

    def parameter(self, connector: Token | None, value: Token) -> Parameter:
        texts = {"STRING": unquoted(value), "VARIABLE": str(value)[1:]}
        return Parameter(
            value=texts.get(value.type, str(value)),
            quoted=value.type == "STRING",
            connector=str(connector or "").lower(),
            is_variable=value.type == "VARIABLE",
            place=place_of(value),
        )

    def where(self, _word: Token, text: Token) -> Text:
        return Text(value=unquoted(text))

    def labels(self, word: Token, labels: RawLabels) -> RawLabels:
        return RawLabels(pairs=labels.pairs, place=place_of(word))

    def labels_list(self, *labels: Any) -> RawLabels:
        pairs = _given(labels)
        place = pairs[0][2] if pairs else Place(line=1, column=1)
        return RawLabels(pairs=tuple((key, value) for key, value, _ in pairs), place=place)

    def label(self, key: Token, value: Token) -> tuple[str, str, Place]:
        return unquoted(key), unquoted(value), place_of(key)

    def tag(self, _word: Token, name: Token, comparison: Comparison) -> RawTag:
        return RawTag(name=str(name), comparison=comparison, place=place_of(name))

    def more_tag(self, name: Token, value: Any) -> RawTag:
        operand = Text(value=str(value)) if isinstance(value, Token) else value
        comparison = Comparison(operator=Operator.EQUAL, operands=(operand,))
        return RawTag(name=str(name), comparison=comparison, place=place_of(name))

    def condition(self, comparison: Comparison) -> Comparison:
        return comparison

    def between(self, negated: Token | None, _word: Token, low: Any, _and: Token, high: Any) -> Any:
        operator = Operator.NOT_BETWEEN if negated else Operator.BETWEEN
        return Comparison(operator=operator, operands=(low, high))

    def compare(self, sign: Token, operand: Any) -> Comparison:
        return Comparison(operator=Operator(str(sign)), operands=(operand,))

    def differ(self, _sign: Token, operand: Any) -> Comparison:
        return Comparison(operator=Operator.NOT_EQUAL, operands=(operand,))

    def equal(self, operand: Any) -> Comparison:
        return Comparison(operator=Operator.EQUAL, operands=(operand,))

    def equal_list(self, operands: tuple[Any, ...]) -> Comparison:
        return Comparison(operator=Operator.EQUAL, operands=operands, is_list=True)

    def among(self, negated: Token | None, _word: Token, found: Any) -> Comparison:
        operands = (_variable(found),) if isinstance(found, Token) else found
        operator = Operator.NOT_IN if negated else Operator.IN
        return Comparison(operator=operator, operands=operands, is_list=True)

    def matches(self, negated: Token | None, _word: Token, pattern: Token) -> Comparison:
        operator = Operator.NOT_MATCHES if negated else Operator.MATCHES
        return Comparison(operator=operator, operands=(Text(value=unquoted(pattern)),))

    def list(self, *operands: Any) -> tuple[Any, ...]:
        return operands

    def text(self, token: Token) -> Text:
        return Text(value=unquoted(token))

    def variable(self, token: Token) -> Variable:
        return _variable(token)

    def word(self, token: Token) -> Keyword:
        return Keyword(word=Word(str(token).upper()))

    def duration(self, amount: Token, unit: Token) -> Duration:
        return Duration(amount=int(amount), unit=str(unit))

    def size(self, amount: Token, unit: Token) -> Size:
        return Size(amount=int(amount), unit=str(unit))

    def now(self, _token: Token) -> Now:
        return Now()

    def moved_now(self, _now: Token, sign: Token, amount: Token, unit: Token) -> Now:
        return Now(sign=str(sign), offset=Duration(amount=int(amount), unit=str(unit)))

    def number(self, token: Token) -> Number:
        return Number(text=str(token))

    def negative(self, _sign: Token, token: Token) -> Number:
        return Number(text=f"-{token}")

    def binary(self, left: NumberExpression, sign: Token, right: NumberExpression) -> Binary:
        made = Binary(sign=str(sign), left=left, right=right)
        return _shallow(made, place_of(sign))  # type: ignore[no-any-return]

    def call(self, name: Token, *arguments: Any) -> Call:
        place = place_of(name)
        made = Call(name=str(name), arguments=_given(arguments), place=place)
        return _shallow(made, place)  # type: ignore[no-any-return]

    def group(self, inner: NumberExpression) -> Group:
        return _shallow(Group(inner=inner), Place(line=1, column=1))  # type: ignore[no-any-return]


def _one_text(token: Token) -> RawText:
    return RawText(values=(unquoted(token),), is_list=False)


def _variable(token: Token) -> Variable:
    return Variable(name=str(token)[1:], place=place_of(token))


def _joined(logic: Logic, parts: tuple[Any, ...]) -> RawAny:
    rules = tuple(part for part in parts if not isinstance(part, Token))
    if len(rules) == 1:
        return rules[0]  # type: ignore[no-any-return]
    made = RawComposite(logic=logic, rules=rules, place=rules[0].place)
    return _shallow(made, made.place)  # type: ignore[no-any-return]


def _rule(name: Token, parts: tuple[Any, ...]) -> RawRule:
    where = _first(parts, Text)
    return RawRule(
        type=str(name),
        parameters=tuple(part for part in parts if isinstance(part, Parameter)),
        comparison=_first(parts, Comparison),
        where=None if where is None else where.value,
        tags=tuple(part for part in parts if isinstance(part, RawTag)),
        labels=tuple(part for part in parts if isinstance(part, RawLabels)),
        place=place_of(name),
    )


def _first(parts: tuple[Any, ...], kind: type) -> Any:
    return next((part for part in parts if isinstance(part, kind)), None)


def _with_tag(rule: RawRule, tag: RawTag) -> RawRule:
    return RawRule(
        type=rule.type,
        parameters=rule.parameters,
        comparison=None,
        where=None,
        tags=(*rule.tags, tag),
        labels=(),
        place=rule.place,
    )
