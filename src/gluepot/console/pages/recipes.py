"""The recipe builder: choose a table, add steps that clean it, see its rows change, save a job."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from gluepot.catalog.errors import AlreadyExistsError, GluepotError, InvalidInputError
from gluepot.console.page import Action, Done, Page, Shown, Snippets, href
from gluepot.console.quality.gate_text import write_whole
from gluepot.console.recipes.kinds import KINDS
from gluepot.console.recipes.previewer import previewer_of
from gluepot.console.recipes.recipe import (
    FORMATS,
    MARK,
    Recipe,
    Step,
    check_name,
    recipe_in,
    recipe_of,
)
from gluepot.jobs.definitions.model import list_jobs
from gluepot.transforms.quality.showing import show
from gluepot.transforms.quality.values import json_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gluepot.catalog.model import Table
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.console.recipes.previewer import Look

PAGE = 50
MOST = 1_000_000
_HEAD_BYTES = 20_000


def read_recipes(ask: Ask) -> Data:
    """Return the jobs that recipes have made, and what to begin with."""
    ask.allow("ListJobs")
    conf_dir = ask.services.settings.conf_dir
    start = ask.number("start", 0, most=MOST)
    made = [name for name in list_jobs(conf_dir) if _is_recipe(conf_dir, name)]
    shown = made[start : start + PAGE]
    return {
        "recipes": [{"job": name, "address": href("recipe", job=name)} for name in shown],
        "next": href("recipes", start=start + PAGE) if start + PAGE < len(made) else None,
        "writable": _is_writable(conf_dir),
        "folder": str(conf_dir / "jobs"),
    }


def _is_recipe(conf_dir: Path, name: str) -> bool:
    try:
        with (conf_dir / "jobs" / f"{name}.yaml").open(encoding="utf-8") as file:
            return any(file.readline().startswith(MARK) for _ in range(3))
    except (OSError, UnicodeDecodeError):
        return False


def read_recipe(ask: Ask) -> Data:
    """Return a recipe: its steps, what can be added, its YAML, and what is wrong with it."""
    return _shown(ask, _recipe(ask))


def _recipe(ask: Ask) -> Recipe:
    if ask.option("job") and not ask.option("recipe"):
        return _of_job(ask, ask.need("job"))
    found = recipe_of(ask.option("recipe"))
    table = ask.option("table")
    return Recipe(table=table) if table and not found.table else found


def _of_job(ask: Ask, name: str) -> Recipe:
    ask.allow("GetJob", {"JobName": name})
    conf_dir = ask.services.settings.conf_dir
    if name in list_jobs(conf_dir):
        text = (conf_dir / "jobs" / f"{name}.yaml").read_text(encoding="utf-8")
        found = recipe_in(text)
        if found is not None:
            return found
    raise InvalidInputError(f"Job {name} was not made by the recipe builder; edit its file")


def _shown(ask: Ask, recipe: Recipe) -> Data:
    table = _table(ask, recipe.table)
    columns = recipe.columns(_columns(table))
    conf_dir = ask.services.settings.conf_dir
    at = ask.number("at", len(recipe.steps), most=len(recipe.steps))
    named = _with_defaults(recipe, table)
    return {
        "title": recipe.name or (f"Clean {recipe.table}" if recipe.table else "New recipe"),
        "table": recipe.table,
        "recipe": recipe.to_json(),
        "steps": [
            {"number": number, "sentence": step.sentence, "address": _here(recipe, number + 1)}
            for number, step in enumerate(recipe.steps)
        ],
        "at": at,
        "start_address": _here(recipe, 0),
        "kinds": [
            {"name": kind.name, "label": kind.label, "address": _here(recipe, add=kind.name)}
            for kind in KINDS.values()
        ],
        "adding": _form(ask.option("add"), columns),
        "columns": columns,
        "faults": recipe.faults(),
        "preview": href("recipe-preview", recipe=recipe.to_json()) + f"&at={at}",
        "name": named.name,
        "target": named.target,
        "path": named.path,
        "format": named.format,
        "formats": FORMATS,
        "yaml": _as(ask, named).to_yaml() if recipe.table else None,
        "writable": _is_writable(conf_dir),
        "folder": str(conf_dir / "jobs"),
        "exists": bool(ask.option("job")) or recipe.name in set(list_jobs(conf_dir)),
    }


def _here(recipe: Recipe, at: int | None = None, **more: object) -> str:
    place = "" if at is None else f"&at={at}"
    return f"{href('recipe', recipe=recipe.to_json(), **more)}{place}"


def _form(name: str, columns: Sequence[str]) -> Mapping[str, Any] | None:
    """Return the form of a kind of step."""
    if not name:
        return None
    if name not in KINDS:
        raise InvalidInputError(f"There is no step {name!r}")
    kind = KINDS[name]
    return {
        "name": name,
        "label": kind.label,
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "kind": field.kind,
                "optional": field.optional,
                "choices": dict.fromkeys(columns)
                if field.kind in {"column", "columns"}
                else field.choices,
            }
            for field in kind.fields
        ],
    }


def _table(ask: Ask, name: str) -> Table | None:
    database, dot, table = name.partition(".")
    if not dot:
        return None
    ask.allow("GetTable", {"DatabaseName": database, "Name": table})
    return ask.services.catalog.get_linked_table(database, table)


def _columns(table: Table | None) -> list[str]:
    storage = None if table is None else table.storage_descriptor
    columns = (storage.columns if storage else None) or ()
    keys = (table.partition_keys if table is not None else None) or ()
    return [column.name for column in (*columns, *keys)]


def _with_defaults(recipe: Recipe, table: Table | None) -> Recipe:
    """Return the recipe with a name, a table and a place for its result where it has none."""
    database, _, bare = recipe.table.partition(".")
    name = recipe.name or f"{bare}_clean".replace("/", "_")
    storage = None if table is None else table.storage_descriptor
    location = (storage.location if storage else None) or ""
    folder = location.rstrip("/").rpartition("/")[0]
    return replace(
        recipe,
        name=name,
        target=recipe.target or f"{database}.{name}",
        path=recipe.path or (f"{folder}/{name}" if folder else ""),
    )


def _as(ask: Ask, recipe: Recipe) -> Recipe:
    """Return the recipe whose job runs as whoever saves it, where people have users."""
    return replace(recipe, run_as=_user(ask))


def _user(ask: Ask) -> str | None:
    return ask.principal.arn.rpartition("/")[2] if ask.services.settings.auth.required else None


def _is_writable(conf_dir: Path) -> bool:
    folder = next(
        (each for each in (conf_dir / "jobs", conf_dir, conf_dir.parent) if each.is_dir()), None
    )
    return folder is not None and os.access(folder, os.W_OK)


def change(ask: Ask) -> Done:
    """Add, move or take away a step; the browser's way back is the way back here."""
    recipe = recipe_of(ask.option("recipe"))
    what = ask.need("what")
    if what == "add":
        kind = KINDS.get(ask.need("kind"))
        if kind is None:
            raise InvalidInputError("There is no such step")
        recipe = recipe.with_step(Step(kind=kind, values=kind.read(ask.fields)))
        return Done(to=_here(recipe), message="")
    number = ask.number("number", 0, most=max(len(recipe.steps) - 1, 0))
    if not recipe.steps:
        raise InvalidInputError("The recipe has no steps")
    if what == "remove":
        recipe = recipe.without(number)
    elif what in {"up", "down"}:
        recipe = recipe.moved(number, -1 if what == "up" else 1)
    else:
        raise InvalidInputError(f"A step cannot be changed by {what!r}")
    return Done(to=_here(recipe), message="")


