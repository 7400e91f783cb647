from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.transforms.matching.comparing.text import folded, grams, joined, whole, words

if TYPE_CHECKING:
    import numpy as np

TEXTS = st.lists(st.text(max_size=12), min_size=1, max_size=6)


def column(texts: list[str | None]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def by_row(found: tuple[np.ndarray, np.ndarray], count: int) -> list[list[int]]:
    rows, hashes = found
    return [hashes[rows == row].tolist() for row in range(count)]


def test_case_accents_and_punctuation_do_not_matter() -> None:
    said = ["  Ångström-Straße, 5!", "\uff21\uff22\uff23", "O'Neil", "Ж\u0301", None, "…"]

    assert folded(column(said)).to_pylist() == ["angstrom strasse 5", "abc", "oneil", "ж", "", ""]


@settings(max_examples=50)
@given(TEXTS)
def test_words_and_grams_do_not_depend_on_other_rows(texts: list[str]) -> None:
    plain = folded(column(list(texts)))
    alone = [column([each]) for each in plain.to_pylist()]

    for find in (words, lambda each: grams(each, 3), lambda each: grams(each, 5)):
        together = by_row(find(plain), len(texts))
        assert together == [by_row(find(each), 1)[0] for each in alone]
    assert whole(plain).tolist() == [int(whole(each)[0]) for each in alone]


@settings(max_examples=50)
@given(TEXTS)
def test_equal_words_and_only_those_have_equal_hashes(texts: list[str]) -> None:
    plain = folded(column(list(texts)))
    said = [word for text in plain.to_pylist() for word in text.split(" ") if word]
    _, hashes = words(plain)

    assert len(hashes) == len(said)
    assert len(set(zip(said, hashes.tolist(), strict=True))) == len(set(said)) == len(set(hashes))


def test_grams_stay_within_words() -> None:
    _, of_words = grams(column(["ab cd"]), 3)
    _, alone = grams(column(["ab", "cd"]), 3)

    assert sorted(of_words) == sorted(alone)


def test_an_empty_text_has_no_hash_and_joins_as_nothing() -> None:
    assert whole(column(["", "a"])).tolist()[0] == 0
    assert joined([column(["a"]), column(["b"])]).to_pylist() == ["a b"]


def test_hashes_do_not_depend_on_the_texts_beside() -> None:
    """In a part of a column, beside other alphabets, and as strings of either kind."""
    alone = pa.array(["anna maria", "b"], pa.large_string())
    beside = pa.array(["жанна", "anna maria", "b"], pa.string()).slice(1)

    for cut in (words, lambda each: grams(each, 3)):
        for one, other in zip(cut(alone), cut(beside), strict=True):
            assert one.tolist() == other.tolist()
    assert whole(alone).tolist() == whole(beside).tolist()
