"""The server put together from the services: every package's operations in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.access.model import OpenGate
from gluepot.catalog.calls import Handler, join_operations
from gluepot.catalog.paging import PageTokens
from gluepot.server.dispatch import Dispatcher

if TYPE_CHECKING:
    from gluepot.services import Services


def operations_of(services: Services) -> dict[str, Handler]:  # noqa: ARG001
    """Return every operation that gluepot has."""
    return join_operations()


def dispatcher_of(services: Services) -> Dispatcher:
    """Return what answers requests over the services' database."""
    account_id = services.settings.server.account_id
    return Dispatcher(
        operations=operations_of(services),
        gate=OpenGate(account_id),
        tokens=PageTokens(services.sealer.derive("page tokens")),
        account_id=account_id,
        region=services.settings.server.region,
    )
