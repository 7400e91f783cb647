"""One Spark session, sides that take turns in it, and the figures that are written down."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Found = TypeVar("Found")
RESULTS = Path(__file__).resolve().parent.parent / "results"
DRIVER_MEMORY = "8g"
"""Ten million rows and what is cached of them beside a shuffle do not fit Spark's default of 1g."""


def session(name: str) -> SparkSession:
    """Return the session of a bench: all cores of this machine, quiet, few partitions."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(f"bench-{name}").master("local[*]")
    known = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.sql.shuffle.partitions": "4",
    }
    for key, value in known.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def by_turns(
    sides: Mapping[str, Callable[[], Found]], repeat: int, after: Callable[[], object]
) -> dict[str, tuple[float, Found]]:
    """Run all sides by turns, once more than ``repeat`` to warm up.

    Args:
        sides: What is run, by its name.
        repeat: How many runs count.
        after: Called after each run, outside of its time.

    Returns:
        The seconds of each side's best run, and what its last run has returned.
    """
    taken: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, Found] = {}
    for _ in range(repeat + 1):
        for name, side in sides.items():
            start = time.perf_counter()
            found[name] = side()
            taken[name].append(time.perf_counter() - start)
            after()
    return {name: (min(taken[name][1:]), found[name]) for name in sides}


def growth(seconds: Sequence[tuple[int, float]]) -> float | None:
    """Return how time grows with rows, from the fewest to the most: 1 is in step with them."""
    (least, quick), (most, slow) = min(seconds), max(seconds)
    if least == most:
        return None
    return round(math.log(slow / quick) / math.log(most / least), 2)


def write(name: str, figures: Mapping[str, Any]) -> None:
    """Write the figures of a bench, with the machine that they are of."""
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    path.write_text(json.dumps({"machine": machine, **figures}, indent=2) + "\n")
    print(f"written: {path}")
