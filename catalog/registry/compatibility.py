"""The compatibility modes: which versions a new one is compared with, and who reads what.

Source: AWS Glue developer guide, "Schema versioning and compatibility".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.registry.formats import incompatibilities, parse
from gluepot.catalog.registry.model import Compatibility

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_REFUSALS = 20
"""How many sentences a refusal keeps; the last says how many more there were."""

_UNCHECKED = frozenset((Compatibility.NONE, Compatibility.DISABLED))
_ALL = frozenset((Compatibility.BACKWARD_ALL, Compatibility.FORWARD_ALL, Compatibility.FULL_ALL))
_BACKWARD = frozenset(
    (
        Compatibility.BACKWARD,
        Compatibility.BACKWARD_ALL,
        Compatibility.FULL,
        Compatibility.FULL_ALL,
    )
)
_FORWARD = frozenset(
    (Compatibility.FORWARD, Compatibility.FORWARD_ALL, Compatibility.FULL, Compatibility.FULL_ALL)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """A version that a new one is compared with."""

    number: int
    definition: str


def compared_with(
    mode: Compatibility, available: Sequence[int], checkpoint: int | None
) -> tuple[int, ...]:
    """Return the numbers of the versions that a new one is compared with.

    Args:
        mode: The schema's mode.
        available: The numbers of its versions, in order; those that failed are none.
        checkpoint: The first version that the ``_ALL`` modes look at.

    >>> compared_with(Compatibility.BACKWARD, [1, 2, 4], 2)
    (4,)
    >>> compared_with(Compatibility.FULL_ALL, [1, 2, 4], 2)
    (2, 4)
    """
    if mode in _UNCHECKED:
        return ()
    if mode in _ALL:
        return tuple(number for number in available if number >= (checkpoint or 1))
    return tuple(available[-1:])


def refusals(
    mode: Compatibility, data_format: str, definition: str, earlier: Sequence[Earlier]
) -> tuple[str, ...]:
    """Return why a definition may not be the next version; empty if it may."""
    found = list(_refusals(mode, data_format, definition, earlier))
    if len(found) <= MAX_REFUSALS:
        return tuple(found)
    return (*found[: MAX_REFUSALS - 1], f"and {len(found) - MAX_REFUSALS + 1} more")


def _refusals(
    mode: Compatibility, data_format: str, definition: str, earlier: Sequence[Earlier]
) -> Iterator[str]:
    new = parse(data_format, definition)
    for one in reversed(earlier):
        old = parse(data_format, one.definition)
        if mode in _BACKWARD:
            for fault in incompatibilities(reader=new, writer=old):
                yield f"The new version cannot read what version {one.number} wrote: {fault}"
        if mode in _FORWARD:
            for fault in incompatibilities(reader=old, writer=new):
                yield f"Version {one.number} cannot read what the new version writes: {fault}"
