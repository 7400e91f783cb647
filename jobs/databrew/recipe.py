"""A recipe as it is written: actions, each with its place, parameters and conditions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.parameters.script_options import is_true

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_OPERATION = re.compile(r'(?<!\\)"Operation"\s*:')


class RecipeError(InvalidInputError):
    """A recipe cannot be imported: ``RecipeError(file, problems)``, every problem on a line."""

    def __init__(self, file: str, problems: tuple[str, ...]) -> None:
        super().__init__(file, problems)

    def __str__(self) -> str:
        """Say each problem on a line of its own."""
        file, problems = self.args
        return "\n".join(f"{file}:{problem}" for problem in problems)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What must hold of a column's value."""

    name: str
    column: str
    value: str | None


@dataclass(frozen=True, kw_only=True)
class Action:
    """One step of a recipe.

    Attributes:
        number: Its place, from 1.
        line: The line that names its operation.
        operation: Its name.
        parameters: As they are written; most values are texts.
        conditions: All must hold.
    """

    number: int
    line: int
    operation: str
    parameters: Mapping[str, Any]
    conditions: tuple[Condition, ...] = ()

    def fault(self, sentence: str) -> InvalidInputError:
        """Return the error of this action."""
        return InvalidInputError(f"{self.line}: step {self.number}, {self.operation}: {sentence}")

    def text(self, name: str) -> str:
        """Return a parameter that has to be there.

        Raises:
            InvalidInputError: It is not.
        """
        value = self.parameters.get(name)
        if value is None or value == "":
            raise self.fault(f"parameter {name!r} is missing")
        return value if isinstance(value, str) else json.dumps(value)

    def optional(self, name: str) -> str | None:
        """Return a parameter, or None where it is missing or empty."""
        return self.text(name) if self.parameters.get(name) not in {None, ""} else None

    def switch(self, name: str) -> bool:
        """Return a parameter that is true or false; false where it is missing."""
        return is_true(self.parameters.get(name, "false"))

    def whole(self, name: str) -> int:
        """Return a whole number, not below 0.

        Raises:
            InvalidInputError: It is missing, or none.
        """
        text = self.text(name)
        if not text.isdecimal():
            raise self.fault(f"parameter {name!r} must be a whole number, but is {text!r}")
        return int(text)

    def json(self, name: str) -> Any:  # noqa: ANN401
        """Return a parameter that is JSON within the JSON.

        Raises:
            InvalidInputError: It is missing, or no JSON.
        """
        value = self.parameters.get(name)
        if not isinstance(value, str):
            return value if value is not None else self.text(name)
        try:
            return json.loads(self.text(name))
        except ValueError as error:
            raise self.fault(f"parameter {name!r} is not JSON: {value!r}") from error

    def columns(self, name: str = "sourceColumns") -> list[str]:
        """Return names of columns that are a JSON list.

        Raises:
            InvalidInputError: They are not.
        """
        found = self.json(name)
        if not isinstance(found, list) or not found or not all(isinstance(x, str) for x in found):
            raise self.fault(f"parameter {name!r} must be a list of columns, but is {found!r}")
        return found

    def check_known(self, known: Iterable[str]) -> None:
        """See that nothing is asked that would be left out.

        Raises:
            InvalidInputError: A parameter is not known.
        """
        names = tuple(known)
        for name in self.parameters:
            if name not in names:
                hint = did_you_mean(name, names)
                takes = ", ".join(names) or "none"
                raise self.fault(f"parameter {name!r} is not imported.{hint} Those are: {takes}")


def read_recipe(file: Path) -> tuple[Action, ...]:
    """Return the actions of a recipe: a list of steps, or what describe-recipe answers.

    Raises:
        RecipeError: The file is no recipe.
        InvalidInputError: It cannot be opened.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{file} cannot be read: {error}") from error
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise RecipeError(str(file), (f"{error.lineno}: this is no JSON: {error.msg}",)) from error
    steps = value.get("Steps") if isinstance(value, dict) else value
    if not isinstance(steps, list) or not steps:
        sentence = "1: a recipe is a list of steps that is not empty, or a mapping with Steps"
        raise RecipeError(str(file), (sentence,))
    # A parameter's own JSON has its quotes escaped, so each of these begins an action.
    lines = [text.count("\n", 0, found.start()) + 1 for found in _OPERATION.finditer(text)]
    lines += [1] * len(steps)
    try:
        return tuple(
            _action(number, line, step)
            for number, (line, step) in enumerate(zip(lines, steps, strict=False), start=1)
        )
    except InvalidInputError as error:
        raise RecipeError(str(file), (str(error),)) from error


def _action(number: int, line: int, step: object) -> Action:
    if isinstance(step, dict) and isinstance(step.get("RecipeStep"), dict):
        step = step["RecipeStep"]
    action = step.get("Action", step.get("RecipeAction")) if isinstance(step, dict) else None
    if not isinstance(action, dict) or not isinstance(action.get("Operation"), str):
        raise InvalidInputError(f"{line}: step {number} has no Action with an Operation")
    parameters = action.get("Parameters") or {}
    given = step.get("ConditionExpressions") or () if isinstance(step, dict) else ()
    return Action(
        number=number,
        line=line,
        operation=action["Operation"],
        parameters=parameters,
        conditions=tuple(_condition(number, line, each) for each in given),
    )


def _condition(number: int, line: int, given: object) -> Condition:
    if not isinstance(given, dict) or not {"Condition", "TargetColumn"} <= set(given):
        raise InvalidInputError(
            f"{line}: step {number}: a condition has Condition and TargetColumn"
        )
    value = given.get("Value")
    text = value if value is None or isinstance(value, str) else json.dumps(value)
    return Condition(name=given["Condition"], column=given["TargetColumn"], value=text)
