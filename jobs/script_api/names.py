"""How scripts name a table: two arguments, one of which has an old name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.reading.inputs import find_table
from gluepot.jobs.run_context.script_run import current_run

if TYPE_CHECKING:
    from gluepot.catalog.model import Table


@dataclass(frozen=True, kw_only=True)
class NamedTable:
    """A table of the catalog, and ``database.table`` as the script spells it."""

    name: str
    table: Table


def named_table(database: str | None, name_space: str | None, table_name: str | None) -> NamedTable:
    """Return the table that a script names.

    Raises:
        InvalidInputError: Database or table are missing, or the database is given twice.
        LaunchError: The script has no catalog.
        SourceError: The table is not there; the sentence names the nearest one.
    """
    name, base = table_of(table_name), database_of(database, name_space)
    spelled = f"{base}.{name}"
    found = find_table(current_run().workshop.catalog, spelled, base, name)
    return NamedTable(name=spelled, table=found)


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
