"""Whether an answer is right: by the types the files were written with, or by nature different."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawling.hive_types import sort_members

if TYPE_CHECKING:
    from crawling.shapes import Shape
    from crawling.task import Seen

ORDER = "members of structs come in the order of their names"
NARROW = "numbers in text have no width: this one takes the least that holds them"
KEYS = {
    ("awswrangler", "string"): "every partition key is a string",
    ("duckdb", "bigint"): "every partition key that is a whole number is a BIGINT",
}
"""Which type a reader always gives to keys that are ``int``."""


class DisagreementError(AssertionError):
    """A reader told other columns, or types that no rule explains: its time says nothing."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Columns of which a reader tells another type, for a known reason."""

    who: str
    written: str
    told: str
    columns: int
    why: str


def check(who: str, shape: Shape, seen: Seen) -> list[Difference]:
    """Return how an answer differs by nature from what was written.

    Raises:
        DisagreementError: It differs otherwise.
    """
    if seen.types is None:
        return []
    expected = shape.columns | shape.keys
    told = {name.lower(): kind for name, kind in seen.types.items()}
    if told.keys() != expected.keys():
        missing, more = expected.keys() - told.keys(), told.keys() - expected.keys()
        raise DisagreementError(
            f"{who} at {shape.name}: misses {_some(missing)}, tells also {_some(more)}"
        )
    if seen.keys is not None and set(seen.keys) != set(shape.keys):
        raise DisagreementError(f"{who} at {shape.name}: the keys are {seen.keys}")
    return _differences(who, shape, told)


def _differences(who: str, shape: Shape, told: dict[str, str]) -> list[Difference]:
    counts: dict[tuple[str, str, str], int] = {}
    for name, written in (shape.columns | shape.keys).items():
        if told[name] == written:
            continue
        why = _why(who, shape, name, written, told[name])
        if why is None:
            raise DisagreementError(
                f"{who} at {shape.name}: {name} was written as {written}, and told as {told[name]}"
            )
        kind = (_short(written), _short(told[name]), why)
        counts[kind] = counts.get(kind, 0) + 1
    return [
        Difference(who=who, written=written, told=other, columns=count, why=why)
        for (written, other, why), count in counts.items()
    ]


def _why(who: str, shape: Shape, name: str, written: str, told: str) -> str | None:
    """Return the rule by which one type is told as another, if there is one."""
    if name in shape.keys:
        return KEYS.get((who, told)) if written == "int" else None
    if shape.format == "parquet":
        return None
    widened = re.sub(r"\bint\b", "bigint", told)
    if sort_members(widened) != sort_members(written):
        return None
    return "; ".join([NARROW] * (widened != told) + [ORDER] * (widened != written))


def _some(names: set[str]) -> str:
    listed = sorted(names)[:5]
    return ", ".join(listed) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "none"  # noqa: PLR2004


def _short(kind: str) -> str:
    return kind if len(kind) <= 40 else f"{kind[:37]}..."  # noqa: PLR2004
