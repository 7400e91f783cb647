"""Gluepot, as its command line matches files: no settings but those that a task names."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from gluepot.transforms.matching.labelling.files import read_labels
from gluepot.transforms.matching.matcher import find_matches
from gluepot.transforms.matching.options import MatchOptions
from gluepot.transforms.matching.records import Records
from matching_runs.judging import pairs_within
from matching_runs.sets import ID, positions, read
from matching_runs.task import LABELS, SCORED, Found, tables, wishes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gluepot.transforms.matching.cluster_engine import OnSpark
    from gluepot.transforms.matching.matcher import Matches


def run(folder: Path) -> Found:
    """Match the tables of a folder."""
    asked = wishes(folder)
    for name, value in asked.get("constants", {}).items():
        set_constant(name, value)
    found = [read(file) for file in tables(folder)]
    records = Records.of(found[0], ID) if len(found) == 1 else Records.link(*found, ID)
    options = MatchOptions(**asked.get("options", {}))
    file = folder / LABELS
    labels = read_labels(file.read_bytes(), LABELS, records, ID) if file.exists() else None
    with _engine(asked.get("workers", 0), folder) as engine:
        matches = find_matches(records, options, labels=labels, engine=engine)
    if asked.get("scored"):
        _write_scored(folder, records, matches)
    return Found(pairs=_accepted(records, matches), details=_details(matches))


@contextlib.contextmanager
def _engine(workers: int, folder: Path) -> Iterator[OnSpark | None]:
    """Yield a standalone cluster of so many workers, started for this; None for this process."""
    if not workers:
        yield None
        return
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    # Other runs are to have no memory of Spark's.
    from pyspark.sql import SparkSession  # noqa: PLC0415
    from tests.servers.spark import standalone_cluster  # noqa: PLC0415

    from gluepot.transforms.matching.cluster_engine import OnSpark  # noqa: PLC0415

    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    with standalone_cluster(folder, workers=workers, memory="2g", java_options="-Xss4m") as master:
        builder = SparkSession.builder.master(master).appName("matching")
        settings = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "2g",
            "spark.executor.memory": "1g",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.ui.enabled": "false",
        }
        for key, value in settings.items():
            builder = builder.config(key, value)
        spark = builder.getOrCreate()
        yield OnSpark(spark=spark)
        spark.stop()


def set_constant(name: str, value: object) -> None:
    """Set a constant, ``module.NAME``, there and wherever it has been imported by name.

    Raises:
        AttributeError: There is none of that name.
    """
    home, _, constant = name.rpartition(".")
    package = "gluepot.transforms.matching"
    before = getattr(importlib.import_module(f"{package}.{home}"), constant)
    for module in [each for key, each in sys.modules.items() if key.startswith(f"{package}.")]:
        if getattr(module, constant, None) is before:
            setattr(module, constant, value)


def _accepted(records: Records, matches: Matches) -> Iterable[Sequence[object]]:
    """Return the links between two sources, or the pairs within the clusters of one."""
    ids = records.ids.to_pylist()
    if records.linked:
        left, right, sure = matches.left, matches.right, matches.confidence
    else:
        left, right = positions(pairs_within(np.asarray(matches.match_ids)), len(records))
        sure = matches.confidences[left]
    return [
        (ids[one], ids[other], f"{confidence:.6g}")
        for one, other, confidence in zip(left.tolist(), right.tolist(), sure.tolist(), strict=True)
    ]


def _write_scored(folder: Path, records: Records, matches: Matches) -> None:
    scored = matches.candidates
    columns = {
        "id_left": records.ids.take(pa.array(scored.left)),
        "id_right": records.ids.take(pa.array(scored.right)),
        "probability": pa.array(scored.probability),
    }
    pc.write_csv(pa.table(columns), folder / SCORED)


def _details(matches: Matches) -> dict[str, Any]:
    model = matches.model
    return {
        "link": str(model.link),
        "threshold": float(model.threshold),
        "precision": _interval(model.precision),
        "recall": _interval(model.recall),
    }


def _interval(estimate: Any) -> list[float]:  # noqa: ANN401 - three numbers
    return [float(estimate.value), float(estimate.low), float(estimate.high)]
