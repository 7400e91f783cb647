"""The settings in force, one by one: their values, and who set each; secrets are never told."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from gluepot.settings import Settings, settings_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MASK = "********"
DEFAULT, COMMAND = "default", "command"
_SECRET_NAME = re.compile(r"(?i)secret|password|passwd|token|access[._-]?key|credential|api_key")
_OPEN_NAMES = frozenset({"launch.kubernetes.facts_secret", "s3.access_key_id"})
"""Names of secrets and of keys, which are none themselves."""
_PREFIX, _DELIMITER = "GLUEPOT_", "__"


@dataclass(frozen=True, kw_only=True)
class EffectiveSetting:
    """One setting in force.

    Attributes:
        name: Such as ``s3.endpoint_url``; that of the file, its section before the point.
        value: As text; masked where it is a secret, None where it is not set.
        origin: ``default``, ``command`` (an option, or what a command sets itself), the name of a
            variable, or the path of the file.
        variable: The variable that sets it.
    """

    name: str
    value: str | None
    origin: str
    variable: str


def effective_settings(
    settings: Settings, environment: Mapping[str, str] | None = None, file: Path | None = None
) -> list[EffectiveSetting]:
    """Return every setting in force with its origin.

    Args:
        settings: Those in force.
        environment: None means this process's.
        file: None means the one that settings are read from.
    """
    given = os.environ if environment is None else environment
    variables = {name.upper(): text for name, text in given.items()}
    path = settings_file() if file is None else file
    stored = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    found = []
    nothing_set = Settings.model_construct()
    for name, value in _members(settings):
        default = _default(nothing_set, name)
        origin = _origin(name, variables, stored, path)
        if origin == DEFAULT and value != default:
            origin = COMMAND
        shown = _shown(name, value)
        found.append(
            EffectiveSetting(name=name, value=shown, origin=origin, variable=_variable(name))
        )
    return found


def _members(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _members(value, f"{prefix}{name}.")
        elif isinstance(value, dict) and value:
            yield from ((f"{prefix}{name}.{key}", item) for key, item in value.items())
        else:
            yield f"{prefix}{name}", value


def _default(found: Any, name: str) -> Any:  # noqa: ANN401 - a setting's value
    """Return what a setting is where nobody sets it; None for members that are not there then."""
    for part in name.split("."):
        if not isinstance(found, BaseModel) or part not in type(found).model_fields:
            return None
        found = getattr(found, part)
    return found


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.upper().replace('.', _DELIMITER)}"


def _origin(name: str, variables: Mapping[str, str], stored: Mapping[str, Any], path: Path) -> str:
    # A variable may hold a whole section, as JSON.
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        variable = _variable(".".join(parts[:length]))
        if variable in variables:
            return variable
    here: Any = stored
    for depth, part in enumerate(parts):
        if not isinstance(here, dict):
            return DEFAULT
        rest = ".".join(parts[depth:])  # Keys of Spark hold points.
        if rest in here:
            return str(path)
        if part not in here:
            return DEFAULT
        here = here[part]
    return str(path)


def _shown(name: str, value: Any) -> str | None:  # noqa: ANN401 - a setting's value
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if value != {} else ""
    if _SECRET_NAME.search(name) and name not in _OPEN_NAMES:
        return MASK
    return _without_credentials(text)


def _without_credentials(text: str) -> str:
    """Return an address without what stands before its host, or after its path."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    if not parts.netloc:
        return text
    host = parts.netloc.rpartition("@")[2]
    own = f"{MASK}@{host}" if "@" in parts.netloc else host
    shown = parts._replace(netloc=own, query=MASK if parts.query else "")
    return shown.geturl()
