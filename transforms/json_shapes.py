"""What runs on executors to find the types of JSON texts: one shape a partition comes back.

orjson is taken where executors have it; it gives the same values three times sooner. Executors
get this module's code inside pickled functions: it imports nothing but what travels that way.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gluepot.transforms.inference import NOTHING, Shape, dump, infer, merge
from gluepot.transforms.packing import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SHAPE_SCHEMA = "shape string"
"""What shape_batches yields: one row a partition."""

_DIGITS = bytes(57 if chr(byte).isdigit() and byte < 58 else 32 for byte in range(256))  # noqa: PLR2004
_WIDE = b"9" * 20
"""Whole numbers of 20 digits may be beyond 64 bits, where orjson makes floats of them."""


def shape_batches(
    *, multi: bool = False
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Yield the shape of all the JSON values in the first column; bad texts count for nothing.

    With ``multi`` a text that is an array stands for the values in it.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        shape = NOTHING
        for batch in batches:
            with uncollected():
                shape = merge(shape, _batch_shape(batch.column(0), multi=multi))
        yield pa.RecordBatch.from_arrays([pa.array([dump(shape)])], names=["shape"])

    return run


def _batch_shape(texts: pa.Array, *, multi: bool) -> Shape:
    values = parse_all(texts.to_pylist(), exact=_has_wide_numbers(texts))
    if multi:
        values = list(chain.from_iterable(v if isinstance(v, list) else (v,) for v in values))
    return infer(values)


def parse_all(texts: Sequence[str | None], *, exact: bool) -> list[Any]:
    """Return the values of texts; None for a bad one. ``exact``: some have very long numbers."""
    if exact:
        return [None if text is None else _parse_slowly(text) for text in texts]
    loads = _quick_loads()
    try:
        return list(map(loads, texts))
    except (ValueError, TypeError, RecursionError):
        return [None if text is None else _parse(text, loads) for text in texts]


def _quick_loads() -> Callable[[Any], Any]:
    try:
        import orjson  # noqa: PLC0415 - executors may lack it
    except ImportError:
        return json.loads
    return orjson.loads


def _parse(text: str, loads: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    try:
        return loads(text)
    except (ValueError, RecursionError):
        return _parse_slowly(text)


def _parse_slowly(text: str) -> Any:  # noqa: ANN401
    """Parse as Spark does: NaN is a number, and what follows the first value is ignored."""
    try:
        return json.JSONDecoder().raw_decode(text.lstrip(" \t\r\n\ufeff"))[0]
    except (ValueError, RecursionError):
        return None


def _has_wide_numbers(texts: pa.Array) -> bool:
    data = texts.buffers()[2]
    return data is not None and _WIDE in bytes(data).translate(_DIGITS)
