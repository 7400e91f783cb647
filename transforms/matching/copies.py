"""Records that are alike in everything that is compared, taken as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gluepot.transforms.matching.local import content_hash

if TYPE_CHECKING:
    from gluepot.transforms.matching.comparing.profile import Column
    from gluepot.transforms.matching.records import Records


@dataclass(frozen=True, kw_only=True)
class Distinct:
    """Distinct records of each source.

    Attributes:
        values: What they hold.
        source: Of each.
        content: Hash of what each holds.
        first: Of each, the position of the first record that is alike.
        of: Of each record, its row here.
    """

    values: pa.Table
    source: np.ndarray
    content: np.ndarray
    first: np.ndarray
    of: np.ndarray


def distinct(records: Records, columns: tuple[Column, ...]) -> Distinct:
    """Return the records without copies; those that hold nothing are no copies of each other."""
    content = content_hash(records.values, columns)
    empty = content == content_hash(_nothing(records.values), columns)[0]
    alike = np.stack(
        [
            content.view(np.int64),
            records.source.astype(np.int64),
            np.where(empty, np.arange(len(content)), -1),
        ]
    )
    _, first, of = np.unique(alike, axis=1, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    first = first[order]
    return Distinct(
        values=records.values.take(pa.array(first)),
        source=records.source[first],
        content=content[first],
        first=first,
        of=rank[of.ravel()],
    )


def _nothing(values: pa.Table) -> pa.Table:
    return pa.table({name: pa.nulls(1, pa.large_string()) for name in values.column_names})
