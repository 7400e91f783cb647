"""Correlations of all pairs of numeric columns, in one pass: four products of matrices a batch."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.paths import quote
from gluepot.transforms.quality.profiling.moments import Moments, PairMoments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.quality.profiling.asking import Question
    from gluepot.transforms.quality.profiling.model import Part

MOST_COLUMNS = 60
"""Columns that are paired: 1,770 pairs, about 100 KiB of each partition's profile."""
_SUMS = ("counts", "sums", "squares", "products")
_SCHEMA = "part string, " + ", ".join(f"{name} array<double>" for name in _SUMS)

Pairs = dict[tuple[str, str], PairMoments]


def part_of(partitioned_by: Sequence[str]) -> Column:
    """Return what tells partitions apart: their values as a JSON array of texts."""
    values = [F.col(quote(name)).cast("string") for name in partitioned_by]
    options = {"ignoreNullFields": "false"}
    return F.to_json(F.array(*values), options) if values else F.lit("[]")


def correlate(
    dataframe: DataFrame,
    questions: Sequence[Question],
    moments: Mapping[str, Moments],
    partitioned_by: Sequence[str],
) -> dict[Part, Pairs]:
    """Return the moments of all pairs, by partition.

    Args:
        dataframe: The rows.
        questions: Columns of numbers, at least two.
        moments: Of each of them: numbers are moved by the mean and scaled by the deviation, so
            that sums of squares lose no digits.
        partitioned_by: Columns that tell partitions apart.
    """
    known = [moments[each.name] for each in questions]
    centers = [each.mean for each in known]
    scales = [each.deviation if each.deviation > 0 else 1.0 for each in known]
    columns = [
        ((each.number - center) / scale).alias(f"x{at}")
        for at, (each, center, scale) in enumerate(zip(questions, centers, scales, strict=True))
    ]
    rows = dataframe.select(part_of(partitioned_by).alias("part"), *columns)
    totals: dict[Part, list[np.ndarray]] = {}
    for row in rows.mapInArrow(_summing(len(questions)), _SCHEMA).toLocalIterator():
        _add(totals, tuple(json.loads(row["part"])), [row[name] for name in _SUMS])
    names = [each.name for each in questions]
    return {part: _pairs(names, centers, scales, sums) for part, sums in totals.items()}


def _add(totals: dict[Part, list[Any]], part: Part, sums: Any) -> None:  # noqa: ANN401
    import numpy as np  # noqa: PLC0415

    arrays = [np.asarray(each, dtype=float) for each in sums]
    before = totals.get(part)
    totals[part] = (
        arrays if before is None else [a + b for a, b in zip(before, arrays, strict=True)]
    )


def _summing(width: int) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    # Defined in here, it goes to the executors as it is: they need not have this package.
    def sums(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np  # noqa: PLC0415
        import pyarrow as pa  # noqa: PLC0415

        totals: dict[str, list[Any]] = {}
        for batch in batches:
            coded = batch.column(0).dictionary_encode()
            which = coded.indices.to_numpy(zero_copy_only=False)
            columns = [batch.column(at + 1).to_numpy(zero_copy_only=False) for at in range(width)]
            matrix = np.stack(columns, axis=1).astype(float)
            for code, part in enumerate(coded.dictionary.to_pylist()):
                chosen = matrix[which == code]
                has = ~np.isnan(chosen)
                values, flags = np.where(has, chosen, 0.0), has.astype(float)
                found = [
                    flags.T @ flags,
                    values.T @ flags,
                    (values * values).T @ flags,
                    values.T @ values,
                ]
                before = totals.get(part)
                totals[part] = found if before is None else [a + b for a, b in zip(before, found)]  # noqa: B905 - four and four
        arrays = [
            pa.array(
                [found[at].ravel().tolist() for found in totals.values()], pa.list_(pa.float64())
            )
            for at in range(4)
        ]
        names = ["part", "counts", "sums", "squares", "products"]
        yield pa.RecordBatch.from_arrays([pa.array(list(totals), pa.string()), *arrays], names)

    return sums


def _pairs(
    names: Sequence[str], centers: Sequence[float], scales: Sequence[float], sums: Sequence[Any]
) -> Pairs:
    width = len(names)
    counts, totals, squares, products = (each.reshape(width, width) for each in sums)

    def moments(of: int, beside: int) -> Moments:
        count, total = int(counts[of, beside]), float(totals[of, beside])
        scale = scales[of]
        return Moments(
            count=count,
            mean=centers[of] + scale * total / count,
            squares=scale * scale * (float(squares[of, beside]) - total * total / count),
        )

    found = {}
    for a, b in combinations(range(width), 2):
        if counts[a, b]:
            both = float(totals[a, b] * totals[b, a] / counts[a, b])
            found[names[a], names[b]] = PairMoments(
                first=moments(a, b),
                second=moments(b, a),
                products=scales[a] * scales[b] * (float(products[a, b]) - both),
            )
    return found
