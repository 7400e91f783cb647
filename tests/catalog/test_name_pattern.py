from __future__ import annotations

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.name_pattern import NamePattern

NAMES = ["late_flights", "late", "flights_2013", "dim.airports", "aab"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*", NAMES),
        ("late*", ["late_flights", "late"]),
        ("*flights*", ["late_flights", "flights_2013"]),
        ("LATE", ["late"]),
        ("late|aab", ["late", "aab"]),
        (r"\w+_\w+", ["late_flights", "flights_2013"]),
        (r"\w*ts\w*", ["late_flights", "flights_2013"]),
        (".*l*gh*s*", ["late_flights", "flights_2013"]),
        (r"dim\..*", ["dim.airports"]),
        ("[a-b]*", ["aab"]),
        ("(a|b)*", ["aab"]),
        ("a{2}b", ["aab"]),
        ("light", []),
    ],
)
def test_a_pattern_is_a_regular_expression_whose_bare_star_is_a_wildcard(
    expression: str, expected: list[str]
) -> None:
    assert NamePattern(expression).matching(NAMES) == expected


def test_what_is_no_pattern_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="not a regular expression"):
        NamePattern("(")
