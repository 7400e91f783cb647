"""Glue's types, by the name that the developer guide has for them."""

from __future__ import annotations

from gluepot.transforms.gluetypes import *  # noqa: F403
