"""What crosses from the bench to a process that matches, and what comes back.

A run gets a folder: ``records.csv`` or ``tableA.csv`` and ``tableB.csv``, ``task.json`` and, if
there are labels, ``labels.csv`` (id_left, id_right, match). It leaves ``pairs.csv`` (id_left,
id_right, confidence), ``answer.json``, perhaps ``scored.csv`` (id_left, id_right, probability) of
every pair that it scored, and ``at-T.csv`` like ``pairs.csv`` for other thresholds T. Standard
library only: the peers' Python has nothing of ours.
"""

from __future__ import annotations

import csv
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

LABELS, PAIRS, SCORED, ANSWER, TASK = (
    "labels.csv",
    "pairs.csv",
    "scored.csv",
    "answer.json",
    "task.json",
)
PAIR_HEADER = ("id_left", "id_right", "confidence")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a run found.

    Attributes:
        pairs: id, id and confidence of each accepted pair.
        at: The pairs at other thresholds, for who has no rule to choose one.
        details: What else it has to say: its own estimates, its rules.
    """

    pairs: Iterable[Sequence[object]]
    at: Mapping[float, Callable[[], Iterable[Sequence[object]]]] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


def tables(folder: Path) -> list[Path]:
    """Return the one file of records, or the two."""
    one = folder / "records.csv"
    return [one] if one.exists() else [folder / "tableA.csv", folder / "tableB.csv"]


def wishes(folder: Path) -> dict[str, Any]:
    """Return what this run is asked for beside the tables."""
    asked: dict[str, Any] = json.loads((folder / TASK).read_text())
    return asked


def labels(folder: Path) -> list[tuple[str, str, bool]]:
    """Return the labelled pairs of ids, none if there is no such file."""
    if not (folder / LABELS).exists():
        return []
    with (folder / LABELS).open(newline="", encoding="utf-8") as file:
        return [
            (row["id_left"], row["id_right"], row["match"] == "1") for row in csv.DictReader(file)
        ]


def write_rows(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file."""
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def answer(folder: Path, run: Callable[[Path], Found]) -> None:
    """Run, and leave pairs, seconds and details.

    The clock starts when everything is imported, before the tables are read, and stops when the
    accepted pairs are known.
    """
    started = time.perf_counter()
    found = run(folder)
    rows = list(found.pairs)
    seconds = time.perf_counter() - started
    write_rows(folder / PAIRS, PAIR_HEADER, rows)
    for threshold, pairs in found.at.items():
        write_rows(folder / f"at-{threshold}.csv", PAIR_HEADER, pairs())
    text = json.dumps({"seconds": seconds, "details": found.details})
    (folder / ANSWER).write_text(text)
