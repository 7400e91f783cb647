"""Glue's own names, such as ``awsglue``, which the scripts of its users import."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPAT = Path(__file__).parents[1] / "compat"
"""The folder of the packages; it is on the path of scripts alone."""


@contextlib.contextmanager
def glue_names() -> Iterator[None]:
    """Make ``awsglue``, ``awsgluedq`` and ``awsglueml`` importable inside the block."""
    folder = str(COMPAT)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
