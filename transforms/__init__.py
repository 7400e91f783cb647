"""What is done to rows: DynamicFrame and Glue's transforms on plain Spark.

Names are imported on first use, so that checking a job's YAML does not import Spark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.transforms.duplicates import DropDuplicates
    from gluepot.transforms.fields import DropFields, RenameField, SelectFields
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.join import Join, Union
    from gluepot.transforms.mapping import ApplyMapping
    from gluepot.transforms.nulls import DropNullFields
    from gluepot.transforms.record import DynamicRecord
    from gluepot.transforms.rows import Filter, Map

__all__ = [
    "ApplyMapping",
    "DropDuplicates",
    "DropFields",
    "DropNullFields",
    "DynamicFrame",
    "DynamicRecord",
    "Filter",
    "Join",
    "Map",
    "RenameField",
    "SelectFields",
    "Union",
]

_HOMES = {
    "ApplyMapping": "mapping",
    "DropDuplicates": "duplicates",
    "DropFields": "fields",
    "DropNullFields": "nulls",
    "DynamicFrame": "frame",
    "DynamicRecord": "record",
    "Filter": "rows",
    "Join": "join",
    "Map": "rows",
    "RenameField": "fields",
    "SelectFields": "fields",
    "Union": "join",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
