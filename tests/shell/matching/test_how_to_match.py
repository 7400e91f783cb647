"""The commands of the how-to page do what it says, one after the other."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gluepot.cli.main import app
from tests.shell.matching.commands import rows
from tests.shell.matching.conftest import write

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "match-records.md"
MATCH = ("p12", "p230")
"""The pair that the page explains."""


def test_the_page_can_be_followed(
    people: Path, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    truth = _lay_out(people, tmp_path)
    commands = [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
        for line in block.splitlines()
        if line.startswith("gluepot ")
    ]

    for command in commands:
        words = shlex.split(command)[1:]
        done = CliRunner().invoke(app, words, input="y\nn\nq\n", catch_exceptions=False)
        assert done.exit_code == 0, (command, done.output)
        if "labels.csv" in words and words[1] == "label":
            _fill_in(tmp_path / "labels.csv", truth)

    made = {path.parent.name for path in tmp_path.glob("*/match.json")}
    assert made == {"matched", "linked", "from_catalog", "better", "grown"}
    assert len(rows(tmp_path / "asked.csv")) == 4


def _lay_out(people: Path, folder: Path) -> dict[str, str]:
    """Write the page's files, and return a name of its person for each record."""
    given = rows(people / "records.csv")
    pairs = [tuple(row.values()) for row in rows(people / "matches.csv")]
    names = {row["id"]: f"p{number}" for number, row in enumerate(given, start=1000)}
    names |= dict(zip(pairs[0], MATCH, strict=True))
    header = list(given[0])
    records = [[names[row["id"]], *list(row.values())[1:]] for row in given]
    (folder / "lake" / "people").mkdir(parents=True)
    for name in ("people.csv", "lake/people/1.csv"):
        write(folder / name, [header, *records])
    right = {names[other] for _, other in pairs}
    write(folder / "shop_a.csv", [header, *(row for row in records if row[0] not in right)])
    write(folder / "shop_b.csv", [header, *(row for row in records if row[0] in right)])
    new = [[f"new-{row[0]}", *row[1:]] for row in records[:20]]
    write(folder / "new_people.csv", [header, *new])
    found = [(names[one], names[other]) for one, other in pairs]
    write(folder / "truth.csv", [("id_left", "id_right"), *found])
    return {identity: pair[0] for pair in found for identity in pair}


def _fill_in(file: Path, persons: dict[str, str]) -> None:
    found = rows(file)
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, list(found[0]))
        writer.writeheader()
        writer.writerows({**row, "label": persons[row["id"]]} for row in found)
