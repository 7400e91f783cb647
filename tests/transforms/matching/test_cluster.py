from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluepot.transforms.matching import cluster
from gluepot.transforms.matching.cluster import ClusterError, components

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Pairs = list[tuple[int, int]]
nodes = st.integers(0, 25)
pairs = st.lists(st.tuples(nodes, nodes).filter(lambda pair: pair[0] != pair[1]), max_size=30)


@pytest.fixture(params=["rounds", "here"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Try both ways on the same pairs."""
    if request.param == "rounds":
        monkeypatch.setattr(cluster, "FEW_PAIRS", 0)


def roots(edges: Pairs) -> dict[int, int]:
    root = {node: node for edge in edges for node in edge}
    for _ in root:
        for one, two in edges:
            root[one] = root[two] = min(root[one], root[two])
    return {node: least for node, least in root.items() if node != least}


def run(spark: SparkSession, edges: Pairs) -> dict[int, int]:
    source = spark.createDataFrame(edges, "a int, b int")
    return {row.node: row.root for row in components(source).collect()}


@pytest.mark.usefixtures("_way")
@given(edges=pairs)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_each_node_hangs_on_the_smallest_of_its_component(
    spark: SparkSession, edges: Pairs
) -> None:
    assert run(spark, edges) == roots(edges)


@pytest.mark.usefixtures("_way")
def test_a_long_chain_settles(spark: SparkSession) -> None:
    chain = [(node, node + 1) for node in range(200)]

    assert run(spark, chain) == dict.fromkeys(range(1, 201), 0)


def test_clusters_that_do_not_settle_are_an_error(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FEW_PAIRS", 0)
    monkeypatch.setattr(cluster, "MOST_ROUNDS", 1)

    with pytest.raises(ClusterError, match="did not settle in 1 rounds"):
        run(spark, [(node, node + 1) for node in range(50)])
