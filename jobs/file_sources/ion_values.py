"""What runs on executors to read Amazon Ion: files whole, values of Python out of them.

Executors get this module's code inside pickled functions; ``amazon.ion`` has to be there.
"""

from __future__ import annotations

import gzip
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gluepot.transforms.packing import Failed, Made, failure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

MISSING = "amazon.ion is not installed where this runs: pip install 'gluepot[formats]'"
_RECORDS_A_BATCH = 10_000


def ion_records(batch: pa.RecordBatch) -> Iterator[Made]:
    """Yield the structs of files: their addresses in ``path``, their bytes in ``content``.

    A file that is damaged gives the structs before the damage, and one that failed.
    """
    for path, content in zip(batch["path"].to_pylist(), batch["content"].to_pylist(), strict=True):
        yield from _of_file(path, content)


def _of_file(path: str, content: bytes) -> Iterator[Made]:
    records: list[dict[str, Any]] = []
    failures: list[Failed] = []
    try:
        for value in _values(gzip.decompress(content) if path.endswith(".gz") else content):
            plain = _plain(value)
            if isinstance(plain, dict):
                records.append(plain)
            else:
                failures.append(Failed(message="the value is no struct", input=str(plain)))
            if len(records) >= _RECORDS_A_BATCH:
                yield Made(records=records, failures=failures)
                records, failures = [], []
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(MISSING) from error
    except Exception as error:  # noqa: BLE001 - the reader of a format fails in any way
        failures.append(failure_of(error, text=path))
    yield Made(records=records, failures=failures)


def _values(data: bytes) -> Any:  # noqa: ANN401
    import io  # noqa: PLC0415

    from amazon.ion import simpleion  # noqa: PLC0415 - of an extra

    return simpleion.load(io.BytesIO(data), single_value=False, parse_eagerly=False)


def _plain(value: Any) -> Any:  # noqa: ANN401, PLR0911 - a type each
    """Return a value without Ion's annotations, its symbols as texts."""
    kind = getattr(value, "ion_type", None)
    if value is None or (kind is not None and type(value).__name__ == "IonPyNull"):
        return None
    if hasattr(value, "items"):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "text"):
        return [_plain(held) for held in value]
    if hasattr(value, "text") and not isinstance(value, str):
        return value.text
    if isinstance(value, datetime):
        return value.replace() if type(value) is datetime else _time(value)
    if kind is not None and kind.name == "BOOL":
        return bool(value)
    plains: tuple[Any, ...] = (str, bytes, int, float, Decimal)
    for plain in plains:
        if isinstance(value, plain):
            return plain(value)
    return value


def _time(value: datetime) -> datetime:
    parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
    return datetime(*parts, value.microsecond, tzinfo=value.tzinfo)
