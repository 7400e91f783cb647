from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.databases.jdbc_paths import matches, read_path

texts = st.text(alphabet="ab%.\\*", max_size=8)


@given(texts, st.text(alphabet="ab.\\*", max_size=8))
def test_a_percent_sign_is_any_text_and_everything_else_is_itself(pattern: str, name: str) -> None:
    expression = ".*".join(map(re.escape, pattern.split("%")))

    assert matches(pattern, name) == (re.fullmatch(expression, name) is not None)


@given(texts.filter(lambda text: "/" not in text and text), st.lists(texts, min_size=3, max_size=3))
def test_what_a_path_names_lies_below_its_root(database: str, names: list[str]) -> None:
    path = read_path(f"{database}/%/t%", has_schemas=True)

    if all(map(matches, path.patterns, names)):
        assert ".".join(names).startswith(path.root)


def test_parts_that_are_left_out_are_anything() -> None:
    assert read_path("shop", has_schemas=True).patterns == ("shop", "%", "%")
    assert read_path("shop/hr/", has_schemas=True).patterns == ("shop", "hr", "%")
    assert read_path("shop", has_schemas=False).patterns == ("shop", "%")


@pytest.mark.parametrize("path", ["", "/", "a//b", "a/b/c/d"])
def test_a_path_that_cannot_be_one_is_told_with_the_right_form(path: str) -> None:
    with pytest.raises(InvalidInputError, match="database/schema/table"):
        read_path(path, has_schemas=True)


def test_a_path_of_three_parts_is_too_long_where_there_are_no_schemas() -> None:
    with pytest.raises(InvalidInputError, match="is not database/table"):
        read_path("shop/hr/staff", has_schemas=False)
