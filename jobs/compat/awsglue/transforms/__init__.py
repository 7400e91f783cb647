"""Every transform, where scripts import them from.

Those that Glue has no class for (a method or a visual node there) are here as well.
"""

from __future__ import annotations

from typing import Any

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

_TRANSFORMS: dict[str, type[GlueTransform]] = {
    kind.name(): kind
    for kind in (
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
    )
}

ALL_TRANSFORMS = frozenset(_TRANSFORMS.values())


def get_transforms() -> list[type[GlueTransform]]:
    """Return every transform's class."""
    return list(_TRANSFORMS.values())


def get_transform(name: str) -> type[GlueTransform]:
    """Return the transform of that name.

    Raises:
        LookupError: There is none.
    """
    if name not in _TRANSFORMS:
        raise LookupError(f"there is no transform {name!r}; there are: {', '.join(_TRANSFORMS)}")
    return _TRANSFORMS[name]


def describe_transform(name: str) -> dict[str, Any]:
    """Return what a transform takes, returns and raises; it raises as ``get_transform``."""
    return get_transform(name).describe()
