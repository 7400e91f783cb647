"""A crawler's ``Configuration``: the JSON text in which AWS Glue takes its finer settings.

Source: Glue developer guide, "Setting crawler configuration options using the API".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

    from gluepot.catalog.calls import Document

MERGE = "MergeNewColumns"
INHERIT = "InheritFromTable"
COMBINE = "CombineCompatibleSchemas"
VERSION = 1.0

_BEHAVIOR = "AddOrUpdateBehavior"
_KEYS: Mapping[str, Collection[str]] = {
    "Configuration": ("Version", "CrawlerOutput", "Grouping", "CreatePartitionIndex"),
    "CrawlerOutput": ("Partitions", "Tables"),
    "CrawlerOutput.Partitions": (_BEHAVIOR,),
    "CrawlerOutput.Tables": (_BEHAVIOR, "TableThreshold"),
    "Grouping": ("TableGroupingPolicy", "TableLevelConfiguration"),
}
"""What each object of the text may have."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The settings; each is explained at the member of ``Crawler`` that is called like it."""

    combine_compatible_schemas: bool = False
    inherit_from_table: bool = False
    merge_new_columns: bool = False
    table_level: int | None = None
    table_threshold: int | None = None


def parse_configuration(text: str | None) -> Configuration:
    """Read the text; none, or an empty one, says nothing.

    ``CreatePartitionIndex`` is taken and changes nothing: every table's partitions are indexed.

    Raises:
        InvalidInputError: It is not a JSON object, or has a key or value that Glue does not know.
    """
    if not text:
        return Configuration()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"Configuration is not JSON: {error}") from None
    root = _checked("Configuration", found)
    if root.get("Version", VERSION) != VERSION:
        raise InvalidInputError(f"Configuration has the Version {root['Version']!r}; right is 1.0")
    output = _checked("CrawlerOutput", root.get("CrawlerOutput", {}))
    partitions = _checked("CrawlerOutput.Partitions", output.get("Partitions", {}))
    tables = _checked("CrawlerOutput.Tables", output.get("Tables", {}))
    grouping = _checked("Grouping", root.get("Grouping", {}))
    if not isinstance(root.get("CreatePartitionIndex", True), bool):
        raise InvalidInputError("CreatePartitionIndex is true or false")
    return Configuration(
        combine_compatible_schemas=_is_set("Grouping", grouping, "TableGroupingPolicy", COMBINE),
        inherit_from_table=_is_set("CrawlerOutput.Partitions", partitions, _BEHAVIOR, INHERIT),
        merge_new_columns=_is_set("CrawlerOutput.Tables", tables, _BEHAVIOR, MERGE),
        table_level=_number("Grouping", grouping, "TableLevelConfiguration"),
        table_threshold=_number("CrawlerOutput.Tables", tables, "TableThreshold"),
    )


def print_configuration(configuration: Configuration) -> str | None:
    """Return the text of settings, None where all are as usual."""
    tables: Document = {}
    if configuration.merge_new_columns:
        tables[_BEHAVIOR] = MERGE
    if configuration.table_threshold is not None:
        tables["TableThreshold"] = configuration.table_threshold
    output: Document = {}
    if configuration.inherit_from_table:
        output["Partitions"] = {_BEHAVIOR: INHERIT}
    if tables:
        output["Tables"] = tables
    grouping: Document = {}
    if configuration.combine_compatible_schemas:
        grouping["TableGroupingPolicy"] = COMBINE
    if configuration.table_level is not None:
        grouping["TableLevelConfiguration"] = configuration.table_level
    parts = {"CrawlerOutput": output, "Grouping": grouping}
    said = {name: part for name, part in parts.items() if part}
    return json.dumps({"Version": VERSION, **said}) if said else None


def _checked(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"{where} is a JSON object, not {value!r}")
    known = _KEYS[where]
    unknown = [key for key in value if key not in known]
    if unknown:
        hint = did_you_mean(unknown[0], known)
        raise InvalidInputError(f"{where} contains unsupported keys: {', '.join(unknown)}.{hint}")
    return value


def _is_set(where: str, part: Mapping[str, Any], key: str, right: str) -> bool:
    value = part.get(key)
    if value not in {None, right} or isinstance(value, bool):
        hint = did_you_mean(str(value), [right]) or f" Right is {right!r}."
        raise InvalidInputError(f"{where}.{key} cannot be {value!r}.{hint}")
    return value is not None


def _number(where: str, part: Mapping[str, Any], key: str) -> int | None:
    value = part.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInputError(f"{where}.{key} is a whole number from 1, not {value!r}")
    return value
