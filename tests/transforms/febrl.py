"""Persons, most of them twice, as small tables."""

from __future__ import annotations

import csv
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data" / "febrl1"
PAIRS = 100


def pairs() -> list[tuple[str, str]]:
    """Return the ids of records that are the same person."""
    with (DATA / "matches.csv").open(newline="") as file:
        return [(row["id1"], row["id2"]) for row in csv.DictReader(file)][:PAIRS]


def persons() -> list[dict[str, str | None]]:
    """Return the records of the pairs, in the order of the file; what is empty is null."""
    wanted = {identity for pair in pairs() for identity in pair}
    with (DATA / "records.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["id"] in wanted]
    return [{name: value or None for name, value in row.items()} for row in rows]


def found_share(match_ids: dict[str, int]) -> tuple[float, float]:
    """Return precision and recall of groups, by pairs."""
    groups: dict[int, list[str]] = {}
    for identity, match_id in match_ids.items():
        groups.setdefault(match_id, []).append(identity)
    accepted = sum(len(each) * (len(each) - 1) // 2 for each in groups.values())
    true = sum(match_ids[one] == match_ids[two] for one, two in pairs())
    return true / max(accepted, 1), true / PAIRS
