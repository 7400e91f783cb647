"""Pages of what passes a filter that SQL does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

BATCH = 500
"""How many items are read at a time when most may not pass."""


def filtered(
    fetch: Callable[[str | None, int], Sequence[T]],
    name: Callable[[T], str],
    keep: Callable[[T], bool] | None,
) -> Callable[[str | None, int], Sequence[T]]:
    """Return ``fetch`` with only the items that ``keep`` lets through; None keeps all.

    Args:
        fetch: ``(after, limit) -> items`` by name, after that name.
        name: The name of an item, unique.
        keep: Whether an item is wanted.
    """
    if keep is None:
        return fetch

    def page(after: str | None, limit: int) -> list[T]:
        found: list[T] = []
        while True:
            batch = fetch(after, BATCH)
            for item in batch:
                if keep(item):
                    found.append(item)
                if len(found) == limit:
                    return found
            if len(batch) < BATCH:
                return found
            after = name(batch[-1])

    return page
