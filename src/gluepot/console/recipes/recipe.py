"""A recipe: a table, steps, and where the result goes; and the declarative job that it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from gluepot.catalog.errors import InvalidInputError
from gluepot.console.recipes.kinds import KINDS, Kind
from gluepot.jobs.definitions.marked_yaml import parse_document
from gluepot.jobs.definitions.pipeline import NAME, Pipeline, parse_pipeline
from gluepot.jobs.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = "# recipe: "
"""Begins the line of a job's file that has the recipe it was made of, as JSON."""
HEAD = "# Made by the console's recipe builder; once you edit it, do without the next line.\n"
SOURCE = "rows"
MOST_STEPS = 50
MOST_CHARACTERS = 12_000
"""Of a recipe in an address: browsers and servers take more, but not much more."""
FORMATS = ("delta", "parquet")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: its kind, and what its form was filled in with."""

    kind: Kind
    values: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """Return it in words."""
        return self.kind.says(self.values)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the builder builds.

    Attributes:
        table: ``database.table`` that it begins with; empty before one is chosen.
        steps: In their order.
        name: The job's; empty before it has one.
        target: ``database.table`` of the result.
        path: Where its files go.
        format: Of the files.
    """

    table: str = ""
    steps: tuple[Step, ...] = ()
    name: str = ""
    target: str = ""
    path: str = ""
    format: str = "delta"
    run_as: str | None = field(default=None, compare=False)

    def columns(self, before: Sequence[str]) -> list[str]:
        """Return the columns of the result, of those of the table."""
        found = list(before)
        for step in self.steps:
            found = step.kind.after(found, step.values)
        return found

    def with_step(self, step: Step) -> Recipe:
        """Return the recipe with one more step at its end.

        Raises:
            InvalidInputError: It has as many as it may have.
        """
        if len(self.steps) >= MOST_STEPS:
            raise InvalidInputError(f"A recipe has {MOST_STEPS} steps at most")
        return replace(self, steps=(*self.steps, step))

    def moved(self, number: int, by: int) -> Recipe:
        """Return the recipe with a step further up or down; at an end it stays."""
        steps = list(self.steps)
        step = steps.pop(number)
        steps.insert(min(max(number + by, 0), len(steps)), step)
        return replace(self, steps=tuple(steps))

    def without(self, number: int) -> Recipe:
        """Return the recipe without a step."""
        return replace(self, steps=self.steps[:number] + self.steps[number + 1 :])

    def to_json(self) -> str:
        """Return it as text that ``recipe_of`` reads.

        Raises:
            InvalidInputError: It is too long for an address.
        """
        plain = {
            "table": self.table,
            "steps": [[step.kind.name, dict(step.values)] for step in self.steps],
            "name": self.name,
            "target": self.target,
            "path": self.path,
            "format": self.format,
        }
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        if len(text) > MOST_CHARACTERS:
            raise InvalidInputError(
                "The recipe is too long to go on here; save it, and edit its YAML"
            )
        return text

    @property
    def document(self) -> dict[str, Any]:
        """Return the job as plain data."""
        steps: list[dict[str, Any]] = []
        last = SOURCE
        for number, step in enumerate(self.steps, start=1):
            transform, parameters = step.kind.step(step.values)
            made = f"step_{number}"
            steps.append({"name": made, "transform": transform, "input": last, **parameters})
            last = made
        sink = {"input": last, "format": self.format, "path": self.path, "mode": "overwrite"}
        sentences = "; ".join(step.sentence for step in self.steps)
        return {
            "name": self.name or "recipe",
            "description": f"Cleans {self.table}. {sentences}"[:1000],
            **({} if self.run_as is None else {"run_as": self.run_as}),
            "sources": {SOURCE: {"table": self.table}},
            **({"steps": steps} if steps else {}),
            "sinks": [{**sink, **({"table": self.target} if self.target else {})}],
        }

    def to_yaml(self) -> str:
        """Return the job's file, with the recipe in it."""
        text = yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True, width=100)
        return f"{HEAD}{MARK}{self.to_json()}\n{text}"

    def pipeline(self, file: Path | None = None) -> Pipeline:
        """Return the job, checked.

        Raises:
            DefinitionError: It cannot work; everything wrong is named.
        """
        document = self.document
        if not self.path:
            # To be looked at it need not have a place yet: nothing is written.
            document["sinks"][0]["path"] = "s3://nowhere/recipe"
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        return parse_pipeline(parse_document(file or Path("recipe"), text))

    def faults(self) -> list[str]:
        """Return everything that is wrong with the steps."""
        if not self.table:
            return []
        try:
            self.pipeline()
        except DefinitionError as error:
            return [problem.message for problem in error.args[1]]
        return []


def recipe_of(text: str) -> Recipe:
    """Return the recipe that ``Recipe.to_json`` wrote; an empty one of an empty text.

    Raises:
        InvalidInputError: The text is no recipe.
    """
    if not text:
        return Recipe()
    try:
        plain = json.loads(text)
        steps = tuple(_step(name, values) for name, values in plain["steps"])
        words = {key: str(plain[key]) for key in ("table", "name", "target", "path", "format")}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInputError("The address has no recipe; begin a new one") from error
    if words["format"] not in FORMATS:
        raise InvalidInputError(f"A recipe writes {' or '.join(FORMATS)}")
    return Recipe(steps=steps, **words)


def _step(name: str, values: Mapping[str, Any]) -> Step:
    kind = KINDS[name]
    listed = {
        key: [str(each) for each in value] if isinstance(value, list) else [str(value)]
        for key, value in values.items()
    }
    return Step(kind=kind, values=kind.read(listed))


def recipe_in(text: str) -> Recipe | None:
    """Return the recipe that a job's file was made of; None where it was made otherwise."""
    for line in text.split("\n", 3)[:3]:
        if line.startswith(MARK):
            return recipe_of(line.removeprefix(MARK))
    return None


def check_name(name: str) -> None:
    """Check that a job can be called so.

    Raises:
        InvalidInputError: It cannot.
    """
    if not re.fullmatch(NAME, name):
        raise InvalidInputError(
            "A job's name has letters, digits, '_', '-' and '.', and begins with a letter or digit"
        )
