"""The server put together from the services: every package's operations in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.access import gate_of
from gluepot.catalog.calls import Handler, join_operations
from gluepot.catalog.objects import ObjectStore
from gluepot.catalog.operations import catalog_objects, tags
from gluepot.catalog.operations import objects as object_operations
from gluepot.catalog.paging import PageTokens
from gluepot.catalog.registry import operations as schema_registry
from gluepot.catalog.registry.store import RegistryStore
from gluepot.catalog.registry.table_columns import with_schema_columns
from gluepot.jobs.operations import table as job_operations
from gluepot.jobs.triggers.cron import parse_cron
from gluepot.server.dispatch import Dispatcher
from gluepot.server.stores import api_stores
from gluepot.transforms.operations import table as transform_operations

if TYPE_CHECKING:
    from gluepot.catalog.operations.tags import Taggable
    from gluepot.catalog.store import CatalogStore
    from gluepot.services import Services


def operations_of(services: Services) -> dict[str, Handler]:
    """Return every operation that gluepot has."""
    objects = ObjectStore(services.engine, services.clock)
    stores = api_stores(services, objects)
    registry = RegistryStore(services.engine, services.clock, limits=services.catalog.scope.limits)
    return join_operations(
        with_schema_columns(registry, catalog_objects.operations(services.catalog)),
        object_operations.operations(objects, services.catalog, services.sealer, parse_cron),
        schema_registry.operations(registry, objects.tags),
        job_operations.operations(stores),
        transform_operations.operations(objects),
        tags.operations(
            objects,
            tags.join_taggable(
                _taggable(services.catalog, objects, registry),
                job_operations.taggable(stores),
                transform_operations.taggable(objects),
            ),
        ),
    )


def _taggable(catalog: CatalogStore, objects: ObjectStore, registry: RegistryStore) -> Taggable:
    """Return which resources can have tags, and how to see that one is there."""
    return {
        **catalog_objects.taggable(catalog),
        **object_operations.taggable(objects, catalog),
        "registry": registry.has_registry,
        "schema": registry.has_schema,
    }


def dispatcher_of(services: Services) -> Dispatcher:
    """Return what answers requests over the services' database."""
    account_id = services.settings.server.account_id
    return Dispatcher(
        operations=operations_of(services),
        gate=gate_of(services),
        tokens=PageTokens(services.sealer.derive("page tokens")),
        account_id=account_id,
        region=services.settings.server.region,
    )
