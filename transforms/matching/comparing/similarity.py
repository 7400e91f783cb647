"""How alike two records are: a row of numbers a pair, column by column and as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from gluepot.transforms.matching.comparing.profile import Kind
from gluepot.transforms.matching.comparing.quantities import nearness, quantities
from gluepot.transforms.matching.comparing.text import joined
from gluepot.transforms.matching.comparing.vectors import Frequencies, Vectors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from gluepot.transforms.matching.comparing.profile import Column

WHOLE = ""
"""The name under which the whole record is compared; no column is called so."""

COMPETING = ("grams", "words")
"""Measures of whole records by which pairs compete."""

_MOST_EDITED = 256
"""Characters of a value in which edits are counted."""

_CLEARLY = 1e-9
"""By how much more alike values have to be crosswise: sums may differ in their last digit."""

MEASURED = frozenset({Kind.NUMBER, Kind.DATE})


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One number of the row: how alike a column is by one measure; 0 to 1, NaN if a value lacks."""

    column: str
    measure: str


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Records made ready to be compared.

    Attributes:
        columns: What is compared.
        texts: Folded values by column.
        vectors: The same as vectors; the whole record under WHOLE.
        measured: Numbers and days by column, of the columns that hold such.
    """

    columns: tuple[Column, ...]
    texts: Mapping[str, np.ndarray]
    vectors: Mapping[str, Vectors]
    measured: Mapping[str, np.ndarray]


def count_words(texts: Mapping[str, pa.Array], columns: Sequence[Column]) -> dict[str, Frequencies]:
    """Return how often grams and words occur, by column and in whole records.

    Columns whose values are mixed up are counted together.
    """
    found = {name: Frequencies.of(column) for name, column in with_whole(texts).items()}
    both = {
        each.name: found[each.name] + found[each.mixed_with]
        for each in columns
        if each.mixed_with is not None
    }
    return found | both


def with_whole(texts: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Return the texts by column, and the whole records."""
    return {**texts, WHOLE: joined(list(texts.values()))}


def prepare(
    values: pa.Table,
    texts: Mapping[str, pa.Array],
    columns: Sequence[Column],
    frequencies: Mapping[str, Frequencies],
) -> Prepared:
    """Return records ready to be compared.

    Args:
        values: As they came.
        texts: The same folded, by column.
        columns: What is compared.
        frequencies: Of all records, these or more.
    """
    whole = with_whole(texts).items()
    return Prepared(
        columns=tuple(columns),
        texts={name: _objects(each) for name, each in texts.items()},
        vectors={name: Vectors.of(each, frequencies[name]) for name, each in whole},
        measured={
            each.name: quantities(values.column(each.name).combine_chunks(), each.kind)
            for each in columns
            if each.kind in MEASURED and each.name in values.column_names
        },
    )


def prepare_whole(
    texts: Mapping[str, pa.Array], frequencies: Mapping[str, Frequencies]
) -> Prepared:
    """Return records, given by their folded texts, ready to be compared as a whole only."""
    whole = with_whole(texts)[WHOLE]
    vectors = {WHOLE: Vectors.of(whole, frequencies[WHOLE])}
    return Prepared(columns=(), texts={}, vectors=vectors, measured={})


def _objects(texts: pa.Array) -> np.ndarray:
    """Return texts as Python's, equal ones as one object: names and places come again and again."""
    encoded = texts.dictionary_encode()
    return np.asarray(np.array(encoded.dictionary.to_pylist(), object)[encoded.indices])


def features(columns: Sequence[Column]) -> tuple[Feature, ...]:
    """Return what the numbers of a row are, in order."""
    found = []
    for column in columns:
        measures = ["grams", "words", "shared", "equal"]
        measures += ["jaro", "edits"] if column.short else []
        measures += ["near"] if column.kind in MEASURED else []
        measures += ["crossed"] if _is_first(column) else []
        found += [Feature(column=column.name, measure=each) for each in measures]
    return (*found, *(Feature(column=WHOLE, measure=each) for each in ("grams", "words", "shared")))


