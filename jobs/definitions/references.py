"""What ``input`` of a step, gate or sink names: a frame, or one of a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def split_reference(reference: str, aliases: Collection[str]) -> tuple[str, str | None]:
    """Return the longest alias that a reference begins with, and the part behind its dot.

    >>> split_reference("parts.root_a.b", {"parts"})
    ('parts', 'root_a.b')
    """
    alias = reference
    while alias not in aliases:
        alias, dot, _ = alias.rpartition(".")
        if not dot:
            return reference, None
    return alias, reference[len(alias) + 1 :] or None
