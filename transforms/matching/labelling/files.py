"""Files of labels: Glue's label file, and files of pairs of ids."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gluepot.catalog.errors import (
    InvalidInputError,
    ResourceNumberLimitExceededError,
    did_you_mean,
)
from gluepot.transforms.matching.labelling.cells import from_texts
from gluepot.transforms.matching.labelling.csv_text import CsvSyntaxError, parse_rows
from gluepot.transforms.matching.labelling.labels import Labels, PairPlace
from gluepot.transforms.matching.labelling.sheets import LABEL_COLUMN, SET_COLUMN, LabelSheet, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gluepot.transforms.matching.records import Records

MOST_MEGABYTES = 100
"""Hundreds of thousands of labelled rows: more than people label, so something else was meant."""
PAIR_HEADER = ["id_left", "id_right", "match"]
_ANSWERS = {
    **dict.fromkeys(("1", "true", "match"), True),
    **dict.fromkeys(("0", "false", "distinct"), False),
}
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_FEW = 5

Rows = list[tuple[int, list[str]]]


class LabelFileError(InvalidInputError):
    """A file of labels cannot be read: ``LabelFileError(what, file, line, column)``."""

    def __init__(
        self, what: str, file: str, line: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(what, file, line, column)

    def __str__(self) -> str:
        """Name the file, the line and the column, as far as known, then say what is wrong."""
        what, file, line, column = self.args
        where = f"{file}" + ("" if line is None else f" line {line}")
        return where + ("" if column is None else f" column {column!r}") + f": {what}"


class EmptyLabelFileError(LabelFileError):
    """A file of labels holds no row: ``EmptyLabelFileError(what, file)``."""

    @property
    def wire_message(self) -> str:
        """Return Glue's words."""
        return "Invalid label file of size 0."


class LabelFileTooLargeError(ResourceNumberLimitExceededError):
    """A file of labels is larger than allowed: ``LabelFileTooLargeError(file, bytes)``."""

    def __str__(self) -> str:
        """Say how large it is, after Glue's words."""
        file, size = self.args
        return f"{self.wire_message} ({file} has {size / 1e6:.1f} MB)"

    @property
    def wire_message(self) -> str:
        """Return Glue's words."""
        return f"Label file has exceeded the limit of {MOST_MEGABYTES} MB."


class UnknownRecordsError(InvalidInputError):
    """Ids are not in the data: ``UnknownRecordsError(file, ((line, id), ...))``."""

    def __str__(self) -> str:
        """Name the first of them, and how many more there are."""
        file, unknown = self.args
        shown = ", ".join(f"{identity!r} on line {line}" for line, identity in unknown[:_FEW])
        more = f", and {len(unknown) - _FEW} more" if len(unknown) > _FEW else ""
        return f"{file} names ids that are not in the data: {shown}{more}"


def read_label_file(
    data: bytes, file: str, schema: pa.Schema | None = None, *, may_be_blank: bool = False
) -> LabelSheet:
    """Return the rows of a label file in Glue's form.

    Set ids and labels lose white space around them, which spreadsheets leave there. A row whose
    label is empty stays, and says nothing.

    Args:
        data: The file's bytes: UTF-8 without a byte order mark, comma-separated, with a header.
        file: What messages call it.
        schema: The columns of the data, all of which must be there; the values get its types.
            Without it any columns are taken, as texts.
        may_be_blank: Whether a file in which no row has a label yet will do.

    Raises:
        EmptyLabelFileError: There is no row.
        LabelFileTooLargeError: It has more than MOST_MEGABYTES.
        LabelFileError: The header, a row or a value is wrong, or no row has a label.

    Source: Glue developer guide, "Teaching the Find Matches transform".
    """
    header, rows = _header_and_rows(data, file)
    _check_label_header(header, file)
    if schema is None:
        schema = pa.schema([(name, pa.string()) for name in header[2:]])
    _check_columns(header[2:], schema.names, file)
    found = _sheet(header, rows, file, schema)
    if not found.label_count and not may_be_blank:
        raise LabelFileError("no row has a label yet", file, None, LABEL_COLUMN)
    return found


def _sheet(header: list[str], rows: Rows, file: str, schema: pa.Schema) -> LabelSheet:
    sets = [row[0].strip() for _, row in rows]
    for (line, _), name in zip(rows, sets, strict=True):
        if not name:
            raise LabelFileError("the row belongs to no set", file, line, SET_COLUMN)
    labels = tuple(row[1].strip() for _, row in rows)
    columns = [_column(rows, header.index(column.name, 2), column, file) for column in schema]
    return LabelSheet(
        sets=tuple(sets),
        labels=labels,
        records=pa.table(columns, schema=schema),
        places=tuple(Place(file, line) for line, _ in rows),
    )


def _check_label_header(header: list[str], file: str) -> None:
    if header[:2] != [SET_COLUMN, LABEL_COLUMN]:
        raise LabelFileError(
            f"the first columns must be {SET_COLUMN},{LABEL_COLUMN}, not {','.join(header[:2])}",
            file,
            1,
        )
    if len(header) == len((SET_COLUMN, LABEL_COLUMN)):
        raise LabelFileError(f"no column of the data follows {LABEL_COLUMN}", file, 1)
    for name in header:
        if header.count(name) > 1:
            raise LabelFileError("the column is there twice", file, 1, name)


