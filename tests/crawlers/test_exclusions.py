"""Glue's exclusion globs, against the guide's examples and a matcher that shares no code."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.exclusions import compile_exclusions

KEYS = st.text(alphabet="ab/.", max_size=8)


def matches(pattern: str, key: str) -> bool:
    return compile_exclusions([pattern])(key)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*.csv", ["a.csv", ".csv"], ["a/b.csv", "a.csvx"]),
        ("**.csv", ["a.csv", "a/b/c.csv"], ["a.json"]),
        ("*.*", ["a.b"], ["ab", "a/b.c"]),
        ("*.{csv,avro}", ["a.csv", "b.avro"], ["a.json"]),
        ("foo.?", ["foo.a"], ["foo.", "foo.ab", "foo./"]),
        ("employees/*.csv", ["employees/a.csv"], ["employees/x/a.csv"]),
        (
            "departments/**",
            ["departments/a", "departments/a/b"],
            ["departments", "x/departments/a"],
        ),
        ("2015/01/{[!0],0[8-9]}**", ["2015/01/12", "2015/01/09/x"], ["2015/01/07"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "/x"]),
        ("[!a]x", ["bx"], ["ax", "/x"]),
        ("[-a]", ["-", "a"], ["b"]),
        ("[*?\\]", ["*", "?", "\\"], ["a"]),
        (r"a\*b", ["a*b"], ["axb"]),
        ("a,b", ["a,b"], ["a"]),
        (".hidden", [".hidden"], ["xhidden"]),
    ],
)
def test_globs_mean_what_the_guide_says(pattern: str, yes: list[str], no: list[str]) -> None:
    assert [key for key in yes if not matches(pattern, key)] == []
    assert [key for key in no if matches(pattern, key)] == []


@pytest.mark.parametrize("pattern", ["[a", "{a,b", "{a,{b,c}}", "a\\", "[b-a]", "[]"])
def test_a_glob_that_does_not_close_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        matches(pattern, "x")

    assert repr(pattern) in str(caught.value)


@given(KEYS)
def test_two_stars_exclude_everything(key: str) -> None:
    assert matches("**", key)


@given(st.text(alphabet=string.printable, max_size=12))
def test_an_escaped_key_excludes_itself_and_nothing_longer(key: str) -> None:
    pattern = "".join(f"\\{mark}" for mark in key)

    assert matches(pattern, key)
    assert not matches(pattern, f"{key}x")


@given(st.text(alphabet="ab/.*?", max_size=7), KEYS)
def test_stars_and_question_marks_agree_with_a_matcher_by_hand(pattern: str, key: str) -> None:
    assert matches(pattern, key) == _match(pattern, key)


@given(st.lists(st.sampled_from("abc"), min_size=1), st.sampled_from("abcd"))
def test_alternatives_exclude_what_one_of_them_excludes(names: list[str], key: str) -> None:
    assert matches("{" + ",".join(names) + "}", key) == (key in names)


def _match(pattern: str, key: str) -> bool:
    """Match mark by mark, trying every length of a star."""
    if not pattern:
        return not key
    if pattern.startswith("**"):
        return any(_match(pattern[2:], key[length:]) for length in range(len(key) + 1))
    if pattern[0] == "*":
        lengths = range(len(key.split("/", maxsplit=1)[0]) + 1)
        return any(_match(pattern[1:], key[length:]) for length in lengths)
    if not key or (pattern[0] == "?" and key[0] == "/"):
        return False
    return pattern[0] in {"?", key[0]} and _match(pattern[1:], key[1:])
