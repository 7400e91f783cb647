"""What can be wrong with a statement over the catalog."""

from __future__ import annotations

from gluepot.catalog.errors import GluepotError, OperationNotSupportedError


class SqlError(GluepotError, ValueError):
    """A statement cannot be carried out; the sentence says what in it, and what would."""

    code = "InvalidInputException"


class SqlNotSupportedError(OperationNotSupportedError):
    """A statement is of a kind that tables of the catalog do not take from Spark SQL."""


class SqlglotMissingError(GluepotError, ImportError):
    """The parser of SQL is not installed."""

    def __str__(self) -> str:
        """Name the extra."""
        return "Names gluepot.database.table in Spark SQL need sqlglot: pip install 'gluepot[sql]'"
