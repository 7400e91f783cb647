"""What a transform takes, returns and raises, read from its signature and docstring."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SECTION = re.compile(r"^(Args|Raises|Returns):\n(?P<body>(?:[ ]{4}.*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^ {4}(?P<name>\w+): (?P<text>.*(?:\n {8}.*)*)", re.MULTILINE)
_COMMON = {
    "frame": "The frame that is read; it stays as it is.",
    "frame1": "The first frame; it stays as it is.",
    "frame2": "The second frame; it stays as it is.",
    "transformation_ctx": "A name for the call, unique in the job, that state is kept under.",
    "info": "A text that error records of this call carry.",
    "stageThreshold": "The number of records failed in this call that ends the job; 0: none does.",
    "totalThreshold": "The number of records failed so far that ends the job; 0: none does.",
}
"""Arguments that mean the same everywhere, for docstrings that leave them out."""


def arguments(call: Callable[..., Any]) -> list[dict[str, Any]]:
    """Return each argument as Glue lists them: name, type, description, optional, defaultValue."""
    described = {**_COMMON, **_entries(call, "Args")}
    described |= {name: _COMMON[name] for name in list(_COMMON)[3:]}
    return [
        {
            "name": parameter.name,
            "type": _type(parameter.annotation),
            "description": described.get(parameter.name, ""),
            "optional": parameter.default is not parameter.empty,
            "defaultValue": _default(parameter.default),
        }
        for parameter in list(inspect.signature(call).parameters.values())[1:]
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    ]


def _default(value: object) -> str | None:
    return None if value is None or value is inspect.Parameter.empty else str(value)


def returned(call: Callable[..., Any]) -> dict[str, str]:
    """Return the type of the result and what it is."""
    kind = inspect.signature(call).return_annotation
    return {"type": _type(kind), "description": first_paragraph(call)}


def errors(call: Callable[..., Any]) -> list[dict[str, str]]:
    """Return the errors that a call may raise, and when."""
    found = _entries(call, "Raises").items()
    return [{"type": name, "description": text} for name, text in found]


def first_paragraph(documented: object) -> str:
    """Return the first paragraph of a docstring on one line."""
    return _joined((inspect.getdoc(documented) or "").split("\n\n", maxsplit=1)[0])


def _entries(call: Callable[..., Any], section: str) -> dict[str, str]:
    text = (inspect.getdoc(call) or "") + "\n"
    bodies = [found["body"] for found in _SECTION.finditer(text) if found[1] == section]
    return {
        entry["name"]: _joined(entry["text"]) for body in bodies for entry in _ENTRY.finditer(body)
    }


def _type(annotation: object) -> str:
    if annotation is inspect.Signature.empty:
        return ""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _joined(text: str) -> str:
    return " ".join(text.split())
