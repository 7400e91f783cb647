# ruff: noqa: RUF001  (letters that look alike are what this is about)
"""Values made comparable by what their column holds, after they were folded.

Dates are their year, month and day however they were written, and letters of other alphabets those
that passports and road signs spell them with.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.transforms.matching.comparing.profile import Kind
from gluepot.transforms.matching.comparing.quantities import quantities
from gluepot.transforms.matching.comparing.text import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.matching.comparing.profile import Column

_CYRILLIC = dict(
    zip(
        "абвгдеезийклмнопрстуфыэіґј",
        "abvgdeeziiklmnoprstufyeigj",
        strict=True,
    )
) | {
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "ie",
    "ь": "",
    "ю": "iu",
    "я": "ia",
    "є": "ie",
    "љ": "lj",
    "њ": "nj",
    "ћ": "c",
    "ђ": "dj",
    "џ": "dz",
}
"""Source: ICAO Doc 9303, "Machine readable travel documents", part 3; Serbian by its own letters.

Folding has taken marks off before: й is и, ё is е and ї is і.
"""
_GREEK = dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)) | {
    "θ": "th",
    "χ": "ch",
    "ψ": "ps",
}
"""Source: ISO 843, the transcription of ELOT 743, letter by letter."""
_LATIN = str.maketrans(_CYRILLIC | _GREEK)
_OTHER_LETTERS = r"[\p{Cyrillic}\p{Greek}]"


def chosen(values: pa.Table, columns: Sequence[Column]) -> dict[str, pa.Array]:
    """Return the clean texts of the columns, by name; an absent column is empty everywhere."""
    empty = pa.array([""] * len(values), pa.large_string())
    return {
        each.name: cleaned(values.column(each.name).combine_chunks(), each.kind)
        if each.name in values.column_names
        else empty
        for each in columns
    }


def cleaned(texts: pa.Array, kind: Kind) -> pa.Array:
    """Return texts folded and, by what they are, written in one way; no nulls."""
    plain = folded(texts)
    if kind is Kind.DATE:
        return _dates(texts, plain)
    return _in_latin(plain)


def _dates(texts: pa.Array, plain: pa.Array) -> pa.Array:
    """Return dates as year, month and day; what is none stays as it is."""
    days = quantities(texts, Kind.DATE)
    known, at = np.unique(days[~np.isnan(days)].astype(np.int64), return_inverse=True)
    written = np.array([f"{dt.date.fromordinal(day):%Y%m%d}" for day in known.tolist()], object)
    found = np.array(plain.to_pylist(), object)
    found[~np.isnan(days)] = written[at]
    return pa.array(found, pa.large_string())


def _in_latin(texts: pa.Array) -> pa.Array:
    """Return texts with Latin letters for Cyrillic and Greek ones."""
    there = pc.match_substring_regex(texts, _OTHER_LETTERS)
    if not pc.any(there).as_py():
        return texts
    spelt = [text.translate(_LATIN) for text in texts.filter(there).to_pylist()]
    return pc.replace_with_mask(texts, there, pa.array(spelt, texts.type))
