"""Functions of columns, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.script_api.functions import explodeWithIndex, namedStruct, replaceArrayElement

__all__ = ["explodeWithIndex", "namedStruct", "replaceArrayElement"]
