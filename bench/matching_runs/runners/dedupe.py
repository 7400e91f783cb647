"""dedupe, trained on the labelled pairs of the task; a column is a String, a long one a Text."""

from __future__ import annotations

import csv
import io
import itertools
import warnings
from typing import TYPE_CHECKING, Any

import dedupe
from dedupe import serializer, variables

from matching_runs.task import Found, labels, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_WORDS = 4.0
THRESHOLD = 0.5

Data = dict[str, dict[str, str | None]]


def run(folder: Path) -> Found:
    """Match the tables of a folder."""
    warnings.simplefilter("ignore")
    data = [_read(file) for file in tables(folder)]
    shared = set.intersection(*({*next(iter(each.values()))} for each in data))
    columns = [name for name in next(iter(data[0].values())) if name in shared]
    fields = [_field(name, data) for name in columns]
    machine = dedupe.Dedupe(fields) if len(data) == 1 else dedupe.RecordLink(fields)
    # From a file: pairs that are marked must be among those that it has drawn itself.
    file = io.StringIO()
    serializer.write_training(_training(folder, data), file)
    file.seek(0)
    machine.prepare_training(*data, training_file=file)
    machine.train(recall=1.0)
    pairs = list(_clusters(machine, data[0]) if len(data) == 1 else _links(machine, data))
    return Found(pairs=pairs, details={"predicates": [str(each) for each in machine.predicates]})


def _read(file: Path) -> Data:
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    # None is what it takes for missing; it fails on an empty text.
    return {
        row["id"]: {
            name: (value or "").strip().lower() or None
            for name, value in row.items()
            if name != "id"
        }
        for row in rows
    }


def _field(name: str, data: list[Data]) -> Any:  # noqa: ANN401 - dedupe's own
    known = [row[name] for each in data for row in each.values() if row[name]]
    words = sum(len(value.split()) for value in known) / max(len(known), 1)
    missing = len(known) < sum(map(len, data))
    kind = variables.Text if words > LONG_WORDS else variables.String
    return kind(name, has_missing=missing)


def _training(folder: Path, data: list[Data]) -> dict[str, list[tuple[Any, Any]]]:
    marked: dict[str, list[tuple[Any, Any]]] = {"match": [], "distinct": []}
    for left, right, match in labels(folder):
        pair = (data[0][left], data[-1][right])
        marked["match" if match else "distinct"].append(pair)
    return marked


def _clusters(machine: dedupe.Dedupe, data: Data) -> Iterator[tuple[str, str, str]]:
    for members, scores in machine.partition(data, THRESHOLD):
        scored = sorted(zip(members, scores, strict=True))
        for (left, one), (right, other) in itertools.combinations(scored, 2):
            yield left, right, f"{min(one, other):.6g}"


def _links(machine: dedupe.RecordLink, data: list[Data]) -> Iterator[tuple[str, str, str]]:
    found = machine.join(*data, THRESHOLD, "one-to-one")
    for (left, right), score in found:
        yield left, right, f"{score:.6g}"
