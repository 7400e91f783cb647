"""What the services hand to the operations of jobs and crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.ml_store import MLStore
from gluepot.jobs.operations.stores import ApiStores
from gluepot.jobs.run_context.stores import Stores

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
        catalog=services.catalog,
        ml=MLStore(services.engine, services.clock),
        quality=services.jobs.quality,
        label_files=None if services.settings.s3.embedded else lambda: Stores(services.s3),
    )
