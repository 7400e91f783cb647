"""The catalog's connections as a run opens them, with their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.sealing import Sealer
from gluepot.crawlers.access import OpenedConnection

if TYPE_CHECKING:
    from gluepot.jobs.run_context.workshop import Workshop


def open_connection(workshop: Workshop, name: str) -> OpenedConnection:
    """Return a connection of the catalog with its secrets.

    Raises:
        EntityNotFoundError: There is none of that name.
        OperationNotSupportedError: The password is kept in AWS Secrets Manager.
        SealError: Its secrets were sealed with another key.
        InvalidInputError: The run has no key that could open them.
    """
    from gluepot.catalog.operations.connections import (  # noqa: PLC0415 - seldom used
        CONNECTIONS,
        login_parts,
    )

    if workshop.guard is not None:
        workshop.guard.check("GetConnection", {"Name": name})
    if workshop.objects is None or workshop.sealing_key is None:
        raise InvalidInputError(
            f"Connection {name!r} cannot be opened: the run has no sealing key. One is made with"
            " the first connection; start the job again when that is there"
        )
    found = workshop.objects.definitions.get(CONNECTIONS.kind, name)
    type_, properties = login_parts(Sealer(workshop.sealing_key), found)
    return OpenedConnection(name=name, type=type_, properties=properties)
