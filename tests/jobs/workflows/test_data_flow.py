"""How data goes into a state and out of it, and what paths, templates and functions give."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.jobs.workflows.choices import holds
from gluepot.jobs.workflows.faults import StateFault
from gluepot.jobs.workflows.functions import Chance
from gluepot.jobs.workflows.intrinsics import call
from gluepot.jobs.workflows.paths import Data, pick, put
from tests.jobs.workflows.playing import run_pass

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab*\\", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("state", "given_", "output"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"InputPath": "$.a"}, {"a": [1]}, [1]),
        ({"InputPath": None}, {"a": 1}, {}),
        ({"OutputPath": None}, {"a": 1}, {}),
        ({"Result": {"x": 0}}, {"a": 1}, {"x": 0}),
        ({"Result": 5, "ResultPath": "$.r"}, {"a": 1}, {"a": 1, "r": 5}),
        ({"Result": 5, "ResultPath": "$.a.b[0].c"}, {"a": {"b": [{}]}}, {"a": {"b": [{"c": 5}]}}),
        ({"Result": 5, "ResultPath": "$.new.deep"}, {}, {"new": {"deep": 5}}),
        ({"Result": 5, "ResultPath": None}, {"a": 1}, {"a": 1}),
        # The result goes to the raw input, not to what InputPath chose.
        ({"InputPath": "$.a", "ResultPath": "$.r"}, {"a": 1}, {"a": 1, "r": 1}),
        ({"Parameters": {"k": "$.a", "v.$": "$.a"}}, {"a": 1}, {"k": "$.a", "v": 1}),
        ({"Parameters": {"l": [{"v.$": "$.a[*].b"}]}}, {"a": [{"b": 1}]}, {"l": [{"v": [1]}]}),
        ({"Parameters": {"v.$": "$.a[?(@.b > 1)].b"}}, {"a": [{"b": 1}, {"b": 2}]}, {"v": [2]}),
        ({"Parameters": {"v.$": "$$.State.Name"}}, {}, {"v": "Only"}),
        ({"Parameters": {"v.$": "$$.Execution.Input.a"}}, {"a": 1}, {"v": 1}),
    ],
)
def test_data_flows_as_the_members_say(state: dict[str, Any], given_: Any, output: Any) -> None:  # noqa: ANN401
    assert run_pass(state, given_).output == output


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"InputPath": "$.no"}, "States.Runtime"),
        ({"Parameters": {"v.$": "$.no"}}, "States.ParameterPathFailure"),
        ({"Parameters": {"v.$": "States.ArrayLength($.a)"}}, "States.IntrinsicFailure"),
        ({"ResultPath": "$.a.b"}, "States.ResultPathMatchFailure"),
        ({"ResultPath": "$.l[3]"}, "States.ResultPathMatchFailure"),
        ({"Parameters": {"v": "x" * 300_000}}, "States.DataLimitExceeded"),
        ({"Type": "Wait", "SecondsPath": "$.a"}, "States.Runtime"),
    ],
)
def test_data_that_does_not_flow_is_an_error_by_name(state: dict[str, Any], error: str) -> None:
    assert run_pass(state, {"a": "text", "l": []}).error == error


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("States.Format('Hello, {} and {}.', $.name, 2)", "Hello, Ann and 2."),
        (r"States.Format('it\'s \{\} {}', $.list)", "it's {} [1,2,2]"),
        ("States.Format($.template, $.name)", "<Ann>"),
        (r"""States.StringToJson('{"a": 1}')""", {"a": 1}),
        ("States.JsonToString($.list)", "[1,2,2]"),
        ("States.Array('a', 1, null, $.list)", ["a", 1, None, [1, 2, 2]]),
        ("States.Array()", []),
        ("States.ArrayPartition($.list, 2)", [[1, 2], [2]]),
        ("States.ArrayContains($.list, 2)", True),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayGetItem($.list, 1)", 2),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique($.list)", [1, 2]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"),
        ("States.Hash('abc', 'SHA-1')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("States.JsonMerge($.o, $.p, false)", {"a": {"y": 1}, "b": 2}),
        ("States.MathRandom(4, 5)", 4),
        ("States.MathAdd(111, -1)", 110),
        ("States.StringSplit('1,2;3', ',;')", ["1", "2", "3"]),
        ("States.ArrayLength(States.StringSplit($.name, 'n'))", 1),
        ("States.ArrayLength($.deep['a,b)'])", 0),
    ],
)
def test_functions_give_what_they_are_for(text: str, value: Any) -> None:  # noqa: ANN401
    data = {
        "name": "Ann",
        "list": [1, 2, 2],
        "template": "<{}>",
        "o": {"a": {"x": 1}, "b": 2},
        "p": {"a": {"y": 1}},
        "deep": {"a,b)": []},
    }

    assert call(text, Data(value=data, context={}), Chance("x", 0)) == value


@pytest.mark.parametrize(
    "text",
    [
        "States.Format('{}')",
        "States.Format('a', 1)",
        "States.StringToJson('{')",
        "States.ArrayRange(1, 5000, 1)",
        "States.ArrayRange(1, 5, 0)",
        "States.ArrayGetItem($.list, 9)",
        "States.ArrayPartition($.list, true)",
        "States.Hash('a', 'CRC')",
        "States.Base64Decode('*')",
        "States.JsonMerge($, $, true)",
        "States.MathRandom(5, 5)",
        "States.MathAdd('1', 1)",
        "States.UUID(1)",
    ],
)
def test_functions_refuse_what_they_do_not_take(text: str) -> None:
    with pytest.raises(StateFault) as raised:
        call(text, Data(value={"list": [1]}, context={}), Chance("x", 0))

    assert raised.value.error == "States.IntrinsicFailure"
    assert text.partition("(")[0] in raised.value.cause


def test_what_is_random_is_the_same_for_the_same_execution_and_draw() -> None:
    state = {
        "Parameters": {
            "a.$": "States.UUID()",
            "b.$": "States.UUID()",
            "c.$": "States.MathRandom(1, 1000000)",
        }
    }

    first, again, other = (run_pass(state, {}, run_id=one).output for one in "xxy")

    assert first == again
    assert len({*first.values(), *other.values()}) == 6
    assert first["a"][14] == "4"


@settings(max_examples=60, deadline=None)
@given(JSON, JSON, st.lists(st.sampled_from("ab"), max_size=3))
def test_what_is_put_somewhere_is_picked_there_and_the_rest_stays(
    target: Any,  # noqa: ANN401
    value: Any,  # noqa: ANN401
    names: list[str],
) -> None:
    path = "$" + "".join(f".{name}" for name in names)
    before = repr(target)
    try:
        changed = put(path, target, value)
    except StateFault:
        return  # Something on the way is no object.

    assert pick(path, Data(value=changed, context={})) == value
    assert repr(target) == before
    if names and isinstance(target, dict):
        assert {k: v for k, v in changed.items() if k != names[0]} == {
            k: v for k, v in target.items() if k != names[0]
        }


SCALARS = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | st.text("ab", max_size=2)
)
ORDERS = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "GreaterThan": lambda a, b: a > b,
    "LessThanEquals": lambda a, b: a < b or a == b,
    "GreaterThanEquals": lambda a, b: a > b or a == b,
}


@settings(max_examples=200, deadline=None)
@given(
    SCALARS, SCALARS, st.sampled_from(["String", "Numeric", "Boolean"]), st.sampled_from([*ORDERS])
)
def test_comparisons_hold_for_values_of_their_type_alone(
    value: Any,  # noqa: ANN401
    other: Any,  # noqa: ANN401
    kind: str,
    order: str,
) -> None:
    order = "Equals" if kind == "Boolean" else order
    types = {"String": (str,), "Numeric": (int, float), "Boolean": (bool,)}[kind]
    both = type(value) in types and type(other) in types
    data = Data(value={"v": value, "o": other}, context={})

    found = holds({"Variable": "$.v", f"{kind}{order}Path": "$.o"}, data)

    assert found == (both and ORDERS[order](value, other))
    assert holds({"Not": {"Variable": "$.v", f"{kind}{order}Path": "$.o"}}, data) != found


def obvious_match(value: str, pattern: str) -> bool:
    if not pattern:
        return not value
    if pattern[0] == "*":
        return any(obvious_match(value[start:], pattern[1:]) for start in range(len(value) + 1))
    escaped = pattern[0] == "\\" and pattern[1:2] in {"*", "\\"}
    literal, rest = (pattern[1], pattern[2:]) if escaped else (pattern[0], pattern[1:])
    return value[:1] == literal and obvious_match(value[1:], rest)


@settings(max_examples=300, deadline=None)
@given(st.text("ab*\\", max_size=7), st.text("ab*\\", max_size=5))
def test_patterns_match_as_an_obvious_matcher_says(value: str, pattern: str) -> None:
    data = Data(value={"v": value}, context={})

    assert holds({"Variable": "$.v", "StringMatches": pattern}, data) == obvious_match(
        value, pattern
    )


def test_a_pattern_of_many_asterisks_takes_no_time() -> None:
    data = Data(value="a" * 50_000, context={})

    assert not holds({"Variable": "$", "StringMatches": "*a" * 200 + "*b"}, data)


@pytest.mark.parametrize(
    ("rule", "value", "truth"),
    [
        ({"IsNull": True}, None, True),
        ({"IsNull": False}, None, False),
        ({"IsString": True}, "a", True),
        ({"IsNumeric": True}, True, False),
        ({"IsNumeric": True}, 1.5, True),
        ({"IsBoolean": True}, False, True),
        ({"IsTimestamp": True}, "2016-03-14T01:59:00Z", True),
        ({"IsTimestamp": True}, "2016-03-14 01:59:00", False),
        ({"IsTimestamp": True}, "2016-02-30T01:59:00Z", False),
        ({"TimestampEquals": "2016-03-14T01:59:00Z"}, "2016-03-14T02:59:00+01:00", True),
        ({"TimestampLessThan": "2016-03-14T01:59:00.5Z"}, "2016-03-14T01:59:00Z", True),
        ({"TimestampGreaterThanEquals": "2016-03-14T01:59:00Z"}, "no", False),
        ({"StringMatches": "log-*.txt"}, "log-2024.txt", True),
        ({"StringMatches": "log-*.txt"}, 5, False),
        ({"IsPresent": True}, None, True),
    ],
)
def test_rules_look_at_types(rule: dict[str, Any], value: Any, truth: bool) -> None:  # noqa: ANN401, FBT001
    data = Data(value={"v": value}, context={})

    assert holds({"Variable": "$.v", **rule}, data) is truth


def test_only_is_present_asks_for_what_may_not_be_there() -> None:
    data = Data(value={}, context={})

    assert holds({"Variable": "$.v", "IsPresent": False}, data)
    with pytest.raises(StateFault) as raised:
        holds({"Variable": "$.v", "IsNull": True}, data)
    assert raised.value.error == "States.Runtime"
