"""Labels are asked for where they teach most, in a file or in the terminal, and learnt from."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.matching.errors import OutputRefusedError
from gluepot.transforms.matching.labelling.contradictions import ContradictingLabelsError
from gluepot.transforms.matching.labelling.labels import OneKindOfLabelsError
from tests.shell.matching.commands import as_json, matched, pairs, rows

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def of_people(people: Path) -> tuple[object, ...]:
    return ("--records", people / "records.csv", "--id-column", "id")


def test_the_next_sets_are_a_label_file_of_glue(
    of_people: tuple[object, ...], people: Path, result: Path, tmp_path: Path
) -> None:
    file = tmp_path / "labels.csv"

    matched(
        "label",
        *of_people,
        *("--model", result / "model.json", "--output", file, "--sets", 3, "--rows", 4),
    )

    found = rows(file)
    given = {row["id"]: row for row in rows(people / "records.csv")}
    assert list(found[0]) == ["labeling_set_id", "label", *next(iter(given.values()))]
    assert Counter(row["labeling_set_id"] for row in found) == {"1": 4, "2": 4, "3": 4}
    for row in found:
        assert row["label"] == ""
        assert given[row["id"]].items() <= row.items()
    with pytest.raises(OutputRefusedError, match="--overwrite"):
        matched("label", *of_people, "--output", file)


def test_labels_given_in_the_terminal_are_kept_at_once(
    of_people: tuple[object, ...], people: Path, result: Path, tmp_path: Path
) -> None:
    """Something else than a key asks again; unsure says nothing; quitting keeps what was said."""
    file = tmp_path / "labels.csv"
    asked = (*of_people, "--model", result / "model.json", "--output", file, "--interactive")

    printed = matched("label", *asked, typed="y\nwhat\nn\nu\ny\nq\n")

    given = {row["id"]: row for row in rows(people / "records.csv")}
    found = rows(file)
    assert "1 of 10" in printed
    assert "3 labels were added" in printed
    one, _other = found[:2]
    assert one["surname"] == given[one["id"]]["surname"]
    assert one["id"] in printed
    labels = [(found[at]["label"], found[at + 1]["label"]) for at in range(0, 6, 2)]
    assert [first == second for first, second in labels] == [True, False, True]

    asked_before = {frozenset((found[at]["id"], found[at + 1]["id"])) for at in range(0, 6, 2)}
    printed = matched("label", *asked, typed="n\n")
    assert "1 labels were added" in printed
    again = rows(file)
    assert len(again) == 8
    assert again[:6] == found
    assert frozenset(row["id"] for row in again[6:]) not in asked_before


def test_a_model_is_learnt_from_labels(
    of_people: tuple[object, ...], people: Path, tmp_path: Path
) -> None:
    truth = rows(people / "matches.csv")[:40]
    lines = ["id_left,id_right,match"]
    lines += [f"{row['left']},{row['right']},1" for row in truth]
    lines += [f"{one['left']},{other['right']},0" for one, other in itertools.pairwise(truth)]
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")

    told = as_json(
        "train",
        *of_people,
        *("--labels", tmp_path / "labels.csv", "--output", tmp_path / "model.json"),
    )
    matched("run", *of_people, "--model", tmp_path / "model.json", "--output", tmp_path / "out")

    assert told["output"] == str(tmp_path / "model.json")
    all_true = {frozenset(row.values()) for row in rows(people / "matches.csv")}
    assert len(pairs(tmp_path / "out") & all_true) > 240


def test_labels_of_one_kind_teach_nothing(
    of_people: tuple[object, ...], people: Path, tmp_path: Path
) -> None:
    row = rows(people / "matches.csv")[0]
    (tmp_path / "labels.csv").write_text(
        f"id_left,id_right,match\n{row['left']},{row['right']},1\n"
    )

    with pytest.raises(OneKindOfLabelsError):
        matched(
            "train",
            *of_people,
            *("--labels", tmp_path / "labels.csv", "--output", tmp_path / "model.json"),
        )
    assert not (tmp_path / "model.json").exists()


def test_a_run_agrees_with_labels_when_told(
    of_people: tuple[object, ...], people: Path, result: Path, tmp_path: Path
) -> None:
    """Labels take one pair of the result apart."""
    apart = min(map(sorted, pairs(result)))
    truth = [row for row in rows(people / "matches.csv") if {*row.values()} != {*apart}][:10]
    lines = ["id_left,id_right,match", f"{apart[0]},{apart[1]},0"]
    lines += [f"{row['left']},{row['right']},1" for row in truth]
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")

    matched(
        "run",
        *of_people,
        *("--labels", tmp_path / "labels.csv", "--enforce-labels", "--output", tmp_path / "out"),
    )

    assert frozenset(apart) not in pairs(tmp_path / "out")


def test_labels_that_contradict_one_another_are_named_by_id_file_and_line(
    of_people: tuple[object, ...],
    people: Path,
    result: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    a, b, c = (row["id"] for row in rows(people / "records.csv")[:3])
    file = tmp_path / "said.csv"
    lines = ["id_left,id_right,match", f"{a},{b},1", f"{c},{b},1", f"{a},{c},0"]
    file.write_text("\n".join(lines) + "\n")
    run = ("run", *of_people, "--labels", file, "--model", result / "model.json")

    done = CliRunner().invoke(app, ["match", *map(str, run), "--output", str(tmp_path / "out")])

    assert done.exit_code == 0
    said = " ".join((done.stderr + capfd.readouterr().err).split())
    assert f"Warning: labels contradict one another: '{a}' and '{c}': the same by" in said
    assert f"{file} line 2 ('{a}' = '{b}')" in said
    assert f"{file} line 3 ('{c}' = '{b}'); not by {file} line 4" in said
    with pytest.raises(ContradictingLabelsError, match=f"'{a}' and '{c}'"):
        matched(*run, "--enforce-labels", "--output", tmp_path / "bound")
