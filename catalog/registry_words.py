"""The words in which Glue's schema registry refuses a request that breaks the service model.

Source: the texts that its open clients and emulators match on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.shape_readers import RuleKind

if TYPE_CHECKING:
    from gluepot.catalog.shape_readers import BrokenRule

REGISTRY_OPERATIONS = frozenset(
    {
        "CheckSchemaVersionValidity",
        "CreateRegistry",
        "CreateSchema",
        "DeleteRegistry",
        "DeleteSchema",
        "DeleteSchemaVersions",
        "GetRegistry",
        "GetSchema",
        "GetSchemaByDefinition",
        "GetSchemaVersion",
        "GetSchemaVersionsDiff",
        "ListRegistries",
        "ListSchemaVersions",
        "ListSchemas",
        "PutSchemaVersionMetadata",
        "QuerySchemaVersionMetadata",
        "RegisterSchemaVersion",
        "RemoveSchemaVersionMetadata",
        "UpdateRegistry",
        "UpdateSchema",
    }
)

_ENUMS = {
    "dataFormat": "Data format is not valid.",
    "compatibility": "Compatibility is not valid.",
}
_NAMES = {
    "schemaVersionId": "SchemaVersionId",
    "metadataKey": "key",
    "metadataValue": "value",
}


def registry_sentence(rule: BrokenRule) -> str:
    """Return what the registry says of a broken rule; the rest is worded as everywhere."""
    member = rule.path.rpartition(".")[2]
    name = _NAMES.get(member, member)
    match rule.kind:
        case RuleKind.ENUM if member in _ENUMS:
            return _ENUMS[member]
        case RuleKind.LENGTH if member == "tags":
            return "New Tags cannot be empty or more than 50"
        case RuleKind.LENGTH:
            return (
                f"The resource name contains too many or too few characters. Parameter Name: {name}"
            )
        case RuleKind.PATTERN:
            return (
                "The parameter value contains one or more characters that are not valid."
                f" Parameter Name: {name}"
            )
        case _:
            return f"1 validation error detected: {rule.sentence}"
