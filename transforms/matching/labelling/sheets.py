"""Rows of label files: sets of records, and the label that people gave to each.

Two rows of a set match if they have the same label, and do not if their labels differ; rows of
different sets say nothing of one another. Labels are case-sensitive and mean nothing outside
their set. Source: Glue developer guide, "Teaching the Find Matches transform".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.labelling.cells import to_texts
from gluepot.transforms.matching.labelling.csv_text import to_csv
from gluepot.transforms.matching.labelling.labels import Labels, PairPlace
from gluepot.transforms.matching.records import as_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

SET_COLUMN = "labeling_set_id"
LABEL_COLUMN = "label"

MOST_ROWS_OF_A_SET = 1000
"""Pairs grow with the square of a set; people label some ten rows at a time."""


class Place(NamedTuple):
    """Where a row stands: lines count from 1, the header is the first."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return both, as messages say them."""
        return f"{self.file} line {self.line}"


@dataclass(frozen=True, kw_only=True)
class LabelSheet:
    """Rows of one label file or of several, in their order.

    Attributes:
        sets: The set of each row.
        labels: The label of each row within its set; ``""`` where nobody gave one yet.
        records: The other columns: those of the data, its id among them.
        places: Where each row was read. Sheets may be equal though read in different places.
    """

    sets: tuple[str, ...]
    labels: tuple[str, ...]
    records: pa.Table
    places: tuple[Place, ...] = field(compare=False)

    @classmethod
    def of_table(cls, table: pa.Table, name: str) -> LabelSheet:
        """Return a table in the shape of a label file; its rows count as lines from 1.

        Args:
            table: ``labeling_set_id`` and ``label`` of any type, and columns of the data.
            name: What messages call the table.

        Raises:
            InvalidInputError: A column is missing, or a row has no set.
        """
        columns = table.column_names
        for needed in (SET_COLUMN, LABEL_COLUMN):
            if columns.count(needed) != 1:
                raise InvalidInputError(
                    f"{name} needs one column {needed!r}, but has the columns {columns}"
                )
        sets = to_texts(table[SET_COLUMN])
        if "" in sets:
            raise InvalidInputError(f"{name} row {sets.index('') + 1} has no {SET_COLUMN}")
        return cls(
            sets=tuple(sets),
            labels=tuple(to_texts(table[LABEL_COLUMN])),
            records=table.drop_columns([SET_COLUMN, LABEL_COLUMN]),
            places=tuple(Place(name, row) for row in range(1, table.num_rows + 1)),
        )

    @classmethod
    def of_labels(cls, labels: Labels, id_column: str | None = None) -> LabelSheet:
        """Return each pair as a set of two; ``id_column`` names the ids' column, if wanted."""
        rows = np.stack([labels.left, labels.right], axis=1).ravel()
        records = labels.records.take(pa.array(rows))
        if id_column is not None and labels.ids is not None:
            records = records.add_column(0, id_column, [labels.ids.take(pa.array(rows))])
        numbers = range(1, len(labels) + 1)
        places = labels.places or tuple(PairPlace("labels", n, n) for n in numbers)
        return cls(
            sets=tuple(str(number) for number in numbers for _ in range(2)),
            labels=tuple(chain.from_iterable(("1", "1" if m else "2") for m in labels.match)),
            records=records,
            places=tuple(
                Place(place.file, line)
                for place in places
                for line in (place.left_line, place.right_line)
            ),
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.sets)

    @property
    def label_count(self) -> int:
        """Return the number of rows that have a label: what Glue calls LabelCount."""
        return sum(1 for label in self.labels if label)

    @property
    def unlabelled(self) -> tuple[Place, ...]:
        """Return where rows stand that nobody gave a label yet; they say nothing."""
        return tuple(
            place for place, label in zip(self.places, self.labels, strict=True) if not label
        )

    def appended(self, other: LabelSheet) -> LabelSheet:
        """Return the rows of both; sets of ``other`` get new names where theirs are taken.

        A set means its rows, and two files may well number theirs alike: sets of different files
        never become one.

        Raises:
            InvalidInputError: The two have other columns, or columns of other types.
        """
        mine, theirs = self.records.schema, other.records.schema
        if set(mine.names) != set(theirs.names):
            unlike = sorted(set(mine.names) ^ set(theirs.names))
            raise InvalidInputError(f"label files differ in their columns: only one has {unlike}")
        records = other.records.select(mine.names)
        if records.schema != mine:
            unlike = [name for name in mine.names if mine.field(name) != theirs.field(name)]
            raise InvalidInputError(f"label files differ in the types of their columns {unlike}")
        names = _free_names(set(self.sets), other.sets)
        return LabelSheet(
            sets=self.sets + tuple(names[name] for name in other.sets),
            labels=self.labels + other.labels,
            records=pa.concat_tables([self.records, records]),
            places=self.places + other.places,
        )

    def pairs(self, columns: Sequence[str], id_column: str | None = None) -> Labels:
        """Return the pairs that the sets tell.

        Args:
            columns: The compared columns; those that the sheet lacks are left out.
            id_column: The column with the ids of the data, if the sheet has one.

        Raises:
            InvalidInputError: The sheet has none of the columns, or a set is too large.
        """
        present = [name for name in columns if name in self.records.column_names]
        known = id_column is not None and id_column in self.records.column_names
        if not present and not known:
            raise InvalidInputError(
                f"label files have the columns {self.records.column_names}, but the data has "
                f"{list(columns)}: a labelled record needs one of them at least"
            )
        left, right = _pairs_in_sets(self._members())
        labels = np.array(self.labels, dtype=np.str_)
        pairs = zip(left.tolist(), right.tolist(), strict=True)
        return Labels(
            # As texts, which is how the data is compared too.
            records=pa.table({name: as_texts(self.records[name]) for name in present}),
            left=left,
            right=right,
            match=labels[left] == labels[right],
            ids=as_texts(self.records[id_column]) if known else None,
            places=tuple(self._pair_place(one, other) for one, other in pairs),
        )

    def _pair_place(self, left: int, right: int) -> PairPlace:
        return PairPlace(self.places[left].file, self.places[left].line, self.places[right].line)

    def _members(self) -> dict[str, list[int]]:
        members: dict[str, list[int]] = defaultdict(list)
        for row, (name, label) in enumerate(zip(self.sets, self.labels, strict=True)):
            if label:
                members[name].append(row)
        for name, rows in members.items():
            if len(rows) > MOST_ROWS_OF_A_SET:
                raise InvalidInputError(
                    f"the labelling set {name!r} that begins at {self.places[rows[0]]} has "
                    f"{len(rows)} rows; sets of 2 to 30 are good, {MOST_ROWS_OF_A_SET} the most"
                )
        return members

    def to_csv(self) -> bytes:
        """Return the rows as Glue's label file: UTF-8, no byte order mark, with a header."""
        header = (SET_COLUMN, LABEL_COLUMN, *self.records.column_names)
        columns = [to_texts(column) for column in self.records.columns]
        rows = zip(self.sets, self.labels, *columns, strict=True)
        return to_csv(chain([header], rows)).encode()


def _free_names(taken: set[str], wanted: Sequence[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    used = taken | set(wanted)
    for name in dict.fromkeys(wanted):
        free, number = name, 2
        while free in taken or (free != name and free in used):
            free, number = f"{name}-{number}", number + 1
        names[name] = free
        used.add(free)
    return names


def _pairs_in_sets(
    members: dict[str, list[int]],
) -> tuple[np.ndarray, np.ndarray]:
    lefts, rights = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for rows in members.values():
        positions = np.array(rows, np.int64)
        one, other = np.triu_indices(len(rows), 1)
        lefts.append(positions[one])
        rights.append(positions[other])
    return np.concatenate(lefts), np.concatenate(rights)
