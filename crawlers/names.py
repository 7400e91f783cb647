"""Names of tables, columns and partition keys, by Glue's rules."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TABLE_NAME = 128


def legal_name(text: str) -> str:
    """Return a name in lower case, with ``_`` for all but letters, digits and ``_``.

    >>> legal_name("Orders-2024.csv")
    'orders_2024_csv'
    """
    return re.sub(r"\W", "_", text.lower(), flags=re.ASCII) or "_"


def table_name(prefix: str, folder: str) -> str:
    """Return a table's name: the prefix and the last folder, cut to 128 characters."""
    return f"{prefix.lower()}{legal_name(folder)}"[:MAX_TABLE_NAME]


def with_hash(name: str, location: str) -> str:
    """Return a name that no other location has: Glue's form, 32 hexadecimal digits behind it."""
    digest = hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: MAX_TABLE_NAME - 33]}_{digest}"


def without_repeats(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of which none stands twice: the second ``a`` becomes ``a_1``.

    >>> without_repeats(["a", "a", "a_1", "a"])
    ('a', 'a_1', 'a_1_1', 'a_2')
    """
    taken: set[str] = set()
    result = []
    for name in names:
        found, number = name, 0
        while found in taken:
            number += 1
            found = f"{name}_{number}"
        taken.add(found)
        result.append(found)
    return tuple(result)
