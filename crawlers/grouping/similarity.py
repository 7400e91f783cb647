"""How alike schemas are, and whether so many of a level's schemas match that it is one table."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.merge import widest
from gluepot.catalog.types import Array, Map, Struct, Type, print_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALIKE = 0.7
"""Two schemas match above this similarity; and above this share a level is one table."""

MAX_CLUSTERS = 5
"""More different schemas than this in one level are different tables."""

Shape: TypeAlias = "tuple[tuple[str, Type], ...]"
"""The columns of a schema as far as likeness goes: names in lower case, and types."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How the schemas of a level match.

    Attributes:
        share: The share of the level's members that are in the largest cluster.
        clusters: How many different schemas there are.
        alike: Both are within Glue's bounds.
        outsiders: The shapes that are not in the largest cluster.
    """

    share: float
    clusters: int
    alike: bool
    outsiders: frozenset[Shape]


def similarity(left: Mapping[str, Type], right: Mapping[str, Type]) -> float:
    """Return |common names whose types one type holds| / |all names|.

    A name in common whose two scalar types only text would hold counts half, since one odd value
    in a file makes a number text; a name that was only given (``col0``) then counts nothing.

    >>> from gluepot.catalog.types import BIGINT, DATE, INT
    >>> similarity({"a": INT, "b": DATE, "d": INT}, {"a": BIGINT, "c": INT, "d": DATE})
    0.375
    """
    names = {*left, *right}
    if not names:
        return 1.0
    common = sum(_likeness(name, left[name], right[name]) for name in left.keys() & right.keys())
    return common / len(names)


def _likeness(name: str, left: Type, right: Type) -> float:
    if widest(left, right) is not None:
        return 1.0
    nested = isinstance(left, Array | Map | Struct) or isinstance(right, Array | Map | Struct)
    return 0.0 if nested or re.fullmatch(r"col\d+", name) else 0.5


def compare_shapes(shapes: Sequence[Shape], *, members: int | None = None) -> Likeness:
    """Put shapes into clusters and hold the largest against Glue's bounds.

    Args:
        shapes: One for each member of a level that was read; without any, nothing speaks against.
        members: All members of the level, if some could not be compared.
    """
    if not shapes:
        return Likeness(share=1.0, clusters=0, alike=True, outsiders=frozenset())
    total = len(shapes) if members is None else members
    # The commonest shape leads a cluster, so the order of the listing decides nothing.
    counted = sorted(_count(shapes).items(), key=lambda item: (-item[1], shape_key(item[0])))
    leaders: list[tuple[dict[str, Type], list[Shape], int]] = []
    for shape, count in counted:
        columns = dict(shape)
        for position, (leader, cluster, size) in enumerate(leaders):
            if similarity(leader, columns) > ALIKE:
                leaders[position] = (leader, [*cluster, shape], size + count)
                break
        else:
            leaders.append((columns, [shape], count))
    best = max(leaders, key=lambda item: item[2])
    clusters = len(leaders) + (total > len(shapes))
    share = best[2] / total
    return Likeness(
        share=share,
        clusters=clusters,
        alike=share > ALIKE and clusters <= MAX_CLUSTERS,
        outsiders=frozenset(shape for shape, _ in counted if shape not in best[1]),
    )


def _count(shapes: Sequence[Shape]) -> dict[Shape, int]:
    """Count equal shapes; files of one schema share one object, which is cheaper to hash."""
    objects = {id(shape): shape for shape in shapes}
    counted: Counter[Shape] = Counter()
    for key, count in Counter(map(id, shapes)).items():
        counted[objects[key]] += count
    return counted


def merge_shapes(shapes: Sequence[Shape]) -> Shape:
    """Return the union of shapes; where no type holds both, the first stays."""
    merged: dict[str, Type] = {}
    distinct = {id(shape): shape for shape in shapes}.values()
    for shape in sorted(set(distinct), key=shape_key):
        for name, type_ in shape:
            known = merged.get(name)
            both = type_ if known is None else widest(known, type_)
            if both is not None:
                merged[name] = both
    return tuple(merged.items())


def shape_key(shape: Shape) -> tuple[str, ...]:
    """Return what shapes are sorted by."""
    return tuple(f"{name}:{print_type(type_)}" for name, type_ in shape)
