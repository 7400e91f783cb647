"""Write docs/reference/settings.md: the settings, from their model and from conf/gluepot.toml.

The model has the keys, types and defaults; the comments of the file have the meanings.
"""

from __future__ import annotations

import inspect
import re
import types
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from gluepot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "reference" / "settings.md"
SOURCE = ROOT / "conf" / "gluepot.toml"
KEY = re.compile(r'^# "?(?P<key>[a-z][\w.]*)"? = ')
SECTION = re.compile(r"^(?:# )?\[(?P<section>[a-z0-9_.]+)\]$")
HEAD = """# Settings

Made by `scripts/settings_reference.py` from the model of the settings and the comments of
`conf/gluepot.toml`; do not edit it.

A setting comes from its environment variable, else from `gluepot.toml` in the working directory
(or the file that `GLUEPOT_CONFIG` names), else it has its default. A key that is not known, or a
value that does not fit, is an error that names it. Values of sections that hold more than one
word, such as `[spark.conf]`, are JSON in a variable.
"""


class MeaningError(Exception):
    """A setting is not told of in conf/gluepot.toml."""


def page() -> str:
    """Return the text of the page.

    Raises:
        MeaningError: A setting of the model is missing in conf/gluepot.toml.
    """
    meanings = read_meanings(SOURCE.read_text(encoding="utf-8"))
    sections = dict(_sections(Settings, ""))
    lines = [HEAD]
    for section, model in sections.items():
        lines.append(f"## {f'[{section}]' if section else 'At the top'}\n")
        lines.append(f"{_words(model)}\n")
        lines.append("| key | type | default | environment variable | meaning |")
        lines.append("|---|---|---|---|---|")
        lines.extend(_rows(section, model, meanings))
        lines.append("")
    return "\n".join(lines)


def read_meanings(text: str) -> dict[tuple[str, str], str]:
    r"""Return what the file says of each key of each section; keys below one comment share it.

    >>> read_meanings("# Where.\n# home = 1\n\n[s3]\n# A\n# b.\n# c = 1\n# d = 2\n")
    {('', 'home'): 'Where.', ('s3', 'c'): 'A b.', ('s3', 'd'): 'A b.'}
    """
    found: dict[tuple[str, str], str] = {}
    words: list[str] = []
    section, reading = "", True
    for line in text.splitlines():
        head, key = SECTION.match(line), KEY.match(line)
        if head:
            section, words, reading = head["section"], [], False
        elif key:
            found[section, key["key"]] = " ".join(words)
            reading = False
        elif line.startswith("# "):
            words = [*(words if reading else ()), line[2:].strip()]
            reading = True
        elif not line and reading:
            words = []
    return found


def _sections(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, type[BaseModel]]]:
    yield prefix, model
    for name, field in model.model_fields.items():
        inner = _model(field.annotation)
        if inner is not None:
            yield from _sections(inner, f"{prefix}.{name}" if prefix else name)


def _rows(
    section: str, model: type[BaseModel], meanings: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    last = ""
    for name, field in model.model_fields.items():
        if _model(field.annotation) is not None:
            continue
        variable = f"GLUEPOT_{'__'.join(filter(None, [*section.split('.'), name]))}".upper()
        meaning = _meaning(section, name, variable, meanings)
        told, last = ("as above" if meaning == last else meaning), meaning
        cells = (f"`{name}`", _type(field.annotation), _default(field), f"`{variable}`", told)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _words(model: type[BaseModel]) -> str:
    """Return what a model's docstring says, as Markdown."""
    text = " ".join(inspect.cleandoc(model.__doc__ or "").split())
    without = re.sub(r"^``\[\w+\]``: ", "", text).replace("``", "`")
    return without[0].upper() + without[1:]


def _meaning(
    section: str, name: str, variable: str, meanings: Mapping[tuple[str, str], str]
) -> str:
    """Return the words on a key: its own, those of the section it is, or that name its variable."""
    if (section, name) in meanings:
        return meanings[section, name]
    below = f"{section}.{name}"
    for (found, _), text in meanings.items():
        if found == below or f"{variable}." in text:
            return text
    raise MeaningError(f"conf/gluepot.toml does not tell of {name} in [{section}]")


def _model(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401
    """Return the model that an annotation means, optional or not."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


WORDS: Mapping[Any, str] = {
    str: "text",
    SecretStr: "text, secret",
    Path: "path",
    int: "whole number",
    float: "number",
    bool: "true or false",
}


def _type(annotation: Any) -> str:  # noqa: ANN401
    if annotation in WORDS:
        return WORDS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(each) for each in arguments if each is not type(None))
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin is dict:
        return "names with texts"
    if origin is tuple:
        return f"list: {_type(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{each.value}`" for each in annotation)
    raise MeaningError(f"There is no word for the type {annotation}")


def _default(field: Any) -> str:  # noqa: ANN401
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "must be given"
    if value in (None, "", {}):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else getattr(value, 'value', value)}`"


def main() -> None:
    """Write the page."""
    FILE.write_text(page(), encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
