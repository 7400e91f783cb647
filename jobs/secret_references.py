"""Secrets in arguments by reference: opened in the run's own process, and masked in what it says.

``{{env:NAME}}`` is an environment variable of the process, ``{{file:/path}}`` the text of a file
without the line end at its end, ``{{connection:NAME:PROPERTY}}`` a property of a connection of the
catalog, such as its PASSWORD. The record, the queue, the API and the command line hold the
reference and never what it stands for.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MASK = "******"
_REFERENCE = re.compile(r"\{\{(env|file|connection):([^{}]+)\}\}")
_SHORTEST = 3
"""Masking every letter ``a`` would hide nothing and spoil everything."""


class SecretError(GluepotError):
    """A secret that an argument refers to cannot be had; the sentence holds no secret."""


def has_references(text: str) -> bool:
    """Return whether a text refers to a secret.

    >>> has_references("{{env:TOKEN}}"), has_references("{{ jinja }}")
    (True, False)
    """
    return _REFERENCE.search(text) is not None


def resolve(
    arguments: Mapping[str, str], connection: Callable[[str], Mapping[str, str]]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return arguments with their secrets in place, and those secrets.

    Args:
        arguments: By name; any part of a value may be a reference.
        connection: Returns the properties of a connection.

    Raises:
        SecretError: One cannot be had.
    """
    secrets: list[str] = []

    def open_one(found: re.Match[str]) -> str:
        secret = _open(found[1], found[2], connection)
        secrets.append(secret)
        return secret

    return {key: _REFERENCE.sub(open_one, value) for key, value in arguments.items()}, tuple(
        secrets
    )


def _open(kind: str, name: str, connection: Callable[[str], Mapping[str, str]]) -> str:
    if kind == "env":
        if name not in os.environ:
            raise SecretError(
                f"The environment has no variable {name}, which an argument refers to; set it"
                " where the worker runs"
            )
        return os.environ[name]
    if kind == "file":
        try:
            return Path(name).read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SecretError(f"The secret file {name} cannot be read: {error}") from None
    named, _, member = name.rpartition(":")
    if not named:
        raise InvalidInputError(
            f"{{{{connection:{name}}}}} names no property: write {{{{connection:NAME:PASSWORD}}}}"
        )
    properties = connection(named)
    if member not in properties:
        raise SecretError(
            f"Connection {named} has no {member}; it has: {', '.join(sorted(properties))}"
        )
    return properties[member]


class Masker:
    """Hides secrets in texts; every line of a secret, and its forms in Python and JSON."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        long = sorted((form for form in forms if len(form) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, long))) if long else None

    @property
    def idle(self) -> bool:
        """Return whether there is nothing to hide."""
        return self._pattern is None

    def mask(self, text: str) -> str:
        """Return a text without secrets.

        >>> Masker(["pass word"]).mask("it is 'pass word'")
        "it is '******'"
        """
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def mask_all(self, value: Any) -> Any:  # noqa: ANN401 - JSON data
        """Return JSON data with the secrets in its texts hidden."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {self.mask(str(key)): self.mask_all(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_all(each) for each in value]
        return value


def _forms(secret: str) -> set[str]:
    quoted = repr(secret)[1:-1]
    return {secret, quoted, quoted.replace('"', '\\"'), *secret.splitlines()}
