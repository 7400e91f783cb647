"""An open AWS Glue that runs where you are."""

from __future__ import annotations

__version__ = "0.1.0"
