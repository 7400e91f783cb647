"""The model card: what a model rests on and how sure it is, as Markdown and as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

_TEMPLATE = "card.html.jinja"
_ESTIMATE = {"value", "low", "high"}


@dataclass(frozen=True, kw_only=True)
class Section:
    """A table of the card."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections(card: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the tables of a card: facts first, then a table for each member that has parts.

    Args:
        card: A model's own; plain data.
        result: Facts of the run that is told of.
    """
    facts = {name: value for name, value in card.items() if _is_plain(value)}
    parts = {name: value for name, value in card.items() if not _is_plain(value) and value}
    return (
        _facts("Result", result),
        *([_facts("Model", facts)] if facts else []),
        *(_section(_words(name), value) for name, value in parts.items()),
    )


def to_markdown(found: Sequence[Section]) -> str:
    """Return the card as Markdown."""
    lines = ["# Model card"]
    for section in found:
        lines += ["", f"## {section.title}", ""]
        lines.append(_line(section.columns))
        lines.append("|" + "---|" * len(section.columns))
        lines += [_line(row) for row in section.rows]
    return "\n".join(lines) + "\n"


def to_html(found: Sequence[Section]) -> str:
    """Return the card as a page that stands alone."""
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(_TEMPLATE).render(sections=found)


def shown(value: object) -> str:
    """Return a value as people read it: four digits, intervals, lists.

    >>> shown({"value": 0.98, "low": 0.96123, "high": 1.0})
    '0.98 (0.9612 to 1)'
    """
    match value:
        case Mapping() if set(value) == _ESTIMATE:
            found = f"{shown(value['value'])} ({shown(value['low'])} to {shown(value['high'])})"
        case Mapping():
            found = ", ".join(f"{_words(name)} {shown(each)}" for name, each in value.items())
        case bool() | None:
            found = {True: "yes", False: "no", None: ""}[value]
        case float():
            found = f"{value:.4g}"
        case int():
            found = f"{value:,}"
        case Sequence() if not isinstance(value, str):
            found = ", ".join(map(shown, value))
        case _:
            found = str(value)
    return found


def _is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return set(value) == _ESTIMATE
    if isinstance(value, str):
        return True
    return not isinstance(value, Sequence) or not any(isinstance(each, Mapping) for each in value)


def _facts(title: str, facts: Mapping[str, Any]) -> Section:
    rows = tuple((_words(name), shown(value)) for name, value in facts.items())
    return Section(title=title, columns=("What", "Value"), rows=rows)


def _section(title: str, value: Any) -> Section:  # noqa: ANN401 - plain data
    """Return a table of things: a mapping of names to them, or a sequence."""
    named = isinstance(value, Mapping)
    things = list(value.items()) if named else [("", each) for each in value]
    if not all(isinstance(each, Mapping) and set(each) != _ESTIMATE for _, each in things):
        rows = tuple((str(name), shown(each)) for name, each in things)
        return Section(title=title, columns=("Name", "Value"), rows=rows)
    columns = list(dict.fromkeys(column for _, each in things for column in each))
    if named and "name" in columns:
        columns.remove("name")
    return Section(
        title=title,
        columns=(*(["Name"] if named else []), *map(_words, columns)),
        rows=tuple(
            (*([str(name)] if named else []), *(shown(each.get(column)) for column in columns))
            for name, each in things
        ),
    )


def _words(name: str) -> str:
    text = str(name).replace("_", " ")
    return text[:1].upper() + text[1:]


def _line(cells: Sequence[str]) -> str:
    plain = (cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(plain)} |"
