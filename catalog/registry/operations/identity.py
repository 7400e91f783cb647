"""What a request says it means: a registry, a schema, a version; and how replies name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.registry.errors import RegistryNotFoundError, SchemaNotFoundError
from gluepot.catalog.registry.model import DEFAULT_REGISTRY, SchemaKey

if TYPE_CHECKING:
    from datetime import datetime

    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.registry.model import SchemaVersion
    from gluepot.catalog.registry.store import RegistryStore

_NAME = "[a-zA-Z0-9-_$#.]{1,255}"
_REGISTRY_ARN = re.compile(rf"arn:[^:]+:glue:([^:]*):([^:]*):registry/({_NAME})")
_SCHEMA_ARN = re.compile(rf"arn:[^:]+:glue:([^:]*):([^:]*):schema/({_NAME})/({_NAME})")
_BAD_ARN = (
    "The parameter value contains one or more characters that are not valid. Parameter Name: {}"
)


def registry_name(call: Call, registry_id: Document) -> str:
    """Return the name of the registry that a RegistryId means; the default one for an empty one.

    Raises:
        InvalidInputError: It has both members, or its ARN is none of a registry.
        RegistryNotFoundError: Its ARN is of another account or region.
    """
    name, arn = registry_id.get("RegistryName"), registry_id.get("RegistryArn")
    if name is not None and arn is not None:
        raise InvalidInputError(
            "One of registryName or registryArn has to be provided, both cannot be provided."
        )
    if arn is None:
        return name or DEFAULT_REGISTRY
    match = _REGISTRY_ARN.fullmatch(arn)
    if match is None:
        raise InvalidInputError(_BAD_ARN.format("registryArn"))
    if match.group(1, 2) != (call.region, call.account_id):
        raise RegistryNotFoundError("RegistryArn", arn)
    return match[3]


def schema_key(call: Call, schema_id: Document) -> SchemaKey:
    """Return which schema a SchemaId means.

    Raises:
        InvalidInputError: It has a name without its registry, nothing, or a name and an ARN.
        SchemaNotFoundError: Its ARN is of another account or region.
    """
    arn = schema_id.get("SchemaArn")
    name, registry = schema_id.get("SchemaName"), schema_id.get("RegistryName")
    if arn is not None and (name is not None or registry is not None):
        raise InvalidInputError(
            "One of (registryName and schemaName) or schemaArn has to be provided, both cannot be"
            " provided."
        )
    if arn is None:
        if name is None or registry is None:
            raise InvalidInputError(
                "At least one of (registryName and schemaName) or schemaArn has to be provided."
            )
        return SchemaKey(registry=registry, name=name)
    match = _SCHEMA_ARN.fullmatch(arn)
    if match is None:
        raise InvalidInputError(_BAD_ARN.format("schemaArn"))
    if match.group(1, 2) != (call.region, call.account_id):
        raise SchemaNotFoundError(match[3], match[4], arn)
    return SchemaKey(registry=match[3], name=match[4], arn=arn)


def version_number(wanted: Document) -> int | None:
    """Return the number that a SchemaVersionNumber means; None is the latest.

    Raises:
        InvalidInputError: It has both members, or neither.
    """
    number, latest = wanted.get("VersionNumber"), wanted.get("LatestVersion", False)
    if latest and number is not None:
        raise InvalidInputError("Only one of VersionNumber or LatestVersion is required.")
    if not latest and number is None:
        raise InvalidInputError("One of version number (or) latest version is required.")
    return None if latest else number


def find_version(store: RegistryStore, call: Call, request: Document) -> SchemaVersion:
    """Return the version that a request means, by its id or by schema and number.

    Raises:
        InvalidInputError: It says both, or neither.
        EntityNotFoundError: There is no such schema or version.
    """
    version_id = request.get("SchemaVersionId")
    if version_id is not None:
        if "SchemaId" in request or "SchemaVersionNumber" in request:
            raise InvalidInputError(
                "No other input parameters can be specified when fetching by SchemaVersionId."
            )
        return store.versions.get(version_id)
    key = schema_key(call, request.get("SchemaId", {}))
    number = version_number(request.get("SchemaVersionNumber", {}))
    return store.versions.get_number(key, number)


def registry_arn(call: Call, name: str) -> str:
    """Return the ARN of a registry."""
    return call.arn(f"registry/{name}")


def schema_arn(call: Call, registry: str, name: str) -> str:
    """Return the ARN of a schema."""
    return call.arn(f"schema/{registry}/{name}")


def time_text(moment: datetime) -> str:
    """Return a time as the registry's replies have it: text, unlike everywhere else in Glue."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
