"""Union, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import GlueTransform, Union

__all__ = ["GlueTransform", "Union"]
