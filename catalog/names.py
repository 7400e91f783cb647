"""What a database, a table and a partition value may be called."""

from __future__ import annotations

from gluepot.catalog.errors import InvalidInputError

MAX_NAME = 255
MAX_PARTITION_VALUE = 1024


def fold(name: str) -> str:
    """Return a name as it is stored and looked up: in lower case, as Hive has it."""
    return name.lower()


def checked_name(kind: str, name: str) -> str:
    """Return the folded name of something new.

    Raises:
        InvalidInputError: The name is empty, longer than 255 characters, or has a control
            character or half of a surrogate pair in it.
    """
    folded = fold(name)
    if not 1 <= len(folded) <= MAX_NAME:
        raise InvalidInputError(
            f"{kind} name {name[:40]!r} has {len(name)} characters; right are 1 to {MAX_NAME}"
        )
    if not folded.isprintable():
        raise InvalidInputError(
            f"{kind} name {name!r} has a character in it that cannot be printed; remove it"
        )
    return folded


def value_fault(value: str) -> str | None:
    """Return why a partition value cannot be stored, or None."""
    if len(value) > MAX_PARTITION_VALUE:
        return (
            f"Partition value {value[:40]!r}... has {len(value)} characters;"
            f" at most {MAX_PARTITION_VALUE} fit"
        )
    if any(char < "\x03" or "\ud800" <= char <= "\udfff" for char in value):
        return f"Partition value {value!r} has a control character or half a surrogate pair in it"
    return None
