"""What can be wrong with a table that its own metadata describes."""

from __future__ import annotations

from gluepot.catalog.errors import GluepotError


class LakeTableError(GluepotError):
    """The metadata of a table is damaged, missing or too large: ``LakeTableError(uri, reason)``."""

    code = "InvalidInputException"

    def __init__(self, uri: str, reason: str) -> None:
        super().__init__(uri, reason)

    @property
    def uri(self) -> str:
        """The file, or the folder of the table where no one file is to blame."""
        return str(self.args[0])

    @property
    def reason(self) -> str:
        """What is wrong, without the file."""
        return str(self.args[1])

    def __str__(self) -> str:
        """Name the file first."""
        return f"{self.uri}: {self.reason}"
