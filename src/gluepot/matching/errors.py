"""What can be wrong with the files that matching reads, and the folders that it writes."""

from __future__ import annotations

from gluepot.catalog.errors import GluepotError, InvalidInputError


class InputFileError(InvalidInputError):
    """A file of records or pairs cannot be read: ``InputFileError(what, file, line)``."""

    def __init__(self, what: str, file: str, line: int | None = None) -> None:
        super().__init__(what, file, line)

    def __str__(self) -> str:
        """Name the file and, as far as known, the line, then say what is wrong."""
        what, file, line = self.args
        return f"{file}{'' if line is None else f' line {line}'}: {what}"


class OutputRefusedError(InvalidInputError):
    """A place is taken, and what lies there is not to be replaced."""


class ResultError(InvalidInputError):
    """A folder is no result of matching, or not one that the command can go on from."""


class MatchingMissingError(GluepotError):
    """A package that matches is not installed: ``MatchingMissingError(package)``."""

    def __str__(self) -> str:
        """Say which, and how to get it."""
        (package,) = self.args
        return f"Matching needs {package}: pip install 'gluepot[matching]'"