def _check_columns(
    names: Sequence[str], expected: Sequence[str], file: str, *, others: bool = False
) -> None:
    """Check that all expected columns are there and, unless they may be, no ``others``."""
    for name in expected:
        if name not in names:
            raise LabelFileError(
                "the data has this column, but the header has not." + did_you_mean(name, names),
                file,
                1,
                name,
            )
    for name in names:
        if name not in expected and not others:
            raise LabelFileError(
                "the data has no such column." + did_you_mean(name, expected), file, 1, name
            )


def _column(rows: Rows, at: int, column: pa.Field, file: str) -> pa.Array:
    try:
        return from_texts([row[at] for _, row in rows], column.type)
    except (ValueError, TypeError, pa.ArrowNotImplementedError) as error:
        line = next((line for line, row in rows if not _fits(row[at], column.type)), None)
        raise LabelFileError(
            f"a value is no {column.type}: {error}", file, line, column.name
        ) from error


def _fits(text: str, kind: pa.DataType) -> bool:
    try:
        from_texts([text], kind)
    except (ValueError, TypeError, pa.ArrowNotImplementedError):
        return False
    return True


def read_pair_file(data: bytes, file: str, records: Records) -> Labels:
    """Return the pairs of a file ``id_left,id_right,match``.

    Where the data has two sources, ``id_left`` is of the first and ``id_right`` of the second.

    Args:
        data: CSV as of a label file; ``match`` is 1, true or match, or 0, false or distinct.
        file: What messages call it.
        records: The data that the ids are of.

    Raises:
        EmptyLabelFileError: There is no row.
        LabelFileTooLargeError: It has more than MOST_MEGABYTES.
        LabelFileError: The header or a row is wrong.
        UnknownRecordsError: Ids are not in the data.
    """
    header, rows = _header_and_rows(data, file)
    if header != PAIR_HEADER:
        raise LabelFileError(
            f"the header must be {','.join(PAIR_HEADER)}, not {','.join(header)}", file, 1
        )
    match = np.array([_answer(row[2], file, line) for line, row in rows], np.bool_)
    identities = records.ids.to_pylist()
    position = {
        (int(source), identity): at
        for at, (source, identity) in enumerate(zip(records.source, identities, strict=True))
    }
    left = _positions([(line, (0, row[0])) for line, row in rows], position, file)
    right = _positions(
        [(line, (int(records.linked), row[1])) for line, row in rows], position, file
    )
    for (line, row), one, other in zip(rows, left, right, strict=True):
        if one == other:
            raise LabelFileError(f"{row[0]!r} is paired with itself", file, line)
    used, inverse = np.unique(np.concatenate([left, right]), return_inverse=True)
    return Labels(
        records=records.values.take(pa.array(used)),
        left=inverse[: len(rows)].astype(np.int64),
        right=inverse[len(rows) :].astype(np.int64),
        match=match,
        ids=records.ids.take(pa.array(used)),
        source=records.source[used],
        places=tuple(PairPlace(file, line, line) for line, _ in rows),
    )


def _answer(text: str, file: str, line: int) -> bool:
    answer = _ANSWERS.get(text.strip().lower())
    if answer is None:
        raise LabelFileError(f"{text!r} is none of {', '.join(_ANSWERS)}", file, line, "match")
    return answer


def _positions(
    wanted: Iterable[tuple[int, tuple[int, str]]], position: dict[tuple[int, str], int], file: str
) -> np.ndarray:
    found = [(line, key, position.get(key)) for line, key in wanted]
    unknown = tuple((line, key[1]) for line, key, at in found if at is None)
    if unknown:
        raise UnknownRecordsError(file, unknown)
    return np.array([at for _, _, at in found], np.int64)


def read_labels(data: bytes, file: str, records: Records, id_column: str) -> Labels:
    """Return the pairs of a file of either form, which its header tells.

    A label file must have the compared columns; it may have others, which are not looked at.

    Raises:
        InvalidInputError: As of ``read_label_file`` and ``read_pair_file``.
    """
    if data.lstrip(b'" \t').startswith(PAIR_HEADER[0].encode()):
        return read_pair_file(data, file, records)
    header, rows = _header_and_rows(data, file)
    _check_label_header(header, file)
    compared = records.values.column_names
    _check_columns(header[2:], compared, file, others=True)
    own_id = [(id_column, pa.string())] if id_column in header[2:] else []
    schema = pa.schema([*own_id, *records.values.schema.remove_metadata()])
    return _sheet(header, rows, file, schema).pairs(compared, id_column)


def _header_and_rows(data: bytes, file: str) -> tuple[list[str], Rows]:
    if len(data) > MOST_MEGABYTES * 1_000_000:
        raise LabelFileTooLargeError(file, len(data))
    try:
        rows = list(parse_rows(_text(data, file)))
    except CsvSyntaxError as error:
        (line,) = error.args
        raise LabelFileError("a quotation mark has no end", file, line) from error
    if not rows:
        raise EmptyLabelFileError("the file is empty", file)
    (_, header), *rest = rows
    if not rest:
        raise EmptyLabelFileError("nothing follows the header", file)
    _check_widths(header, rest, file)
    return header, rest


def _check_widths(header: Sequence[str], rows: Rows, file: str) -> None:
    for line, row in rows:
        if len(row) != len(header):
            raise LabelFileError(
                f"the row has {len(row)} fields, but the header has {len(header)}", file, line
            )


def _text(data: bytes, file: str) -> str:
    if data.startswith(_MARKS):
        raise LabelFileError("begins with a byte order mark: save it as UTF-8 without one", file, 1)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LabelFileError("is not UTF-8: save it as UTF-8", file, line) from error
