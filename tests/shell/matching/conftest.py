"""Persons whose ids tell nothing, and what matching finds of them."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.shell.matching.commands import matched

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS = 250
SOURCE = Path(__file__).parents[2] / "data" / "febrl1"


def write(file: Path, rows: Sequence[Sequence[str]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened, lineterminator="\n").writerows(rows)
    return file


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``records.csv``, ``matches.csv``, and the records in two halves.

    Each half has one of two records that match, so the halves can be linked.
    """
    folder = tmp_path_factory.mktemp("people")
    _, *matches = _read("matches.csv")[: PAIRS + 1]
    kept = {identity for pair in matches for identity in pair}
    header, *rows = _read("records.csv")
    rows = [row for row in rows if row[0] in kept]
    drawn = random.Random(7)  # noqa: S311 - no secret
    drawn.shuffle(rows)
    names = [f"{number:04d}" for number in drawn.sample(range(10_000), len(rows))]
    hidden = {row[0]: name for row, name in zip(rows, names, strict=True)}
    records = [[hidden[row[0]], *row[1:]] for row in rows]
    write(folder / "records.csv", [header, *records])
    right = {hidden[one] for one, _ in matches}
    for name, is_right in (("left.csv", False), ("right.csv", True)):
        half = [row for row in records if (row[0] in right) is is_right]
        write(folder / name, [header, *half])
    pairs = [(hidden[other], hidden[one]) for one, other in matches]
    write(folder / "matches.csv", [("left", "right"), *pairs])
    return folder


def _read(name: str) -> list[list[str]]:
    with (SOURCE / name).open(newline="", encoding="utf-8") as opened:
        return list(csv.reader(opened))


@pytest.fixture(scope="session")
def result(people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a run over all of the records wrote."""
    folder = tmp_path_factory.mktemp("result") / "out"
    matched("run", "--records", people / "records.csv", "--id-column", "id", "--output", folder)
    return folder
