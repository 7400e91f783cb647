"""Records with known truth, their ids hidden and their rows shuffled before anybody sees them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
from pyarrow import compute

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

ID = "id"


@dataclass(frozen=True, kw_only=True)
class TruthSet:
    """One table to search for duplicates, or two sources to link, and which pairs match.

    Attributes:
        name: The folder's.
        tables: One or two, all columns texts, the first column the id.
        pairs: Codes of the pairs that match, sorted, none twice; see ``codes``.
    """

    name: str
    tables: tuple[pa.Table, ...]
    pairs: npt.NDArray[np.int64]

    @property
    def linked(self) -> bool:
        """Return whether two sources are linked."""
        return len(self.tables) == 2  # noqa: PLR2004 - two sources

    @property
    def count(self) -> int:
        """Return the number of records of all tables together."""
        return sum(table.num_rows for table in self.tables)

    def ids(self) -> pa.Array:
        """Return the ids by position: those of the first table, then those of the second."""
        columns = [table.column(ID).combine_chunks() for table in self.tables]
        return pa.concat_arrays(columns)


def codes(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], count: int) -> npt.NDArray:
    """Return one number for each pair of positions among ``count`` records, whichever is first."""
    return np.minimum(left, right) * np.int64(count) + np.maximum(left, right)


def positions(pairs: npt.NDArray[np.int64], count: int) -> tuple[npt.NDArray, npt.NDArray]:
    """Return the lower and the higher position of coded pairs.

    >>> positions(codes(np.array([3]), np.array([1]), 10), 10)
    (array([1]), array([3]))
    """
    return pairs // count, pairs % count


def places(ids: pa.Array, wanted: pa.Array) -> npt.NDArray[np.int64]:
    """Return where each wanted id stands.

    Raises:
        ValueError: An id is unknown.
    """
    found = compute.index_in(wanted.cast(ids.type), ids)
    if found.null_count:
        unknown = wanted.filter(found.is_null())
        raise ValueError(f"{found.null_count} ids are of no record, the first is {unknown[0]}")
    return found.to_numpy().astype(np.int64)


def load(folder: Path) -> TruthSet:
    """Read a set: ``records.csv`` or ``tableA.csv`` and ``tableB.csv``, and ``matches.csv``."""
    one = folder / "records.csv"
    files = [one] if one.exists() else [folder / "tableA.csv", folder / "tableB.csv"]
    tables = tuple(read(file) for file in files)
    bare = TruthSet(name=folder.name, tables=tables, pairs=np.empty(0, np.int64))
    matches = read(folder / "matches.csv")
    # The sources may use the same ids: the position within the own table, then beyond the first.
    first, last = tables[0].column(ID).combine_chunks(), tables[-1].column(ID).combine_chunks()
    left = places(first, matches.column(0).combine_chunks())
    right = places(last, matches.column(1).combine_chunks()) + (bare.count - len(last))
    return TruthSet(
        name=folder.name, tables=tables, pairs=np.unique(codes(left, right, bare.count))
    )


def hidden(truth: TruthSet, seed: int) -> TruthSet:
    """Return the set with random ids, the rows of each table in a random order."""
    rng = np.random.default_rng(seed)
    names = pa.array([f"{number:015x}" for number in _different(rng, truth.count)])
    tables, moved, start = [], np.empty(truth.count, np.int64), 0
    for table in truth.tables:
        order = rng.permutation(table.num_rows)
        moved[start + order] = start + np.arange(len(order))
        mixed = table.take(pa.array(order)).set_column(0, ID, names.slice(start, len(order)))
        tables.append(mixed.combine_chunks())
        start += len(order)
    left, right = positions(truth.pairs, truth.count)
    pairs = np.unique(codes(moved[left], moved[right], truth.count))
    return TruthSet(name=truth.name, tables=tuple(tables), pairs=pairs)


def _different(rng: np.random.Generator, count: int) -> npt.NDArray[np.int64]:
    drawn = np.unique(rng.integers(0, 2**60, size=count + 64))
    return rng.permutation(drawn)[:count]


def read(file: Path) -> pa.Table:
    """Read a CSV file: every value is the text that it is, what is empty is null."""
    with file.open(newline="", encoding="utf-8") as lines:
        header = next(csv.reader(lines))
    texts = pc.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), null_values=[""], strings_can_be_null=True
    )
    return pc.read_csv(
        file, convert_options=texts, parse_options=pc.ParseOptions(newlines_in_values=True)
    )


def write(truth: TruthSet, folder: Path) -> None:
    """Write the tables under the names that ``load`` reads."""
    names = ["tableA.csv", "tableB.csv"] if truth.linked else ["records.csv"]
    for name, table in zip(names, truth.tables, strict=True):
        pc.write_csv(table, folder / name)
