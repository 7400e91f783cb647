"""What a cluster finds is what one process finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gluepot.transforms.matching import local
from gluepot.transforms.matching.cluster_engine import OnSpark
from gluepot.transforms.matching.matcher import find_matches
from gluepot.transforms.matching.options import MatchOptions
from gluepot.transforms.matching.records import Records
from tests.transforms.matching.sets import ID, duplicates, households, sources

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.transforms.matching.matcher import Matches


@pytest.fixture(name="some")
def learn_from_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learn from a part of the records, as of tables that are too large to learn from whole."""
    monkeypatch.setattr(local, "MOST_LEARNED", 250)


def found(matches: Matches) -> list[list[float]]:
    """Return what a result says of every record and every candidate pair."""
    pairs = matches.candidates
    told = [matches.match_ids, matches.confidences, pairs.left, pairs.right, pairs.probability]
    return [np.round(each, 9).tolist() for each in told]


@pytest.mark.usefixtures("some")
def test_one_table_is_matched_alike_in_blocks_on_a_cluster(spark: SparkSession) -> None:
    records = Records.of(duplicates("febrl1")[0], ID)

    here = find_matches(records, MatchOptions())
    there = find_matches(records, MatchOptions(), engine=OnSpark(spark=spark, block=300))

    assert found(here) == found(there)
    assert len(here.left) > 100


@pytest.mark.usefixtures("some")
def test_two_sources_are_linked_alike_on_a_cluster(spark: SparkSession) -> None:
    left, right, _ = sources("restaurants")
    records = Records.link(left, right, ID)

    here = find_matches(records, MatchOptions())
    there = find_matches(records, MatchOptions(), engine=OnSpark(spark=spark, block=150))

    assert found(here) == found(there)
    assert len(here.left) > 100


@pytest.mark.usefixtures("some")
def test_households_are_told_apart_alike_on_a_cluster(spark: SparkSession) -> None:
    records = Records.of(households(300)[0], ID)

    here = find_matches(records, MatchOptions())
    there = find_matches(records, MatchOptions(), engine=OnSpark(spark=spark, block=300))

    assert here.model.evidence is not None
    assert here.model.evidence.kinds is not None
    assert found(here) == found(there)
    assert len(here.left) > 100
