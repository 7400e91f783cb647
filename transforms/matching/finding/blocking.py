"""Pairs of texts within a few edits of each other, found without comparing all with all.

If two texts differ by at most k edits and the shorter is cut into k + 1 pieces, an edit can hurt
one piece at most, so one piece at least stands unhurt in the longer text, at most k places away.
Texts that share such a piece are a block, and blocks are an equi-join. No pair is missed.
Source of the idea: Li, Deng, Wang, Feng, "Pass-Join: a partition-based method for similarity
joins", PVLDB 5(3), 2011.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

CHARACTERS_AN_EDIT = 3
"""A text must have this many characters for each edit that it is allowed.

Without such a rule two edits would make any two texts of two letters the same.
"""


def near_pairs(texts: DataFrame, max_edits: int) -> DataFrame:
    """Return the pairs of texts within ``max_edits`` Levenshtein edits: ``a`` < ``b``, each once.

    Args:
        texts: One column ``text``, no value twice.
        max_edits: 1 or more. Shorter texts are allowed fewer: see CHARACTERS_AN_EDIT.
    """
    long_enough = texts.where(F.length("text") >= CHARACTERS_AN_EDIT)
    # Spark's estimate knows nothing of the rows that explode makes; it would broadcast them all.
    pieces = _pieces(long_enough, max_edits).hint("merge")
    blocks = pieces.join(_windows(long_enough, max_edits), "piece")
    allowed = F.least(F.lit(max_edits), F.floor(F.length("short") / CHARACTERS_AN_EDIT))
    edits = F.levenshtein("short", "long", max_edits)
    near = blocks.where("short <> long").where((edits >= 0) & (edits <= allowed))
    return near.select(
        F.least("short", "long").alias("a"), F.greatest("short", "long").alias("b")
    ).distinct()


def _pieces(texts: DataFrame, max_edits: int) -> DataFrame:
    """Return the pieces of each text, as ``short``."""
    places = [(0, place, 0) for place in range(max_edits + 1)]
    return _cut(texts, places, max_edits).withColumnRenamed("text", "short")


def _windows(texts: DataFrame, max_edits: int) -> DataFrame:
    """Return what in each text could be an unhurt piece of one as long or a little shorter."""
    places = [
        (missing, place, shift)
        for missing in range(max_edits + 1)
        for place in range(max_edits + 1)
        for shift in range(-max_edits, max_edits + 1)
    ]
    return _cut(texts, places, max_edits).withColumnRenamed("text", "long")


def _cut(texts: DataFrame, places: list[tuple[int, int, int]], max_edits: int) -> DataFrame:
    """Return ``text`` and ``piece``, a row for each of ``places`` that lies within the text.

    A place is: characters missing from the text, number of the piece, shift to the right. The
    piece is known by the length that was cut, its number and its letters.
    """
    pieces = max_edits + 1
    # One row a place, because one expression a place is more code than the JVM compiles.
    place = F.explode(F.array(*(F.struct(*map(F.lit, each)) for each in places)))
    rows = texts.select("text", place.alias("place"))
    rows = rows.select("text", *(f"place.col{at}" for at in (1, 2, 3)))
    rows = rows.toDF("text", "missing", "number", "shift")
    size = F.length("text") - F.col("missing")
    width = F.floor(size / pieces).cast("int")
    # The last pieces take the characters that are left over, one each.
    first_wider = F.lit(pieces) - size % pieces
    start = width * F.col("number") + F.greatest(F.lit(0), F.col("number") - first_wider)
    rows = rows.withColumns(
        {
            "size": size,
            "start": start + F.col("shift"),
            "width": width + (F.col("number") >= first_wider).cast("int"),
        }
    )
    inside = rows.where("width > 0 AND start >= 0 AND start + width <= length(text)")
    letters = F.substr(F.col("text"), F.col("start") + 1, F.col("width"))
    # Hashes that clash only make a pair that the count of edits throws out.
    return inside.select("text", F.xxhash64("size", "number", letters).alias("piece"))
