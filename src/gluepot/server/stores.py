"""What the services hand to the operations of jobs and crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.operations.stores import ApiStores

if TYPE_CHECKING:
    from gluepot.catalog.objects import ObjectStore
    from gluepot.services import Services


def api_stores(services: Services, objects: ObjectStore) -> ApiStores:
    """Return the stores that the operations of jobs and crawlers work on."""
    return ApiStores(
        objects=objects,
        crawlers=services.crawlers,
        triggers=services.triggers,
        runs=services.runs,
        bookmarks=services.jobs.bookmarks,
        workflows=services.workflows,
        conf_dir=services.settings.conf_dir.absolute(),
        clock=services.clock,
    )
