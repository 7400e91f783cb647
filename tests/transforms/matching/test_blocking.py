from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from gluepot.transforms.matching.finding.blocking import CHARACTERS_AN_EDIT, near_pairs

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

words = st.lists(st.text("abc", min_size=1, max_size=12), min_size=30, max_size=100, unique=True)


def all_with_all(texts: list[str], max_edits: int) -> set[tuple[str, str]]:
    return {
        (one, two)
        for one, two in combinations(sorted(texts), 2)
        if Levenshtein.distance(one, two)
        <= min(max_edits, min(len(one), len(two)) // CHARACTERS_AN_EDIT)
    }


@given(texts=words, max_edits=st.integers(1, 3))
@example(texts=["abcdefghi", "bcdefghi", "abcdefgh", "xabcdefghi", "abXcdefghi"], max_edits=2)
@example(texts=["aaaaaaaaa", "aaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaaa"], max_edits=3)
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_blocks_miss_no_pair(spark: SparkSession, texts: list[str], max_edits: int) -> None:
    source = spark.createDataFrame([(text,) for text in texts], "text string")

    found = {(row.a, row.b) for row in near_pairs(source, max_edits).collect()}

    assert found == all_with_all(texts, max_edits)
