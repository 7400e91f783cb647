"""Glue's types, where scripts import them from."""

from __future__ import annotations

from gluepot.transforms.gluetypes import *  # noqa: F403
from gluepot.transforms.record import DynamicRecord  # noqa: F401 - scripts import it from here
