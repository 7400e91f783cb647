"""What commands begin with: records, labels and models out of what was named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, StorageError
from gluepot.matching.errors import ResultError
from gluepot.matching.inputs import FileFormat, read_input
from gluepot.matching.manifest import Manifest
from gluepot.matching.outputs import MATCH_COLUMNS
from gluepot.transforms.matching.labelling.files import read_labels
from gluepot.transforms.matching.model import MatchModel
from gluepot.transforms.matching.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from gluepot.matching.inputs import Input
    from gluepot.transforms.matching.labelling.labels import Labels

_MOST_INPUTS = 2


def read_inputs(
    words: Sequence[str], read_catalog: Callable[[str, str], pa.Table]
) -> tuple[Input, ...]:
    """Return one input, or two that are to be linked.

    Raises:
        InvalidInputError: More are named.
        GluepotError: As of ``read_input``.
    """
    if len(words) > _MOST_INPUTS:
        raise InvalidInputError(
            f"{len(words)} inputs are named; matching takes one, or links two: put those that are"
            " one source into one folder"
        )
    return tuple(read_input(word, read_catalog) for word in words)


def records_of(tables: Sequence[pa.Table], id_column: str) -> Records:
    """Return the records of one table, or of two sources; an earlier result's columns stay out.

    Raises:
        MatchInputError: The tables cannot be matched as they are.
    """
    if len(tables) == 1:
        return Records.of(tables[0], id_column, without=MATCH_COLUMNS)
    left, right = tables
    return Records.link(left, right, id_column, without=MATCH_COLUMNS)


def manifest_of(
    inputs: Sequence[Input], id_column: str, options: Mapping[str, Any], last_match_id: int
) -> Manifest:
    """Return what a result of the inputs says of itself."""
    forms = {each.format for each in inputs}
    return Manifest(
        inputs=tuple(each.name for each in inputs),
        columns=tuple(tuple(each.table.column_names) for each in inputs),
        id_column=id_column,
        # CSV has no place for what Parquet may hold.
        format=FileFormat.PARQUET if FileFormat.PARQUET in forms else FileFormat.CSV,
        delimiter=inputs[0].delimiter,
        options=dict(options),
        last_match_id=last_match_id,
    )


def read_label_bytes(path: Path, records: Records, id_column: str) -> Labels:
    """Return the pairs that a file of labels tells, in either of its forms.

    Raises:
        InvalidInputError: It is no file of labels for these records.
        StorageError: It cannot be read.
    """
    return read_labels(_bytes(path), str(path), records, id_column)


def read_model(path: Path) -> MatchModel:
    """Return a stored model.

    Raises:
        ResultError: The file holds none.
        StorageError: It cannot be read.
    """
    try:
        return MatchModel.from_json(_bytes(path).decode())
    except ValueError as error:  # what is no UTF-8 is one, too
        raise ResultError(f"{path} cannot be used: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
