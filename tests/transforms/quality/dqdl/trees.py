"""Rulesets as hypothesis makes them up: any tree that a text can mean."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gluepot.transforms.quality.dqdl.kinds import is_date
from gluepot.transforms.quality.dqdl.rule_types import RULE_TYPES, RuleType
from gluepot.transforms.quality.dqdl.tree import (
    Analyzer,
    Binary,
    Call,
    Composite,
    Condition,
    DateText,
    Definition,
    Duration,
    Group,
    Keyword,
    Kind,
    Logic,
    Now,
    Number,
    Operator,
    Parameter,
    Rule,
    Ruleset,
    Size,
    Sources,
    Tag,
    Text,
    Word,
)

WORDS = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_.]{0,6}", fullmatch=True).filter(
    lambda name: (
        name.lower()
        not in {
            "and",
            "or",
            "of",
            "in",
            "not",
            "null",
            "empty",
            "where",
            "with",
            "labels",
            "matches",
        }
        and name
        not in {"between", "whitespaces_only", "WHITESPACES_ONLY", "B", "KB", "MB", "GB", "TB"}
        and name not in {"days", "hours", "minutes", "Rules", "Analyzers", "Metadata", "Sources"}
        and name not in {"DataSources", "DefaultLabels"}
    )
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
WHOLES = st.integers(min_value=0, max_value=10**12)
NUMBERS = st.builds(
    lambda sign, whole, rest: Number(text=f"{sign}{whole}{rest}"),
    st.sampled_from(["", "-"]),
    WHOLES,
    st.sampled_from(["", ".0", ".250", ".00000000000001"]),
)
ATOMS: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        NUMBERS
        | st.builds(lambda name, items: Call(name=name, arguments=tuple(items)), WORDS, SUMS_LIST)
        | st.builds(lambda inner: Group(inner=inner), SUMS)
    )
)
PRODUCTS: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        ATOMS
        | st.builds(
            lambda sign, left, right: Binary(sign=sign, left=left, right=right),
            st.sampled_from("*/"),
            ATOMS,
            ATOMS,
        )
    )
)
SUMS: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        PRODUCTS
        | st.builds(
            lambda sign, left, right: Binary(sign=sign, left=left, right=right),
            st.sampled_from("+-"),
            PRODUCTS,
            PRODUCTS,
        )
    )
)
SUMS_LIST: st.SearchStrategy[Any] = st.lists(SUMS, max_size=2)
LENGTHS = st.builds(
    lambda amount, unit: Duration(amount=amount, unit=unit),
    WHOLES,
    st.sampled_from(["days", "hours", "minutes"]),
)
DATES = st.builds(lambda day: DateText(text=day.isoformat()), st.dates()) | st.builds(
    lambda sign, offset: Now(sign=sign, offset=offset), st.sampled_from("+-"), LENGTHS
)
OPERANDS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.NUMBER: SUMS,
    Kind.STRING: st.builds(lambda text: Text(value=text), TEXTS.filter(lambda t: not is_date(t)))
    | st.builds(lambda word: Keyword(word=word), st.sampled_from(Word)),
    Kind.DATE: DATES | st.just(Now()) | st.just(DateText(text="9:30 PM")),
    Kind.DURATION: LENGTHS,
    Kind.SIZE: st.builds(
        lambda amount, unit: Size(amount=amount, unit=unit),
        WHOLES,
        st.sampled_from(["B", "KB", "MB", "GB", "TB"]),
    ),
}
PATTERNS = (Operator.MATCHES, Operator.NOT_MATCHES)
LISTS = (Operator.IN, Operator.NOT_IN)
PAIRS = (Operator.BETWEEN, Operator.NOT_BETWEEN)
EQUALS = (Operator.EQUAL, Operator.NOT_EQUAL)
LABELS = st.dictionaries(TEXTS.filter(bool), TEXTS.filter(bool), min_size=1, max_size=3).map(
    lambda labels: tuple(labels.items())
)
SOME_LABELS = st.just(()) | LABELS


@st.composite
def conditions(draw: st.DrawFn, kind: Kind) -> Condition:
    allowed = [*EQUALS, *LISTS]
    allowed += (
        PATTERNS
        if kind is Kind.STRING
        else [each for each in Operator if each not in (*allowed, *PATTERNS)]
    )
    operator = draw(st.sampled_from(allowed))
    if operator in PATTERNS:
        return Condition(kind=kind, operator=operator, operands=(Text(value=draw(TEXTS)),))
    least, most = (1, 3) if operator in LISTS else (2, 2) if operator in PAIRS else (1, 1)
    operands = draw(st.lists(OPERANDS[kind], min_size=least, max_size=most))
    return Condition(kind=kind, operator=operator, operands=tuple(operands))


@st.composite
def parameters(draw: st.DrawFn, kind: RuleType) -> tuple[Parameter, ...]:
    count = len(kind.parameters) + (draw(st.integers(0, 2)) if kind.repeats else 0)
    names = [draw(WORDS) if at % 2 else draw(TEXTS) for at in range(count)]
    if kind.name == "DetectAnomalies":
        names[0] = "RowCount"
    connectors = st.sampled_from(["", "of", "and"])
    return tuple(
        Parameter(value=name, quoted=not at % 2, connector=draw(connectors))
        for at, name in enumerate(names)
    )


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    kind = draw(st.sampled_from([each for each in RULE_TYPES if each.rule]))
    shape = draw(st.sampled_from(kind.kinds))
    tags = draw(st.lists(st.tuples(WORDS, TEXTS), max_size=2))
    return Rule(
        type=kind.name,
        parameters=draw(parameters(kind)),
        condition=None if shape is Kind.BOOLEAN else draw(conditions(shape)),
        where=draw(st.none() | TEXTS.filter(str.strip)) if kind.where else None,
        threshold=draw(st.none() | conditions(Kind.NUMBER)) if kind.threshold else None,
        tags=tuple(
            Tag(name=name, values=(Text(value=value),))
            for name, value in tags
            if name != "threshold"
        ),
        labels=draw(SOME_LABELS),
    )


def composites(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda logic, found, labels: Composite(logic=logic, rules=tuple(found), labels=labels),
        st.sampled_from(Logic),
        st.lists(inner, min_size=2, max_size=3),
        SOME_LABELS,
    )


@st.composite
def analyzers(draw: st.DrawFn) -> Analyzer:
    kind = draw(st.sampled_from([each for each in RULE_TYPES if each.analyzer]))
    return Analyzer(type=kind.name, parameters=draw(parameters(kind)))


RULESETS = st.builds(
    lambda found, more, version, sources, names, labels: Ruleset(
        rules=tuple(found),
        analyzers=tuple(more),
        version=version,
        sources=sources,
        definitions=tuple(Definition(name=name, values=(value,)) for name, value in names.items()),
        default_labels=labels,
    ),
    st.lists(st.recursive(rules(), composites, max_leaves=4), min_size=1, max_size=3),
    st.lists(analyzers(), max_size=2),
    st.none() | TEXTS,
    st.none() | st.builds(Sources, primary=TEXTS, additional=st.just(("a", "b"))),
    st.dictionaries(WORDS, TEXTS.filter(lambda text: not text.startswith("$")), max_size=2),
    SOME_LABELS,
)
