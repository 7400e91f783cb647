"""Small sets of records with known truth, their ids replaced and their rows shuffled."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gluepot.transforms.matching.labelling.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gluepot.transforms.matching.matcher import Matches
    from gluepot.transforms.matching.records import Records

DATA = Path(__file__).resolve().parents[2] / "data"
ID = "id"


def table(path: Path, seed: int = 1) -> tuple[pa.Table, dict[str, str]]:
    """Return shuffled records under new ids, and the new id of each old one."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    random = np.random.default_rng(seed)
    order = random.permutation(len(rows))
    names = {rows[at][ID]: f"n{number}" for number, at in enumerate(random.permutation(len(rows)))}
    shuffled = [{**rows[at], ID: names[rows[at][ID]]} for at in order]
    columns = {
        name: pa.array([row[name] or None for row in shuffled], pa.string()) for name in rows[0]
    }
    return pa.table(columns), names


def truth(path: Path, left: dict[str, str], right: dict[str, str]) -> set[tuple[str, str]]:
    """Return the pairs of new ids that are the same thing."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))[1:]
    return {(left[one], right[other]) for one, other in lines if one in left and other in right}


def duplicates(name: str, seed: int = 1) -> tuple[pa.Table, set[frozenset[str]]]:
    """Return one table, and the pairs in it that are the same thing."""
    records, names = table(DATA / name / "records.csv", seed)
    return records, set(map(frozenset, truth(DATA / name / "matches.csv", names, names)))


def sources(name: str) -> tuple[pa.Table, pa.Table, set[frozenset[str]]]:
    """Return two sources with ids of their own, and the pairs that are the same thing."""
    left, left_names = table(DATA / "matching" / name / "tableA.csv")
    right, right_names = table(DATA / "matching" / name / "tableB.csv", 2)
    left_names = {old: f"a{new}" for old, new in left_names.items()}
    right_names = {old: f"b{new}" for old, new in right_names.items()}
    pairs = truth(DATA / "matching" / name / "matches.csv", left_names, right_names)
    return _renamed(left, "a"), _renamed(right, "b"), set(map(frozenset, pairs))


def _renamed(records: pa.Table, letter: str) -> pa.Table:
    ids = pa.array([f"{letter}{each}" for each in records.column(ID).to_pylist()])
    return records.set_column(records.column_names.index(ID), ID, ids)


def labels_of(records: Records, pairs: list[tuple[int, int, bool]]) -> Labels:
    """Return answers: two positions, and whether these are the same."""
    rows = [row for one, two, _ in pairs for row in (one, two)]
    at = np.arange(len(pairs)) * 2
    return Labels(
        records=records.values.take(pa.array(rows)),
        left=at,
        right=at + 1,
        match=np.array([match for *_, match in pairs]),
        ids=records.ids.take(pa.array(rows)),
    )


def links(records: Records, found: Matches) -> set[frozenset[str]]:
    """Return the accepted pairs, by ids."""
    ids = records.ids.to_pylist()
    return {
        frozenset((ids[one], ids[two])) for one, two in zip(found.left, found.right, strict=True)
    }


def together(records: Records, found: Matches) -> set[frozenset[str]]:
    """Return all pairs of records with one match id, by ids."""
    groups: dict[int, list[str]] = {}
    for identity, match_id in zip(records.ids.to_pylist(), found.match_ids, strict=True):
        groups.setdefault(int(match_id), []).append(identity)
    return set(_pairs(groups.values()))


def _pairs(groups: Iterable[list[str]]) -> Iterator[frozenset[str]]:
    for each in groups:
        yield from map(frozenset, combinations(each, 2))


def f1(found: set[frozenset[str]], true: set[frozenset[str]]) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * len(found & true) / max(len(found) + len(true), 1)


def households(homes: int, seed: int = 1) -> tuple[pa.Table, set[frozenset[str]]]:
    """Return persons who share a family name and a home, a quarter of them twice, and who is who.

    The second time the name may end in another letter; one in seven has moved.
    """
    random = np.random.default_rng(seed)
    rows: list[tuple[str, ...]] = []
    true = set()
    for _ in range(homes):
        family, home = _name(random), _home(random)
        for _ in range(random.integers(1, 5)):
            given, born = _name(random), str(np.datetime64("1940-01-01") + random.integers(25_000))
            rows.append((given, family, born, *home))
            if random.random() < 1 / 4:
                other = given[:-1] + random.choice(list("aeiou"))
                where = _home(random) if random.random() < 1 / 7 else home
                rows.append((other, family, born, *where))
                true.add(frozenset((str(len(rows) - 2), str(len(rows) - 1))))
    order = random.permutation(len(rows))
    names = ("given_name", "surname", "born", "street", "town", "phone")
    columns = {name: [rows[at][place] for at in order] for place, name in enumerate(names)}
    return pa.table({ID: [str(at) for at in order], **columns}), true


def _name(random: np.random.Generator) -> str:
    letters = [(random.choice(list("bdfgklmnprst")), random.choice(list("aeiou"))) for _ in "123"]
    return "".join(one + other for one, other in letters)


def _home(random: np.random.Generator) -> tuple[str, str, str]:
    number, streets, towns, phone = random.integers((90, 40, 50, 10**9))
    street = f"{number} {'klmnprst'[streets // 5]}{'aeiou'[streets % 5]}ron street"
    return street, f"{'abcdefghij'[towns // 5]}{'aeiou'[towns % 5]}ville", f"0{phone:09}"
