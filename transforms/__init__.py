"""What is done to rows: DynamicFrame and Glue's transforms on plain Spark.

Names are imported on first use, so that checking a job's YAML does not import Spark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.transforms.base import GlueTransform
    from gluepot.transforms.collection import DynamicFrameCollection
    from gluepot.transforms.collection_transforms import (
        FlatMap,
        MapToCollection,
        SelectFromCollection,
    )
    from gluepot.transforms.ddb_json import SimplifyDDBJson, UnnestDDBJson
    from gluepot.transforms.duplicates import DropDuplicates
    from gluepot.transforms.error_records import ErrorsAsDynamicFrame
    from gluepot.transforms.fields import DropFields, RenameField, SelectFields
    from gluepot.transforms.fill_missing import FillMissingValues
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.join import Join, Union
    from gluepot.transforms.mapping import ApplyMapping
    from gluepot.transforms.merge_frames import MergeDynamicFrame
    from gluepot.transforms.ml_stage import MLStage
    from gluepot.transforms.nulls import DropNullFields
    from gluepot.transforms.partitions import Coalesce, Repartition
    from gluepot.transforms.record import DynamicRecord
    from gluepot.transforms.relationalize import Relationalize
    from gluepot.transforms.resolve import ResolveChoice, ResolveOption
    from gluepot.transforms.rows import Filter, Map
    from gluepot.transforms.spigot import Spigot
    from gluepot.transforms.split import SplitFields, SplitRows
    from gluepot.transforms.unbox import Unbox
    from gluepot.transforms.unnest import UnnestFrame

__all__ = [
    "ApplyMapping",
    "Coalesce",
    "DropDuplicates",
    "DropFields",
    "DropNullFields",
    "DynamicFrame",
    "DynamicFrameCollection",
    "DynamicRecord",
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
    "ResolveOption",
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
]

_HOMES = {
    "ApplyMapping": "mapping",
    "Coalesce": "partitions",
    "DropDuplicates": "duplicates",
    "DropFields": "fields",
    "DropNullFields": "nulls",
    "DynamicFrame": "frame",
    "DynamicFrameCollection": "collection",
    "DynamicRecord": "record",
    "ErrorsAsDynamicFrame": "error_records",
    "FillMissingValues": "fill_missing",
    "Filter": "rows",
    "FlatMap": "collection_transforms",
    "GlueTransform": "base",
    "Join": "join",
    "MLStage": "ml_stage",
    "Map": "rows",
    "MapToCollection": "collection_transforms",
    "MergeDynamicFrame": "merge_frames",
    "Relationalize": "relationalize",
    "RenameField": "fields",
    "Repartition": "partitions",
    "ResolveChoice": "resolve",
    "ResolveOption": "resolve",
    "SelectFields": "fields",
    "SelectFromCollection": "collection_transforms",
    "SimplifyDDBJson": "ddb_json",
    "Spigot": "spigot",
    "SplitFields": "split",
    "SplitRows": "split",
    "Unbox": "unbox",
    "Union": "join",
    "UnnestDDBJson": "ddb_json",
    "UnnestFrame": "unnest",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
