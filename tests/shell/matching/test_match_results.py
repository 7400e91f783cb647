"""What `gluepot match` does with a result: measure it, explain it, go on from it."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet

from gluepot.catalog.errors import InvalidInputError
from gluepot.matching.errors import InputFileError, ResultError
from tests.shell.matching.commands import as_json, matched, pairs, rows
from tests.shell.matching.conftest import write

if TYPE_CHECKING:
    from pathlib import Path


def test_a_result_is_measured_against_all_true_pairs(people: Path, result: Path) -> None:
    truth = {frozenset(row.values()) for row in rows(people / "matches.csv")}
    found = pairs(result)

    told = as_json("evaluate", result, "--truth", people / "matches.csv")

    assert told["precision"] == pytest.approx(len(found & truth) / len(found))
    assert told["recall"] == pytest.approx(len(found & truth) / len(truth))
    assert (told["found"], told["true"]) == (len(found), len(truth))
    assert 0 <= told["calibration_error"] <= 0.05
    assert "Calibration error" in matched("evaluate", result, "--truth", people / "matches.csv")


def test_a_sample_of_judged_pairs_measures_only_these(result: Path, tmp_path: Path) -> None:
    """Two pairs of the result, one said to be wrong, and a true pair that it lacks."""
    first, second = sorted(map(sorted, pairs(result)))[:2]
    judged = [(*first, "1"), (*second, "0"), (first[0], second[0], "1"), (*first, "1")]
    truth = write(tmp_path / "truth.csv", [("a", "b", "match"), *judged])

    told = as_json("evaluate", result, "--truth", truth)

    assert (told["precision"], told["recall"], told["f1"]) == (0.5, 0.5, 0.5)
    assert (told["found"], told["true"], told["shared"]) == (2, 2, 1)


def test_a_truth_that_cannot_be_is_refused(result: Path, tmp_path: Path) -> None:
    known = sorted(next(iter(pairs(result))))
    strange = write(tmp_path / "a.csv", [("a", "b"), known, (known[0], "nobody")])
    with pytest.raises(InputFileError, match="'nobody' in row 2"):
        matched("evaluate", result, "--truth", strange)

    unclear = write(tmp_path / "b.csv", [("a", "b", "match"), (*known, "perhaps")])
    with pytest.raises(InputFileError, match="match is 'perhaps' in row 1"):
        matched("evaluate", result, "--truth", unclear)


def test_a_pair_is_explained_field_by_field(people: Path, result: Path) -> None:
    one, other = sorted(next(iter(pairs(result))))
    columns = set(rows(people / "records.csv")[0]) - {"id"}

    printed = matched("explain", result, "--pair", one, other)
    told = as_json("explain", result, "--pair", one, other)

    assert columns <= set(printed.split())
    assert "They match" in printed
    assert {each["column"] for each in told["explanation"]["fields"]} >= columns
    assert told["matched"]
    assert told["match_ids"][0] == told["match_ids"][1]
    assert (told["compared"], told["candidacy"]) == ("compared", None)
    assert told["probability"] == pytest.approx(told["explanation"]["probability"])


def test_a_pair_that_was_never_compared_is_explained_by_what_it_lacked(result: Path) -> None:
    """Two persons with nothing in common; and two of whom each shares more with others."""
    compared = parquet.read_table(result / "compared.parquet").to_pydict()
    table = rows(result / "records" / "records.csv")
    near = {(left, right) for left, right in zip(compared["left"], compared["right"], strict=True)}
    words = [set(" ".join(list(row.values())[1:-2]).lower().split()) for row in table]
    apart = [pair for pair in itertools.combinations(range(len(table)), 2) if pair not in near]
    far = min(apart, key=lambda pair: (len(words[pair[0]] & words[pair[1]]), pair))
    close = max(apart, key=lambda pair: (len(words[pair[0]] & words[pair[1]]), pair))

    told = {
        what: as_json("explain", result, "--pair", *(table[at]["id"] for at in pair))
        for what, pair in (("far", far), ("close", close))
    }
    printed = matched("explain", result, "--pair", *(table[at]["id"] for at in close))

    for each in told.values():
        assert (each["compared"], each["matched"]) == ("never compared", False)
        assert each["probability"] is None
        assert each["why"].startswith("They do not match: they were never compared, as ")
        assert "words" in {way["name"] for way in each["candidacy"]["ways"]}
    shared = {
        what: sum(way["shared"] for way in each["candidacy"]["ways"]) for what, each in told.items()
    }
    assert shared["far"] < shared["close"]
    look = told["close"]["candidacy"]["looks"][0]
    assert look["better"] >= look["kept"] == 10
    assert "each shares as much with others, or more" in told["close"]["why"]
    assert "too common" in printed


def test_a_pair_that_was_compared_and_does_not_match_is_explained_too(result: Path) -> None:
    compared = parquet.read_table(result / "compared.parquet").to_pylist()
    table = rows(result / "records" / "records.csv")
    low = min(compared, key=lambda pair: (pair["probability"], pair["left"], pair["right"]))
    ids = [table[low[side]]["id"] for side in ("left", "right")]

    told = as_json("explain", result, "--pair", *ids)

    assert (told["compared"], told["matched"]) == ("compared", False)
    assert told["probability"] == pytest.approx(low["probability"])
    assert told["why"].startswith("They do not match: their probability")
    assert "0.5 is asked for" in told["why"]


def test_a_link_that_another_one_stands_in_the_way_of_is_explained(
    people: Path, tmp_path: Path
) -> None:
    """The second source's record is there twice, once with an error: one of the two is linked."""
    header, *right = [line.split(",") for line in (people / "right.csv").read_text().splitlines()]
    twin = ["twin", *right[0][1:]]
    at = header.index("street_number")
    twin[at] = "977"
    write(tmp_path / "right.csv", [header, *right, twin])
    out = tmp_path / "out"
    matched(
        "run",
        *("--records", people / "left.csv", "--records", tmp_path / "right.csv"),
        *("--id-column", "id", "--output", out, "--link", "one-to-one"),
    )
    (linked,) = [
        row for row in rows(out / "pairs" / "pairs.csv") if row["id_right"] in {"twin", right[0][0]}
    ]
    loser = "twin" if linked["id_right"] != "twin" else right[0][0]

    told = as_json("explain", out, "--pair", linked["id_left"], loser)

    assert (told["compared"], told["matched"]) == ("compared", False)
    assert f"{linked['id_left']} is linked to {linked['id_right']}" in told["why"]