def save(ask: Ask) -> Done | Shown:
    """Write the job's file; with faults, or without a right place, nothing is."""
    recipe = _as(ask, _named(ask, recipe_of(ask.option("recipe"))))
    check_name(recipe.name)
    location = str(ask.services.settings.conf_dir / "jobs")
    job = {"Name": recipe.name, "Role": ask.principal.arn, "Command": {"ScriptLocation": location}}
    replaces = ask.option("replace") == "yes"
    ask.allow("CreateJob", job)
    if replaces:
        ask.allow("UpdateJob", {"JobName": recipe.name, "JobUpdate": {}})
    _table(ask, recipe.table)
    file = ask.services.settings.conf_dir / "jobs" / f"{recipe.name}.yaml"
    recipe.pipeline(file)
    if not recipe.path:
        raise InvalidInputError("Say where the result goes: s3://bucket/folder, or a folder")
    _check_free(ask, recipe.name, file, replaces=replaces)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)  # write_whole says what is wrong.
    write_whole(file, recipe.to_yaml())
    if ask.option("then") == "run":
        run_id = ask.call("StartJobRun", {"JobName": recipe.name})["JobRunId"]
        return Done(to=href("run", id=run_id), message=f"Saved in {file}; the job is started")
    return Done(to=href("recipe", job=recipe.name), message=f"Saved in {file}")


def _named(ask: Ask, recipe: Recipe) -> Recipe:
    name, target, path = (ask.option(key).strip() for key in ("name", "target", "path"))
    form = ask.option("format", recipe.format)
    if form not in FORMATS:
        raise InvalidInputError(f"A recipe writes {' or '.join(FORMATS)}")
    return replace(recipe, name=name, target=target, path=path, format=form)


