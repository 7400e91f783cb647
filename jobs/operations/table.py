"""All operations of this package in one table, and which of its resources can have tags."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.ml_store import KIND as ML_TRANSFORM
from gluepot.catalog.operations.tags import definitions_of
from gluepot.jobs.blueprints.model import KIND as BLUEPRINT
from gluepot.jobs.operations import (
    blueprints,
    crawl_runs,
    crawlers,
    job_runs,
    jobs,
    ml_task_runs,
    ml_transforms,
    quality_results,
    quality_results_v2,
    quality_runs,
    quality_statistics,
    triggers,
    workflow_runs,
    workflows,
)

if TYPE_CHECKING:
    from gluepot.catalog.calls import Handler
    from gluepot.catalog.operations.tags import Taggable
    from gluepot.jobs.operations.stores import ApiStores

_MODULES = (
    *(blueprints, crawl_runs, crawlers, job_runs, jobs, ml_task_runs, ml_transforms),
    *(quality_results, quality_results_v2, quality_runs, quality_statistics),
    *(triggers, workflow_runs, workflows),
)


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on crawlers, jobs, ML transforms, data quality, triggers, workflows."""
    return {
        name: handler for module in _MODULES for name, handler in module.operations(stores).items()
    }


def taggable(stores: ApiStores) -> Taggable:
    """Return what can have tags here, and how to see that one is there."""
    return {
        "blueprint": definitions_of(stores.objects, BLUEPRINT),
        "crawler": lambda name: bool(stores.crawlers.get_many([name])),
        "job": partial(jobs.has_job, stores),
        "mlTransform": definitions_of(stores.objects, ML_TRANSFORM),
        "trigger": stores.triggers.has,
        "workflow": definitions_of(stores.objects, workflows.WORKFLOWS.kind),
    }
