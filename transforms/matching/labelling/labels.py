"""Pairs of records of which people said whether they match, and where they said so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.labelling.cells import to_texts

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    import numpy.typing as npt

    from gluepot.transforms.matching.records import Records


class OneKindOfLabelsError(InvalidInputError):
    """All labels say the same: ``OneKindOfLabelsError(matches, non_matches)``."""

    def __str__(self) -> str:
        """Say how many of each there are, and what makes the kind that lacks."""
        matches, non_matches = self.args
        lacking = (
            "rows of one set with the same label" if non_matches else "one set with other labels"
        )
        return (
            f"labels must show both matches and non-matches, but there are {matches} matching and "
            f"{non_matches} non-matching pairs: add {lacking}"
        )


class PairPlace(NamedTuple):
    """Where a pair was labelled: lines count from 1, the header is the first."""

    file: str
    left_line: int
    right_line: int

    def __str__(self) -> str:
        """Return the file and its one line or two.

        >>> str(PairPlace("labels.csv", 3, 5)), str(PairPlace("pairs.csv", 2, 2))
        ('labels.csv lines 3 and 5', 'pairs.csv line 2')
        """
        if self.left_line == self.right_line:
            return f"{self.file} line {self.left_line}"
        return f"{self.file} lines {self.left_line} and {self.right_line}"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Labelled pairs.

    Attributes:
        records: The labelled records: compared columns, or some of them, as texts.
        left: Positions into ``records``, one a pair, as ``right``.
        right: The other record of each pair.
        match: Whether people said that the two are the same.
        ids: The records' ids as texts, where known.
        source: 0 or 1 of each record, where known; else -1.
        places: Where each pair was labelled; empty if nobody knows.

    Raises:
        InvalidInputError: The arrays are not of one length, or point beyond the records.
    """

    records: pa.Table
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    match: npt.NDArray[np.bool_]
    ids: pa.Array | None = None
    source: npt.NDArray[np.int8] | None = None
    places: tuple[PairPlace, ...] = ()

    def __post_init__(self) -> None:
        sizes = {len(self.left), len(self.right), len(self.match)}
        sizes |= {len(self.places)} if self.places else set()
        if len(sizes) > 1:
            raise InvalidInputError(f"arrays of labels differ in length: {sorted(sizes)}")
        ends = np.concatenate([self.left, self.right])
        if len(ends) and (ends.min() < 0 or ends.max() >= self.size):
            raise InvalidInputError(f"labels point beyond the {self.size} labelled records")

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.match)

    @property
    def size(self) -> int:
        """Return the number of records."""
        return self.records.num_rows if self.ids is None else len(self.ids)

    def take(self, pairs: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Labels:
        """Return some of the pairs, by a mask or by their numbers, with all of the records."""
        numbers = np.arange(len(self))[pairs]
        return Labels(
            records=self.records,
            left=self.left[numbers],
            right=self.right[numbers],
            match=self.match[numbers],
            ids=self.ids,
            source=self.source,
            places=tuple(self.places[n] for n in numbers) if self.places else (),
        )

    def joined(self, other: Labels) -> Labels:
        """Return the pairs of both; what only one of them tells of records is left out.

        Raises:
            InvalidInputError: They tell nothing in common: neither ids nor a column.
        """
        names = [name for name in self.records.column_names if name in other.records.column_names]
        ids = None
        if self.ids is not None and other.ids is not None:
            ids = pa.concat_arrays([pc.cast(i, pa.large_string()) for i in (self.ids, other.ids)])
        if ids is None and not names:
            raise InvalidInputError("labels of two kinds have neither ids nor a column in common")
        records = pa.concat_tables([each.records.select(names) for each in (self, other)])
        placed = bool(self.places) and bool(other.places)
        return Labels(
            records=records,
            left=np.concatenate([self.left, other.left + self.size]),
            right=np.concatenate([self.right, other.right + self.size]),
            match=np.concatenate([self.match, other.match]),
            ids=ids,
            places=(*self.places, *other.places) if placed else (),
        )

    def keys(self) -> Iterator[Hashable]:
        """Yield what each record is known by: the texts of its columns, or its id without any."""
        if self.records.num_columns:
            yield from content_keys(self.records)
        elif self.ids is not None:
            yield from self.ids.to_pylist()

    def nodes(self) -> npt.NDArray[np.int64]:
        """Return a number for each record, the same for records of the same content.

        Content is the text of all columns, so that a record is known again in another file,
        whatever types its columns have there.
        """
        numbers: dict[Hashable, int] = {}
        return np.array([numbers.setdefault(key, len(numbers)) for key in self.keys()], np.int64)

    def require_both_kinds(self) -> None:
        """Check what learning and measuring need.

        Raises:
            OneKindOfLabelsError: There is no match, or no non-match.
        """
        matches = int(self.match.sum())
        if matches in {0, len(self)}:
            raise OneKindOfLabelsError(matches, len(self) - matches)


def content_keys(records: pa.Table) -> Iterator[tuple[str, ...]]:
    """Yield the texts of each row's values; a null and an empty text are the same."""
    return zip(*(to_texts(column) for column in records.columns), strict=True)


@dataclass(frozen=True, kw_only=True)
class PlacedLabels:
    """Labelled pairs found again among records.

    Attributes:
        must: Two positions a row, the smaller first: pairs that match.
        cannot: The same of pairs that do not.
        missing: Numbers of the labelled pairs of which a record is not there.
        at: The position of each labelled record, the first of several; -1 where it is not there.
    """

    must: npt.NDArray[np.int64]
    cannot: npt.NDArray[np.int64]
    missing: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]


