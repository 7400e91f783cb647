"""How good a result is, measured against pairs that are known to be true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.catalog.errors import StorageError
from gluepot.matching.csv_files import read_csv
from gluepot.matching.errors import InputFileError
from gluepot.transforms.matching.labelling.evaluation import PairScores, expected_calibration_error

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from gluepot.matching.known import Known

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

_ANSWERS = {
    **dict.fromkeys(("1", "true", "match"), True),
    **dict.fromkeys(("0", "false", "distinct"), False),
}
_BINS = 10


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Pairs of which it is known whether they match.

    Attributes:
        keys: A number for each pair, none twice, in ascending order.
        match: Whether it does.
        complete: Every pair that is not among them does not match.
    """

    keys: Positions
    match: Flags
    complete: bool


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Pairs whose probabilities lie in one tenth: how many, what was said, what was true."""

    low: float
    high: float
    pairs: int
    said: float
    true: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How a result agrees with the truth.

    Attributes:
        pairs: Precision, recall and F1 of its pairs.
        calibration_error: How far probabilities are from shares of matches, on average over the
            pairs that were scored; None if there are none.
        bins: The same in tenths.
    """

    pairs: PairScores
    calibration_error: float | None
    bins: tuple[Bin, ...]


def read_truth(path: Path, known: Known) -> Truth:
    """Return the pairs of a file: ids in its first two columns, and maybe a column ``match``.

    Without that column the pairs are all those that match; with it (1, true or match; 0, false
    or distinct) they are a sample, and nothing is known of the others.

    Raises:
        InputFileError: It is malformed, or names ids that are not in the records.
        StorageError: It cannot be read.
    """
    try:
        table = read_csv(path).table
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
    if table.num_columns < 2:  # noqa: PLR2004 - a pair is two ids
        raise InputFileError("a pair is two ids, in the first two columns", str(path), 1)
    split, linked = len(known.tables[0]), known.manifest.linked
    ids = known.records.ids
    left = _places(table.column(0), ids.slice(0, split), path)
    right = (
        _places(table.column(1), ids.slice(split), path) + split
        if linked
        else _places(table.column(1), ids, path)
    )
    if (left == right).any():
        identity = ids[int(left[left == right][0])].as_py()
        raise InputFileError(f"the record {identity!r} is paired with itself", str(path))
    complete = "match" not in table.column_names[2:]
    match = np.ones(len(table), bool) if complete else _answers(table.column("match"), path)
    keys, first = np.unique(_keys(left, right, len(ids)), return_index=True)
    return Truth(keys=keys, match=match[first], complete=complete)


def measure(known: Known, truth: Truth) -> Measured:
    """Return how a result agrees with the truth, and its probabilities with what is true.

    Of a sample, pairs that are no candidates count as judged impossible.
    """
    scored = known.scored()
    keys, first = np.unique(_keys(scored.left, scored.right, len(known.records)), return_index=True)
    probability = scored.probability[first]
    if truth.complete:
        is_match = np.isin(keys, truth.keys)
    else:
        is_match = truth.match
        asked = np.zeros(len(truth.keys))
        there = np.isin(truth.keys, keys)
        asked[there] = probability[np.searchsorted(keys, truth.keys[there])]
        probability = asked
    error = expected_calibration_error(probability, is_match) if len(probability) else None
    return Measured(
        pairs=_agreement(known, truth),
        calibration_error=error,
        bins=_tenths(probability, is_match),
    )


def _agreement(known: Known, truth: Truth) -> PairScores:
    matches = truth.keys[truth.match]
    if known.manifest.linked:
        found = _accepted(known)
        asked = found if truth.complete else found[np.isin(found, truth.keys)]
        shared = int(np.isin(asked, matches).sum())
        return PairScores(shared=shared, found=len(asked), known=len(matches))
    together = _together(known, matches)
    if not truth.complete:
        count = int(_together(known, truth.keys).sum())
        return PairScores(shared=int(together.sum()), found=count, known=len(matches))
    # All pairs of a large cluster are counted, never listed.
    _, sizes = np.unique(known.match_ids, return_counts=True)
    found_pairs = int((sizes * (sizes - 1) // 2).sum())
    return PairScores(shared=int(together.sum()), found=found_pairs, known=len(matches))


def _together(known: Known, keys: Positions) -> Flags:
    left, right = np.divmod(keys, len(known.records))
    same: Flags = known.match_ids[left] == known.match_ids[right]
    return same


def _accepted(known: Known) -> Positions:
    pairs, split = known.accepted_pairs(), len(known.tables[0])
    ids, path = known.records.ids, known.folder / "pairs"
    left = _places(pairs.column("id_left"), ids.slice(0, split), path)
    right = _places(pairs.column("id_right"), ids.slice(split), path) + split
    return _keys(left, right, len(ids))


def _places(wanted: pa.ChunkedArray, ids: pa.Array, path: Path) -> Positions:
    found = pc.index_in(wanted.cast(ids.type), value_set=ids).combine_chunks()
    if found.null_count:
        row = int(np.argmax(found.is_null().to_numpy(zero_copy_only=False)))
        raise InputFileError(
            f"{found.null_count} ids are of no record; the first is {wanted[row].as_py()!r} in"
            f" row {row + 1} below the header",
            str(path),
        )
    places: Positions = found.to_numpy().astype(np.int64)
    return places


def _answers(column: pa.ChunkedArray, path: Path) -> Flags:
    texts = [(text or "").strip().lower() for text in column.to_pylist()]
    wrong = next((row for row, text in enumerate(texts) if text not in _ANSWERS), None)
    if wrong is not None:
        raise InputFileError(
            f"match is {texts[wrong]!r} in row {wrong + 1} below the header, none of"
            f" {', '.join(_ANSWERS)}",
            str(path),
        )
    return np.array([_ANSWERS[text] for text in texts], np.bool_)


def _keys(left: Positions, right: Positions, count: int) -> Positions:
    keys: Positions = np.minimum(left, right) * np.int64(count) + np.maximum(left, right)
    return keys


def _tenths(probability: Numbers, match: Flags) -> tuple[Bin, ...]:
    place = np.minimum((probability * _BINS).astype(np.int64), _BINS - 1)
    found = []
    for at in range(_BINS):
        inside = place == at
        if inside.any():
            found.append(
                Bin(
                    low=at / _BINS,
                    high=(at + 1) / _BINS,
                    pairs=int(inside.sum()),
                    said=float(probability[inside].mean()),
                    true=float(match[inside].mean()),
                )
            )
    return tuple(found)
