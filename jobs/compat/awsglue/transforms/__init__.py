"""Every transform, where scripts import them from.

Those that Glue has no class for (a method or a visual node there) are here as well.
"""

from __future__ import annotations

import json

from gluepot.transforms import (
    ApplyMapping,
    Coalesce,
    DropDuplicates,
    DropFields,
    DropNullFields,
    ErrorsAsDynamicFrame,
    FillMissingValues,
    Filter,
    FlatMap,
    GlueTransform,
    Join,
    Map,
    MapToCollection,
    MergeDynamicFrame,
    MLStage,
    Relationalize,
    RenameField,
    Repartition,
    ResolveChoice,
    SelectFields,
    SelectFromCollection,
    SimplifyDDBJson,
    Spigot,
    SplitFields,
    SplitRows,
    Unbox,
    Union,
    UnnestDDBJson,
    UnnestFrame,
)

__all__ = [
    "ApplyMapping",
    "Coalesce",
    "DropDuplicates",
    "DropFields",
    "DropNullFields",
    "ErrorsAsDynamicFrame",
    "FillMissingValues",
    "Filter",
    "FlatMap",
    "GlueTransform",
    "Join",
    "MLStage",
    "Map",
    "MapToCollection",
    "MergeDynamicFrame",
    "Relationalize",
    "RenameField",
    "Repartition",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
    "SimplifyDDBJson",
    "Spigot",
    "SplitFields",
    "SplitRows",
    "Unbox",
    "Union",
    "UnnestDDBJson",
    "UnnestFrame",
    "describe_transform",
    "get_transform",
    "get_transforms",
]

ALL_TRANSFORMS: frozenset[type[GlueTransform]] = frozenset(
    {
        ApplyMapping,
        Coalesce,
        DropDuplicates,
        DropFields,
        DropNullFields,
        ErrorsAsDynamicFrame,
        FillMissingValues,
        Filter,
        FlatMap,
        Join,
        MLStage,
        Map,
        MapToCollection,
        MergeDynamicFrame,
        Relationalize,
        RenameField,
        Repartition,
        ResolveChoice,
        SelectFields,
        SelectFromCollection,
        SimplifyDDBJson,
        Spigot,
        SplitFields,
        SplitRows,
        Unbox,
        Union,
        UnnestDDBJson,
        UnnestFrame,
    }
)


def get_transforms() -> set[GlueTransform]:
    """Return one of every transform."""
    return {transform() for transform in ALL_TRANSFORMS}


def get_transform(name: str) -> GlueTransform | None:
    """Return the transform of that name, in whatever case, or None."""
    found = (each for each in get_transforms() if each.name().lower() == name.lower())
    return next(found, None)


def describe_transform(name: str) -> str:
    """Return what a transform takes, returns and raises, as JSON; ``{}`` where there is none."""
    transform = get_transform(name)
    described = transform.describe() if transform else {}
    return json.dumps(described, sort_keys=True, indent=4)
