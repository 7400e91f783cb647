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
_SECRET_NAME = re.compile(r"(?i)secret|passw|token|access[-_.]?key|credential|api[-_.]?key")
_SHORTEST_NUMBER = 6
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


def is_plain_secret(name: str, value: str) -> bool:
    """Return whether an argument is a secret by its name that stands there for all to read.

    Short numbers are none: ``--max-tokens 1000`` is no secret, and 1000 is in many lines.

    >>> is_plain_secret("--db_password", "x"), is_plain_secret("password", "{{env:P}}")
    (True, False)
    """
    number = value.isdigit() and len(value) < _SHORTEST_NUMBER
    return _SECRET_NAME.search(name) is not None and not has_references(value) and not number


def hide_plain(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return arguments for people to see, without the secrets that stand there in plain."""
    return {key: MASK if is_plain_secret(key, value) else value for key, value in arguments.items()}


def resolve(
    arguments: Mapping[str, str], connection: Callable[[str], Mapping[str, str]]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return arguments with their secrets in place, and those and the plain ones.

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

    found = {key: _REFERENCE.sub(open_one, value) for key, value in arguments.items()}
    plain = (value for key, value in arguments.items() if is_plain_secret(key, value))
    return found, (*secrets, *plain)


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
        self._longest = len(long[0]) if long else 0

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

    def parted(self, text: str) -> tuple[str, str]:
        """Return the part of a text that can be masked by itself, and the rest.

        The rest is not longer than the longest secret: what follows may make it one.

        >>> Masker(["s3cret"]).parted("a s3cret and s3c")
        ('a s3cret an', 'd s3c')
        """
        if self._pattern is None:
            return text, ""
        cut = max(len(text) - self._longest + 1, 0)
        for found in self._pattern.finditer(text):
            if found.start() < cut < found.end():
                cut = found.start()
        return text[:cut], text[cut:]

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