def test_an_id_that_is_not_there_is_named(result: Path) -> None:
    one = next(iter(next(iter(pairs(result)))))

    with pytest.raises(InvalidInputError, match="has the id 'nobody'"):
        matched("explain", result, "--pair", one, "nobody")
    with pytest.raises(InvalidInputError, match="one record; a pair is two"):
        matched("explain", result, "--pair", one, one)


def test_new_records_join_known_ones_whose_match_ids_stay(people: Path, tmp_path: Path) -> None:
    run = ("--id-column", "id", "--output", tmp_path / "known")
    matched("run", "--records", people / "left.csv", *run)
    before = {
        row["id"]: row["match_id"] for row in rows(tmp_path / "known" / "records" / "records.csv")
    }

    printed = matched(
        "incremental",
        *("--known", tmp_path / "known", "--records", people / "right.csv"),
        *("--output", tmp_path / "grown"),
    )

    after = {
        row["id"]: row["match_id"] for row in rows(tmp_path / "grown" / "records" / "records.csv")
    }
    changes = rows(tmp_path / "grown" / "changes.csv")
    moved = {row["id"] for row in changes if row["change"] in {"merged", "split"}}
    assert {identity: after[identity] for identity in before if identity not in moved} == {
        identity: match_id for identity, match_id in before.items() if identity not in moved
    }
    assert len(moved) < 10
    assert len(after) == 500
    assert list(changes[0]) == ["id", "change", "old_match_id", "match_id"]
    assert all(after[row["id"]] == row["match_id"] for row in changes)
    joined = sum(row["change"] == "joined" for row in changes)
    assert joined > 235
    assert f"250 new records: {joined} joined known match ids" in printed
    told = as_json("evaluate", tmp_path / "grown", "--truth", people / "matches.csv")
    assert told["f1"] > 0.97


def test_new_records_must_be_new_and_alike(people: Path, result: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="250 ids of known records"):
        matched(
            "incremental",
            *("--known", result, "--records", people / "left.csv"),
            *("--output", tmp_path / "out"),
        )
    with pytest.raises(InvalidInputError, match=r"lacks .*surname.* has left, right besides"):
        matched(
            "incremental",
            *("--known", result, "--records", people / "matches.csv"),
            *("--output", tmp_path / "out"),
        )


def test_what_is_no_result_is_refused(people: Path, result: Path, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="no result of"):
        matched("evaluate", people, "--truth", people / "matches.csv")

    shutil.copytree(result, tmp_path / "older")
    manifest = tmp_path / "older" / "match.json"
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 0'))
    with pytest.raises(ResultError, match="another version"):
        matched("explain", tmp_path / "older", "--pair", "1", "2")
