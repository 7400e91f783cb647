"""The schema registry's operations of the Glue API, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.registry.operations import metadata, registries, schemas, versions

if TYPE_CHECKING:
    from gluepot.catalog.calls import Handler
    from gluepot.catalog.registry.store import RegistryStore
    from gluepot.catalog.tags import TagStore


def operations(store: RegistryStore, tags: TagStore) -> dict[str, Handler]:
    """Return the twenty operations over a store."""
    return {
        **registries.operations(store, tags),
        **schemas.operations(store, tags),
        **versions.operations(store),
        **metadata.operations(store),
    }
