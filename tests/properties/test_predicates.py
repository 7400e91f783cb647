"""Laws of partition expressions: print and parse, and SQL equal to Python on both databases."""

from __future__ import annotations

import contextlib
import decimal  # noqa: TC003 - hypothesis reads the annotation
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gluepot.catalog.engine import open_engine
from gluepot.catalog.keys import KeyKind, cast, encode
from gluepot.catalog.migrate import migrate
from gluepot.catalog.model import NULL_PARTITION, Column, Database, Partition
from gluepot.catalog.partitions import PartitionQuery, Segment
from gluepot.catalog.predicate_tree import (
    And,
    Between,
    Compare,
    Expr,
    In,
    IsNull,
    Like,
    Literal,
    Not,
    Or,
    print_predicate,
)
from gluepot.catalog.predicates import evaluate, parse_predicate
from gluepot.catalog.store import CatalogStore
from tests.catalog.conftest import CLI, Clock, a_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

KEYS = (
    Column(name="s", type="string"),
    Column(name="n", type="int"),
    Column(name="d", type="decimal(38,10)"),
    Column(name="t", type="date"),
    Column(name="ts", type="timestamp"),
    Column(name="v", type="varchar(20)"),
    Column(name="k6", type="bigint"),
    Column(name="k7", type="string"),
    Column(name="k8", type="smallint"),
)

# Few letters, so that comparisons are often close; every mark that some SQL dialect minds.
odd_text = st.text(st.sampled_from("aAbé'\"%_\\*?[]-~ \n\U0001f600"), max_size=4)
texts = st.one_of(odd_text, st.just(NULL_PARTITION), st.just("é" * 200))
integers = st.one_of(st.integers(-12, 12), st.integers(-(2**63), 2**63 - 1)).map(str)
decimals = st.one_of(
    st.decimals(-3, 3, places=2),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**27), max_value=10**27),
).map(str)
dates = st.dates().map(str)
moments = st.builds(
    lambda moment, fraction: f"{moment:%Y-%m-%d %H:%M:%S}".rjust(19, "0") + fraction,
    st.datetimes(),
    st.from_regex(r"(\.[0-9]{1,9})?", fullmatch=True),
)
BY_TYPE: dict[str, SearchStrategy[str]] = {
    "string": texts,
    "varchar(20)": texts,
    "int": integers,
    "bigint": integers,
    "smallint": integers,
    "decimal(38,10)": decimals,
    "date": dates,
    "timestamp": moments,
}
TEXT_TYPES = {"string", "varchar(20)"}


def values_of(key: Column) -> SearchStrategy[str]:
    return BY_TYPE[key.type or ""]


partitions = st.tuples(
    *(st.one_of(values_of(key), values_of(key), st.just(NULL_PARTITION)) for key in KEYS)
)


@st.composite
def conditions(draw: st.DrawFn) -> Expr:
    key = draw(st.sampled_from(KEYS))
    literals = values_of(key).map(lambda text: Literal(text, quoted=True))
    name = draw(st.sampled_from([key.name, key.name.upper()]))
    kinds = ["compare", "in", "between", "null", *(["like"] if key.type in TEXT_TYPES else [])]
    match draw(st.sampled_from(kinds)):
        case "compare":
            sign = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
            return Compare(name, sign, draw(literals))
        case "in":
            return In(name, tuple(draw(st.lists(literals, min_size=1, max_size=3))))
        case "between":
            return Between(name, draw(literals), draw(literals))
        case "like":
            return Like(name, Literal(draw(odd_text), quoted=True))
        case _:
            return IsNull(name)


def extend(inner: SearchStrategy[Expr]) -> SearchStrategy[Expr]:
    groups = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(inner.map(Not), groups.map(And), groups.map(Or))


expressions = st.recursive(conditions(), extend, max_leaves=5)


def flat(expr: Expr) -> Expr:
    """Return a tree in which no AND lies right in an AND, as the parser builds them."""
    match expr:
        case And(items) | Or(items):
            kind = type(expr)
            found: list[Expr] = []
            for item in map(flat, items):
                found.extend(item.items if isinstance(item, kind) else [item])
            return kind(tuple(found))
        case Not(item):
            return Not(flat(item))
        case _:
            return expr


