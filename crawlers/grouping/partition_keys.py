"""Partition keys from folder names: what they are called, of which type, with which values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gluepot.catalog.model import NULL_PARTITION
from gluepot.catalog.types import BIGINT, DATE, INT, STRING, Type, print_type
from gluepot.crawlers.names import legal_name, without_repeats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_WHOLE = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class FoundKey:
    """A partition key, and which value decided its type."""

    name: str
    type: Type
    reason: str


def split_folder(folder: str) -> tuple[str, str] | None:
    """Return key and value of a folder such as ``year=2013``, or None.

    >>> split_folder("city=New%20York"), split_folder("2013"), split_folder("=x")
    (('city', 'New York'), None, None)
    """
    key, equals, value = folder.partition("=")
    return (unquote(key), unquote(value)) if equals and key else None


def read_keys(
    folders: Sequence[Sequence[str]],
) -> tuple[tuple[FoundKey, ...], list[tuple[str, ...]]]:
    """Return the keys, and each partition's values in the order of ``folders``.

    Args:
        folders: For each partition its folder names below the table, all equally many.
    """
    names: list[str] = []
    columns: list[list[str]] = []
    for level, level_folders in enumerate(zip(*folders, strict=True)):
        name, values = _read_level(level, level_folders)
        names.append(name)
        columns.append(values)
    keys = tuple(
        _typed_key(name, values)
        for name, values in zip(without_repeats(names), columns, strict=True)
    )
    return keys, list(zip(*columns, strict=True)) if columns else [() for _ in folders]


def _read_level(level: int, folders: Sequence[str]) -> tuple[str, list[str]]:
    pairs = {folder: split_folder(folder) for folder in set(folders)}
    keys = {legal_name(pair[0]) if pair else None for pair in pairs.values()}
    if len(keys) == 1 and None not in keys:
        return str(keys.pop()), [pair[1] for folder in folders if (pair := pairs[folder])]
    return f"partition_{level}", [unquote(folder) for folder in folders]


def _typed_key(name: str, values: Iterable[str]) -> FoundKey:
    distinct = {value for value in values if value != NULL_PARTITION}
    for type_, holds in _TESTS:
        if distinct and all(map(holds, distinct)):
            shown = f"all {len(distinct)} values" if len(distinct) > 1 else "the one value"
            reason = f"{shown}, such as {min(distinct)!r}, can be {print_type(type_)}"
            return FoundKey(name=name, type=type_, reason=reason)
    if not distinct:
        return FoundKey(name=name, type=STRING, reason="every value is null")
    texts = [value for value in distinct if not (_is_bigint(value) or _is_date(value))]
    if not texts:
        return FoundKey(name=name, type=STRING, reason="some values are numbers, some dates")
    why = "has a leading zero" if re.fullmatch(r"-?0\d+", min(texts)) else "is text"
    return FoundKey(name=name, type=STRING, reason=f"{min(texts)!r} {why}")


def can_hold(type_: Type, values: Iterable[str]) -> bool:
    """Return whether a key that is already registered with a type takes all these values."""
    holds = next((holds for known, holds in _TESTS if known == type_), None)
    if holds is None:
        return type_ == STRING
    return all(value == NULL_PARTITION or holds(value) for value in values)


def _is_int(text: str) -> bool:
    return _within(text, 31)


def _is_bigint(text: str) -> bool:
    return _within(text, 63)


def _within(text: str, bits: int) -> bool:
    if len(text) > 20 or text == "-0" or _WHOLE.fullmatch(text) is None:  # noqa: PLR2004
        return False
    bound: int = 2**bits
    return -bound <= int(text) < bound


def _is_date(text: str) -> bool:
    if _DATE.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_TESTS: tuple[tuple[Type, Callable[[str], bool]], ...] = (
    (INT, _is_int),
    (BIGINT, _is_bigint),
    (DATE, _is_date),
)
