"""What the bench of transforms is made of."""

from __future__ import annotations