def _check_free(ask: Ask, name: str, file: Path, *, replaces: bool) -> None:
    conf_dir = ask.services.settings.conf_dir
    if replaces and _is_recipe(conf_dir, name):
        return
    taken = name in set(list_jobs(conf_dir))
    if not taken:
        with contextlib.suppress(GluepotError):
            taken = bool(ask.call("GetJob", {"JobName": name}))
    if taken:
        raise AlreadyExistsError("Job", f"{name}, in {file}; choose another name")


def read_preview(ask: Ask) -> Data:
    """Return the rows before and after a step, or how far the look at them is."""
    recipe = recipe_of(ask.need("recipe"))
    _table(ask, recipe.table)
    # What a step's Spark SQL can read, a job can too.
    ask.allow("CreateJob", {"Name": recipe.name or "recipe"})
    at = ask.number("at", len(recipe.steps), most=len(recipe.steps))
    base = {
        "title": "Rows",
        "address": href("recipe-preview", recipe=recipe.to_json()) + f"&at={at}",
        "at": at,
        "sentence": recipe.steps[at - 1].sentence if at else None,
        "before": None,
        "after": None,
        "error": None,
        "note": "",
    }
    faults = recipe.faults()
    if faults:
        return {**base, "state": "failed", "error": "; ".join(faults), "seconds": 0.0}
    previewer = previewer_of(ask.services)
    # Only the steps matter: a look stays right when the job is named.
    bare = Recipe(table=recipe.table, steps=recipe.steps)
    warm = previewer.is_warm
    look = previewer.look(_text(bare), user=_user(ask))
    paired = at > 0 and recipe.steps[at - 1].kind.keeps_rows
    return {**base, **_looked(look, at, warm=warm, paired=paired)}


def _text(recipe: Recipe) -> str:
    document = recipe.document
    document["sinks"][0]["path"] = "s3://nowhere/recipe"
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text


def _looked(look: Look, at: int, *, warm: bool, paired: bool) -> Mapping[str, Any]:
    seconds = time.monotonic() - look.since
    if look.done_at is None:
        return {"state": "working" if warm else "starting", "seconds": seconds}
    if "error" in look.answer:
        return {"state": "failed", "error": look.answer["error"], "seconds": seconds}
    shown = look.answer["shown"]
    after = shown[at]
    before = shown[at - 1] if at else None
    return {
        "state": "done",
        "seconds": sum(each["seconds"] for each in shown),
        "note": shown[0]["note"],
        "before": None if before is None else _rows(before, after, paired=False),
        "after": _rows(after, before, paired=paired),
    }


def _rows(
    step: Mapping[str, Any], other: Mapping[str, Any] | None, *, paired: bool
) -> Mapping[str, Any]:
    """Return rows for show; columns that the other side has not, or has otherwise, are marked."""
    known = None if other is None else dict(other["columns"])
    rows = []
    for number, row in enumerate(step["rows"]):
        # Where no row came or went, each stands beside what it was.
        beside = other["rows"][number] if paired and other is not None else None
        rows.append(
            [
                {
                    **_value(row.get(name)),
                    "changed": beside is not None and beside.get(name) != row.get(name),
                }
                for name, _ in step["columns"]
            ]
        )
    return {
        "columns": [
            {"name": name, "kind": kind, "changed": known is not None and known.get(name) != kind}
            for name, kind in step["columns"]
        ],
        "rows": rows,
    }


def _value(value: object) -> dict[str, Any]:
    found = show(json_value(value))
    return {"text": found.text, "absent": found.absent}


def _snippets(ask: Ask) -> Snippets:
    name = ask.option("job") or _recipe(ask).name or "NAME"
    return Snippets(
        cli=f"gluepot job preview {shlex.quote(name)}\ngluepot job run {shlex.quote(name)}",
        boto3=f"glue.start_job_run(JobName={name!r})",
    )


PAGES = (
    Page(
        path="recipes",
        title="Recipes",
        section="recipes",
        template="recipes.html.jinja",
        read=read_recipes,
    ),
    Page(
        path="recipe",
        title="Recipe",
        section="recipes",
        template="recipe.html.jinja",
        read=read_recipe,
        snippets=_snippets,
    ),
    Page(
        path="recipe-preview",
        title="Rows",
        section="recipes",
        template="recipe-preview.html.jinja",
        read=read_preview,
    ),
)
ACTIONS = (Action(path="recipe-change", act=change), Action(path="recipe-save", act=save))
