"""All operations of this package in one table, and which of its resources can have tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.operations.tags import definitions_of
from gluepot.transforms.operations import rulesets

if TYPE_CHECKING:
    from gluepot.catalog.calls import Handler
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.operations.tags import Taggable


def operations(objects: ObjectStore) -> dict[str, Handler]:
    """Return the operations on rulesets."""
    return rulesets.operations(objects)


def taggable(objects: ObjectStore) -> Taggable:
    """Return what can have tags here, and how to see that one is there."""
    return {
        "dataQualityRuleset": definitions_of(objects, rulesets.RULESETS.kind),
    }
