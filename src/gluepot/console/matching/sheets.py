"""Pairs to label: a labelling sheet of a task, its answers written into the sheet itself."""

from __future__ import annotations

import dataclasses
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.task_runs import TaskType, task_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.jobs.runs.state import Run
    from gluepot.services import Services
    from gluepot.transforms.matching.labelling.sheets import LabelSheet

FOLDER = "labelling"
PAIR = 2
MOST_COMPARED = 400
"""Characters of a value whose differences are marked; of longer ones only that they differ."""
_MOST_BYTES = 100_000_000
SAME, OTHER = ("1", "1"), ("1", "2")
ANSWERS: Mapping[str, tuple[str, str]] = {"same": SAME, "different": OTHER, "clear": ("", "")}


def sheet_folder(services: Services, transform_id: str) -> str:
    """Return where the sheets of a transform lie that this console asks for."""
    return (services.settings.home.absolute() / FOLDER / transform_id).as_uri()


def sheet_uri(services: Services, transform_id: str, run_id: str) -> str:
    """Return where the sheet lies that a task has made.

    Raises:
        EntityNotFoundError: No task of the transform has made a sheet under that id.
    """
    run = services.runs.get(run_id)
    if not is_sheet(run, transform_id):
        raise EntityNotFoundError("Labelling sheet", run_id)
    return str(run.metrics["uri"])


def is_sheet(run: Run, transform_id: str) -> bool:
    """Tell whether a run has made a labelling sheet of a transform."""
    return (
        run.kind is RunKind.MATCH
        and run.name == transform_id
        and task_of(run)[0] is TaskType.LABELING_SET_GENERATION
        and "uri" in run.metrics
    )


def read_sheet(services: Services, uri: str) -> LabelSheet:
    """Return a sheet.

    Raises:
        StorageError: It is gone, or cannot be read.
        LabelFileError: It is no label file.
    """
    from gluepot.transforms.matching.labelling.files import read_label_file  # noqa: PLC0415

    content = Stores(services.s3).open(uri).read(uri, 0, _MOST_BYTES)
    return read_label_file(content, uri, may_be_blank=True)


def pairs_of(sheet: LabelSheet) -> list[tuple[int, int]]:
    """Return the rows of each set of two; sets of more are for files that are filled in."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(sheet.sets):
        rows.setdefault(name, []).append(row)
    return [(each[0], each[1]) for each in rows.values() if len(each) == PAIR]


def answer_of(sheet: LabelSheet, pair: tuple[int, int]) -> str | None:
    """Return what was said of a pair: ``same``, ``different``, or None."""
    first, second = (sheet.labels[row] for row in pair)
    if not first or not second:
        return None
    return "same" if first == second else "different"


def answer(services: Services, uri: str, number: int, word: str) -> None:
    """Write what is said of a pair into the sheet.

    Raises:
        InvalidInputError: There is no such pair, or no such answer.
    """
    sheet = read_sheet(services, uri)
    pairs = pairs_of(sheet)
    if word not in ANSWERS or not 0 <= number < len(pairs):
        raise InvalidInputError(f"Pair {number + 1} of {len(pairs)} cannot be called {word!r}")
    labels = list(sheet.labels)
    for row, label in zip(pairs[number], ANSWERS[word], strict=True):
        labels[row] = label
    changed = dataclasses.replace(sheet, labels=tuple(labels))
    Stores(services.s3).open(uri).write(uri, changed.to_csv())


def side_by_side(sheet: LabelSheet, pair: tuple[int, int], key: str) -> list[dict[str, Any]]:
    """Return the fields of two records beside each other, with what differs marked.

    The key comes first: it tells records apart, and says nothing of whether they are the same.
    """
    found = []
    for name in sorted(sheet.records.column_names, key=lambda each: each != key):
        left, right = (_text(sheet.records.column(name)[row].as_py()) for row in pair)
        if name == key:
            sides = {"left": _part(left, same=True), "right": _part(right, same=True)}
            found.append({"name": name, "equal": True, **sides})
        else:
            found.append({"name": name, **marked(left, right)})
    return found


def marked(left: str, right: str) -> dict[str, Any]:
    """Return two texts in parts, each the same in both or not.

    >>> marked("Ann", "Anna")["right"]
    [{'text': 'Ann', 'same': True}, {'text': 'a', 'same': False}]
    """
    if left == right:
        return {"equal": True, "left": _part(left, same=True), "right": _part(right, same=True)}
    if max(len(left), len(right)) > MOST_COMPARED or not (left and right):
        return {"equal": False, "left": _part(left), "right": _part(right)}
    parts: dict[str, Any] = {"equal": False, "left": [], "right": []}
    for word, at, end, other, last in SequenceMatcher(
        None, left, right, autojunk=False
    ).get_opcodes():
        parts["left"] += _part(left[at:end], same=word == "equal")
        parts["right"] += _part(right[other:last], same=word == "equal")
    return parts


def _part(text: str, *, same: bool = False) -> Sequence[Mapping[str, Any]]:
    return [{"text": text, "same": same}] if text else []


def _text(value: object) -> str:
    return "" if value is None else str(value)
