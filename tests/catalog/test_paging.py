from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.paging import PageTokens

TOKENS = PageTokens(b"secret" * 6)


def page(items: set[int], request: dict[str, Any]) -> dict[str, Any]:
    """Return a page of numbers in their order."""

    def fetch(place: int | None, limit: int) -> list[int]:
        return sorted(item for item in items if place is None or item > place)[:limit]

    return TOKENS.page(request, "Items", fetch, lambda item: item, most=5)


@given(
    kept=st.sets(st.integers(0, 200)),
    added=st.sets(st.integers(0, 200)),
    removed=st.sets(st.integers(0, 200)),
    size=st.integers(1, 9),
)
def test_what_stays_is_given_exactly_once_whatever_others_write(
    kept: set[int], added: set[int], removed: set[int], size: int
) -> None:
    kept = kept - added - removed
    now, found = kept | removed, []
    request: dict[str, Any] = {"MaxResults": size}
    while True:
        reply = page(now, request)
        found += reply["Items"]
        now = kept | added
        if "NextToken" not in reply:
            break
        request["NextToken"] = reply["NextToken"]
        assert len(reply["Items"]) == min(size, 5)

    assert [item for item in found if item in kept] == sorted(kept)
    assert len(found) == len(set(found))


def test_a_token_belongs_to_its_request() -> None:
    token = page(set(range(10)), {"Name": "a"})["NextToken"]

    assert page(set(range(10)), {"Name": "a", "MaxResults": 2, "NextToken": token})["Items"]
    with pytest.raises(InvalidInputError, match="other parameters"):
        page(set(range(10)), {"Name": "b", "NextToken": token})


def test_a_token_of_another_installation_is_refused() -> None:
    token = PageTokens(b"other" * 8).make({}, 3)

    with pytest.raises(InvalidInputError, match="not a token that this catalog gave"):
        page(set(), {"NextToken": token})


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()))
def test_no_other_text_is_a_token(text: str) -> None:
    if not text:
        return
    with pytest.raises(InvalidInputError):
        TOKENS.read({"NextToken": text})


def test_a_token_does_not_show_its_place() -> None:
    token = TOKENS.make({"Name": "a"}, "somewhere")

    assert "somewhere" not in token
