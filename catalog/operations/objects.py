"""The operations on everything that is neither a table nor a schema, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.calls import Handler, join_operations
from gluepot.catalog.operations import (
    classifiers,
    connection_types,
    connections,
    encryption,
    policies,
)
from gluepot.catalog.operations.tags import definitions_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.operations.named import Family
    from gluepot.catalog.sealing import Sealer

FAMILIES: tuple[Family, ...] = (connections.CONNECTIONS, connection_types.TYPES)
"""Those that can have tags."""


def taggable(store: ObjectStore) -> dict[str, Callable[[str], bool]]:
    """Return which resources of this module can have tags, and how to see that one is there."""
    return {
        family.resource: definitions_of(store, family.kind)
        for family in FAMILIES
        if family.resource is not None
    }


def operations(store: ObjectStore, sealer: Sealer) -> dict[str, Handler]:
    """Return the operations of all these modules."""
    return join_operations(
        classifiers.operations(store),
        connection_types.operations(store),
        connections.operations(store, sealer),
        encryption.operations(store),
        policies.operations(store),
    )
