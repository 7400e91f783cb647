"""Paths of the States language: JSONPath that picks from a document, and where results go.

``$`` is a state's data, ``$$`` the context object. A path that names one place gives what is
there; any other gives the list of what it finds.

Sources: states-language.net, "Paths" and "Reference Paths"; RFC 9535 for JSONPath itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.workflows.faults import RESULT_PATH, RUNTIME, StateFault

if TYPE_CHECKING:
    from jsonpath import JSONPath

Json: TypeAlias = Any
"""What a JSON document may be."""

MAX_INDEX = 10_000
"""The highest place in an array that a result is put to."""

_STEP = re.compile(
    r"""\.(?P<name>[^\W\d][\w-]*)|\[(?P<index>\d+)\]|\[(?P<quote>['"])(?P<quoted>.*?)(?P=quote)\]"""
)


@dataclass(frozen=True, kw_only=True)
class Data:
    """What paths pick from: a state's data and the context object."""

    value: Json
    context: Json


def check_path(text: object, *, context: bool = True) -> None:
    """Return when ``text`` is a path; ``context`` says whether it may begin with ``$$``.

    Raises:
        InvalidInputError: It is not; the sentence says why.
    """
    if not isinstance(text, str) or not text.startswith("$"):
        raise InvalidInputError(f"a path is a text that begins with $, not {text!r}")
    if text.startswith("$$") and not context:
        raise InvalidInputError(f"{text!r} may not begin with $$: it is read from the state's data")
    _compiled(text)


def check_reference_path(text: object) -> None:
    """Return when ``text`` names one place of the state's data, as ``$.a.b[0]`` does.

    Raises:
        InvalidInputError: It does not.
    """
    check_path(text, context=False)
    _steps(str(text))


def pick(text: str, data: Data) -> Json:
    """Return what a path picks.

    Raises:
        StateFault: There is nothing at the one place that it names.
    """
    found = matches(text, data)
    path = _compiled(text)
    if not path.singular_query():
        return found
    if not found:
        raise StateFault(RUNTIME, f"The path {text!r} finds nothing in the state's data")
    return found[0]


def matches(text: str, data: Data) -> list[Json]:
    """Return all that a path finds."""
    source = data.context if text.startswith("$$") else data.value
    # A filter asks for members of what need not have any: such an element is not found.
    return list(_compiled(text).findall(source))


def put(text: str, target: Json, value: Json) -> Json:
    """Return ``target`` with ``value`` at the place that a reference path names.

    Members that are not there are made; ``target`` itself stays as it is.

    Raises:
        StateFault: Something on the way is not an object or array with such a place.
    """
    return _put(_steps(text), target, value, text)


def _put(steps: tuple[str | int, ...], target: Json, value: Json, text: str) -> Json:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        if not isinstance(target, list) or step >= len(target):
            raise _unreachable(text, f"there is no array with a place {step}")
        return [
            _put(rest, item, value, text) if number == step else item
            for number, item in enumerate(target)
        ]
    if not isinstance(target, dict):
        raise _unreachable(text, f"what should have a member {step!r} is not an object")
    return {**target, step: _put(rest, target.get(step, {} if rest else None), value, text)}


def _unreachable(text: str, why: str) -> StateFault:
    return StateFault(RESULT_PATH, f"The result cannot be put at {text!r}: {why}")


@lru_cache(maxsize=1024)
def _steps(text: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    place = 1
    while place < len(text):
        found = _STEP.match(text, place)
        if found is None:
            raise InvalidInputError(
                f"{text!r} is no reference path: it names one place by .member, ['member'] or [0]"
            )
        steps.append(_step(found, text))
        place = found.end()
    return tuple(steps)


def _step(found: re.Match[str], text: str) -> str | int:
    if found["index"] is None:
        return found["name"] if found["name"] is not None else found["quoted"]
    if len(found["index"]) > len(str(MAX_INDEX)) or int(found["index"]) > MAX_INDEX:
        raise InvalidInputError(f"{text!r} goes beyond place {MAX_INDEX} of an array")
    return int(found["index"])


@lru_cache(maxsize=4096)
def _compiled(text: str) -> JSONPath:
    from jsonpath import JSONPathEnvironment  # noqa: PLC0415
    from jsonpath.exceptions import JSONPathError  # noqa: PLC0415

    standard = text[1:] if text.startswith("$$") else text
    try:
        compiled = JSONPathEnvironment(strict=True).compile(standard)
    except JSONPathError as error:
        reason = str(error).splitlines()[0]
        raise InvalidInputError(f"{text!r} is no path: {reason}") from error
    return cast("JSONPath", compiled)  # a path of RFC 9535 is never a compound one
