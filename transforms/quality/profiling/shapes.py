"""Shapes of texts: which kinds of characters follow each other.

A capital letter is ``A``, a small one ``a``, a digit ``9``, any letter or sign outside of printable
ASCII ``¤``; what is left stands for itself. ``N725-MQ`` has the shape ``A999-AA``.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column

LONGEST_SHAPE = 64
"""Characters of a text whose shape is looked at."""
FOREIGN = "¤"
_CLASSES = {"A": "[A-Z]", "a": "[a-z]", "9": "[0-9]"}
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_FROM = string.ascii_uppercase + string.ascii_lowercase + string.digits
_TO = "A" * 26 + "a" * 26 + "9" * 10


def shape_of(text: Column) -> Column:
    """Return the shape of a column of texts."""
    plain = F.translate(F.left(text, F.lit(LONGEST_SHAPE)), _FROM, _TO)
    return F.regexp_replace(plain, r"[^\x20-\x7E]", FOREIGN)


@dataclass(frozen=True, kw_only=True)
class Form:
    """Shapes that differ only in how often a kind of character is repeated.

    Attributes:
        signs: Which kinds follow each other.
        counts: The least and the most of each.
        rows: How many texts have such a shape.
    """

    signs: str
    counts: tuple[tuple[int, int], ...]
    rows: int

    @property
    def pattern(self) -> str:
        r"""Return a regular expression; counts that differ may differ further.

        >>> Form(signs="A9-", counts=((2, 2), (1, 4), (1, 1)), rows=9).pattern
        '[A-Z]{2}[0-9]+-'
        """
        return "".join(
            _repeated(_CLASSES.get(sign) or _SPECIAL.sub(r"\\\g<0>", sign), low, high)
            for sign, (low, high) in zip(self.signs, self.counts, strict=True)
        )


def forms_of(shapes: Iterable[tuple[str, int]]) -> list[Form]:
    """Return the forms of shapes and how many texts have each; the most frequent one first.

    >>> [form.signs for form in forms_of([("A9", 1), ("A99", 2), ("a", 1)])]
    ['A9', 'a']
    """
    found: dict[str, Form] = {}
    for shape, rows in shapes:
        runs = [(sign, len(list(same))) for sign, same in groupby(shape)]
        signs = "".join(sign for sign, _ in runs)
        before = found.get(signs)
        sizes = [size for _, size in runs]
        lows = sizes if before is None else [low for low, _ in before.counts]
        highs = sizes if before is None else [high for _, high in before.counts]
        counts = zip(map(min, lows, sizes), map(max, highs, sizes), strict=True)
        total = rows + (0 if before is None else before.rows)
        found[signs] = Form(signs=signs, counts=tuple(counts), rows=total)
    return sorted(found.values(), key=lambda form: (-form.rows, form.signs))


def _repeated(one: str, low: int, high: int) -> str:
    if low != high:
        return f"{one}+"
    return one if low == 1 else f"{one}{{{low}}}"