def place_labels(labels: Labels, records: Records) -> PlacedLabels:
    """Find the labelled records by id where labels have ids, else by content.

    A labelled record stands for every record that it cannot be told from: of the same content
    where there are no ids; of the same id, and content if that tells them apart, where two
    sources use one id.
    """
    homes = _homes(labels, records)
    must: set[tuple[int, int]] = set()
    cannot: set[tuple[int, int]] = set()
    missing: list[int] = []
    ends = zip(labels.left.tolist(), labels.right.tolist(), labels.match.tolist(), strict=True)
    for number, (left, right, match) in enumerate(ends):
        if not (homes[left] and homes[right]):
            missing.append(number)
        elif match:
            must.update(_ordered((homes[left][0], home) for home in homes[right]))
            must.update(_ordered((homes[right][0], home) for home in homes[left]))
        else:
            cannot.update(_ordered((a, b) for a in homes[left] for b in homes[right]))
    return PlacedLabels(
        must=_rows(must),
        cannot=_rows(cannot),
        missing=np.array(missing, np.int64),
        at=np.array([home[0] if home else -1 for home in homes], np.int64),
    )


def _ordered(pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    return ((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])


def _rows(pairs: set[tuple[int, int]]) -> npt.NDArray[np.int64]:
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def _homes(labels: Labels, records: Records) -> list[list[int]]:
    """Return for each labelled record the positions that it may have."""
    if labels.ids is None:
        return _homes_by_content(labels, records)
    texts = pc.cast(labels.ids, records.ids.type)
    named = pc.is_in(records.ids, value_set=pc.unique(texts))
    (known,) = np.nonzero(named.to_numpy(zero_copy_only=False))
    by_id: dict[Any, list[int]] = {}
    for position, identity in zip(
        known.tolist(), records.ids.take(pa.array(known)).to_pylist(), strict=True
    ):
        by_id.setdefault(identity, []).append(position)
    homes = [by_id.get(identity, []) for identity in texts.to_pylist()]
    return [
        found if len(found) == 1 else _narrowed(labels, at, found, records)
        for at, found in enumerate(homes)
    ]


def _narrowed(labels: Labels, at: int, found: list[int], records: Records) -> list[int]:
    """Return those of two sources' records of one id that the labelled one may be."""
    if labels.source is not None and labels.source[at] >= 0:
        return [home for home in found if records.source[home] == labels.source[at]]
    columns = _shared(labels, records)
    if not (found and columns):
        return found
    (key,) = content_keys(labels.records.select(columns).slice(at, 1))
    keys = content_keys(records.values.select(columns).take(pa.array(found)))
    same = [home for home, other in zip(found, keys, strict=True) if other == key]
    return same or found


def _homes_by_content(labels: Labels, records: Records) -> list[list[int]]:
    columns = _shared(labels, records)
    if not columns:
        raise InvalidInputError(
            "labelled records have no id and no column of the data, so they cannot be found in "
            f"it: columns are {labels.records.column_names}, not {records.values.column_names}"
        )
    wanted = list(content_keys(labels.records.select(columns)))
    homes: dict[tuple[str, ...], list[int]] = {key: [] for key in wanted}
    for position, key in enumerate(content_keys(records.values.select(columns))):
        if key in homes:
            homes[key].append(position)
    return [homes[key] for key in wanted]


def _shared(labels: Labels, records: Records) -> list[str]:
    known = set(records.values.column_names)
    return [name for name in labels.records.column_names if name in known]
