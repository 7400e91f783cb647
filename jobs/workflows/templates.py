"""Payload templates: JSON in which members whose names end with ``.$`` are worked out.

Source: states-language.net, "Payload Template".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.workflows.faults import PARAMETER_PATH, RUNTIME, StateFault
from gluepot.jobs.workflows.intrinsics import call, check_intrinsic, is_intrinsic
from gluepot.jobs.workflows.paths import Data, Json, check_path, pick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.workflows.functions import Chance

SUFFIX = ".$"


def fill(template: Json, data: Data, chance: Chance) -> Json:
    """Return a template with every ``.$`` member worked out.

    Raises:
        StateFault: A path finds nothing, or a function fails.
    """
    if isinstance(template, list):
        return [fill(item, data, chance) for item in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(SUFFIX): evaluate(value, data, chance)
        if name.endswith(SUFFIX)
        else fill(value, data, chance)
        for name, value in template.items()
    }


def evaluate(text: str, data: Data, chance: Chance) -> Json:
    """Return what a path picks, or a call gives.

    Raises:
        StateFault: A path finds nothing, or a function fails.
    """
    try:
        return call(text, data, chance) if is_intrinsic(text) else pick(text, data)
    except StateFault as fault:
        if fault.error == RUNTIME:
            raise StateFault(PARAMETER_PATH, fault.cause) from fault
        raise


def check_expression(text: object) -> None:
    """Return when a text is a path or a call.

    Raises:
        InvalidInputError: It is neither.
    """
    if isinstance(text, str) and is_intrinsic(text):
        check_intrinsic(text)
    else:
        check_path(text)


def template_faults(template: Json, place: str) -> Iterator[tuple[str, str]]:
    """Yield the place and the fault of every ``.$`` member that cannot be worked out."""
    if isinstance(template, list):
        for number, item in enumerate(template):
            yield from template_faults(item, f"{place}[{number}]")
    if not isinstance(template, dict):
        return
    for name, value in template.items():
        inner = f"{place}[{name!r}]"
        if not name.endswith(SUFFIX):
            yield from template_faults(value, inner)
            continue
        if name.removesuffix(SUFFIX) in template:
            yield inner, f"the template has {name.removesuffix(SUFFIX)!r} as well; keep one"
        try:
            check_expression(value)
        except InvalidInputError as error:
            yield inner, str(error)
