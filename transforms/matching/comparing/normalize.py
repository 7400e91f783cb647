"""Texts made comparable in Spark SQL: case, accents, punctuation and white space ignored."""

from __future__ import annotations

import unicodedata
from functools import cache, reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from pyspark.sql import Column

_ALPHABETS = (*range(0x80, 0x2FFF), *range(0xFF00, 0xFFEF))
"""Letters of alphabets, and the wide forms that Japanese keyboards write."""
_SPELT_OUT = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
_STROKES = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "\u0131": "i"}
_MARKS_AND_APOSTROPHES = "[\\p{M}'`\u2019\u2018\u00b4]"
_NOT_ALPHANUMERIC = r"[^\p{L}\p{N}]+"


@cache
def _accents() -> tuple[str, str]:
    """Return letters with accents and, in the same places, their base letters."""
    bases = dict(_STROKES)
    for letter in map(chr, _ALPHABETS):
        parts = unicodedata.normalize("NFKD", letter)
        base = "".join(part for part in parts if not unicodedata.combining(part))
        if letter.isalpha() and len(base) == 1 and base != letter:
            bases[letter] = base.lower()
    return "".join(bases), "".join(bases.values())


def normalized(text: Column) -> Column:
    """Return the text in small letters without accents, words apart by single spaces.

    Apostrophes vanish (``O'Brien`` is ``obrien``); other punctuation ends a word (``Smith-Jones``
    is ``smith jones``). Null stays null.
    """
    spelt = reduce(
        lambda column, pair: F.replace(column, F.lit(pair[0]), F.lit(pair[1])),
        _SPELT_OUT.items(),
        F.lower(text),
    )
    plain = F.regexp_replace(F.translate(spelt, *_accents()), _MARKS_AND_APOSTROPHES, "")
    return F.trim(F.regexp_replace(plain, _NOT_ALPHANUMERIC, " "))