@given(expressions)
def test_a_printed_expression_parses_to_the_same_tree(expr: Expr) -> None:
    assert parse_predicate(print_predicate(expr)) == flat(expr)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("t = date '2020-01-01'", "t = '2020-01-01'"),
        ("date between DATE'2020-01-01' and {d '2020-02-01'}", None),
        ("{ts '2020-01-01 00:00:00.5'} < ts", "ts > '2020-01-01 00:00:00.5'"),
        ("n in (int '1', (bigint '2'), +3, decimal '-4')", "n in ('1', '2', +3, '-4')"),
        ("timestamp = timestamp '2020-01-01 00:00:00'", "timestamp = '2020-01-01 00:00:00'"),
        ("string like string 'it''s%'", "string LIKE 'it''s%'"),
        ("`d` = 'd' OR \"ts\" = 'ts'", "d = 'd' or ts = 'ts'"),
    ],
)
def test_a_literal_that_names_its_type_is_its_text(written: str, meant: str | None) -> None:
    meant = meant or "date between '2020-01-01' and '2020-02-01'"

    assert parse_predicate(written) == parse_predicate(meant)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (KeyKind.INTEGER, integers),
        (KeyKind.DECIMAL, decimals),
        (KeyKind.DATE, dates),
        (KeyKind.TIMESTAMP, moments),
    ],
)
def test_encodings_have_the_order_of_the_values(kind: KeyKind, values: SearchStrategy[str]) -> None:
    @given(st.lists(values, min_size=2, max_size=5))
    @settings(deadline=None)
    def check(found: list[str]) -> None:
        typed = [cast(text, kind) for text in found]
        by_code = sorted(typed, key=lambda value: encode(value, kind))
        assert by_code == sorted(typed)
        codes = {encode(value, kind) for value in typed}
        assert len(codes) == len(set(typed))
        assert all(code < "~" for code in codes)

    check()


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_compares_exactly(value: decimal.Decimal) -> None:
    with contextlib.suppress(ValueError):
        assert cast(str(value), KeyKind.DECIMAL) == value


@pytest.fixture
def store(database_url: str) -> Iterator[CatalogStore]:
    engine = open_engine(database_url)
    migrate(engine)
    store = CatalogStore(engine, Clock())
    store.create_database(Database(name="flights"))
    yield store
    engine.dispose()


def in_small_pages(store: CatalogStore, expression: str) -> Iterator[tuple[str, ...]]:
    """Yield the values of partitions read two at a time, in two segments."""
    for number in range(2):
        after: list[Any] | None = None
        segment = Segment(number=number, total=2)
        query = PartitionQuery(expression=expression, segment=segment)
        while True:
            page = store.partitions.page_documents("flights", "days", query, after, 2)
            yield from (tuple(item["Values"]) for item in page.documents)
            after = page.next
            if after is None:
                break


NULLS = (NULL_PARTITION,) * len(KEYS)


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(partitions, min_size=1, max_size=12, unique=True),
    exprs=st.lists(expressions, min_size=1, max_size=4),
)
@example(rows=[NULLS], exprs=[Not(Compare("n", ">", Literal("5", quoted=True)))])
@example(rows=[NULLS], exprs=[Compare("t", "<>", Literal("2020-01-01", quoted=True))])
def test_sql_lets_through_what_python_does(
    store: CatalogStore, rows: list[tuple[str, ...]], exprs: list[Expr]
) -> None:
    with contextlib.suppress(LookupError):
        store.delete_table("flights", "days")
    store.create_table(replace(a_table(), partition_keys=KEYS), CLI)
    errors = store.partitions.create("flights", "days", (Partition(values=row) for row in rows))
    assert errors == ()

    for expr in exprs:
        text = print_predicate(expr)
        found = store.partitions.list("flights", "days", expression=text)
        wanted = sorted(row for row in rows if evaluate(expr, row, KEYS))

        assert sorted(partition.values for partition in found) == wanted
        assert store.partitions.count("flights", "days", expression=text) == len(wanted)
        assert sorted(in_small_pages(store, text)) == wanted
