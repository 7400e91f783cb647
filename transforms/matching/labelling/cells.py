"""Values of any Arrow type as the texts of a label file, and back."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable


def to_texts(column: pa.ChunkedArray) -> list[str]:
    """Return each value as a text; a null and an empty text are both ``""``.

    Nested values are JSON and bytes are base 64; else a text is what Arrow reads back.

    >>> to_texts(pa.chunked_array([[1.5, None]]))
    ['1.5', '']
    """
    kind = column.type
    if pa.types.is_nested(kind):
        write: Callable[[Any], str] = _json
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        write = _base64
    elif pa.types.is_dictionary(kind):
        return to_texts(column.cast(kind.value_type))
    else:
        return [text or "" for text in _cast(column).to_pylist()]
    return ["" if value is None else write(value) for value in column.to_pylist()]


def _cast(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowNotImplementedError:  # durations and intervals
        texts = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])


def _json(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def from_texts(texts: list[str], kind: pa.DataType) -> pa.Array:
    """Return the texts as values of a type; ``""`` is null.

    Raises:
        ValueError: A text is no value of the type (an ArrowInvalid is a ValueError too).
    """
    present = [text or None for text in texts]
    if pa.types.is_nested(kind):
        values = [None if text is None else json.loads(text) for text in present]
        return pa.array(values, kind)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        decoded = [None if text is None else base64.b64decode(text) for text in present]
        return pa.array(decoded, kind)
    if pa.types.is_dictionary(kind):
        return from_texts(texts, kind.value_type).dictionary_encode()
    return pc.cast(pa.array(present, pa.string()), kind)
