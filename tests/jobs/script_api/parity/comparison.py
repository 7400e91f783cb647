"""Each public name of Glue's package as it is here: same, different or absent."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.jobs.script_api.parity.upstream import Signatures

SAME, DIFFERENT, ABSENT = "same", "different", "absent"
EMPTY: tuple[object, ...] = ({}, [], (), None)
"""Defaults that mean nothing given: one that can change is None here."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One name.

    Attributes:
        module: Where Glue has it.
        name: Within the module.
        parameters: Glue's; None where they are not compared.
        verdict: SAME, DIFFERENT or ABSENT.
        how: What is different, or why it is absent, or what is taken beside.
    """

    module: str
    name: str
    parameters: Sequence[str] | None
    verdict: str
    how: str = ""


def compare(signatures: Signatures, reasons: Mapping[str, str]) -> list[Row]:
    """Compare names with those that scripts import here.

    Args:
        signatures: Glue's.
        reasons: Why names are absent or different; the reason of a module holds for its names.
    """
    return [
        _row(module, name, parameters, reasons)
        for module, names in sorted(signatures.items())
        for name, parameters in sorted(names.items())
    ]


def _row(
    module: str, name: str, parameters: Sequence[str] | None, reasons: Mapping[str, str]
) -> Row:
    found, owner = _find(module, name)
    if found is _MISSING:
        verdict, how = ABSENT, ""
    elif parameters is None:
        verdict, how = SAME, ""
    else:
        verdict, how = _compared(parameters, _ours(found, owner, name))
    if verdict != SAME:
        how = ": ".join(part for part in (how, _reason(f"{module}.{name}", reasons)) if part)
    return Row(module=module, name=name, parameters=parameters, verdict=verdict, how=how)


def _reason(name: str, reasons: Mapping[str, str]) -> str:
    parts = name.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((reasons[prefix] for prefix in prefixes if prefix in reasons), "")


_MISSING = object()


def _find(module: str, name: str) -> tuple[Any, Any]:
    """Return what a name stands for here, and the class or module that has it."""
    try:
        owner: Any = None
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError:
        return _MISSING, None
    parts = name.split(".")
    for part in parts:
        if found is _MISSING:
            return _MISSING, None
        owner, found = found, getattr(found, part, _MISSING)
    if found is _MISSING and inspect.isclass(owner) and _sets(owner, parts[-1]):
        return None, owner
    return found, owner


def _sets(kind: type, attribute: str) -> bool:
    """Tell whether instances of a class have an attribute: the source assigns or declares it."""
    sources = [inspect.getsource(each) for each in kind.__mro__ if each is not object]
    assigned = re.compile(rf"self\.{attribute}\b[^=\n]*=[^=]|^    {attribute}:", re.MULTILINE)
    return any(assigned.search(source) for source in sources)


def _ours(found: Any, owner: Any, name: str) -> list[inspect.Parameter]:  # noqa: ANN401
    # `apply` of a transform hands on to what its instances do when they are called.
    if name.endswith(".apply"):
        found = owner.__call__
    elif inspect.isclass(found):
        found = found.__init__
    parameters = list(inspect.signature(found).parameters.values())
    bound = parameters and parameters[0].name in {"self", "cls"}
    return parameters[1:] if bound else parameters


def _compared(theirs: Sequence[str], ours: Sequence[inspect.Parameter]) -> tuple[str, str]:
    shared = list(zip(theirs, ours, strict=False))
    faults = [fault for text, parameter in shared if (fault := _fault(text, parameter))]
    faults += [f"{text} is not taken" for text in theirs[len(shared) :]]
    more = ours[len(shared) :]
    faults += [f"{each.name} must be given" for each in more if _needed(each)]
    if faults:
        return DIFFERENT, "; ".join(faults)
    beside = ", ".join(each.name for each in more)
    return SAME, f"takes {beside} as well" if beside else ""


def _needed(parameter: inspect.Parameter) -> bool:
    variable = parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    return parameter.default is parameter.empty and not variable


def _fault(text: str, parameter: inspect.Parameter) -> str:
    name, has_default, default = text.partition("=")
    stars: dict[object, str] = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}
    ours = stars.get(parameter.kind, "") + parameter.name
    if name != ours:
        return f"{ours} stands in the place of {name}"
    if parameter.kind is parameter.KEYWORD_ONLY:
        return f"{name} is taken by name only"
    if not has_default:
        return ""
    if parameter.default is parameter.empty:
        return f"{name} must be given"
    return "" if _equal(default, parameter.default) else f"{name} is {parameter.default!r} here"


def _equal(text: str, ours: object) -> bool:
    try:
        theirs = ast.literal_eval(text)
    except ValueError:
        return text in {repr(ours), f"{type(ours).__name__}()"}
    empty = ours in EMPTY or repr(ours) == "<factory>"
    return bool(theirs == ours) or (theirs in EMPTY and empty)
