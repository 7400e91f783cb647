"""What defines and begins work, for people to see: without the secrets that stand in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.definitions.marked_yaml import read_document
from gluepot.jobs.parameters.secret_references import MASK, Masker, is_plain_secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_LETTERS = 100_000
_MEMBER = re.compile(r"""([\w.-]+)(["']?\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s,{}\[\]][^,}\]\n]*)""")


def definition_text(file: Path) -> str | None:
    """Return the text of a file without its secrets; None where it cannot be read here."""
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            text = opened.read(MOST_LETTERS)
    except OSError:
        return None
    secrets: tuple[str, ...] = ()
    if file.suffix == ".yaml":
        try:
            secrets = tuple(_secrets(read_document(file).value))
        except GluepotError:
            secrets = ()  # What is wrong with it is told elsewhere; its lines are hidden below.
    return hide_members(Masker(secrets).mask(text))


def hide_members(text: str) -> str:
    """Return a text with the values hidden of members that are secrets by their names.

    >>> hide_members("arguments: {db_password: x, day: 1}")
    'arguments: {db_password: ******, day: 1}'
    """

    def hidden(found: re.Match[str]) -> str:
        name, between, value = found.groups()
        return f"{name}{between}{MASK}" if is_plain_secret(name, value.strip("\"' ")) else found[0]

    return _MEMBER.sub(hidden, text)


def hide_within(value: Any) -> Any:  # noqa: ANN401 - JSON data
    """Return JSON data with the texts hidden that are secrets by the names of their members.

    >>> hide_within({"properties": {"token": "abc", "day": "1"}})
    {'properties': {'token': '******', 'day': '1'}}
    """
    if isinstance(value, dict):
        return {
            key: MASK
            if isinstance(inner, str) and is_plain_secret(str(key), inner)
            else hide_within(inner)
            for key, inner in value.items()
        }
    return [hide_within(inner) for inner in value] if isinstance(value, list | tuple) else value


def _secrets(value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str | int | float) and is_plain_secret(str(key), str(inner)):
                yield str(inner)
            else:
                yield from _secrets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _secrets(inner)
