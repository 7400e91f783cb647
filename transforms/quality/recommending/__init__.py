"""Rules that fit a profile: a ruleset that says why it says what it says."""

from __future__ import annotations

from gluepot.transforms.quality.recommending.recommend import recommend

__all__ = ["recommend"]
