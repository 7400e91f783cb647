"""The recipe builder: steps by forms, rows before and after them, and the job that is saved."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import yaml

from gluepot.console.recipes.kinds import KINDS
from gluepot.console.recipes.previewer import previewer_of
from gluepot.console.recipes.recipe import Recipe, Step, recipe_in, recipe_of
from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.runs.state import RunKind
from tests.console.looking import check_page, visit
from tests.console.test_matching import add_table
from tests.transforms.quality.pages import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.console.conftest import ConsoleServer
    from tests.console.visitor import Visitor

ODD = 'it\'s `odd`.\\ "x"'
FILLED: dict[str, dict[str, Any]] = {
    "filter": {"column": ODD, "test": "contains", "value": "O'Hara \\"},
    "rename": {"column": ODD, "name": "plain"},
    "cast": {"column": ODD, "type": "decimal(18,2)"},
    "clean": {"column": ODD, "how": "regexp_replace({}, '\\\\s+', ' ')"},
    "replace": {"column": ODD, "old": "'", "new": ""},
    "fill": {"column": ODD, "value": "-1.5"},
    "derive": {"name": "twice", "expression": "n * 2"},
    "drop": {"columns": ["n"]},
    "keep": {"columns": ["n", "name"]},
    "dedupe": {"columns": ["name"], "alike": "nearly", "edits": "1"},
    "empty": {},
    "where": {"expression": "n > 1"},
}


@pytest.fixture
def table(console: ConsoleServer, tmp_path: Path) -> str:
    """Return a table of names, two of them nearly the same, and one missing."""
    rows = pa.table(
        {
            "n": pa.array([1, 2, 3, 4], pa.int64()),
            "name": ["  Ada ", "Bo", "bo", None],
            "bad": ["1", "2", "x", "4"],
        }
    )
    add_table(console, tmp_path / "names", "names", rows)
    return "d.names"


def writer(console: ConsoleServer, table: str) -> Visitor:
    """Return a visitor who has opened the builder."""
    visitor = console.visitor()
    visitor.get("/console/recipe", table=table)
    return visitor


def recipe(table: str, *steps: tuple[str, dict[str, Any]]) -> str:
    """Return a recipe as it stands in addresses."""
    made = Recipe(table=table, steps=tuple(Step(kind=KINDS[n], values=v) for n, v in steps))
    return made.to_json()


def looked(visitor: Visitor, text: str, **at: str) -> dict[str, Any]:
    """Return a look at a recipe when it is there."""
    ends = time.monotonic() + 300
    while time.monotonic() < ends:
        found: dict[str, Any] = visitor.data("/console/recipe-preview", recipe=text, **at)
        if found["state"] not in {"starting", "working"}:
            return found
        time.sleep(0.3)
    raise AssertionError("no answer in five minutes")


def cells(found: dict[str, Any], side: str) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in found[side]["rows"]]


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_makes_a_step_that_a_job_takes_whatever_columns_are_called(name: str) -> None:
    made = recipe("d.names", (name, FILLED[name]))

    found = recipe_of(made)

    assert found.faults() == []
    assert found.to_json() == made
    assert recipe_in(found.to_yaml()) == found
    assert found.steps[0].sentence


def test_steps_are_added_moved_and_taken_away_by_forms(console: ConsoleServer, table: str) -> None:
    visitor = writer(console, table)
    text = recipe(table)
    for form in (
        {"kind": "rename", "column": "name", "name": "who"},
        {"kind": "drop", "columns": ["bad"]},
        {"kind": "empty"},
    ):
        visitor.post("/console/recipe-change", {"recipe": text, "what": "add", **form})
        kind = KINDS[str(form["kind"])]
        values = {field.name: form[field.name] for field in kind.fields}
        text = recipe_of(text).with_step(Step(kind=kind, values=values)).to_json()
    found = visitor.data("/console/recipe", recipe=text, add="fill")
    assert [step["sentence"] for step in found["steps"]] == [
        "Rename name to who",
        "Drop bad",
        "Drop columns that are empty in every row",
    ]
    assert found["columns"] == ["n", "who"]
    assert list(found["adding"]["fields"][0]["choices"]) == ["n", "who"]

    moved = visitor.post("/console/recipe-change", {"recipe": text, "what": "up", "number": 1})
    gone = visitor.post("/console/recipe-change", {"recipe": text, "what": "remove", "number": 0})

    assert moved.text.index("Drop bad") < moved.text.index("Rename name to who")
    assert "Rename name to who" not in gone.text
    empty = visitor.post(
        "/console/recipe-change", {"recipe": text, "what": "add", "kind": "rename", "column": "n"}
    )
    assert "New name is missing" in empty.text


def test_a_recipe_is_saved_as_a_job_and_opened_again(
    console: ConsoleServer, table: str, tmp_path: Path
) -> None:
    visitor = writer(console, table)
    text = recipe(table, ("rename", FILLED["rename"] | {"column": "name"}))
    form = {
        "recipe": text,
        "name": "tidy",
        "target": "d.tidy",
        "path": str(tmp_path / "tidy"),
        "format": "parquet",
    }

    seen = visitor.post("/console/recipe-save", form)

    assert seen.url.endswith("/console/recipe?job=tidy"), seen.text
    job = load_job(tmp_path / "conf", "tidy")
    assert job.pipeline is not None
    assert job.pipeline.sinks[0].table == "d.tidy"
    assert job.pipeline.steps[0].transform == "RenameField"
    again = visitor.data("/console/recipe", job="tidy")
    assert [step["sentence"] for step in again["steps"]] == ["Rename name to plain"]
    assert [one["job"] for one in visitor.data("/console/recipes")["recipes"]] == ["tidy"]
    assert "choose another name" in visitor.post("/console/recipe-save", form).text
    started = visitor.post("/console/recipe-save", {**form, "replace": "yes", "then": "run"})
    (run,) = console.services.runs.list(kind=RunKind.JOB, limit=5)
    assert run.name == "tidy"
    assert f"run?id={run.id}" in started.url


@pytest.mark.parametrize("name", ["../x", "", ".x", "a/b", HOSTILE])
def test_a_job_has_no_name_that_is_a_path(
    console: ConsoleServer, table: str, tmp_path: Path, name: str
) -> None:
    form = {"recipe": recipe(table), "name": name, "path": str(tmp_path / "out")}

    seen = writer(console, table).post("/console/recipe-save", form)

    assert seen.status == 400
    assert not list(tmp_path.rglob("*.yaml"))


def test_what_is_no_recipe_is_refused_and_never_code(console: ConsoleServer, table: str) -> None:
    visitor = console.visitor()
    for text in ("{", '{"steps":[["eval",{}]]}', '{"table":1}', "[]", "5", HOSTILE):
        assert visitor.get("/console/recipe", recipe=text).status == 400
    hostile = recipe(table, ("rename", {"column": HOSTILE, "name": HOSTILE}))
    seen = visitor.get("/console/recipe", recipe=hostile)
    assert seen.status == 200
    assert "<script>alert" not in seen.text


def test_a_file_that_was_not_made_here_is_left_alone(
    console: ConsoleServer, table: str, tmp_path: Path
) -> None:
    file = tmp_path / "conf" / "jobs" / "own.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("name: own\n")
    form = {"recipe": recipe(table), "name": "own", "path": str(tmp_path), "replace": "yes"}

    seen = writer(console, table).post("/console/recipe-save", form)

    assert "choose another name" in seen.text
    assert file.read_text() == "name: own\n"


def test_rows_before_and_after_each_step_are_seen_by_the_code_of_jobs(
    browser: Browser, console: ConsoleServer, table: str, tmp_path: Path
) -> None:
    visitor = writer(console, table)
    text = recipe(
        table,
        ("clean", {"column": "name", "how": "trim({})"}),
        ("cast", {"column": "bad", "type": "bigint"}),
        ("fill", {"column": "name", "value": "nobody"}),
        ("dedupe", {"columns": ["name"], "alike": "nearly", "edits": "0"}),
    )

    last = looked(visitor, text)
    second = looked(visitor, text, at="2")
    wrong = looked(visitor, recipe(table, ("where", {"expression": "m > 1"})))
    add_table(console, tmp_path.with_suffix(".outside"), "loot", pa.table({"n": [1]}))
    outside = looked(visitor, recipe("d.loot", ("drop", {"columns": ["m"]})))
    spying = "(SELECT max(value) FROM text.`/etc/passwd`)"
    spied = looked(visitor, recipe(table, ("derive", {"name": "x", "expression": spying})))

    assert cells(last, "before") == [
        ["1", "Ada", "1"],
        ["2", "Bo", "2"],
        ["3", "bo", "null"],
        ["4", "nobody", "4"],
    ]
    assert sorted(row[0] for row in cells(last, "after")) == ["1", "2", "4"]
    assert [one["kind"] for one in second["after"]["columns"]][2] != "string"
    assert [cell["changed"] for cell in second["after"]["rows"][2]] == [False, False, True]
    assert wrong["state"] == "failed"
    assert "m" in wrong["error"]
    assert "file_roots" in outside["error"]
    assert spied["state"] == "failed"
    _check_in_browser(browser, console, table, text)
    previewer_of(console.services).close()


def _check_in_browser(browser: Browser, console: ConsoleServer, table: str, text: str) -> None:
    from urllib.parse import urlencode  # noqa: PLC0415

    with visit(browser, f"{console.url}/console/recipes") as page:
        page.get_by_label("Table").fill(table)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Rename a column").press("Enter")
        page.get_by_label("New name").fill("number")
        page.get_by_role("button", name="Add the step").press("Enter")
        page.get_by_role("region", name="Rows after the step").get_by_text("number").wait_for()
    for path in (
        "recipes",
        f"recipe?{urlencode({'recipe': text, 'add': 'dedupe'})}",
        f"recipe-preview?{urlencode({'recipe': text})}",
    ):
        check_page(browser, console.url, f"/console/{path}")


def test_a_job_runs_as_who_saved_it_where_people_have_users() -> None:
    made = yaml.safe_load(Recipe(table="d.t", path="/x", run_as="ann").to_yaml())

    assert made["run_as"] == "ann"
