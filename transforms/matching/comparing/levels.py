"""Similarities as levels, of which a mixture learns how often each occurs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.comparing.similarity import WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.matching.comparing.similarity import Feature

_VALUE_LEVELS = (0.1, 0.3, 0.5, 0.7, 0.85, 0.999)
_WHOLE_LEVELS = tuple(np.arange(1, 10) / 10)
_MARGIN_LEVELS = (-0.3, -0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.3)

AGREEING = _VALUE_LEVELS.index(0.7) + 1
"""Level from which on values agree."""

MISSING = len(_VALUE_LEVELS) + 1
"""Level of a column where a value lacks."""

STATES = MISSING + 1
"""Levels of a column, the missing one too."""


def levels(similarities: np.ndarray, features: Sequence[Feature], margin: np.ndarray) -> np.ndarray:
    """Return a column of levels for each column, for the whole record, and for the margin."""
    at = {(each.column, each.measure): index for index, each in enumerate(features)}
    whole = similarities[:, at[WHOLE, "grams"]]
    found = [
        column_levels(similarities, features),
        np.searchsorted(_WHOLE_LEVELS, whole, side="right")[:, None],
        np.searchsorted(_MARGIN_LEVELS, margin, side="right")[:, None],
    ]
    return np.concatenate(found, axis=1)


def column_levels(similarities: np.ndarray, features: Sequence[Feature]) -> np.ndarray:
    """Return a column of levels for each column."""
    at = {(each.column, each.measure): index for index, each in enumerate(features)}
    found = []
    for name in dict.fromkeys(each.column for each in features if each.column != WHOLE):
        value = _alike(similarities, at, name)
        level = np.searchsorted(_VALUE_LEVELS, value, side="right")
        found.append(np.where(np.isnan(value), MISSING, level))
    return np.stack(found, axis=1)


def _alike(similarities: np.ndarray, at: dict[tuple[str, str], int], name: str) -> np.ndarray:
    second = "edits" if (name, "edits") in at else "words"
    value = (similarities[:, at[name, "grams"]] + similarities[:, at[name, second]]) / 2
    if (name, "near") in at:
        # A tenth apart is not alike; as texts, numbers that are near can differ in every digit.
        near = similarities[:, at[name, "near"]] ** 4
        value = np.fmax(value, np.where(np.isnan(value), np.nan, near))
    return np.where(similarities[:, at[name, "equal"]] == 1, 1.0, value)