def similarities(records: Prepared, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return a row a pair of rows of the records; what its numbers are ``features`` says.

    What is compared is symmetric: left and right can change places.
    """
    found = {each.name: _of_column(records, each, each, left, right) for each in records.columns}
    of = {each.name: each for each in records.columns}
    for column in records.columns:
        if _is_first(column):
            found |= _crosswise(records, column, of[str(column.mixed_with)], found, left, right)
    vectors = records.vectors[WHOLE]
    rows = [found[each.name] for each in records.columns]
    rows.append([*vectors.cosines(left, right), vectors.shared(left, right)])
    return np.stack([each for row in rows for each in row], axis=1)


def _is_first(column: Column) -> bool:
    """Return whether a column is the one of two mixed ones that tells of both."""
    return column.mixed_with is not None and column.name < column.mixed_with


def _crosswise(  # noqa: PLR0913, PLR0917 - two columns of pairs
    records: Prepared,
    one: Column,
    other: Column,
    found: Mapping[str, list[np.ndarray]],
    left: np.ndarray,
    right: np.ndarray,
) -> dict[str, list[np.ndarray]]:
    """Return how alike two columns are, crosswise for the pairs that are more alike so.

    Each column then gets the mean of both, as left and right can change places.
    """
    vectors = records.vectors[one.name], records.vectors[other.name]
    there = vectors[0].cosines(left, right, vectors[1])[0]
    back = vectors[1].cosines(left, right, vectors[0])[0]
    straight = np.nan_to_num(found[one.name][0]) + np.nan_to_num(found[other.name][0])
    full = ~np.isnan(found[one.name][0] + found[other.name][0])
    (at,) = np.nonzero(full & (there + back > straight + _CLEARLY))
    ends = left[at], right[at]
    mean = [
        (first + second) / 2
        for first, second in zip(
            _of_column(records, one, other, *ends),
            _of_column(records, other, one, *ends),
            strict=True,
        )
    ]
    made = {}
    for name in (one.name, other.name):
        made[name] = [values.copy() for values in found[name]]
        for values, crossed in zip(made[name], mean, strict=True):
            values[at] = crossed
    is_crossed = np.zeros(len(left))
    is_crossed[at] = 1
    made[one.name].append(is_crossed)
    return made


def whole_similarities(records: Prepared, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return what pairs compete with, a row a pair: how alike the whole records are."""
    return np.stack(records.vectors[WHOLE].cosines(left, right), axis=1)


def of_whole(similarities: np.ndarray, names: Sequence[Feature]) -> np.ndarray:
    """Return the same out of all similarities, whose names are given."""
    at = {(each.column, each.measure): index for index, each in enumerate(names)}
    return np.asarray(similarities[:, [at[WHOLE, measure] for measure in COMPETING]])


def _of_column(
    records: Prepared, column: Column, other: Column, left: np.ndarray, right: np.ndarray
) -> list[np.ndarray]:
    """Return how alike the left values of a column and the right ones of another are."""
    vectors, beside = records.vectors[column.name], records.vectors[other.name]
    mine, theirs = records.texts[column.name][left], records.texts[other.name][right]
    found = [
        *vectors.cosines(left, right, beside),
        vectors.shared(left, right, beside),
        (mine == theirs) * 1.0,
    ]
    if column.short:
        found += [_edited(mine, theirs, scorer) for scorer in (JaroWinkler, OSA)]
    lacking = (mine == "") | (theirs == "")
    if column.kind in MEASURED:
        unknown = np.full(len(records.texts[column.name]), np.nan)
        measured = records.measured.get(column.name, unknown)
        found.append(nearness(measured[left], measured[right], column.kind))
    return [np.where(lacking, np.nan, each) for each in found]


def _edited(one: np.ndarray, other: np.ndarray, measure: object) -> np.ndarray:
    cut = [[text[:_MOST_EDITED] for text in each] for each in (one, other)]
    scorer = measure.normalized_similarity  # type: ignore[attr-defined]
    return np.asarray(process.cpdist(*cut, scorer=scorer), dtype=np.float64)
