"""How scripts name a table: two arguments, one of which has an old name."""

from __future__ import annotations

from gluepot.catalog.errors import InvalidInputError


def database_of(database: str | None, name_space: str | None) -> str:
    """Return the database's name; ``name_space`` is its old argument.

    Raises:
        InvalidInputError: Neither is given, or both are.
    """
    if database is not None and name_space is not None:
        raise InvalidInputError("Parameter name_space and database are both specified, choose one.")
    found = database if database is not None else name_space
    if found is None:
        raise InvalidInputError("Parameter name_space or database is missing.")
    return found


def table_of(table_name: str | None) -> str:
    """Return the table's name.

    Raises:
        InvalidInputError: It is not given.
    """
    if table_name is None:
        raise InvalidInputError("Parameter table_name is missing.")
    return table_name
