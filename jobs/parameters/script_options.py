"""How options of scripts are read: they come as texts, as Python's own values, or as both."""

from __future__ import annotations


def is_true(value: object) -> bool:
    """Return whether an option is on.

    >>> is_true("True"), is_true(True), is_true("no"), is_true(None)
    (True, True, False, False)
    """
    return str(value).lower() == "true"
