"""Small data sets and label files that several tests use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from gluepot.transforms.matching.labelling.labels import Labels
from gluepot.transforms.matching.records import Records, as_texts

PEOPLE = pa.table(
    {
        "name": ["Ann Lee", "Anne Lee", "Bob Ray", "Rob Ray", "Cy Fox", "Ann Lee"],
        "age": pa.array([30, 30, 41, 41, None, 50], pa.int64()),
    }
)


def records(values: pa.Table = PEOPLE, ids: list[str] | None = None, second: int = 0) -> Records:
    """Return values as records; the last ``second`` of them are of the second source."""
    count = values.num_rows
    source = np.zeros(count, np.int8)
    source[count - second :] = 1
    names = ids or [f"r{number}" for number in range(count)]
    texts = pa.table({name: as_texts(values[name]) for name in values.column_names})
    return Records(values=texts, ids=pa.array(names, pa.large_string()), source=source)


def labels(names: list[str], pairs: list[tuple[int, int, bool]], **more: Any) -> Labels:  # noqa: ANN401
    """Return labels of records that have only a name."""
    left, right, match = zip(*pairs, strict=True) if pairs else ((), (), ())
    return Labels(
        records=pa.table({"name": pa.array(names, pa.string())}),
        left=np.array(left, np.int64),
        right=np.array(right, np.int64),
        match=np.array(match, np.bool_),
        **more,
    )
