"""What waits for looks at recipes: one process, asked once for each state of a recipe."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from gluepot.console.recipes import previewer
from gluepot.console.recipes.previewer import Look, Previewer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.console.conftest import ConsoleServer

CHILD = """
import json, sys
print(json.dumps({"ready": True}), flush=True)
sys.stdin.readline()
for number, line in enumerate(sys.stdin):
    order = json.loads(line)
    if order["yaml"] == "die":
        sys.exit(1)
    print(json.dumps({"shown": [number, order["yaml"]]}), flush=True)
"""


@pytest.fixture
def waiting(
    console: ConsoleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Previewer]:
    """Return a previewer whose process only counts what it is asked."""
    monkeypatch.setattr(previewer, "_COMMAND", (sys.executable, "-c", CHILD))
    (tmp_path / "home").mkdir()
    found = Previewer(console.services)
    yield found
    found.close()


def answered(waiting: Previewer, text: str) -> Look:
    """Return a look when it has its answer."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        look = waiting.look(text, user=None)
        if look.done_at is not None:
            return look
        time.sleep(0.05)
    raise AssertionError("no answer in a minute")


def test_a_recipe_is_looked_at_once_however_often_a_page_asks(waiting: Previewer) -> None:
    first, other, again = (answered(waiting, text) for text in ("a", "b", "a"))

    assert first.answer == {"shown": [0, "a"]}
    assert other.answer == {"shown": [1, "b"]}
    assert again is first


def test_an_old_answer_is_asked_for_again(
    waiting: Previewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = answered(waiting, "a")
    monkeypatch.setattr(previewer, "FRESH", -1.0)
    second = waiting.look("a", user=None)
    monkeypatch.undo()

    assert second is not first


def test_a_process_that_has_died_is_told_of_and_another_answers_next(waiting: Previewer) -> None:
    dead = answered(waiting, "die")
    alive = answered(waiting, "a")

    assert "has ended" in dead.answer["error"]
    assert alive.answer == {"shown": [0, "a"]}


def test_users_do_not_see_each_others_looks(waiting: Previewer) -> None:
    mine = answered(waiting, "a")

    assert waiting.look("a", user="ann") is not mine
