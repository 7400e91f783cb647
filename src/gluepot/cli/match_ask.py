"""Labels asked for in the terminal: two records side by side, and one key as the answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gluepot.cli.output import next_step, print_table, say

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.matching.asking import Answer, Question
    from gluepot.transforms.matching.labelling.sheets import LabelSheet

_PROMPT = "The same? y yes, n no, u unsure, q quit: "


def ask_here(sheet: LabelSheet, id_column: str, file: Path) -> None:
    """Ask about each pair of a sheet, and add each answer to a label file at once."""
    from gluepot.matching.answers import LabelFile  # noqa: PLC0415
    from gluepot.matching.asking import ask  # noqa: PLC0415

    kept = LabelFile.opened(file)
    given = ask(sheet, id_column, _answered, kept.add)
    say(f"{given} labels were added; {file} has {kept.pairs} pairs")
    next_step(f"gluepot match train --labels {file} ...", "or this command again for more")


def _answered(question: Question) -> Answer:
    """Show two records and return what is said of them; the end of the input is the end."""
    from gluepot.matching.asking import Answer  # noqa: PLC0415

    say("")
    print_table(
        (f"{question.number} of {question.count}", *question.ids, ""),
        [(*row, "" if row[1] == row[2] else "*") for row in question.values],
    )
    while True:
        sys.stdout.write(_PROMPT)
        sys.stdout.flush()
        line = sys.stdin.readline()
        word = line.strip().lower()[:1]
        if not line:
            return Answer.QUIT
        if word and word in list(Answer):
            return Answer(word)
