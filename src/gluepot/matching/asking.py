"""Which labels to ask for, and the labels that people give in a terminal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gluepot.transforms.matching.labelling.proposing import labelling_sets
from gluepot.transforms.matching.matcher import find_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.labelling.sheets import LabelSheet
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.options import MatchOptions
    from gluepot.transforms.matching.records import Records


class Answer(StrEnum):
    """What people say of two records."""

    YES = "y"
    NO = "n"
    UNSURE = "u"
    QUIT = "q"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Two records: what they are called and what each of their columns holds."""

    number: int
    count: int
    ids: tuple[str, str]
    values: tuple[tuple[str, str | None, str | None], ...]


def next_sets(  # noqa: PLR0913 - what a question depends on
    records: Records,
    options: MatchOptions,
    *,
    id_column: str,
    sets: int,
    rows: int,
    labelled: Labels | None,
    model: MatchModel | None,
) -> LabelSheet:
    """Return sets of records whose labels would teach most, without the labels.

    Raises:
        NothingToLabelError: No pair is left to ask about.
        InvalidInputError: There are too few sets or rows.
    """
    found = find_matches(records, options, labels=labelled, model=model)
    return labelling_sets(
        records,
        found.candidates.left,
        found.candidates.right,
        found.candidates.probability,
        sets=sets,
        rows=rows,
        seed=options.seed,
        threshold=found.model.threshold,
        id_column=id_column,
        labelled=labelled,
    )


def in_order(sheet: LabelSheet, table: pa.Table) -> LabelSheet:
    """Return a sheet with the columns that it has of a table, in the table's order."""
    names = [name for name in table.column_names if name in sheet.records.column_names]
    return replace(sheet, records=sheet.records.select(names))


def questions(sheet: LabelSheet, id_column: str) -> Iterator[tuple[Question, LabelSheet]]:
    """Yield the pairs of a sheet whose sets have two rows, each with its rows of the sheet."""
    rows = sheet.records.to_pylist()
    count = len(rows) // 2
    for number in range(count):
        one, other = rows[2 * number], rows[2 * number + 1]
        question = Question(
            number=number + 1,
            count=count,
            ids=(one[id_column], other[id_column]),
            values=tuple((name, one[name], other[name]) for name in one if name != id_column),
        )
        yield question, _rows(sheet, (2 * number, 2 * number + 1))


def ask(
    sheet: LabelSheet,
    id_column: str,
    answer: Callable[[Question], Answer],
    keep: Callable[[LabelSheet], None],
) -> int:
    """Ask about each pair, keep every answer at once, and return how many labels there are.

    Args:
        sheet: Sets of two rows.
        id_column: The column of the ids.
        answer: Shows a question and returns what is said.
        keep: Takes two rows with their labels.
    """
    given = 0
    for question, rows in questions(sheet, id_column):
        said = answer(question)
        if said is Answer.QUIT:
            break
        if said is Answer.UNSURE:
            continue
        keep(replace(rows, labels=("1", "1" if said is Answer.YES else "2")))
        given += 1
    return given


def _rows(sheet: LabelSheet, rows: Sequence[int]) -> LabelSheet:
    return replace(
        sheet,
        sets=tuple(sheet.sets[row] for row in rows),
        labels=tuple(sheet.labels[row] for row in rows),
        records=sheet.records.take(list(rows)),
        places=tuple(sheet.places[row] for row in rows),
    )
