"""How data goes into a state and comes out of it.

Source: states-language.net, "Input and Output Processing".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gluepot.jobs.workflows.faults import DATA_LIMIT, RUNTIME, StateFault
from gluepot.jobs.workflows.paths import Data, pick, put
from gluepot.jobs.workflows.templates import evaluate, fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.workflows.functions import Chance
    from gluepot.jobs.workflows.paths import Json

MAX_BYTES = 262_144
"""A state's data as JSON. Source: Step Functions developer guide, "Quotas"."""


def chosen_input(state: Mapping[str, Any], raw: Json, context: Json) -> Json:
    """Return what InputPath chooses of the raw input."""
    return _chosen(state.get("InputPath", "$"), raw, context)


def effective_input(state: Mapping[str, Any], raw: Json, context: Json, chance: Chance) -> Json:
    """Return what the state works on: InputPath, then Parameters.

    Raises:
        StateFault: A path finds nothing, or a function fails.
    """
    chosen = chosen_input(state, raw, context)
    if "Parameters" not in state:
        return chosen
    return fill(state["Parameters"], Data(value=chosen, context=context), chance)


def output_of(
    state: Mapping[str, Any], raw: Json, result: Json, context: Json, chance: Chance
) -> Json:
    """Return what the state puts out: ResultSelector, ResultPath, then OutputPath.

    Raises:
        StateFault: A path finds nothing, leads nowhere, or the data is too large.
    """
    if "ResultSelector" in state:
        result = fill(state["ResultSelector"], Data(value=result, context=context), chance)
    place = state.get("ResultPath", "$")
    combined = raw if place is None else put(place, raw, result)
    return passed_on(state, combined, context)


def passed_on(state: Mapping[str, Any], data: Json, context: Json) -> Json:
    """Return what OutputPath chooses of a state's data.

    Raises:
        StateFault: It finds nothing, or the data is too large.
    """
    found = _chosen(state.get("OutputPath", "$"), data, context)
    size = len(json.dumps(found, ensure_ascii=False).encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise StateFault(
            DATA_LIMIT,
            f"The state's output has {size} bytes; at most {MAX_BYTES} are passed on."
            " Put large data into a table or object and pass on its name",
        )
    return found


def value_of(
    state: Mapping[str, Any], member: str, data: Data, default: Json, chance: Chance | None = None
) -> Json:
    """Return a member, or what its form with ``Path`` picks or calls.

    Raises:
        StateFault: The path finds nothing.
    """
    path = state.get(f"{member}Path")
    if path is None:
        return state.get(member, default)
    return pick(path, data) if chance is None else evaluate(path, data, chance)


def whole_number(value: Json, name: str, least: int, most: int) -> int:
    """Return a value that is a whole number within bounds.

    Raises:
        StateFault: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise StateFault(RUNTIME, f"{name} is a whole number, not {json.dumps(value):.80}")
    if not least <= value <= most:
        raise StateFault(RUNTIME, f"{name} is between {least} and {most}, not {value}")
    return int(value)


def _chosen(path: str | None, data: Json, context: Json) -> Json:
    return {} if path is None else pick(path, Data(value=data, context=context))
