"""Intrinsic functions: ``States.Format('{} rows', $.count)`` read to a tree, and worked out.

Source: states-language.net, "Intrinsic Functions", and its appendix that lists them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.workflows.faults import INTRINSIC, StateFault
from gluepot.jobs.workflows.functions import FUNCTIONS
from gluepot.jobs.workflows.paths import Data, Json, check_path, pick

if TYPE_CHECKING:
    from gluepot.jobs.workflows.functions import Chance

MAX_NESTING = 10
"""How deep calls are nested at most. Source: Step Functions developer guide, "Intrinsics"."""

_CALL = re.compile(r"\s*(States\.[A-Za-z0-9]+|[A-Za-z][\w.]*)\s*\(")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Constant:
    """A text, a number, true, false or null."""

    value: Json


@dataclass(frozen=True)
class PathArgument:
    """A path."""

    text: str


@dataclass(frozen=True)
class Invocation:
    """A function and what it is given."""

    name: str
    arguments: tuple[Argument, ...]


Argument: TypeAlias = Constant | PathArgument | Invocation


def is_intrinsic(text: str) -> bool:
    """Return whether a text is meant as a call of an intrinsic function."""
    return _CALL.match(text) is not None


def check_intrinsic(text: str) -> None:
    """Return when a text is a call that can be worked out.

    Raises:
        InvalidInputError: It is not; the sentence says where it goes wrong.
    """
    _parsed(text)


def call(text: str, data: Data, chance: Chance) -> Json:
    """Return what a call gives; random values are drawn from ``chance``.

    Raises:
        StateFault: An argument is not what the function takes, or a path finds nothing.
    """
    return _evaluated(_parsed(text), data, chance)


def _evaluated(argument: Argument, data: Data, chance: Chance) -> Json:
    if isinstance(argument, Constant):
        return argument.value
    if isinstance(argument, PathArgument):
        return pick(argument.text, data)
    given = [_evaluated(item, data, chance) for item in argument.arguments]
    try:
        return FUNCTIONS[argument.name](given, chance)
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
        raise StateFault(INTRINSIC, f"{argument.name}: {error}") from error


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Invocation:
    found, place = _invocation(text, 0, 1)
    if text[place:].strip():
        raise InvalidInputError(f"{text!r}: {text[place:]!r} follows the call")
    return found


def _invocation(text: str, start: int, depth: int) -> tuple[Invocation, int]:
    opened = _CALL.match(text, start)
    if opened is None:
        raise InvalidInputError(f"{text!r}: a call such as States.Format('{{}}', $.a) is wanted")
    name = opened[1]
    if name not in FUNCTIONS:
        hint = did_you_mean(name, FUNCTIONS)
        raise InvalidInputError(f"{text!r}: there is no intrinsic function {name}.{hint}")
    if depth > MAX_NESTING:
        raise InvalidInputError(f"{text!r}: calls are nested at most {MAX_NESTING} deep")
    arguments: list[Argument] = []
    place = _skip(text, opened.end())
    while text[place : place + 1] != ")":
        if arguments:
            place = _after_comma(text, place)
        argument, place = _argument(text, place, depth)
        arguments.append(argument)
        place = _skip(text, place)
    return Invocation(name, tuple(arguments)), place + 1


def _argument(text: str, place: int, depth: int) -> tuple[Argument, int]:
    if string := _STRING.match(text, place):
        return Constant(_unescaped(string[1])), string.end()
    if text[place : place + 1] == "$":
        end = _end_of_path(text, place)
        path = text[place:end].strip()
        check_path(path)
        return PathArgument(path), end
    if number := _NUMBER.match(text, place):
        value = number[0]
        return Constant(float(value) if number[1] or number[2] else int(value)), number.end()
    for word, constant in _WORDS.items():
        if text.startswith(word, place) and not text[place + len(word) :][:1].isalnum():
            return Constant(constant), place + len(word)
    if _CALL.match(text, place):
        return _invocation(text, place, depth + 1)
    raise InvalidInputError(
        f"{text!r}: at {text[place : place + 20]!r} a 'text', number, path or call is wanted"
    )


def _end_of_path(text: str, place: int) -> int:
    """Return where a path ends: at the comma or bracket that is not inside of it."""
    depth, quote = 0, ""
    for end in range(place, len(text)):
        character = text[end]
        if quote:
            quote = "" if character == quote and text[end - 1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character in "[(":
            depth += 1
        elif character in "])" and depth:
            depth -= 1
        elif character in ",)":
            return end
    raise InvalidInputError(f"{text!r}: the call is not closed by )")


def _unescaped(text: str) -> str:
    # A brace keeps its backslash: only States.Format knows which of them are places to fill.
    return re.sub(r"\\([^{}])", r"\1", text, flags=re.DOTALL)


def _after_comma(text: str, place: int) -> int:
    if text[place : place + 1] != ",":
        raise InvalidInputError(f"{text!r}: arguments are parted by commas, and ) ends them")
    return _skip(text, place + 1)


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place
