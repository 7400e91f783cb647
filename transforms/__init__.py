"""What is done to rows: DynamicFrame and Glue's transforms on plain Spark.

Names are imported on first use, so that checking a job's YAML does not import Spark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.transforms.duplicates import DropDuplicates as DropDuplicates
    from gluepot.transforms.fields import DropFields as DropFields
    from gluepot.transforms.fields import RenameField as RenameField
    from gluepot.transforms.fields import SelectFields as SelectFields
    from gluepot.transforms.frame import DynamicFrame as DynamicFrame
    from gluepot.transforms.join import Join as Join
    from gluepot.transforms.join import Union as Union
    from gluepot.transforms.mapping import ApplyMapping as ApplyMapping
    from gluepot.transforms.nulls import DropNullFields as DropNullFields
    from gluepot.transforms.record import DynamicRecord as DynamicRecord
    from gluepot.transforms.rows import Filter as Filter
    from gluepot.transforms.rows import Map as Map

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
    """Import a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(_HOMES)
