"""Tables as CSV, a batch of rows at a time: values are quoted only where they must be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT = pa.large_string()


def csv_header(names: Sequence[str], delimiter: str = ",") -> bytes:
    """Return the line of the columns' names."""
    return csv_lines([pa.array([name], TEXT) for name in names], delimiter)


def csv_lines(columns: Sequence[pa.Array], delimiter: str = ",") -> bytes:
    r"""Return rows as lines of UTF-8; a null is an empty value.

    Args:
        columns: Arrays of one length, of texts, numbers or Booleans.
        delimiter: One character.

    >>> csv_lines([pa.array(["a, b", None]), pa.array([1, 2])])
    b'"a, b",1\n,2\n'
    """
    texts = [_quoted(column, delimiter) for column in columns]
    lines = pc.binary_join_element_wise(*texts, pa.scalar(delimiter, TEXT))
    ended = pc.binary_join_element_wise(lines, pa.scalar("", TEXT), pa.scalar("\n", TEXT))
    return b"".join(ended.cast(pa.large_binary()).to_pylist())


def _quoted(column: pa.Array, delimiter: str) -> pa.Array:
    texts = pc.fill_null(column.cast(TEXT), "")
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return texts
    # A single text of blanks would be a blank line, which is no row.
    needed = pc.match_substring_regex(texts, rf'["\r\n{re.escape(delimiter)}]|^\s|\s$')
    if not pc.any(needed).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    mark = pa.scalar('"', TEXT)
    empty = pa.scalar("", TEXT)
    return pc.if_else(needed, pc.binary_join_element_wise(mark, doubled, mark, empty), texts)
