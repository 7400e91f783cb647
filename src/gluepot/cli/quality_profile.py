"""``gluepot quality profile`` and ``recommend``: what tables hold, and rules that fit that."""

from __future__ import annotations

import typer

app = typer.Typer()
