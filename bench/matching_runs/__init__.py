"""What the benches of matching are made of."""

from __future__ import annotations
