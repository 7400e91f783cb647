"""The operations on everything that is neither a table nor a schema, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.assets import Assets
from gluepot.catalog.calls import Handler, join_operations
from gluepot.catalog.operations import (
    asset_parts,
    asset_search,
    asset_types,
    assets,
    classifiers,
    connection_types,
    connections,
    custom_entity_types,
    encryption,
    entities,
    export_configuration,
    glossaries,
    identity_center,
    policies,
    statistics_settings,
    table_optimizers,
    usage_profiles,
)
from gluepot.catalog.operations.tags import definitions_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.operations.named import Family
    from gluepot.catalog.sealing import Sealer
    from gluepot.catalog.store import CatalogStore

FAMILIES: tuple[Family, ...] = (
    connections.CONNECTIONS,
    connection_types.TYPES,
    custom_entity_types.TYPES,
    usage_profiles.PROFILES,
)
"""Those that can have tags."""


def taggable(store: ObjectStore, catalog: CatalogStore) -> dict[str, Callable[[str], bool]]:
    """Return which resources of this module can have tags, and how to see that one is there."""
    families = {
        family.resource: definitions_of(store, family.kind)
        for family in FAMILIES
        if family.resource is not None
    }
    settings = statistics_settings.has_settings(store, catalog)
    return {**families, statistics_settings.RESOURCE: settings}


def operations(
    store: ObjectStore,
    catalog: CatalogStore,
    sealer: Sealer,
    check_schedule: Callable[[str], object],
) -> dict[str, Handler]:
    """Return the operations of all these modules.

    ``check_schedule`` raises InvalidInputError for a text that is no cron expression.
    """
    business = Assets(objects=store, catalog=catalog)
    return join_operations(
        asset_parts.operations(business),
        asset_search.operations(business),
        asset_types.operations(store),
        assets.operations(business),
        classifiers.operations(store),
        connection_types.operations(store),
        connections.operations(store, sealer),
        custom_entity_types.operations(store),
        encryption.operations(store),
        entities.operations(store, sealer),
        export_configuration.operations(store),
        glossaries.operations(store),
        identity_center.operations(store),
        policies.operations(store),
        statistics_settings.operations(store, catalog, check_schedule),
        table_optimizers.operations(store, catalog),
        usage_profiles.operations(store),
    )
