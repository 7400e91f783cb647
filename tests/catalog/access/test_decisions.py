"""What policies decide: the laws of evaluation, patterns and conditions."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.access.patterns import compile_pattern, overlap
from gluepot.catalog.access.policy import Decision, Question, decide
from gluepot.catalog.access.policy_documents import parse_policy
from gluepot.catalog.errors import InvalidInputError
from tests.catalog.access.conftest import arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.access.policy import Policy

ANNA = "arn:aws:iam::000000000000:user/anna"
ALLOWED, DENIED, NOT_ALLOWED = Decision.ALLOWED, Decision.DENIED, Decision.NOT_ALLOWED


def policy(*statements: Mapping[str, Any], kind: str = "identity") -> Policy:
    full = [{"Effect": "Allow", "Action": "glue:*", "Resource": "*", **one} for one in statements]
    return parse_policy(json.dumps({"Statement": full}), kind=kind)  # type: ignore[arg-type]


def question(
    action: str = "GetTable",
    resource: str = "table/db/t",
    facts: Mapping[str, tuple[str, ...]] | None = None,
    principal: str = ANNA,
) -> Question:
    found = facts or {}
    return Question(
        action=f"glue:{action}", resource=arn(resource), principal=principal, facts=found.get
    )


effects = st.sampled_from(["Allow", "Deny"])
actions = st.sampled_from(
    ["glue:*", "glue:Get*", "glue:GetTable", "glue:gettable", "glue:CreateTable", "*", "s3:Get*"]
)
resources = st.sampled_from(
    ["*", *map(arn, ("catalog", "database/db", "table/db/*", "table/db/t", "table/*/t", "job/j"))]
)
statements = st.fixed_dictionaries(
    {"Effect": effects, "Action": st.lists(actions, min_size=1, max_size=2)},
).flatmap(
    lambda one: st.lists(resources, min_size=1, max_size=2).map(lambda on: {**one, "Resource": on})
)
asked = st.builds(
    question,
    st.sampled_from(["GetTable", "CreateTable", "GetJob"]),
    st.sampled_from(["catalog", "database/db", "table/db/t", "table/db/*", "job/j"]),
)


@given(st.lists(statements, max_size=6), asked, st.randoms())
@settings(deadline=None)
def test_a_deny_wins_in_any_order_and_an_allow_is_needed(
    given_statements: list[dict[str, Any]],
    one: Question,
    order: Any,  # noqa: ANN401
) -> None:
    fitting = [
        item["Effect"]
        for item in given_statements
        if decide([policy({**item, "Effect": "Deny"})], one) is DENIED
        and (item["Effect"] == "Deny" or decide([policy(item)], one) is ALLOWED)
    ]
    expected = DENIED if "Deny" in fitting else ALLOWED if "Allow" in fitting else NOT_ALLOWED
    shuffled = list(given_statements)
    order.shuffle(shuffled)

    together = [policy(*shuffled)] if shuffled else []
    apart = [policy(item) for item in given_statements]

    assert decide(together, one) is decide(apart, one) is expected


@given(st.lists(statements, max_size=5), statements, asked)
@settings(deadline=None)
def test_one_more_allow_takes_nothing_away(
    given_statements: list[dict[str, Any]], more: dict[str, Any], one: Question
) -> None:
    before = decide([policy(item) for item in given_statements], one)

    after = decide(
        [*(policy(item) for item in given_statements), policy({**more, "Effect": "Allow"})], one
    )

    assert after is before or (before is NOT_ALLOWED and after is ALLOWED)


texts = st.text("ab", max_size=5)
globs = st.text("ab*?", max_size=5)


@given(globs, globs)
@settings(deadline=None, max_examples=300)
def test_patterns_overlap_where_a_text_fits_both(left: str, right: str) -> None:
    candidates = ("".join(letters) for size in range(7) for letters in product("ab", repeat=size))
    a, b = compile_pattern(left), compile_pattern(right)

    found = any(a.fullmatch(text) and b.fullmatch(text) for text in candidates)

    # A text of six letters is enough for two patterns of up to five with letters of two kinds,
    # but for those that hold ten letters between them.
    assert overlap(left, right) >= found
    if len(left) + len(right) <= 6:
        assert overlap(left, right) == found


@given(globs, texts)
@settings(deadline=None)
def test_a_pattern_fits_as_its_letters_say(pattern: str, text: str) -> None:
    def fits(left: str, right: str) -> bool:
        if not left:
            return not right
        if left[0] == "*":
            return fits(left[1:], right) or (bool(right) and fits(left, right[1:]))
        return bool(right) and left[0] in {"?", right[0]} and fits(left[1:], right[1:])

    assert bool(compile_pattern(pattern).fullmatch(text)) == fits(pattern, text)


def test_a_pattern_of_many_stars_is_quick_on_a_long_text() -> None:
    assert compile_pattern("*a" * 50 + "b").fullmatch("a" * 5000) is None


@pytest.mark.parametrize(
    ("statement", "decision"),
    [
        ({}, ALLOWED),
        ({"Action": "glue:get*"}, ALLOWED),
        ({"Action": "glue:GetTabl?"}, ALLOWED),
        ({"Action": "glue:Create*"}, NOT_ALLOWED),
        ({"Resource": arn("table/db/*")}, ALLOWED),
        ({"Resource": arn("table/DB/T")}, ALLOWED),
        ({"Resource": arn("table/other/*")}, NOT_ALLOWED),
        ({"Resource": "arn:aws:glue:eu-west-1:*:*"}, NOT_ALLOWED),
    ],
)
def test_actions_ignore_case_and_resources_name_things(
    statement: dict[str, Any], decision: Decision
) -> None:
    assert decide([policy(statement)], question()) is decision


def test_not_action_and_not_resource_turn_around() -> None:
    all_but_writes = {"Action": None, "NotAction": ["glue:Create*", "glue:Delete*"]}
    all_but_secret = {"Resource": None, "NotResource": arn("table/db/secret")}

    def without(one: Mapping[str, Any]) -> Policy:
        full = {"Effect": "Allow", "Action": "glue:*", "Resource": "*", **one}
        kept = {key: value for key, value in full.items() if value is not None}
        return parse_policy(json.dumps({"Statement": kept}))

    assert decide([without(all_but_writes)], question("GetTable")) is ALLOWED
    assert decide([without(all_but_writes)], question("CreateTable")) is NOT_ALLOWED
    assert decide([without(all_but_secret)], question()) is ALLOWED
    assert decide([without(all_but_secret)], question(resource="table/db/secret")) is NOT_ALLOWED
    assert decide([without(all_but_secret)], question("GetTables", "table/db/*")) is NOT_ALLOWED
    assert decide([without(all_but_secret)], question("GetTables", "table/a/*")) is ALLOWED


def test_a_list_that_would_show_what_is_denied_is_denied() -> None:
    found = [policy({}), policy({"Effect": "Deny", "Resource": arn("table/db/secret")})]

    assert decide(found, question("GetTables", "table/db/*")) is DENIED
    assert decide(found, question("GetTables", "table/other/*")) is ALLOWED
    assert decide(found, question("GetTable", "table/db/open")) is ALLOWED


@pytest.mark.parametrize(
    ("operator", "key", "value", "facts", "fits"),
    [
        ("StringEquals", "aws:username", "anna", ("anna",), True),
        ("StringEquals", "aws:username", ["bob", "anna"], ("anna",), True),
        ("StringEquals", "aws:username", "Anna", ("anna",), False),
        ("StringEquals", "aws:username", "anna", None, False),
        ("StringEqualsIfExists", "aws:username", "anna", None, True),
        ("StringNotEquals", "aws:username", "anna", ("bob",), True),
        ("StringNotEquals", "aws:username", ["anna", "bob"], ("bob",), False),
        ("StringNotEquals", "aws:username", "anna", None, True),
        ("StringEqualsIgnoreCase", "aws:username", "ANNA", ("anna",), True),
        ("StringNotEqualsIgnoreCase", "aws:username", "ANNA", ("anna",), False),
        ("StringLike", "aws:username", "an*", ("anna",), True),
        ("StringNotLike", "aws:username", "an*", ("anna",), False),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", (ANNA,), True),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", (ANNA,), False),
        ("NumericLessThan", "aws:ResourceTag/level", 3, ("2",), True),
        ("NumericLessThan", "aws:ResourceTag/level", "3", ("3",), False),
        ("NumericGreaterThanEquals", "aws:ResourceTag/level", 3, ("3.0",), True),
        ("NumericEquals", "aws:ResourceTag/level", 3, ("three",), False),
        ("NumericNotEquals", "aws:ResourceTag/level", 3, ("three",), True),
        (
            "DateLessThan",
            "aws:CurrentTime",
            "2030-01-01T00:00:00Z",
            ("2026-01-01T00:00:00+00:00",),
            True,
        ),
        ("DateGreaterThan", "aws:CurrentTime", "2030-01-01", ("2026-01-01T00:00:00+00:00",), False),
        ("DateLessThan", "aws:CurrentTime", 1893456000, ("2026-01-01T00:00:00+00:00",), True),
        ("Bool", "aws:ResourceTag/public", True, ("true",), True),
        ("Bool", "aws:ResourceTag/public", "false", ("true",), False),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", ("10.2.3.4",), True),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", ("::ffff:10.2.3.4",), True),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", ("11.2.3.4",), False),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", ("nowhere",), False),
        ("NotIpAddress", "aws:SourceIp", ["10.0.0.0/8", "::1"], ("::1",), False),
        ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", ("::1",), True),
        ("Null", "aws:ResourceTag/team", "true", None, True),
        ("Null", "aws:ResourceTag/team", "false", None, False),
        ("Null", "aws:ResourceTag/team", "false", ("x",), True),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b"], ("a", "c"), False),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a"], None, True),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["a"], ("a", "c"), True),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["a"], None, False),
    ],
)
def test_conditions_hold_as_in_iam(
    operator: str,
    key: str,
    value: object,
    facts: tuple[str, ...] | None,
    fits: bool,  # noqa: FBT001
) -> None:
    found = policy({"Condition": {operator: {key: value}}})
    known = {} if facts is None else {key.lower(): facts}

    decision = decide([found], question(facts=known))

    assert decision is (ALLOWED if fits else NOT_ALLOWED)


def test_all_conditions_of_a_statement_must_hold() -> None:
    found = policy(
        {
            "Condition": {
                "StringEquals": {"aws:username": "anna"},
                "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
            }
        }
    )
    at_home = {"aws:username": ("anna",), "aws:sourceip": ("10.1.1.1",)}

    assert decide([found], question(facts=at_home)) is ALLOWED
    assert decide([found], question(facts={"aws:username": ("anna",)})) is NOT_ALLOWED


@pytest.mark.parametrize(
    ("effect", "principal", "decision"),
    [
        ("Allow", "*", ALLOWED),
        ("Allow", {"AWS": ANNA}, ALLOWED),
        ("Allow", {"AWS": [ANNA, "arn:aws:iam::000000000000:user/bob"]}, ALLOWED),
        ("Allow", {"AWS": "arn:aws:iam::000000000000:user/bob"}, NOT_ALLOWED),
        ("Allow", {"AWS": "000000000000"}, NOT_ALLOWED),
        ("Allow", {"Service": "glue.amazonaws.com"}, NOT_ALLOWED),
        ("Deny", {"AWS": "arn:aws:iam::000000000000:root"}, DENIED),
        ("Deny", {"AWS": "111111111111"}, NOT_ALLOWED),
    ],
)
def test_the_catalogs_policy_says_whom_it_is_about(
    effect: str, principal: object, decision: Decision
) -> None:
    found = policy({"Effect": effect, "Principal": principal}, kind="resource")

    assert decide([found], question()) is decision


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("{", "not JSON"),
        ("[]", "JSON object"),
        ("{}", "no Statement"),
        ('{"Statement": []}', "no Statement"),
        ('{"Statment": []}', "'Statment'.*Did you mean 'Statement'"),
        ('{"Version": "2020-01-01", "Statement": [{}]}', "Version must be '2012-10-17'"),
        ('{"Statement": [{"Effect": []}]}', "Statement 1: Effect must be"),
        ('{"Statement": [{"Sid": "A", "Effect": "Maybe"}]}', r"Statement 1 \(A\): Effect"),
        ('{"Statement": [{"Effect": "Allow", "Effect": "Deny"}]}', "'Effect' twice"),
        ('{"Statement": [1]}', "Statement 1 must be an object"),
    ],
)
def test_a_document_that_is_no_policy_is_named(document: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_policy(document)


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("Action", [], "list of texts"),
        ("Action", "GetTable", "not SERVICE:Operation"),
        ("Action", "glue:GetTabel", "none of AWS Glue's. Did you mean 'GetTable'"),
        ("Action", "glue:Foo*", "none of AWS Glue's"),
        ("NotAction", "glue:GetTable", "one of Action and NotAction"),
        ("Resource", "table/db/t", "is not \\* or arn"),
        ("Resource", "arn:aws:glue:*:*:tabel/db/t", "no type.*Did you mean 'table'"),
        ("Resource", arn("table/${aws:username}/*"), "policy variables"),
        ("Principal", "*", "has no place here"),
        ("Condition", [], "object of operators"),
        ("Condition", {"StringEqual": {"aws:username": "a"}}, "Did you mean 'StringEquals'"),
        ("Condition", {"StringEquals": {"aws:user": "a"}}, "does not know this key"),
        ("Condition", {"StringEquals": {"aws:ResourceTag/": "a"}}, "does not know this key"),
        ("Condition", {"StringEquals": ["aws:username"]}, "object of keys and values"),
        ("Condition", {"StringEquals": {"aws:username": {}}}, "text, a number or a boolean"),
        ("Condition", {"IpAddress": {"aws:SourceIp": "10.0.0.0/99"}}, "no value of this operator"),
        ("Condition", {"DateLessThan": {"aws:CurrentTime": "soon"}}, "no value of this operator"),
        ("Condition", {"ForSome:StringEquals": {"aws:TagKeys": "a"}}, "neither ForAllValues"),
    ],
)
def test_a_fault_in_a_statement_is_named(member: str, value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"Statement 1.*{sentence}"):
        policy({member: value})


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ({}, "one of Principal and NotPrincipal"),
        ({"NotPrincipal": "*"}, "let in everybody else"),
        ({"Principal": {"AWS": "anna"}}, "'anna' is not"),
        ({"Principal": {"AWS": f"{ANNA}*"}}, "is not"),
        ({"Principal": {"Aws": ANNA}}, "no member 'Aws'.*There are: AWS"),
        ({"Principal": []}, "object such as"),
    ],
)
def test_a_fault_in_the_catalogs_policy_is_named(statement: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        policy(statement, kind="resource")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "Condition", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
@settings(deadline=None)
def test_any_json_is_read_or_refused_in_words(value: object) -> None:
    for kind in ("identity", "resource"):
        try:
            parse_policy(json.dumps(value), kind=kind)
        except InvalidInputError as error:
            said = str(error)
        else:
            said = "read"
        assert said
