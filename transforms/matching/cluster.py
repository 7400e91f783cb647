"""Connected components of pairs: here when they are few, else in DataFrames.

Many pairs never reach the driver: large-star and small-star take turns until every node hangs on
the smallest of its component.
Source: Kiveris, Lattanzi, Mirrokni, Rastogi, Vassilvitskii, "Connected components in MapReduce
and beyond", SoCC 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import Window
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import GluepotError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST_ROUNDS = 60
"""Rounds grow with the logarithm of the longest chain squared at worst: enough for any data."""


FEW_PAIRS = 50_000
"""Up to here one collect and a union-find take a moment; the rounds take seconds on any data."""


class ClusterError(GluepotError):
    """The clusters did not settle: the input changed between two readings."""


def components(pairs: DataFrame) -> DataFrame:
    """Return ``node`` and ``root``, the smallest node of its component; roots have no row.

    The result does not depend on the order of pairs or their partitioning.

    Args:
        pairs: Columns ``a`` and ``b`` of one orderable type, never equal.

    Raises:
        ClusterError: MOST_ROUNDS rounds were not enough.
    """
    edges = pairs.select(F.greatest("a", "b").alias("node"), F.least("a", "b").alias("root"))
    edges = edges.distinct().localCheckpoint()
    count = edges.count()
    if count <= FEW_PAIRS:
        return _components_here(edges)
    for _ in range(MOST_ROUNDS):
        if count == 0:
            return edges
        # Each round's plan is cut off here; it would double with every round.
        shrunk = _small_star(_large_star(edges)).distinct().localCheckpoint()
        new_count = shrunk.count()
        changed = new_count != count or not _contains(edges, shrunk)
        edges, count = shrunk, new_count
        if not changed:
            return edges
    raise ClusterError(
        f"clusters did not settle in {MOST_ROUNDS} rounds; does the input change while it is read?"
    )


def _components_here(edges: DataFrame) -> DataFrame:
    """Return what the rounds would, from few enough pairs to hold in the driver."""
    roots: dict[Any, Any] = {}

    def root_of(node: Any) -> Any:  # noqa: ANN401 - any orderable type
        while (above := roots.get(node, node)) != node:
            roots[node] = roots.get(above, above)
            node = above
        return node

    for node, root in edges.collect():
        smaller, larger = sorted((root_of(node), root_of(root)))
        roots[larger] = smaller
    rows = [(node, root_of(node)) for node in sorted(roots) if root_of(node) != node]
    return edges.sparkSession.createDataFrame(rows, edges.schema)


def _contains(edges: DataFrame, part: DataFrame) -> bool:
    return part.join(edges.hint("merge"), ["node", "root"], "left_anti").isEmpty()


def _large_star(edges: DataFrame) -> DataFrame:
    """Hang each node's larger neighbours on its smallest neighbour, or on itself."""
    back = edges.select(F.col("root").alias("node"), F.col("node").alias("root"))
    both = edges.unionByName(back)
    smallest = F.least(F.col("node"), F.min("root").over(Window.partitionBy("node")))
    stars = both.withColumn("smallest", smallest).where("root > node")
    return stars.select(F.col("root").alias("node"), F.col("smallest").alias("root")).distinct()


def _small_star(edges: DataFrame) -> DataFrame:
    """Hang each node and its smaller neighbours on the smallest of them."""
    smallest = F.min("root").over(Window.partitionBy("node"))
    stars = edges.withColumn("smallest", smallest)
    nodes = stars.select("node", F.col("smallest").alias("root"))
    neighbours = stars.select(F.col("root").alias("node"), F.col("smallest").alias("root"))
    return nodes.unionByName(neighbours.where("node <> root"))
