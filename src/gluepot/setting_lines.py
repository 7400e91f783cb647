"""Where settings stand: a file and line, or a variable of the AWS tools in place of one."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluepot.settings import load_settings, settings_file
from gluepot.settings_origin import DEFAULT, MASK, effective_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gluepot.settings_origin import EffectiveSetting

_BOTO: Mapping[str, tuple[str, ...]] = {
    "s3.endpoint_url": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "s3.region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "s3.profile": ("AWS_PROFILE",),
}
"""Settings that variables of the AWS tools give where nothing else does."""
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")


def placed_settings() -> list[EffectiveSetting]:
    """Return every setting in force; the origin of one from the file is ``file:line``.

    Raises:
        InvalidInputError: The settings have a fault.
    """
    lines = lines_of(settings_file())
    return [_placed(one, lines) for one in effective_settings(load_settings())]


def _placed(one: EffectiveSetting, lines: Mapping[str, int]) -> EffectiveSetting:
    if one.origin == str(settings_file()):
        # A table within one line is all on the line of its own key.
        name = one.name
        while name not in lines and "." in name:
            name = name.rpartition(".")[0]
        return replace(one, origin=f"{one.origin}:{lines[name]}") if name in lines else one
    if one.origin == DEFAULT and one.value is None:
        for variable in _BOTO.get(one.name, ()):
            if os.environ.get(variable):
                value = re.sub(r"//[^/@]*@", f"//{MASK}@", os.environ[variable])
                return replace(one, value=value, origin=variable)
    return one


def lines_of(file: Path) -> dict[str, int]:
    """Return the line of each key of a TOML file, by its name with points; none without a file."""
    if not file.is_file():
        return {}
    found: dict[str, int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if header := _HEADER.match(line):
            section = _parts(header[1])
        elif key := _KEY.match(line):
            found[".".join((*section, *_parts(key[1])))] = number
    return found


def _parts(text: str) -> tuple[str, ...]:
    """Return the parts of a TOML key, as TOML itself reads them."""
    try:
        inner: Any = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(inner, dict):
        ((name, inner),) = inner.items()
        parts.append(name)
    return tuple(parts)
