"""What can go wrong when something is told."""

from __future__ import annotations

from gluepot.catalog.errors import GluepotError, InvalidInputError


class NotificationError(InvalidInputError):
    """Definitions of notifications have faults; each is named with its file."""


class DeliveryError(GluepotError):
    """An attempt failed: ``DeliveryError(message, status, final)``.

    The message never holds an address or a secret. ``status`` is the answer's, or None where there
    was no answer. ``final`` says that trying again would change nothing.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        final: bool = False,  # noqa: FBT001, FBT002 - kept in args
    ) -> None:
        super().__init__(message, status, final)
        self.status = status
        self.final = final

    def __str__(self) -> str:
        """Return the message."""
        return str(self.args[0])
