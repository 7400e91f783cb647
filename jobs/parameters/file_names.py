"""Names of things as names of files."""

from __future__ import annotations

from urllib.parse import quote


def file_name(name: str) -> str:
    """Return a name as one part of a path: stored jobs may have any characters.

    >>> file_name("flights"), file_name("../a b")
    ('flights', '..%2Fa%20b')
    >>> file_name("..")
    '%2E%2E'
    """
    quoted = quote(name, safe="")
    return quoted.replace(".", "%2E") if set(quoted) == {"."} else quoted
